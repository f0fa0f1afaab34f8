"""How the emulated receipt printer is plugged in: a pseudo terminal or a TCP listener, each with a plug to pull."""

import contextlib
import os
import select
import socket
import struct
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from printing.backends.streams import StreamFactory, serial_stream, tcp_stream
from tests.fakes.escpos_emulator import EscposPrinter

_TICK_S = 0.02
_CHUNK = 256


class _Plug:
    """What both lines share: a thread that carries bytes, until the plug is pulled after so many of them."""

    def __init__(self, printer: EscposPrinter, *, unplug_after: int | None = None) -> None:
        self.printer = printer
        self._unplug_after = unplug_after
        self._carried = 0
        self._is_pulled = threading.Event()
        self._thread = threading.Thread(target=self._carry, name="escpos-line", daemon=True)

    def __enter__(self) -> Self:
        self._open()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_pulled.set()
        self.printer.switch_off()
        self._thread.join(5)
        self._close()

    @property
    def address(self) -> str:
        """The address to print on."""
        raise NotImplementedError

    @property
    def open_stream(self) -> StreamFactory:
        """What opens a line to it."""
        raise NotImplementedError

    @property
    def is_pulled(self) -> bool:
        """Whether the plug has been pulled."""
        return self._is_pulled.is_set()

    def unplug(self) -> None:
        """Pull the plug now."""
        self._is_pulled.set()
        self._thread.join(5)
        self._close()

    def _open(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def _carry(self) -> None:
        raise NotImplementedError

    def _room(self) -> int:
        """How much may be read before the plug is pulled."""
        return _CHUNK if self._unplug_after is None else min(_CHUNK, self._unplug_after - self._carried)

    def _hand_over(self, data: bytes) -> None:
        self._carried += len(data)
        self.printer.receive(data)
        if self._unplug_after is not None and self._carried >= self._unplug_after:
            self._is_pulled.set()
            self._close()


class PtyLine(_Plug):
    """A serial port (POSIX only); what is sent before the program has opened it is lost."""

    def _open(self) -> None:
        import tty

        self._folder = tempfile.TemporaryDirectory(prefix="receipt-printer-")
        self._link = Path(self._folder.name) / "printer"
        self._lock = threading.Lock()
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link.symlink_to(os.ttyname(self._slave))
        self.printer.answer = self._say

    @property
    def port(self) -> str:
        """The port's name."""
        return str(self._link)

    @property
    def address(self) -> str:
        """The address to print on."""
        return f"serial:{self._link}"

    @property
    def open_stream(self) -> StreamFactory:
        """What opens a line to it."""
        return serial_stream(self.port, 115200)

    def _say(self, answer: bytes) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._master >= 0:
                os.write(self._master, answer)

    def _carry(self) -> None:
        while not self._is_pulled.is_set():
            if select.select([self._master], [], [], _TICK_S)[0]:
                with contextlib.suppress(BlockingIOError):
                    self._hand_over(os.read(self._master, self._room()))

    def _close(self) -> None:
        with self._lock:
            self._link.unlink(missing_ok=True)
            for handle in (self._master, self._slave):
                if handle >= 0:
                    os.close(handle)
            self._master = self._slave = -1
        self._folder.cleanup()


class TcpLine(_Plug):
    """A network printer: one connection at a time, with a small window."""

    def __init__(self, printer: EscposPrinter, *, unplug_after: int | None = None) -> None:
        super().__init__(printer, unplug_after=unplug_after)
        self.connections = 0
        self._peer: socket.socket | None = None

    def _open(self) -> None:
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(4)
        self._listener.settimeout(_TICK_S)
        self._tcp_port = int(self._listener.getsockname()[1])
        self.printer.answer = self._say

    @property
    def address(self) -> str:
        """The address to print on."""
        return f"tcp://127.0.0.1:{self._tcp_port}"

    @property
    def open_stream(self) -> StreamFactory:
        """What opens a line to it."""
        return tcp_stream("127.0.0.1", self._tcp_port)

    def _say(self, answer: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._peer is not None:
                self._peer.sendall(answer)

    def _carry(self) -> None:
        while not self._is_pulled.is_set():
            with contextlib.suppress(TimeoutError):
                self._peer, _ = self._listener.accept()
                self.connections += 1
                self._serve(self._peer)

    def _serve(self, peer: socket.socket) -> None:
        peer.settimeout(_TICK_S)
        with contextlib.suppress(ConnectionError):
            while not self._is_pulled.is_set():
                with contextlib.suppress(TimeoutError):
                    data = peer.recv(self._room())
                    if not data:
                        break
                    self._hand_over(data)
        if self._is_pulled.is_set():
            return  # whoever pulled the plug resets the line: a polite end would let one more packet leave
        self._peer = None
        peer.close()

    def _close(self) -> None:
        self._listener.close()
        if (peer := self._peer) is not None:
            with contextlib.suppress(OSError):
                # Reset, as a printer that loses its power does once it is back, not a polite end.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
