"""Lines to a printer that fail: one that says nothing, one that says nonsense, one that is cut at a chosen moment."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator

#: What becomes of one request: the bytes that the client gets back, or None to cut its line without an answer.
Answer = Callable[[bytes], bytes | None]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[int]:
    """Serve HTTP requests on a port of this computer; every request is read to its end before it is answered."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                reply = answer(_read_message(self.request))
                if reply is not None:
                    self.request.sendall(reply)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="bad line")
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def forwarded(request: bytes, port: int) -> bytes:
    """Pass a request on and return the whole answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        return _read_message(line)


def operation_of(request: bytes) -> int:
    """Return which IPP operation an HTTP request asks for."""
    body = request.partition(b"\r\n\r\n")[2]
    return int.from_bytes(body[2:4], "big")


def http(body: bytes, status: str = "200 OK") -> bytes:
    """Wrap bytes as the answer of a print server."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _read_message(line: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(line)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(field.split(b":", 1) for field in head.lower().split(b"\r\n")[1:] if b":" in field)
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        while not data.endswith(b"0\r\n\r\n"):
            data += _received(line)
        return data
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        body += _received(line)
    return head + b"\r\n\r\n" + body


def _received(line: socket.socket) -> bytes:
    chunk = line.recv(65536)
    if not chunk:
        raise ConnectionResetError
    return chunk
