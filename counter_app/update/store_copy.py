"""The store as files, before a version that is new to it opens it, and back again. Nobody may have it open meanwhile.

Copying files needs no key, so it can be done, and undone, before anybody has given a pass phrase.
"""

import os
import shutil
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import sync_folder

_PARTS = ("", "-wal")
_WRITTEN_ALONG = ("-wal", "-shm")


def copy_store(folder: DataFolder) -> None:
    """Copy the store; an older copy is replaced.

    Raises:
        EnvironmentFailure: ``disk.full``, ``disk.write_failed``.
    """
    target = _place(folder)
    try:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, mode=0o700)
        for part in _PARTS:
            source = _beside(folder.store, part)
            if source.exists():
                _copy(source, target / source.name)
        sync_folder(target)
    except OSError as exc:
        code = "disk.full" if exc.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
        raise EnvironmentFailure(code, retryable=True, file=folder.store.name) from exc


def put_store_back(folder: DataFolder) -> None:
    """Put the copy in place of the store and keep the copy; begun again it ends the same.

    Raises:
        EnvironmentFailure: ``disk.write_failed``.
    """
    kept = _place(folder)
    try:
        draft = _beside(folder.store, ".back")
        _copy(kept / folder.store.name, draft)
        for part in _WRITTEN_ALONG:  # of the newer store: left beside the older one they would damage it
            _beside(folder.store, part).unlink(missing_ok=True)
        draft.replace(folder.store)
        waiting = kept / _beside(folder.store, "-wal").name
        if waiting.exists():
            _copy(waiting, folder.root / waiting.name)
        sync_folder(folder.root)
    except OSError as exc:
        raise EnvironmentFailure("disk.write_failed", retryable=True, file=folder.store.name) from exc


def has_copy(folder: DataFolder) -> bool:
    """Whether there is a copy."""
    return (_place(folder) / folder.store.name).is_file()


def _place(folder: DataFolder) -> Path:
    return folder.updates / "before"


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _copy(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with source.open("rb") as reading, os.fdopen(handle, "wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)
        writing.flush()
        os.fsync(writing.fileno())
