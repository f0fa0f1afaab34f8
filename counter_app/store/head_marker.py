"""A note outside the data folder of how far the journal has come.

When a data folder is put back from a backup, the store is behind its note: numbers were printed that it does not know.
The desk then starts a new epoch before it gives another number.
"""

import os
import struct
import threading
from pathlib import Path

_LAYOUT = struct.Struct(">8sIQ")
_MAGIC = b"QMCHEAD1"


class HeadMarker:
    """One small file per store, written after each commit without waiting for the disk. It never goes backwards.

    Safe from any thread. A second process may overwrite it with a note a few entries older; opening corrects that.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def read(self) -> tuple[int, int] | None:
        """Return (epoch, seq) of the furthest entry known, None without a readable note."""
        try:
            magic, epoch, seq = _LAYOUT.unpack(self._path.read_bytes()[: _LAYOUT.size])
        except (OSError, struct.error):
            return None
        return (epoch, seq) if magic == _MAGIC else None

    def note(self, epoch: int, seq: int) -> None:
        """Remember a committed entry unless a later one is known; a disk that refuses costs only this protection."""
        with self._lock:
            known = self.read()
            if known is None or known < (epoch, seq):
                self._write(epoch, seq)

    def _write(self, epoch: int, seq: int) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.write(handle, _LAYOUT.pack(_MAGIC, epoch, seq))
            finally:
                os.close(handle)
        except OSError:
            return
