"""One process at a time in a folder, for as long as it takes to fill it."""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure


@contextmanager
def occupying(folder: Path, *, name: str = "making.lock", code: str = "disk.occupied") -> Iterator[None]:
    """Hold a folder that exists; the operating system lets go of it when the process ends, however it ends.

    `name` is the file that says so, one for each kind of work, and `code` what others are told meanwhile.

    Raises:
        EnvironmentFailure: `code` when another process holds it, ``disk.write_failed``.
    """
    mark = folder / name
    try:
        handle = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=mark.name) from exc
    try:
        if not (_is_locked(handle) and _is_same(handle, mark)):
            raise EnvironmentFailure(code, retryable=True, folder=folder.name)
        try:
            yield
        finally:
            if sys.platform != "win32":  # Windows deletes no open file
                mark.unlink(missing_ok=True)
    finally:
        os.close(handle)
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                mark.unlink(missing_ok=True)


def _is_locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_same(handle: int, mark: Path) -> bool:
    """Whether the locked file still has its name: the one before may have taken it away meanwhile."""
    try:
        return os.path.samestat(os.fstat(handle), mark.stat())
    except OSError:
        return False
