"""Time stamps of RFC 3161: an authority's word that a signature existed at an instant."""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable
from functools import cached_property
from typing import Any

from counter_app.core.errors import EnvironmentFailure
from counter_app.signing.engine import MALFORMED

TIMEOUT_S = 8.0
REST_S = 120.0
_MOST_BYTES = 256_000  # a token with its certificates has some 10 kB


class TimeStampAuthority:
    """One authority by its address. The first stamp asks twice: once for its size. Safe from any thread.

    After a failure it rests: at a desk without a line, not every signature shall wait for it.
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout_s = timeout_s
        self._rests_until = 0.0

    @property
    def url(self) -> str:
        """Its address."""
        return self._url

    @cached_property
    def stamper(self) -> Any:
        """pyHanko's client over this address; it raises TimestampRequestError when nothing usable comes back."""
        from asn1crypto import tsp
        from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

        outer = self

        class _Bounded(TimeStamper):
            async def async_request_tsa_response(self, req: Any) -> Any:
                # Blocks a loop that does nothing else.
                return tsp.TimeStampResp.load(outer.ask(req.dump()), strict=True)

            async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
                return await self._checked(super().async_timestamp(message_digest, md_algorithm))

            async def async_dummy_response(self, md_algorithm: str) -> Any:
                return await self._checked(super().async_dummy_response(md_algorithm))

            async def _checked(self, answer: Awaitable[Any]) -> Any:
                """An answer that is none, or one to another question, fails in as many ways as there are fields."""
                try:
                    return await answer
                except (EnvironmentFailure, *MALFORMED) as exc:
                    outer.rest()
                    raise TimestampRequestError("no time stamp") from exc

        return _Bounded()  # type: ignore[no-untyped-call]  # the constructor of the library

    def rest(self) -> None:
        """Refuse at once for the next two minutes."""
        if time.monotonic() >= self._rests_until:
            self._rests_until = time.monotonic() + REST_S

    def ask(self, request: bytes) -> bytes:
        """Send one request and return the answer.

        Raises:
            EnvironmentFailure: ``signing.time_stamp_unreachable``, also while resting and for an address that is none.
        """
        is_resting = time.monotonic() < self._rests_until
        if is_resting or urllib.parse.urlsplit(self._url).scheme not in ("http", "https"):
            raise EnvironmentFailure("signing.time_stamp_unreachable")
        asked = urllib.request.Request(  # noqa: S310 - the scheme is checked
            self._url,
            data=request,
            headers={"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=self._timeout_s) as answer:  # noqa: S310 - as above
                data: bytes = answer.read(_MOST_BYTES + 1)
        except (OSError, ValueError, urllib.error.URLError) as exc:
            raise EnvironmentFailure("signing.time_stamp_unreachable", retryable=True) from exc
        if len(data) > _MOST_BYTES:
            raise EnvironmentFailure("signing.time_stamp_unreachable", retryable=True)
        return data
