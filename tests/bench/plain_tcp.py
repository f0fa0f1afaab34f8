"""What a line can carry at all: the same bytes down one plain TCP connection, and one byte back at the end."""

import socket
import sys
import time
from collections.abc import Callable

_ANSWER_S = 60.0


def serve(port: int, size: int) -> None:
    """Take `size` bytes and say so, as often as somebody comes; a connection that is cut has brought nothing."""
    with socket.create_server(("0.0.0.0", port)) as listening:
        print("ready", flush=True)
        while True:
            with listening.accept()[0] as link:
                left = size
                while left > 0 and (part := _receive(link)):
                    left -= len(part)
                if left <= 0:
                    link.sendall(b"\x06")


def _receive(link: socket.socket) -> bytes:
    try:
        return link.recv(65_536)
    except OSError:
        return b""


def push(address: tuple[str, int], data: bytes, said: Callable[[str], None]) -> None:
    """Send the bytes, again from the start after every cut, until the other end has them; tells `said` "batch"."""
    while True:
        try:
            with socket.create_connection(address, timeout=_ANSWER_S) as link:
                link.settimeout(None)
                link.sendall(data)
                if link.recv(1) == b"\x06":
                    said("batch")
                    return
        except OSError as exc:
            print(type(exc).__name__, file=sys.stderr)
            time.sleep(1)
