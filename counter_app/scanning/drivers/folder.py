"""A folder into which another machine puts its scans: a copier on the network, a scanner with a program of its own.

Nothing is deleted. A file that was taken moves to the folder ``done`` within it, and only once the next one is asked
for: whoever keeps a file before that loses none, and at worst is given one twice.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.reading import read_at_most
from counter_app.core.text import nfc
from counter_app.scanning.driver import Cancel, ScannerDevice, ScannerState
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedFile

DRIVER = "folder"
DONE = "done"
SETTLE_S = 2.0
DOUBT_S = 30.0
LOOK_S = 1.0
_TAIL_BYTES = 2_048

_KINDS = {".pdf": b"%PDF-", ".jpg": b"\xff\xd8", ".jpeg": b"\xff\xd8", ".png": b"\x89PNG", ".tif": b"", ".tiff": b""}
_TIFF = (b"II*\x00", b"MM\x00*")
_ENDS = {b"%PDF-": b"%%EOF", b"\xff\xd8": b"\xff\xd9", b"\x89PNG": b"IEND"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file as it was at a look, and since when it has been so."""

    size: int
    changed_ns: int
    since: float


class WatchedFolder:
    """Takes complete files out of one folder. Used by one thread."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._now = now
        self._seen: dict[str, _Seen] = {}

    def describe(self) -> ScannerDevice:
        """Return the folder as a device: READY, or GONE where it is not there."""
        state = ScannerState.READY if self._folder.is_dir() else ScannerState.GONE
        return ScannerDevice(id=f"{DRIVER}:{self._folder}", name=self._folder.name, driver=DRIVER, state=state)

    def watch(self, cancel: Cancel, *, look_s: float = LOOK_S) -> Iterator[ScannedFile]:
        """Yield files as they become complete, until cancelled between two looks; raises as `take`."""
        while not cancel.is_said:
            yield from self.take()
            cancel.wait(look_s)

    def take(self) -> Iterator[ScannedFile]:
        """Look once, and yield what is complete: the oldest file first, then by name.

        Complete is what has not changed for two seconds between two looks and ends as its kind does; a file without
        such an end has to lie unchanged for half a minute. Hidden files, other kinds, links, and files over
        256 MB stay where they are.

        Raises:
            EnvironmentFailure: ``scan.folder_gone``; ``scan.folder_refuses``: a file cannot be moved to ``done``.
        """
        for path in self._complete():
            content = _read(path)
            if content is None:
                continue
            yield ScannedFile(name=nfc(path.name), content=content)
            self._put_away(path)

    def _complete(self) -> list[Path]:
        now = self._now()
        seen: dict[str, _Seen] = {}
        complete: list[tuple[int, str]] = []
        for name, size, changed_ns in self._list():
            before = self._seen.get(name)
            is_same = before is not None and (before.size, before.changed_ns) == (size, changed_ns)
            seen[name] = before if before is not None and is_same else _Seen(size, changed_ns, now)
            rested = now - seen[name].since
            if rested >= DOUBT_S or (rested >= SETTLE_S and _has_end(self._folder / name)):
                complete.append((changed_ns, name))
        self._seen = seen
        return [self._folder / name for _, name in sorted(complete)]

    def _list(self) -> list[tuple[str, int, int]]:
        found = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    is_kind = Path(entry.name).suffix.lower() in _KINDS and not entry.name.startswith((".", "~"))
                    if is_kind and entry.is_file(follow_symlinks=False):
                        state = entry.stat(follow_symlinks=False)
                        if 0 < state.st_size <= MOST_PAGE_BYTES:
                            found.append((entry.name, state.st_size, state.st_mtime_ns))
        except OSError as exc:
            raise EnvironmentFailure("scan.folder_gone", retryable=True) from exc
        return found

    def _put_away(self, path: Path) -> None:
        done = self._folder / DONE
        try:
            done.mkdir(exist_ok=True)
            path.rename(_free_name(done, path))
        except OSError as exc:
            raise EnvironmentFailure("scan.folder_refuses") from exc
        self._seen.pop(path.name, None)


def _free_name(done: Path, path: Path) -> Path:
    target = done / path.name
    number = 1
    while target.exists():
        number += 1
        target = done / f"{path.stem} ({number}){path.suffix}"
    return target


def _read(path: Path) -> bytes | None:
    """Return a file's content, None when it is not what its name says or still held by whoever writes it."""
    try:
        content = read_at_most(path, MOST_PAGE_BYTES)
    except OSError:
        return None
    begin = _KINDS[path.suffix.lower()]
    is_kind = content is not None and content.startswith((begin,) if begin else _TIFF)
    return content if is_kind else None


def _has_end(path: Path) -> bool:
    end = _ENDS.get(_KINDS[path.suffix.lower()])
    if end is None:
        return False
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return end in file.read(_TAIL_BYTES)
    except OSError:
        return False
