"""A serial port that is read: opening it alone, reading with a short patience, saying plainly why not.

Works on Windows and Linux through pyserial, which is imported when a port is opened and not before.
"""

import contextlib
import errno
import sys
import threading
from typing import TYPE_CHECKING

from counter_app.core.errors import BugError, EnvironmentFailure

if TYPE_CHECKING:
    import serial

READ_PATIENCE_S = 0.05

_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ENOTDIR, errno.ELOOP)
_HELD = (errno.EBUSY, errno.EAGAIN)
_DENIED = (errno.EACCES, errno.EPERM)


class SerialPort:
    """One port, 8 data bits, no parity, 1 stop bit. Open, read and close in one thread; `cancel` from any."""

    def __init__(self, name: str, baud: int) -> None:
        self.name = name
        self.baud = baud
        self._line: serial.Serial | None = None
        self._closing = threading.Lock()

    def open(self) -> None:
        """Open the port for this process alone; what had arrived before is thrown away.

        Raises:
            EnvironmentFailure: ``device.port_missing``, ``device.port_busy``, ``device.port_forbidden`` or
                ``device.port_refused``; all but the last come right by themselves or by a hand at the desk.
        """
        import serial

        # Written apart from the constructor, which would open the port before `cancel` can reach it.
        line = serial.Serial()
        line.port = self.name
        line.timeout = READ_PATIENCE_S
        try:
            line.baudrate = self.baud
            line.exclusive = True
            line.open()
        except _failures(ValueError) as exc:
            raise EnvironmentFailure(refusal_code(exc), retryable=True, port=self.name) from exc
        self._line = line

    def read(self) -> bytes:
        """Return what has arrived, waiting at most `READ_PATIENCE_S`; nothing when silent or cancelled.

        Raises:
            EnvironmentFailure: ``device.port_lost``; the port has to be closed and opened again.
        """
        line = self._line
        if line is None:
            raise BugError("device.not_open", port=self.name)
        try:
            return bytes(line.read(max(1, line.in_waiting)))
        # pyserial asks the system with handles that an unplugged device has made invalid: TypeError.
        except _failures(TypeError) as exc:
            raise EnvironmentFailure("device.port_lost", retryable=True, port=self.name) from exc

    def cancel(self) -> None:
        """Make a read that waits return now. Safe from any thread, also when the port is closed."""
        # pyserial wakes the read through a pipe: without the lock, a pipe closed in between could have given its
        # number to another file of this process, which would then be written into.
        with self._closing:
            line = self._line
            if line is None:
                return
            with contextlib.suppress(*_failures()):
                line.cancel_read()

    def close(self) -> None:
        """Close the port; closing a lost or closed one is no failure."""
        with self._closing:
            line, self._line = self._line, None
            if line is None:
                return
            with contextlib.suppress(*_failures()):
                line.close()


def refusal_code(exc: Exception) -> str:
    """Return the error code for a port that did not open.

    pyserial keeps the system's error number on POSIX; on Windows it only quotes the error in its message,
    where "access denied" means that another program holds the port.
    """
    number = getattr(exc, "errno", None)
    words = str(exc)
    if number in _GONE or "FileNotFoundError(" in words:
        return "device.port_missing"
    if number in _HELD or "PermissionError(13" in words:
        return "device.port_busy"
    if number in _DENIED:
        return "device.port_forbidden"
    return "device.port_refused"


def _failures(*further: type[Exception]) -> tuple[type[Exception], ...]:
    """Return what a port fails with; termios.error is no OSError, exists on POSIX only and passes pyserial."""
    failures: tuple[type[Exception], ...] = (OSError, *further)
    if sys.platform != "win32":
        import termios

        failures += (termios.error,)
    return failures
