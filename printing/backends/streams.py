"""Bytes to a receipt printer and back, over a serial port or a raw TCP connection (port 9100).

Works on Windows and Linux. Every call returns soon, so that a cancelled job and a pulled cable are noticed.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

from counter_app.devices.transport.serial import refusal_code
from counter_app.services.answers.printing import PrinterState

if TYPE_CHECKING:
    import serial

RAW_PORT = 9100
FLOWS = ("none", "rtscts", "dsrdtr", "xonxoff")
_CONNECT_S = 2.0
_WRITE_PATIENCE_S = 0.1
_READ_SLICE_S = 0.05
_GOODBYE_S = 1.0
_SEND_BUFFER_BYTES = 8192


class StreamLostError(Exception):
    """The cable, the port or the connection is gone."""


class StreamRefusedError(Exception):
    """It did not open; `state` says what that means for the printer."""

    def __init__(self, state: PrinterState) -> None:
        super().__init__(state.value)
        self.state = state


class Stream(Protocol):
    """An open line to a printer. Used by one thread."""

    def write(self, data: bytes) -> int:
        """Hand over from the front of the data what is taken within a tenth of a second; return how much that was.

        Raises:
            StreamLostError: nothing of this data was taken.
        """
        ...

    def read(self, most: int, timeout_s: float) -> bytes:
        """Return what has arrived, waiting for it at most so long; nothing when the printer is silent.

        Raises:
            StreamLostError: the line is gone.
        """
        ...

    def queued_bytes(self) -> int:
        """Return how much was taken but has not left this computer yet, 0 where that is not known."""
        ...

    def close(self, *, drop: bool = False) -> None:
        """Close the line; with `drop` without letting what is queued leave. Closing a lost one is no failure."""
        ...


StreamFactory = Callable[[], Stream]
"""Opens a line, or raises `StreamRefusedError` after at most about two seconds."""


def _failures() -> tuple[type[Exception], ...]:
    """Return what ports and connections fail with; termios.error is no OSError, and passes pyserial."""
    # pyserial asks the system with handles that an unplugged device has made invalid: TypeError.
    failures: tuple[type[Exception], ...] = (OSError, TypeError, ValueError)
    if sys.platform != "win32":
        import termios

        failures += (termios.error,)
    return failures


_FAILURES = _failures()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _FAILURES as exc:
        raise StreamLostError from exc


class SerialStream:
    """A serial port that no other program may open meanwhile, 8N1."""

    def __init__(self, port: str, *, baud: int, flow: str = "none") -> None:
        """Open the port; `flow` is one of `FLOWS`.

        Raises:
            StreamRefusedError: it is missing, held by another program (BUSY), or does not open.
        """
        import serial

        line = serial.Serial()
        line.port = port
        line.timeout = _READ_SLICE_S
        line.write_timeout = None if sys.platform == "win32" else 0
        line.rtscts, line.dsrdtr, line.xonxoff = flow == "rtscts", flow == "dsrdtr", flow == "xonxoff"
        try:
            line.baudrate = baud
            line.exclusive = True
            line.open()
        except _FAILURES as exc:
            raise StreamRefusedError(_REFUSALS.get(refusal_code(exc), PrinterState.OFFLINE)) from exc
        self._line: serial.Serial = line

    def write(self, data: bytes) -> int:
        """See `Stream`."""
        with _translated():
            if sys.platform == "win32":
                return self._write_until_cancelled(data)
            return self._write_what_fits(data)

    def _write_what_fits(self, data: bytes) -> int:
        import select

        # Without asking first, pyserial would spin for as long as the port takes nothing.
        if not select.select([], [self._line.fileno()], [], _WRITE_PATIENCE_S)[1]:
            return 0
        return int(self._line.write(data) or 0)

    def _write_until_cancelled(self, data: bytes) -> int:
        """Windows tells how much of a write got through only when it is cancelled, not when it times out."""
        patience = threading.Timer(_WRITE_PATIENCE_S, self._line.cancel_write)
        patience.start()
        try:
            return int(self._line.write(data) or 0)
        finally:
            patience.cancel()
            patience.join()

    def read(self, most: int, timeout_s: float) -> bytes:
        """See `Stream`."""
        deadline = time.monotonic() + timeout_s
        with _translated():
            while True:
                waiting = self._line.in_waiting
                if waiting:
                    return bytes(self._line.read(min(most, waiting)))
                if time.monotonic() >= deadline:
                    return b""
                if first := bytes(self._line.read(1)):
                    return first

    def queued_bytes(self) -> int:
        """See `Stream`."""
        with _translated():
            return int(self._line.out_waiting)

    def close(self, *, drop: bool = False) -> None:
        """See `Stream`."""
        with contextlib.suppress(StreamLostError), _translated():
            if drop:
                self._line.reset_output_buffer()
        with contextlib.suppress(StreamLostError), _translated():
            self._line.close()


_REFUSALS = {"device.port_missing": PrinterState.MISSING, "device.port_busy": PrinterState.BUSY}


class SocketStream:
    """A raw TCP connection, as network printers take them ("JetDirect", AppSocket)."""

    def __init__(self, host: str, port: int = RAW_PORT) -> None:
        """Connect.

        Raises:
            StreamRefusedError: the name is unknown (MISSING), or nobody answers within two seconds (OFFLINE).
        """
        try:
            self._socket = socket.create_connection((host, port), timeout=_CONNECT_S)
        except socket.gaierror as exc:
            raise StreamRefusedError(PrinterState.MISSING) from exc
        except OSError as exc:
            raise StreamRefusedError(PrinterState.OFFLINE) from exc
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # What waits here cannot be overtaken by a question: no more than a few bands.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def write(self, data: bytes) -> int:
        """See `Stream`."""
        self._socket.settimeout(_WRITE_PATIENCE_S)
        with _translated():
            try:
                return self._socket.send(data)
            except TimeoutError as exc:
                if exc.errno is not None:
                    raise  # not ours: the system gave the printer up
                return 0

    def read(self, most: int, timeout_s: float) -> bytes:
        """See `Stream`."""
        self._socket.settimeout(max(timeout_s, 0.001))
        with _translated():
            try:
                found = self._socket.recv(most)
            except TimeoutError as exc:
                if exc.errno is not None:
                    raise
                return b""
        if not found:
            raise StreamLostError
        return found

    def queued_bytes(self) -> int:
        """See `Stream`. Not known."""
        return 0

    def close(self, *, drop: bool = False) -> None:
        """See `Stream`. Unless dropped, waits a moment: closing on unread answers would lose what is on its way."""
        with contextlib.suppress(OSError):
            if drop:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            else:
                self._say_goodbye()
        self._socket.close()

    def _say_goodbye(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + _GOODBYE_S
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            if not self._socket.recv(256):
                return


# struct linger {on, seconds 0}: two shorts on Windows, two ints elsewhere.
_LINGER_ZERO = b"\x01\x00\x00\x00" if sys.platform == "win32" else b"\x01\x00\x00\x00\x00\x00\x00\x00"


def serial_stream(port: str, baud: int, *, flow: str = "none") -> StreamFactory:
    """Return what opens a serial port, such as ``COM3`` or ``/dev/ttyUSB0``; `flow` is one of `FLOWS`."""
    return lambda: SerialStream(port, baud=baud, flow=flow)


def tcp_stream(host: str, port: int = RAW_PORT) -> StreamFactory:
    """Return what connects to a network printer's raw port."""
    return lambda: SocketStream(host, port)
