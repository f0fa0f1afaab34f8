"""The answering side of the line: HTTPS with TLS 1.3, whoever asks known by a certificate, each request bounded.

One thread for a connection; a desk keeps a few, and how many anybody may have is bounded (`counter_app.sync.callers`).
What is asked for is decided by what the routes lead to: the province's service, or a hall's.
"""

import http.client
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from typing import Any
from urllib.parse import parse_qs, urlsplit

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.networks import network_of
from counter_app.core.prompt_reading import PromptReader
from counter_app.sync.callers import Callers
from counter_app.sync.codec import MOST_PACKED_BYTES

_log = logging.getLogger(__name__)
_MOST_BODY_BYTES = MOST_PACKED_BYTES + 1024
_SILENCE_S = 300.0
#: So long the handshake may take, and all that somebody without a certificate asks on one connection.
_STRANGERS_S = 60.0
#: More than any claim; what is larger only those may send who are known.
_MOST_STRANGERS_BYTES = 64 * 1024
_MOST_CONNECTIONS = 2_000
_LONGEST_NUMBER = 18
#: So many requests of strangers are answered at once, and those of desks wait for no more of them.
_STRANGERS_AT_ONCE = 8
#: Codes that say who asks, not what: answered alike for a stranger and a revoked desk's next request.
_WHO = frozenset({"province.not_admitted", "province.desk_revoked", "province.other_desk"})

Query = dict[str, str]
Route = Callable[[Any, str, Query, bytes], bytes]
"""Who answers, the name in the asker's certificate (empty without one), the query, the body."""
Routes = Mapping[tuple[str, str], Route]


class HttpsService(ThreadingHTTPServer):
    """A listening service; `serve_forever` until `shutdown`."""

    daemon_threads = True
    request_queue_size = 1_024  # a burst waits here, not for its second try
    strangers_s = _STRANGERS_S

    def __init__(self, address: tuple[str, int], answering: Any, *, routes: Routes, context: ssl.SSLContext) -> None:
        """Listen.

        Raises:
            EnvironmentFailure: ``province.cannot_listen``.
        """
        self.answering = answering
        self.routes = routes
        self.callers = Callers()
        self.strangers_turn = threading.BoundedSemaphore(_STRANGERS_AT_ONCE)
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            super().__init__(address, _Handler)
        except OSError as exc:
            raise EnvironmentFailure("province.cannot_listen", host=address[0], port=address[1]) from exc
        # No desk takes a session up again, and each of two tickets would carry the desk's certificate back to it.
        context.num_tickets = 0
        # The handshake is the connection's own thread's work: a slow one must not keep the next from being accepted.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread of a connection, unless there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        self.callers.come(request, network_of(client_address[0]))
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread can be started
            self._forget(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._forget(request)

    def _forget(self, request: Any) -> None:
        self.callers.leave(request)
        self._free.release()

    def note(self, route: str, status: int, seconds: float) -> None:
        """Take notice of a request that was answered; `route` is "unknown" for what is no route."""

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A connection that was cut, or was no TLS, is no news."""
        _log.debug("connection ended", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE_S
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpsService
    request: ssl.SSLSocket

    def setup(self) -> None:
        self.request.settimeout(self.server.strangers_s)
        self.request.do_handshake()  # its limit is one of the whole handshake
        super().setup()
        asker = self._asker()
        if asker:
            self.server.callers.show(self.request, asker)
        else:
            self.rfile = BufferedReader(PromptReader(self.request, within_s=self.server.strangers_s))

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        began = time.monotonic()
        status, data = self._find_answer()
        self._send(status, data)
        path = urlsplit(self.path).path
        route = path.strip("/") if (self.command, path) in self.server.routes else "unknown"
        self.server.note(route, status, time.monotonic() - began)

    def _find_answer(self) -> tuple[int, bytes]:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            return http.client.REQUEST_ENTITY_TOO_LARGE, b""
        try:
            return http.client.OK, self._route(body)
        except AppError as error:
            return _status_of(error), json.dumps({"code": error.code}).encode()
        except Exception as exc:  # noqa: BLE001 - one bad request must not end the service; its text may name people
            _log.error("a request failed: %s", type(exc).__name__)
            return http.client.INTERNAL_SERVER_ERROR, b""

    def _route(self, body: bytes) -> bytes:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        route = self.server.routes.get((self.command, parts.path))
        if route is None:
            raise EnvironmentFailure("province.no_such_path")
        asker = self._asker()
        with nullcontext() if asker else self.server.strangers_turn:
            return route(self.server.answering, asker, query, body)

    def _asker(self) -> str:
        """Return the name in the certificate that was proved in the handshake, empty without one."""
        certificate = self.request.getpeercert() or {}
        subject: Any = certificate.get("subject", ())
        names = [value for part in subject for name, value in part if name == "commonName"]
        return str(names[0]) if len(names) == 1 else ""

    def _read_body(self) -> bytes | None:
        if self.command == "GET":
            return b""
        length = self.headers.get("Content-Length", "")
        most = _MOST_BODY_BYTES if self._asker() else _MOST_STRANGERS_BYTES
        if not length.isdecimal() or len(length) > _LONGEST_NUMBER or int(length) > most:
            return None
        return self.rfile.read(int(length))

    def _send(self, status: int, data: bytes) -> None:
        """Answer with as little around it as HTTP allows: on a weak line every header costs."""
        self.wfile.write(f"HTTP/1.1 {int(status)} \r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
        self.wfile.flush()

    def log_message(self, *_arguments: object) -> None:
        """No access log: paths hold codes."""


def _status_of(error: AppError) -> int:
    if error.code in _WHO:
        return http.client.FORBIDDEN
    if isinstance(error, EnvironmentFailure) and error.retryable:
        return http.client.SERVICE_UNAVAILABLE
    return http.client.UNPROCESSABLE_ENTITY
