"""The figures of the status strip."""

from datetime import datetime
from enum import StrEnum

import msgspec


class LineState(StrEnum):
    """The line to the province. NOT_CONFIGURED until this desk is enrolled with one."""

    NOT_CONFIGURED = "not_configured"
    DOWN = "down"
    UP = "up"


class Recoded(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier whose code two machines had given, and the code that it has now."""

    old: str
    new: str


class Renewed(msgspec.Struct, frozen=True, kw_only=True):
    """Two machines wrote this desk's journal: `moved` entries of this one go on under an epoch of their own."""

    at: datetime
    epoch: int
    moved: int
    recoded: tuple[Recoded, ...] = ()


class Parted(msgspec.Struct, frozen=True, kw_only=True):
    """Two machines wrote this desk's journal, and this one's part cannot go on: `reason` is an error's code."""

    since: datetime
    reason: str


class DeskStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot: numbers left today before the slice grows to five digits, entries not yet acknowledged."""

    clerk_name: str
    desk_name: str
    unit_name: str
    line: LineState
    numbers_left: int
    unsent: int
    received_today: int
    open_print_jobs: int
    owed_papers: int = 0
    waiting_pages: int = 0
    """Scanned pages that are in no document yet."""
    waiting_version: str = ""
    """A new version of the program that lies ready."""
    unsent_since: datetime | None = None
    """Since when something waits for the province, where that is longer than `sync.alarm_hours`."""
    renewed: Renewed | None = None
    """That the desk went on under a new epoch after a fork, for some days after it."""
    parted: Parted | None = None
    """That it could not go on under a new epoch, once that has lasted."""
    stands_alone: bool = False
    """The store was put back or copied where no line was: another copy of it may give the same numbers."""
