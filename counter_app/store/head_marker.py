"""A note outside the data folder of how far the journal has come.

When a data folder is put back from a backup, the store is behind its note: numbers were printed that it does not know.
The desk then starts a new epoch before it gives another number.
"""

import os
import struct
from pathlib import Path

_LAYOUT = struct.Struct(">8sIQ")
_MAGIC = b"QMCHEAD1"


class HeadMarker:
    """One small file per store. Written after each commit without waiting for the disk: an older note is harmless."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[int, int] | None:
        """Return (epoch, seq) of the furthest entry known, None without a readable note."""
        try:
            magic, epoch, seq = _LAYOUT.unpack(self._path.read_bytes())
        except (OSError, struct.error):
            return None
        return (epoch, seq) if magic == _MAGIC else None

    def note(self, epoch: int, seq: int) -> None:
        """Remember an entry that has been committed; a disk that refuses costs only this protection."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.write(handle, _LAYOUT.pack(_MAGIC, epoch, seq))
            finally:
                os.close(handle)
        except OSError:
            return
