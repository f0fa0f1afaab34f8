"""Questions to an IPP printer over HTTP, asked and answered in the calling thread.

Encoding and decoding are pyipp's. Three things it leaves open are closed here: an attribute whose tag it does not know
is dropped without a word, `media` is tagged as a name though the names of PWG 5101.1 are keywords, and neither the
time nor the size of an answer's body is bounded.
"""

import asyncio
import struct
from collections.abc import Mapping
from typing import Any

import aiohttp
from pyipp import IPP
from pyipp.enums import IppOperation, IppTag
from pyipp.exceptions import (
    IPPConnectionError,
    IPPConnectionUpgradeRequired,
    IPPError,
    IPPParseError,
    IPPResponseError,
    IPPVersionNotSupportedError,
)
from pyipp.tags import ATTRIBUTE_TAG_MAP

from printing.backends.ipp_answers import NoAnswer, Operation, Refused, Status

_USER = "counter-app"
_LONGEST_ANSWER_BYTES = 4 * 1024 * 1024
_LONGEST_CONNECT_S = 5.0

ATTRIBUTE_TAG_MAP.update({"media": IppTag.KEYWORD, "print-scaling": IppTag.KEYWORD})


class _Redirected(aiohttp.ClientError):
    """The address sends the question elsewhere."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class _BoundedResponse(aiohttp.ClientResponse):
    """An answer from the address that was asked, whose body ends and whose lengths the decoder can follow to the end.

    A paper with a citizen's data goes to the printer in the settings and nowhere it points to. pyipp leaves
    `allow_redirects` as it is, so the answer itself ends here, before aiohttp could follow it.
    """

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        """Read the head; raises `_Redirected` for 3xx."""
        await super().start(connection)
        if 300 <= self.status < 400:
            raise _Redirected(self.status)
        return self

    async def read(self) -> bytes:
        body = bytearray()
        try:
            async for chunk in self.content.iter_any():
                body += chunk
                if len(body) > _LONGEST_ANSWER_BYTES:
                    raise aiohttp.ClientPayloadError("the answer is too long")
        finally:
            self.close()
        return bytes(body) if self.status >= 400 else _first_of_each(bytes(body))


def _first_of_each(body: bytes) -> bytes:
    """Return an answer in which each group has an attribute once: pyipp keeps the last, CUPS and its clients the first.

    Raises ClientPayloadError for an answer cut short, and for lengths of 32,768 and more: pyipp reads them as negative
    and would go back, perhaps for ever.
    """
    kept = bytearray(body[:8])
    seen: set[bytes] = set()
    is_kept = True
    place = 8
    try:
        while (tag := body[place]) != IppTag.END:
            if tag < 0x10:
                seen.clear()
                kept.append(tag)
                place += 1
                continue
            name, end = _value_at(body, place)
            if name:
                # A value without a name goes on with the attribute before it.
                is_kept = name not in seen
                seen.add(name)
            if is_kept:
                kept += body[place:end]
            place = end
    except (IndexError, struct.error) as exc:
        raise aiohttp.ClientPayloadError("the answer is cut short") from exc
    return bytes(kept + body[place:])


def _value_at(body: bytes, place: int) -> tuple[bytes, int]:
    """Return the name of the value that begins with its tag here, and where it ends."""
    (name_length,) = struct.unpack_from(">h", body, place + 1)
    value_place = place + 3 + name_length
    (value_length,) = struct.unpack_from(">h", body, value_place) if name_length >= 0 else (-1,)
    end = value_place + 2 + value_length
    if value_length < 0 or end > len(body):
        raise aiohttp.ClientPayloadError("the answer is malformed")
    return body[place + 3 : value_place], end


class IppLine:
    """One printer's address. Every question has a connection and an event loop of its own: safe from any thread.

    TLS encrypts but does not prove who answers: printers sign their own certificates.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._version = (2, 0)

    def ask(
        self,
        operation: Operation,
        attributes: Mapping[str, Any],
        *,
        timeout_s: float,
        job_attributes: Mapping[str, Any] | None = None,
        document: bytes | None = None,
    ) -> dict[str, Any]:
        """Return the groups of the answer (``printers``, ``jobs``), decoded.

        Raises:
            NoAnswer: nothing readable came within `timeout_s`.
            Refused: the printer said no.
        """
        message: dict[str, Any] = {"operation-attributes-tag": {"requesting-user-name": _USER, **attributes}}
        if job_attributes:
            message["job-attributes-tag"] = dict(job_attributes)
        if document is not None:
            message["data"] = document
        try:
            return _run(self._ask(operation, message, timeout_s), timeout_s)
        except IPPVersionNotSupportedError as exc:
            if self._version == (1, 1):
                raise Refused(Status.VERSION_NOT_SUPPORTED) from exc
            # Nothing was taken, and printers made before 2009 know 1.1 only.
            self._version = (1, 1)
            return self.ask(
                operation, attributes, timeout_s=timeout_s, job_attributes=job_attributes, document=document
            )
        except (IPPError, aiohttp.ClientError, UnicodeDecodeError, OSError) as exc:
            raise _translated(exc) from exc

    async def _ask(self, operation: Operation, message: dict[str, Any], timeout_s: float) -> dict[str, Any]:
        limits = aiohttp.ClientTimeout(total=timeout_s, connect=min(timeout_s * 0.8, _LONGEST_CONNECT_S))
        async with aiohttp.ClientSession(timeout=limits, response_class=_BoundedResponse) as session:
            ipp = IPP(self._uri, request_timeout=_LONGER_THAN_ANY, session=session, ipp_version=self._version)
            answer: dict[str, Any] = await ipp.execute(IppOperation(operation), message)
            return answer


_LONGER_THAN_ANY = 86_400
"""pyipp's own limit covers the head of an answer only; the session's covers all of it."""


def _run(question: Any, timeout_s: float) -> dict[str, Any]:
    # Not asyncio.run: closing that waits for a name server that does not answer, long after the time is up.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(question, timeout_s + 0.5))
    finally:
        loop.close()


def _translated(error: Exception) -> NoAnswer | Refused:
    if isinstance(error, IPPConnectionUpgradeRequired):
        return Refused(Status.FORBIDDEN)
    if isinstance(error, IPPResponseError):
        return _http_refusal(int(error.args[1]["status-code"]))
    if isinstance(error, IPPParseError | aiohttp.ClientPayloadError | UnicodeDecodeError):
        return NoAnswer(taken=True, garbled=True)
    if isinstance(error, IPPConnectionError):
        return _unanswered(error.__cause__)
    if isinstance(error, IPPError) and len(error.args) > 1:
        return Refused(int(error.args[1]["status-code"]))
    return NoAnswer(taken=True)


def _unanswered(cause: BaseException | None) -> NoAnswer | Refused:
    if isinstance(cause, _Redirected):
        return _http_refusal(cause.status)
    return NoAnswer(taken=not isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError))


def _http_refusal(status: int) -> NoAnswer | Refused:
    if status >= 500:
        return NoAnswer(taken=True)
    return Refused(
        {401: Status.FORBIDDEN, 403: Status.FORBIDDEN, 404: Status.NOT_FOUND}.get(status, Status.BAD_REQUEST)
    )
