"""A time stamp authority (RFC 3161) on loopback: OpenSSL's own program behind a small HTTP server; it also hands out
revocation lists and answers OCSP (RFC 6960)."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.fakes.authority import Authority, Issued

_SETTINGS = """[tsa]
default_tsa = stamper
[stamper]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
certs = {folder}/chain.pem
signer_key = {folder}/signer-key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


@dataclass
class StampingServer:
    """What runs and what it was asked.

    `broken` makes it answer nonsense, `replays` its last answer again, `files` is what it hands out by path.
    """

    url: str
    folder: Path
    asked: int = 0
    broken: bool = False
    replays: bool = False
    given: bytes = b""
    authority: Authority | None = None
    files: dict[str, bytes] = field(default_factory=dict)

    def install(self, issued: Issued, authority: Authority) -> None:
        """Take a certificate to stamp with."""
        self.authority = authority
        (self.folder / "serial").write_text("01")
        (self.folder / "signer.pem").write_bytes(issued.pem)
        (self.folder / "signer-key.pem").write_bytes(issued.key_pem)
        (self.folder / "chain.pem").write_bytes(authority.issued.pem)
        (self.folder / "tsa.conf").write_text(_SETTINGS.format(folder=self.folder))

    def answer(self, request: bytes) -> bytes:
        self.asked += 1
        if self.broken:
            return b"nonsense"
        if self.replays and self.given:
            return self.given
        (self.folder / "request.tsq").write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", "tsa.conf", "-queryfile", "request.tsq"]
        done = subprocess.run(command, cwd=self.folder, check=True, capture_output=True, timeout=30)
        self.given = done.stdout
        return self.given


@contextmanager
def stamping_server(folder: Path) -> Iterator[StampingServer]:
    """Run a server on loopback; it stamps once a certificate is installed."""
    folder.mkdir(parents=True, exist_ok=True)

    class _Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/ocsp" and server.authority is not None:
                self._send("application/ocsp-response", server.authority.status_response(request))
                return
            self._send("application/timestamp-reply", server.answer(request))

        def do_GET(self) -> None:
            found = server.files.get(self.path)
            if found is None:
                self.send_error(404)
                return
            self._send("application/pkix-crl", found)

        def _send(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server = StampingServer(url=f"http://127.0.0.1:{listener.server_port}", folder=folder)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(5)
