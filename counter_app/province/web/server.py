"""The listener of the web pages: bounded requests, strict headers, one request a connection.

It says plain HTTP on loopback and behind a proxy that is named; everywhere else TLS, with a certificate that browsers
know or the authority's own.
"""

import http.client
import logging
import ssl
import threading
import time
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.prompt_reading import PromptReader
from counter_app.province.authority import Authority
from counter_app.province.logs import FACTS
from counter_app.province.metrics import Traffic
from counter_app.province.web.asking import Answered, Asked, choose_language
from counter_app.province.web.fleet_page import COOKIE
from counter_app.province.web.site import Site

_log = logging.getLogger(__name__)
_SILENCE_S = 10.0
_REQUEST_S = 30.0
_MOST_BODY_BYTES = 4_096
_MOST_CONNECTIONS = 500
_MOST_FIELDS = 20
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class WebOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where the pages listen, under which public name. `proxy` is whose word about the asker's address is believed."""

    listen: tuple[str, int]
    name: str = ""
    proxy: str = ""
    certificate: Path | None = None


class WebServer(ThreadingHTTPServer):
    """A listening site; `serve_forever` until `shutdown`."""

    daemon_threads = True
    request_queue_size = 128
    request_s = _REQUEST_S

    def __init__(self, options: WebOptions, site: Site, traffic: Traffic, authority: Authority) -> None:
        """Listen.

        Raises:
            UserError: ``province.bad_certificate``.
            EnvironmentFailure: ``province.cannot_listen``.
        """
        self.site, self.traffic, self.proxy = site, traffic, options.proxy
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        self.context = _context(options, authority)
        host, port = options.listen
        try:
            super().__init__(options.listen, _Handler)
        except OSError as exc:
            raise EnvironmentFailure("province.cannot_listen", host=host, port=port) from exc

    @property
    def url(self) -> str:
        """Where it is reached on this machine."""
        scheme = "http" if self.context is None else "https"
        return f"{scheme}://{self.server_address[0]!s}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread of a connection, unless there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection; the handshake is its own thread's work."""
        try:
            request.settimeout(_SILENCE_S)
            if self.context is not None:
                request = self.context.wrap_socket(request, server_side=True)
            super().process_request_thread(request, client_address)
        except OSError:
            self.shutdown_request(request)
        finally:
            self._free.release()

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """A connection that was cut is no news."""
        _log.debug("connection ended", exc_info=True)


def _context(options: WebOptions, authority: Authority) -> ssl.SSLContext | None:
    if options.certificate is None:
        is_plain = bool(options.proxy) or _is_loopback(options.listen[0])
        return None if is_plain else authority.web_context(options.name or options.listen[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(options.certificate)
    except (OSError, ssl.SSLError) as exc:
        raise UserError("province.bad_certificate", file=options.certificate.name) from exc
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENCE_S
    server: WebServer

    def setup(self) -> None:
        super().setup()
        self.rfile = BufferedReader(PromptReader(self.connection, within_s=self.server.request_s))

    def do_GET(self) -> None:
        self._answer({})

    def do_HEAD(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BODY_BYTES:
            self._send(Answered(route="too_large", status=http.client.REQUEST_ENTITY_TOO_LARGE))
            return
        self._answer(_fields(self.rfile.read(int(length)).decode("utf-8", "replace")))

    def _answer(self, form: dict[str, str]) -> None:
        began = time.monotonic()
        answered = self.server.site.answer(self._asked(form))
        self._send(answered)
        seconds = time.monotonic() - began
        self.server.traffic.note(f"web_{answered.route}", answered.status, seconds)
        facts = {"route": f"web_{answered.route}", "status": answered.status, "ms": round(seconds * 1000)}
        _log.info("request", extra={FACTS: facts})

    def _asked(self, form: dict[str, str]) -> Asked:
        parts = urlsplit(self.path[:2_000])
        query = _fields(parts.query)
        scheme, _blank, bearer = self.headers.get("Authorization", "").partition(" ")
        return Asked(
            method="GET" if self.command == "HEAD" else self.command,
            path=unquote(parts.path),
            query=query,
            form=form,
            address=self._address(),
            session=_session(self.headers.get("Cookie", "")),
            bearer=bearer if scheme.lower() == "bearer" else "",
            language=choose_language(query.get("lang", ""), self.headers.get("Accept-Language", "")),
        )

    def _address(self) -> str:
        """Return who asks. Only the last hop's word counts: what is before it the asker may have written."""
        peer = str(self.client_address[0])
        if peer != self.server.proxy:
            return peer
        forwarded: list[str] = self.headers.get_all("X-Forwarded-For") or [peer]  # a proxy may add a line of its own
        return forwarded[-1].rpartition(",")[2].strip() or peer

    def _send(self, answered: Answered) -> None:
        self.send_response_only(answered.status)
        for name, value in (_HEADERS | answered.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", answered.content_type)
        self.send_header("Content-Length", str(len(answered.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answered.body)

    def log_message(self, *_arguments: object) -> None:
        """No access log: paths hold codes."""


def _fields(text: str) -> dict[str, str]:
    try:
        found = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in found.items()}


def _session(cookies: str) -> str:
    try:
        found = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return ""
    return found.value[:200] if found is not None else ""
