"""Instants are aware and UTC; dates and hours shown to people are those of Việt Nam."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Protocol
from zoneinfo import ZoneInfo

import msgspec

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
#: An instant in a document of somebody else's: without its offset from UTC the document cannot be read.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Where the time comes from. Tests hand in one that they move by hand."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock. Safe from any thread."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


def to_local(instant: datetime) -> datetime:
    """Return an aware instant as Vietnamese local time; a naive one is refused with ValueError."""
    if instant.tzinfo is None:
        raise ValueError("naive datetime")
    return instant.astimezone(VIETNAM)


def local_date(instant: datetime) -> date:
    """Return the Vietnamese calendar date of an aware instant."""
    return to_local(instant).date()


def to_millis(instant: datetime) -> int:
    """Return whole milliseconds since 1970 of an aware instant, rounded down; ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError("naive datetime")
    return (instant - _EPOCH) // _MILLISECOND  # whole numbers: a float would lose a millisecond now and then


def from_millis(millis: int) -> datetime:
    """Return the UTC instant of milliseconds since 1970."""
    return _EPOCH + millis * _MILLISECOND
