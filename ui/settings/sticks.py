"""Memory sticks that are plugged in. It asks every mounted volume, which may take long: not in the window's thread."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QStorageInfo

_MOUNTED_BELOW = ("/media/", "/run/media/", "/mnt/", "/Volumes/")
_REMOVABLE = 2  # DRIVE_REMOVABLE of GetDriveTypeW


class Stick(NamedTuple):
    """A volume that can be written to, and what it is called."""

    name: str
    folder: Path


def list_sticks() -> tuple[Stick, ...]:
    """Return the volumes that look like memory sticks, by their names."""
    return tuple(sorted(_iter_sticks()))


def _iter_sticks() -> Iterator[Stick]:
    for volume in QStorageInfo.mountedVolumes():
        root = volume.rootPath()
        if volume.isValid() and volume.isReady() and not volume.isReadOnly() and _is_removable(root):
            yield Stick(volume.displayName() or root, Path(root))


def _is_removable(root: str) -> bool:
    """Qt does not tell: Windows does, elsewhere it is the place where sticks are mounted."""
    if sys.platform == "win32":
        import ctypes

        return int(ctypes.windll.kernel32.GetDriveTypeW(root)) == _REMOVABLE
    return root.startswith(_MOUNTED_BELOW)
