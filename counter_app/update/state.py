"""What a desk knows of its versions: one small file, replaced as a whole, in the data folder's `updates`.

updates/state.json         which version is in use, waits, is being tried, was refused
updates/versions/1.2.0/    a version, whole and checked
updates/coming/            a pack that is being fetched from the province
updates/before/            the store as it was before the version that is in use, or being tried, opened it
updates/tried.json         written by a version that is being tried, once it has opened and verified the store
"""

import time
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from counter_app.core.clock import SystemClock, local_date
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.core.sharing import SharedLock

_Kind = TypeVar("_Kind")
_PATIENCE_S = 10.0
_READING_S = 2.0
_PAUSE_S = 0.05


class Step(StrEnum):
    """How far a change of version has come; whoever finds it unfinished knows what to do."""

    COPYING = "copying"
    """The store is being copied; nothing has changed it."""
    TRYING = "trying"
    """The new version may be at the store."""
    GOING_BACK = "going_back"
    """The copy of the store is being put back; done again from the beginning when interrupted."""


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A change of version under way. `token` tells this try from any other of the same version."""

    step: Step
    version: str
    previous: str
    token: str


class Watched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A version whose window has not opened the store yet. `entries` is how many the journal had after the trial."""

    version: str
    entries: int
    migrated: bool
    starts: int = 0


class UpdateState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Empty names mean: the program as it was installed."""

    current: str = ""
    previous: str = ""
    staged: str = ""
    not_before: date | None = None
    """The day from which the waiting version may be put in use."""
    wanted: bool = False
    """A person asked for the waiting version to be installed when the window closes next."""
    change: Change | None = None
    watched: Watched | None = None
    taken: Watched | None = None
    """What is known of the version in use since its trial: what going back by hand must know."""
    failures: dict[str, int] = {}
    """How often trying a version has failed; after two times it is left alone."""


class Marker(msgspec.Struct, frozen=True, kw_only=True):
    """What a version that was tried found: the store opened, sound, with so many entries."""

    token: str
    version: str
    entries: int
    migrated: bool


MOST_FAILURES = 2


def read_state(folder: DataFolder) -> UpdateState:
    """Return what is known; a folder without the file, or with a damaged one, runs what is installed.

    Raises:
        EnvironmentFailure: ``disk.read_failed``: it is there, and could not be read for two seconds.
    """
    return _read(_file(folder), UpdateState) or UpdateState()


def change_state(folder: DataFolder, change: Callable[[UpdateState], UpdateState]) -> UpdateState:
    """Replace what is known by what `change` makes of it, one process after the other.

    Raises:
        EnvironmentFailure: ``disk.write_failed``, ``disk.read_failed``, ``update.under_way``; nothing is changed.
    """
    lock = SharedLock(folder.updates / "state.lock")
    try:
        if not lock.wait_alone(_PATIENCE_S):
            raise EnvironmentFailure("update.under_way", retryable=True)
        before = read_state(folder)
        after = change(before)
        if after != before:
            replace_file(_file(folder), msgspec.json.format(msgspec.json.encode(after)))
        return after
    finally:
        lock.close()


def read_marker(folder: DataFolder) -> Marker | None:
    """Return what the last version that was tried wrote.

    Raises:
        EnvironmentFailure: as `read_state`.
    """
    return _read(_marker(folder), Marker)


def write_marker(folder: DataFolder, marker: Marker) -> None:
    """Say that the store opened and is sound.

    Raises:
        EnvironmentFailure: ``disk.write_failed``.
    """
    replace_file(_marker(folder), msgspec.json.encode(marker))


def is_reached(state: UpdateState) -> bool:
    """Whether the day has come from which the waiting version may be put in use, by this machine's clock."""
    return state.not_before is None or state.not_before <= local_date(SystemClock().now())


def want_waiting(state: UpdateState) -> UpdateState:
    """Ask for the waiting version to be put in use when the window closes next.

    Raises:
        UserError: ``update.nothing_waits``.
    """
    if not state.staged:
        raise UserError("update.nothing_waits")
    return msgspec.structs.replace(state, wanted=True)


def version_folder(folder: DataFolder, version: str) -> Path:
    """Return where a version lies."""
    return folder.updates / "versions" / version


def _read(path: Path, kind: type[_Kind]) -> _Kind | None:
    """Return what a file says, None where there is none or it is damaged. A busy moment is neither."""
    until = time.monotonic() + _READING_S
    while True:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError):
            return None
        except OSError as exc:  # on Windows another program may have it open just now
            if time.monotonic() > until:
                raise EnvironmentFailure("disk.read_failed", retryable=True, file=path.name) from exc
            time.sleep(_PAUSE_S)


def _file(folder: DataFolder) -> Path:
    return folder.updates / "state.json"


def _marker(folder: DataFolder) -> Path:
    return folder.updates / "tried.json"
