"""One HTTP exchange with a scanner: bounded in size and time, never redirected, stopped by a cancel from any thread."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.text import nfc
from counter_app.scanning.driver import Cancel
from counter_app.scanning.failures import Trouble, failure_of

CONNECT_S = 5.0
_CHUNK_BYTES = 65_536
_LONGEST_ADDRESS = 300


@dataclass(frozen=True, slots=True)
class ScannerAddress:
    """Where a scanner answers: scheme, host, port and the folder of its eSCL resources, ``/eSCL`` as a rule."""

    is_secure: bool
    host: str
    port: int
    root: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_secure else 'http'}://{host}:{self.port}{self.root}"


def read_address(text: str) -> ScannerAddress:
    """Return a scanner's address; without a path, ``/eSCL`` is meant.

    Raises:
        UserError: ``scan.bad_address``.
    """
    try:
        parts = urlsplit(text)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
    except ValueError as exc:
        raise UserError("scan.bad_address", address=nfc(text)[:80]) from exc
    is_plain = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LONGEST_ADDRESS
    has_more = parts.username is not None or parts.password is not None or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or not is_plain or has_more:
        raise UserError("scan.bad_address", address=nfc(text)[:80])
    return ScannerAddress(parts.scheme == "https", host, port, parts.path.rstrip("/") or "/eSCL")


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer."""

    status: int
    body: bytes
    location: str = ""
    retry_after_s: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EsclLine:
    """How one scanner is spoken to. Safe from any thread; every request has a connection of its own."""

    address: ScannerAddress
    accepts_self_signed: bool = False

    def request(
        self,
        method: str,
        path: str,
        *,
        cancel: Cancel,
        within_s: float,
        most_bytes: int,
        body: bytes | None = None,
    ) -> Reply:
        """Send one request and return the whole answer.

        Raises:
            EnvironmentFailure: ``scan.gone``, ``scan.timed_out``, ``scan.bad_answer``, ``scan.page_too_large``,
                ``scan.untrusted_certificate``.
        """
        exchange = _Exchange(self._connection(within_s))
        watch = threading.Timer(within_s, exchange.give_up)
        watch.daemon = True
        watch.start()
        forget = cancel.listen(exchange.abort)
        try:
            return exchange.run(method, path, body, most_bytes)
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise _failure(exc, is_late=exchange.is_late) from exc
        finally:
            watch.cancel()
            forget()
            exchange.close()

    def _connection(self, within_s: float) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        if not self.address.is_secure:
            return http.client.HTTPConnection(host, port, timeout=min(within_s, CONNECT_S))
        context = ssl.create_default_context()
        if self.accepts_self_signed:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return http.client.HTTPSConnection(host, port, timeout=min(within_s, CONNECT_S), context=context)


class _Exchange:
    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self._socket: socket.socket | None = None
        self._is_aborted = False
        self.is_late = False

    def run(self, method: str, path: str, body: bytes | None, most_bytes: int) -> Reply:
        self._connection.connect()
        # Kept here: the connection forgets its socket as soon as an answer is the last one.
        self._socket = self._connection.sock
        if self._is_aborted:
            raise ConnectionAbortedError
        self._socket.settimeout(None)  # from here on the watch ends what takes too long
        headers = {"Connection": "close", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "text/xml"
        self._connection.request(method, path, body=body, headers=headers)
        with self._connection.getresponse() as answer:
            return Reply(
                status=answer.status,
                body=self._read(answer, most_bytes),
                location=answer.headers.get("Location", ""),
                retry_after_s=_seconds(answer.headers.get("Retry-After", "")),
            )

    def _read(self, answer: http.client.HTTPResponse, most_bytes: int) -> bytes:
        announced = answer.length
        body = bytearray()
        while chunk := answer.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) > most_bytes:
                raise EnvironmentFailure("scan.page_too_large", megabytes=most_bytes // 1_000_000)
        if announced is not None and len(body) < announced:
            raise http.client.IncompleteRead(b"")
        return bytes(body)

    def abort(self) -> None:
        self._is_aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def give_up(self) -> None:
        self.is_late = True
        self.abort()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.close()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()


def wait_politely(reply: Reply, cancel: Cancel, until: float) -> bool:
    """Wait as long as a busy scanner asks for, within bounds; whether it makes sense to ask again."""
    seconds = min(max(reply.retry_after_s, 0.25), 5.0)
    return not cancel.wait(min(seconds, max(0.0, until - time.monotonic()))) and time.monotonic() < until


def _seconds(words: str) -> float:
    return float(words) if words.isascii() and words.isdigit() and len(words) <= 5 else 0.0


def _failure(exc: Exception, *, is_late: bool) -> AppError:
    if is_late:
        return failure_of(Trouble.TIMED_OUT)
    if isinstance(exc, ssl.SSLCertVerificationError):
        return EnvironmentFailure("scan.untrusted_certificate")
    if isinstance(exc, http.client.HTTPException) and not isinstance(exc, http.client.RemoteDisconnected):
        cut = isinstance(exc, http.client.IncompleteRead)
        return failure_of(Trouble.GONE) if cut else EnvironmentFailure("scan.bad_answer", retryable=True)
    if isinstance(exc, OSError):
        return failure_of(Trouble.GONE)
    return EnvironmentFailure("scan.bad_answer", retryable=True)
