"""A serial reader on a pseudo terminal: real bytes through the real driver, and a plug to be pulled."""

import contextlib
import os
import select
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

_WRITE_TIMEOUT_S = 5.0


class SerialReaderEmulator:
    """A reader that keeps its port's name over unplugging and replugging (POSIX only).

    What is scanned before the program has opened the port is lost, as with a real reader: wait for READY
    first.
    """

    def __init__(self, name: str = "reader") -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="serial-reader-")
        self._link = Path(self._folder.name) / name
        self._master: int | None = None
        self._slave: int | None = None

    def __enter__(self) -> Self:
        self.replug()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
        self._folder.cleanup()

    @property
    def port(self) -> str:
        """The name to assign; it stays the same after `replug`."""
        return str(self._link)

    def scan(self, payload: bytes, suffix: bytes = b"\r", chunk: int | None = None) -> None:
        """Send one code and its suffix; `chunk` bytes at a time, paced like a line, when given."""
        data = payload + suffix
        if chunk is None:
            self._write(data)
            return
        for start in range(0, len(data), chunk):
            self._write(data[start : start + chunk])
            time.sleep(0.002)

    def scan_at_wrong_speed(self, payload: bytes, *, sent: int, heard: int, suffix: bytes = b"\r") -> None:
        """Send what a port set to `heard` baud receives from a reader that talks at `sent` baud."""
        self._write(hear_at_wrong_speed(payload + suffix, sent=sent, heard=heard))

    def unplug(self) -> None:
        """Pull the plug: the port's name disappears and whoever reads it is told at once."""
        self._link.unlink(missing_ok=True)
        for handle in (self._master, self._slave):
            if handle is not None:
                os.close(handle)
        self._master = self._slave = None

    def replug(self) -> None:
        """Put the plug in (again), under the same name."""
        if self._master is not None:
            return
        import tty

        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._link.symlink_to(os.ttyname(self._slave))

    def _write(self, data: bytes) -> None:
        if self._master is None:
            raise RuntimeError("the reader is unplugged")
        deadline = time.monotonic() + _WRITE_TIMEOUT_S
        while data:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("nobody reads the port")
            _, writable, _ = select.select([], [self._master], [], left)
            if writable:
                with contextlib.suppress(BlockingIOError):
                    data = data[os.write(self._master, data) :]


def hear_at_wrong_speed(data: bytes, *, sent: int, heard: int) -> bytes:
    """Return what an 8N1 receiver at `heard` baud makes of bytes sent at `sent` baud.

    The line is sampled in the middle of each bit the receiver expects, as a UART does; framing errors are not
    dropped.
    """
    line: list[int] = [1, 1]
    for byte in data:
        line += [0, *((byte >> bit) & 1 for bit in range(8)), 1]
    line += [1] * 20
    ratio = sent / heard
    out = bytearray()
    place = 0.0
    while int(place) < len(line):
        if line[int(place)] == 1:
            place += ratio / 16
            continue
        bits = [int(place + ratio * (index + 0.5)) for index in range(1, 9)]
        out.append(sum((line[at] if at < len(line) else 1) << index for index, at in enumerate(bits)))
        place += ratio * 9.5
    return bytes(out)
