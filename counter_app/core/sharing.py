"""A lock that many processes share or one holds alone; the operating system lets go of it when a process ends."""

import os
import sys
import time
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure

# Windows' C library has no shared locks: whoever shares takes one of these bytes, whoever is alone all of them.
_PLACES = 64
# Behind them: Windows lets nobody else read or write a byte that is locked.
_NOTE_BYTES = 64
_PAUSE_S = 0.02


class SharedLock:
    """One process's hold of a lock file. Not for several threads at once; it may be released from any."""

    def __init__(self, path: Path) -> None:
        """Open the file, holding nothing yet.

        Raises:
            EnvironmentFailure: ``disk.write_failed``.
        """
        self._is_alone = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as exc:
            raise EnvironmentFailure("disk.write_failed", retryable=True, file=path.name) from exc

    def try_alone(self) -> bool:
        """Hold it alone; False when anybody else has it. Call it only while holding nothing."""
        self._is_alone = _lock_all(self._handle)
        return self._is_alone

    def try_shared(self) -> bool:
        """Hold it beside others, also after being alone with it; False when somebody else is alone with it."""
        was_alone, self._is_alone = self._is_alone, False
        return _let_others_in(self._handle) if was_alone else _lock_one(self._handle)

    def wait_alone(self, patience_s: float) -> bool:
        """Hold it alone as soon as it is free; False when it was not in time."""
        until = time.monotonic() + patience_s
        while not self.try_alone():
            if time.monotonic() > until:
                return False
            time.sleep(_PAUSE_S)
        return True

    def write_note(self, note: bytes) -> None:
        """Leave a note of at most 64 bytes in the file for those who share it; only while alone."""
        os.lseek(self._handle, _PLACES, os.SEEK_SET)
        os.write(self._handle, note.ljust(_NOTE_BYTES, b"\0"))

    def read_note(self) -> bytes:
        """Return the note."""
        os.lseek(self._handle, _PLACES, os.SEEK_SET)
        return os.read(self._handle, _NOTE_BYTES).rstrip(b"\0")

    def close(self) -> None:
        """Let go of it. A second call does nothing: the number of a closed file may be somebody else's by then."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: int, place: int) -> bool:
        os.lseek(handle, place, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _leave(handle: int, place: int) -> None:
        os.lseek(handle, place, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

    def _lock_all(handle: int) -> bool:
        for place in range(_PLACES):
            if not _take(handle, place):
                for taken in range(place):
                    _leave(handle, taken)
                return False
        return True

    def _lock_one(handle: int) -> bool:
        return any(_take(handle, place) for place in range(_PLACES))

    def _let_others_in(handle: int) -> bool:
        for place in range(1, _PLACES):
            _leave(handle, place)
        return True

else:
    import fcntl

    def _flock(handle: int, operation: int) -> bool:
        try:
            fcntl.flock(handle, operation | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _lock_all(handle: int) -> bool:
        return _flock(handle, fcntl.LOCK_EX)

    def _lock_one(handle: int) -> bool:
        return _flock(handle, fcntl.LOCK_SH)

    def _let_others_in(handle: int) -> bool:
        return _lock_one(handle)  # flock(2) may let another process in between: the caller looks again
