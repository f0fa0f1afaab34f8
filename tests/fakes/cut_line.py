"""A line between a desk and its province that is cut after so many bytes, wherever that falls."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence


class CutLine:
    """Forwards connections; each is cut when its allowance, the next of the list, is used up. Then none is cut."""

    def __init__(self, target: tuple[str, int], allowances: Sequence[int], port: int) -> None:
        self._target = target
        self._allowances = list(allowances)
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", port))
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self.cuts = self.carried_bytes = 0
        self._start(self._accept)

    @property
    def url(self) -> str:
        """What a desk is told instead of the province's own address."""
        return f"https://127.0.0.1:{self._server.getsockname()[1]}"

    def close(self) -> None:
        """End everything."""
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        with self._lock:
            for one in self._open:
                _end(one)
        for thread in self._threads:
            thread.join()

    def _start(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._server.accept()
                far = socket.create_connection(self._target)
                with self._lock:
                    self._open += [near, far]
                    left = [self._allowances.pop(0) if self._allowances else 1 << 40]
                for source, target in ((near, far), (far, near)):
                    self._start(self._forward, source, target, left)

    def _forward(self, source: socket.socket, target: socket.socket, left: list[int]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4_096):
                with self._lock:
                    passed = data[: max(0, left[0])]
                    left[0] -= len(data)
                    self.cuts += passed != data
                    self.carried_bytes += len(passed)
                target.sendall(passed)
                if passed != data:
                    break
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def cut_line(target: tuple[str, int], allowances: Sequence[int] = (), *, port: int = 0) -> Iterator[CutLine]:
    """Give such a line; when the body ends nobody listens at its port."""
    line = CutLine(target, allowances, port)
    try:
        yield line
    finally:
        line.close()
