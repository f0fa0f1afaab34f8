"""Papers as files in a folder: one for each content, and what came so far of those on their way.

For the province, and for a hall, which keeps sealed ones. `PaperKeeping` is the port of the province; a bucket is the
other way (`counter_app.province.s3_papers`). Files are named by the
SHA-256 of their content, which is checked before a file gets that name; that nobody else reads the folder is the
machine's to see to.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Protocol

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.replacing import sync_folder

_READ_BYTES = 256 * 1024
_NAME = re.compile("[0-9a-f]{64}")


class PaperKeeping(Protocol):
    """Where papers lie. `part` names what is on its way; one caller at a time works on a part."""

    @property
    def address(self) -> str:
        """Where it is, for whoever looks after it."""
        ...

    def check(self) -> None:
        """Return when papers can be kept and read now; what is in the way is raised, retryable if it may pass."""
        ...

    def holds(self, sha256: bytes) -> bool:
        """Whether a paper is there whole."""
        ...

    def size_of_part(self, part: str) -> int:
        """Return how much of a part has come."""
        ...

    def append(self, part: str, data: bytes) -> int:
        """Add to a part and return how much has come."""
        ...

    def finish(self, part: str, sha256: bytes) -> bool:
        """Make a part the paper of that content; it is gone and nothing is kept where it is another content."""
        ...

    def read(self, sha256: bytes, offset: int, most: int) -> bytes:
        """Return bytes of a paper."""
        ...

    def iter_content(self, sha256: bytes) -> Iterator[bytes]:
        """Yield a whole paper."""
        ...

    def iter_held(self) -> Iterator[bytes]:
        """Yield the SHA-256 of every paper that is there whole."""
        ...

    def clear_parts(self, before: datetime) -> int:
        """Remove the parts of which nothing has come since an instant; returns how many there were."""
        ...

    def close(self) -> None:
        """Let go of what is open."""
        ...


class PaperFolder:
    """Any thread, several processes; every method reads or writes the disk.

    Raises:
        EnvironmentFailure: every method, ``disk.full`` or ``disk.write_failed``.
    """

    def __init__(self, folder: Path) -> None:
        self.address = str(folder)
        self._folder = folder
        self._parts = folder / "parts"

    def check(self) -> None:
        """Return when files can be written."""
        try:
            self._parts.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as exc:
            raise _failure(exc) from exc

    def holds(self, sha256: bytes) -> bool:
        """Whether a paper is there whole."""
        return self._path(sha256).is_file()

    def size_of_part(self, part: str) -> int:
        """Return how much of a part has come."""
        try:
            return (self._parts / part).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as exc:
            raise _failure(exc) from exc

    def append(self, part: str, data: bytes) -> int:
        """Add to a part and return how much has come."""
        path = self._parts / part
        try:
            self._parts.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "ab") as stream:
                stream.write(data)
            return path.stat().st_size
        except OSError as exc:
            raise _failure(exc) from exc

    def finish(self, part: str, sha256: bytes) -> bool:
        """Make a part the paper of that content; it is gone and nothing is kept where it is another content."""
        source, target = self._parts / part, self._path(sha256)
        try:
            if _digest_of(source) != sha256:
                source.unlink()
                return False
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with source.open("rb") as stream:
                os.fsync(stream.fileno())
            source.replace(target)
            sync_folder(target.parent)
        except OSError as exc:
            raise _failure(exc) from exc
        return True

    def read(self, sha256: bytes, offset: int, most: int) -> bytes:
        """Return bytes of a paper."""
        try:
            with self._path(sha256).open("rb") as stream:
                stream.seek(offset)
                return stream.read(most)
        except OSError as exc:
            raise EnvironmentFailure("province.no_paper") from exc

    def iter_content(self, sha256: bytes) -> Iterator[bytes]:
        """Yield a whole paper."""
        offset = 0
        while data := self.read(sha256, offset, _READ_BYTES):
            offset += len(data)
            yield data

    def iter_held(self) -> Iterator[bytes]:
        """Yield the SHA-256 of every paper that is there whole."""
        for path in sorted(self._folder.glob("??/*")):
            if (sha256 := sha256_of_name(path.name)) is not None:
                yield sha256

    def touch(self, sha256: bytes) -> None:
        """Count a paper as used now, for `list_by_use`."""
        with suppress(OSError):
            os.utime(self._path(sha256))

    def list_by_use(self) -> list[tuple[bytes, int]]:
        """Return every paper with its size in bytes, the one that was used longest ago first."""
        found: list[tuple[float, bytes, int]] = []
        for sha256 in self.iter_held():
            with suppress(OSError):
                about = self._path(sha256).stat()
                found.append((about.st_mtime, sha256, about.st_size))
        return [(sha256, size) for _used, sha256, size in sorted(found)]

    def is_sound(self, sha256: bytes) -> bool:
        """Whether a paper is there and what its name says; reads it whole."""
        try:
            return _digest_of(self._path(sha256)) == sha256
        except OSError:
            return False

    def remove(self, sha256: bytes) -> None:
        """Delete a paper; again has no effect."""
        try:
            self._path(sha256).unlink(missing_ok=True)
        except OSError as exc:
            raise _failure(exc) from exc

    def read_whole_part(self, part: str) -> bytes:
        """Return all that has come of a part."""
        try:
            return (self._parts / part).read_bytes()
        except OSError as exc:
            raise _failure(exc) from exc

    def drop_parts(self, beginning: str) -> None:
        """Forget what has come of parts whose names begin so."""
        try:
            for path in list(self._parts.glob("*")):
                if path.name.startswith(beginning):
                    path.unlink(missing_ok=True)
        except OSError as exc:
            raise _failure(exc) from exc

    def clear_parts(self, before: datetime) -> int:
        """Remove the parts of which nothing has come since an instant; returns how many there were."""
        try:
            old = [part for part in self._parts.glob("*") if part.stat().st_mtime < before.timestamp()]
            for part in old:
                part.unlink(missing_ok=True)
        except OSError as exc:
            raise _failure(exc) from exc
        return len(old)

    def close(self) -> None:
        """Nothing is open between two calls."""

    def _path(self, sha256: bytes) -> Path:
        name = sha256.hex()
        return self._folder / name[:2] / name


def sha256_of_name(name: str) -> bytes | None:
    """Return the SHA-256 that a paper's name is; None where it is another file's."""
    return bytes.fromhex(name) if _NAME.fullmatch(name) else None


def _digest_of(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while data := stream.read(_READ_BYTES):
            digest.update(data)
    return digest.digest()


def _failure(error: OSError) -> EnvironmentFailure:
    code = "disk.full" if error.errno in (28, 122) else "disk.write_failed"  # ENOSPC, EDQUOT
    return EnvironmentFailure(code, retryable=True, file="papers")
