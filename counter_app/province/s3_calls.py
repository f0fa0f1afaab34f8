"""Calls to a server that speaks S3: put, get, head, delete, list; signed, bounded in time, refused in our words.

Signed by AWS Signature Version 4 (docs.aws.amazon.com, "Authenticating Requests: Using the Authorization Header"), with
the bucket in the path, which every server understands. A server that does not answer is left alone for a while, so that
whoever asks meanwhile hears so at once and holds no thread and no connection to the database. Where the clocks differ
too much the server says its own time, and requests are signed by that.
"""

import hashlib
import hmac
import http.client
import logging
import queue
import re
import ssl
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import quote

from counter_app.core.clock import Clock, SystemClock
from counter_app.core.errors import EnvironmentFailure
from counter_app.province.s3_place import S3Keys, S3Place

_log = logging.getLogger(__name__)

_ANSWER_S = 5.0
_SLOTS, _SLOT_S = 4, 1.0
_REST_S = 15.0
_MOST_IDLE = 4
_MOST_ANSWER_BYTES = 4 * 1024 * 1024
_CHUNK_BYTES = 65_536
_NOTHING = hashlib.sha256(b"").hexdigest()
_UNSATISFIABLE = 416
#: Servers take a request for a quarter of an hour before and after its time.
_LEAST_SKEW = timedelta(minutes=5)
_AWAY = frozenset({408, 429, 500, 502, 503, 504})

Query = Mapping[str, str]


class Listed(NamedTuple):
    """An object of a bucket: its key behind the place's prefix, and when it was put there by the server's clock."""

    key: str
    size_bytes: int
    put_at: datetime


class _Answer(NamedTuple):
    """`date` is the server's own time as it says it, "" where it does not."""

    status: int
    body: bytes
    date: str = ""


class S3Server:
    """Any thread. Every method blocks, five seconds without a byte at most.

    Raises:
        EnvironmentFailure: every method, ``province.papers_away``, ``province.papers_refused``, ``province.no_bucket``,
            ``province.papers_untrusted``, ``province.papers_clock``; all worth another try, for nothing is lost by
            waiting.
    """

    def __init__(self, place: S3Place, keys: S3Keys, clock: Clock | None = None) -> None:
        self._place, self._keys = place, keys
        self._clock = clock or SystemClock()  # the server compares it with its own
        self._skew = timedelta()
        self._context = ssl.create_default_context(cadata=keys.authority or None) if place.is_tls else None
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue(_MOST_IDLE)
        # Apart, because what is put piece by piece is read from the same server meanwhile.
        self._slots, self._long_slots = threading.BoundedSemaphore(_SLOTS), threading.BoundedSemaphore(_SLOTS)
        self._rests_until = 0.0

    def put(self, key: str, data: bytes) -> None:
        """Store an object, or another content under its key."""
        sha256 = hashlib.sha256(data).hexdigest()
        self._checked("PUT", key, body=data, sha256=sha256)

    def put_pieces(self, key: str, pieces: Iterable[bytes], *, size_bytes: int, sha256: str) -> None:
        """Store an object of this size and SHA-256. What `pieces` raises goes on, and nothing is stored."""
        with self._turn(self._long_slots):
            connection = self._connect()
            try:
                headers = {"Content-Length": str(size_bytes)}
                answer = self._exchange(connection, "PUT", key, {}, headers, pieces, sha256)
            finally:
                connection.close()
        self._judge(answer)

    def get(self, key: str, *, offset: int, most: int) -> bytes | None:
        """Return bytes of an object, none behind its end; None where there is no such object."""
        answer = self._call("GET", key, headers={"Range": f"bytes={offset}-{offset + most - 1}"})
        if answer.status == _UNSATISFIABLE:
            return b""
        return self._judge(answer).body[:most] if not _is_missing(answer) else None

    def has(self, key: str) -> bool:
        """Whether there is such an object."""
        answer = self._call("HEAD", key)
        return not _is_missing(answer) and bool(self._judge(answer).status)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        answer = self._call("DELETE", key)
        if not _is_missing(answer):
            self._judge(answer)

    def list_first(self, prefix: str) -> Listed | None:
        """Return the first object, by its key, of those whose key begins so."""
        found, _next = self._page(prefix, "", 2)  # the first may be the folder itself
        return min(found, default=None)

    def iter_listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects whose key begins so, page by page."""
        token: str | None = ""
        while token is not None:
            found, token = self._page(prefix, token, 1_000)
            yield from found

    def close(self) -> None:
        """Close what is open between two calls."""
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _page(self, prefix: str, token: str, most: int) -> tuple[list[Listed], str | None]:
        query = {"list-type": "2", "max-keys": str(most), "prefix": self._place.prefix + prefix}
        answer = self._checked("GET", None, query=query | ({"continuation-token": token} if token else {}))
        return _read_page(answer.body, len(self._place.prefix))

    def _checked(
        self, method: str, key: str | None, *, query: Query | None = None, body: bytes = b"", sha256: str = _NOTHING
    ) -> _Answer:
        return self._judge(self._call(method, key, query=query, body=body, sha256=sha256))

    def _call(
        self,
        method: str,
        key: str | None,
        *,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        sha256: str = _NOTHING,
    ) -> _Answer:
        """Ask over a connection that is open already, or a new one where the server has closed that meanwhile."""

        def ask(connection: http.client.HTTPConnection) -> _Answer:
            return self._exchange(connection, method, key, query or {}, headers or {}, body, sha256)

        with self._turn(self._slots):
            answer = self._ask(ask)
            return self._ask(ask) if self._learns_time(answer) else answer

    def _learns_time(self, answer: _Answer) -> bool:
        """Whether a request was refused that bore a wrong time; the next is signed by the server's."""
        if answer.status != http.client.FORBIDDEN:
            return False
        try:
            skew = parsedate_to_datetime(answer.date).astimezone(UTC) - self._clock.now()
        except (ValueError, OverflowError):
            return False
        if abs(skew - self._skew) < _LEAST_SKEW:
            return False
        _log.warning("this machine's clock differs from that of the store of papers by %d s", skew.total_seconds())
        self._skew = skew
        return True

    def _ask(self, ask: Callable[[http.client.HTTPConnection], _Answer]) -> _Answer:
        try:
            connection, is_used = self._idle.get_nowait(), True
        except queue.Empty:
            connection, is_used = self._connect(), False
        try:
            answer = ask(connection)
        except (OSError, http.client.HTTPException) as exc:
            connection.close()
            if is_used and not isinstance(exc, TimeoutError):
                return self._ask(ask)  # the next one; in the end a new one
            raise
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._place.host, self._place.port, timeout=_ANSWER_S)
        return http.client.HTTPSConnection(self._place.host, self._place.port, timeout=_ANSWER_S, context=self._context)

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        key: str | None,
        query: Query,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes],
        sha256: str,
    ) -> _Answer:
        path = self._place.path if key is None else f"{self._place.path}/{self._place.prefix}{key}"
        signed = sign(self._place, self._keys, method, path, query, sha256, now=self._clock.now() + self._skew)
        address = quote(path, safe="/-_.~") + (f"?{_joined(query)}" if query else "")
        connection.request(method, address, body or None, {**headers, **signed})
        response = connection.getresponse()
        return _Answer(response.status, _read(response), response.headers.get("Date", ""))

    @contextmanager
    def _turn(self, slots: threading.BoundedSemaphore) -> Iterator[None]:
        """Wait shortly for a slot; note that the server does not answer."""
        if time.monotonic() < self._rests_until or not slots.acquire(timeout=_SLOT_S):
            raise _away()
        try:
            yield
        except ssl.SSLCertVerificationError as exc:
            raise EnvironmentFailure("province.papers_untrusted", retryable=True, host=self._place.host) from exc
        except (OSError, http.client.HTTPException) as exc:
            self._rest(type(exc).__name__)
            raise _away() from exc
        finally:
            slots.release()

    def _judge(self, answer: _Answer) -> _Answer:
        if answer.status < http.client.MULTIPLE_CHOICES:
            return answer
        code = _code_of(answer)
        if answer.status in _AWAY:
            self._rest(code)
            raise _away()
        if code == "RequestTimeTooSkewed":
            raise EnvironmentFailure("province.papers_clock", retryable=True)
        if code == "NoSuchBucket":
            raise EnvironmentFailure("province.no_bucket", retryable=True, bucket=self._place.bucket)
        raise EnvironmentFailure("province.papers_refused", retryable=True, reason=code)

    def _rest(self, reason: str) -> None:
        _log.warning("the store of papers does not answer: %s", reason)
        self._rests_until = time.monotonic() + _REST_S


def sign(
    place: S3Place, keys: S3Keys, method: str, path: str, query: Query, sha256: str, *, now: datetime
) -> dict[str, str]:
    """Return the headers that make a request the holder's of the keys. `sha256` is that of the body. Pure."""
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    headers = {"host": place.authority, "x-amz-content-sha256": sha256, "x-amz-date": moment}
    names = ";".join(headers)
    said = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = "\n".join([method, quote(path, safe="/-_.~"), _joined(query), said, names, sha256])
    scope = f"{now:%Y%m%d}/{place.region}/s3/aws4_request"
    wanted = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{keys.secret_key}".encode()
    for part in (*scope.split("/"), wanted):
        key = hmac.digest(key, part.encode(), "sha256")
    proof = f"Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {proof}"}


def _joined(query: Query) -> str:
    return "&".join(f"{quote(name, safe='-_.~')}={quote(said, safe='-_.~')}" for name, said in sorted(query.items()))


def _read(response: http.client.HTTPResponse) -> bytes:
    """Return the answer; one that is too long or drips in is none."""
    read, until = bytearray(), time.monotonic() + 2 * _ANSWER_S
    while chunk := response.read1(_CHUNK_BYTES):
        read += chunk
        if len(read) > _MOST_ANSWER_BYTES or time.monotonic() > until:
            raise TimeoutError
    if response.length:
        raise http.client.IncompleteRead(bytes(read), response.length)
    return bytes(read)


def _read_page(body: bytes, prefix_length: int) -> tuple[list[Listed], str | None]:
    try:
        root = ET.fromstring(body)  # noqa: S314 - the province's own server, and expat bounds what entities grow to
        found = [
            Listed(
                _text(one, "Key")[prefix_length:],
                int(_text(one, "Size")),
                datetime.fromisoformat(_text(one, "LastModified")).astimezone(UTC),
            )
            for one in root.findall("{*}Contents")
            if not _text(one, "Key").endswith("/")  # a folder, which some servers and tools keep as an object
        ]
    except (ET.ParseError, ValueError) as exc:
        raise EnvironmentFailure("province.papers_refused", retryable=True, reason="ListObjects") from exc
    is_more = _text(root, "IsTruncated") == "true"
    return found, (_text(root, "NextContinuationToken") or None) if is_more else None


def _text(parent: ET.Element, name: str) -> str:
    return parent.findtext(f"{{*}}{name}") or ""


def _code_of(answer: _Answer) -> str:
    """Return the server's word for what went wrong: letters only, for it is shown and logged."""
    found = re.search(rb"<Code>([A-Za-z]{1,60})</Code>", answer.body)
    return found[1].decode() if found else str(answer.status)


def _is_missing(answer: _Answer) -> bool:
    return answer.status == http.client.NOT_FOUND and b"NoSuchBucket" not in answer.body


def _away() -> EnvironmentFailure:
    return EnvironmentFailure("province.papers_away", retryable=True)
