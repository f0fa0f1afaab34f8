"""Two versions are never at one store at once: whoever opens it shares a lock in which the version is written."""

import time

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.core.sharing import SharedLock
from counter_app.update.state import read_state

_PATIENCE_S = 3.0
_PAUSE_S = 0.02


def use_store(folder: DataFolder, version: str) -> SharedLock:
    """Return a hold of the store for a program of that version; close it after the store.

    Raises:
        EnvironmentFailure: ``update.other_version`` while another version has it open; ``update.under_way`` while the
            version is being changed; ``disk.write_failed``.
    """
    lock = SharedLock(folder.use_lock)
    try:
        _wait_shared(lock, version)
        _require_same(lock, folder, version)
    except BaseException:
        lock.close()
        raise
    return lock


def _wait_shared(lock: SharedLock, version: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not _share(lock, version):
        if time.monotonic() > until:
            raise EnvironmentFailure("update.under_way", retryable=True)
        time.sleep(_PAUSE_S)


def _require_same(lock: SharedLock, folder: DataFolder, version: str) -> None:
    if read_state(folder).change is not None:
        raise EnvironmentFailure("update.under_way", retryable=True)
    written = lock.read_note().decode("ascii", "replace")
    if written != version:
        raise EnvironmentFailure("update.other_version", retryable=True, written=written, here=version)


def _share(lock: SharedLock, version: str) -> bool:
    """Whoever comes first writes the version; False while somebody is alone with the store."""
    if lock.try_alone():
        lock.write_note(version.encode())
    return lock.try_shared()
