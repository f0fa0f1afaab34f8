"""What stands before a plain server and speaks TLS for it."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Edit = Callable[[bytes], bytes]


@contextmanager
def tls_front(port: int, context: ssl.SSLContext, *, edit: Edit = lambda data: data) -> Iterator[int]:
    """Give the port at which the server at `port` is reached over TLS; `edit` changes what it answers."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with (
                suppress(OSError),  # a client that does not like the certificate, or has enough
                context.wrap_socket(self.request, server_side=True) as near,
                socket.create_connection(("127.0.0.1", port), timeout=10) as far,
            ):
                answering = threading.Thread(target=_pass_on, args=(far, near, edit))
                answering.start()
                _pass_on(near, far, lambda data: data)
                answering.join()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def _pass_on(source: socket.socket, target: socket.socket, edit: Edit) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(edit(data))
    with suppress(OSError):
        socket.socket.shutdown(target, socket.SHUT_RDWR)
