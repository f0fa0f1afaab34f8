"""How the desks of a province do: what an IT officer has to look at, and how soon."""

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from counter_app.province.showing import FleetDesk
from counter_app.sync.roster import DeskKind


class Worry(IntEnum):
    """How soon somebody has to look; the greater counts."""

    NONE = 0
    LOOK = 1
    ALARM = 2


class Found(NamedTuple):
    """One thing that is not as it should be; `reason` is the end of a text's key."""

    worry: Worry
    reason: str


# A weekend is no alarm: desks are switched off on Friday evening and seen again on Monday.
_SEEN_S = (24 * 3_600, 72 * 3_600)
_UNSENT_S = (4 * 3_600, 24 * 3_600)
_NUMBERS = (100, 20)
_DISK_BYTES = (5_000_000_000, 1_000_000_000)


def worries_of(desk: FleetDesk, *, now: datetime) -> tuple[Found, ...]:
    """Return what is to be looked at, worst first; nothing for a revoked desk. Pure."""
    if desk.is_revoked:
        return ()
    return tuple(sorted(_find(desk, now), key=lambda found: -found.worry))


def _find(desk: FleetDesk, now: datetime) -> Iterator[Found]:
    if desk.forks:
        yield Found(Worry.ALARM, "fork")
    yield from _above((now - (desk.last_seen_at or desk.enrolled_at)).total_seconds(), _SEEN_S, "silent")
    if desk.oldest_unsent_s is not None:
        yield from _above(desk.oldest_unsent_s, _UNSENT_S, "unsent")
    if desk.numbers_left is not None and desk.kind != DeskKind.HALL:
        yield from _above(-desk.numbers_left, (-_NUMBERS[0], -_NUMBERS[1]), "numbers")
    if desk.disk_free_bytes is not None:
        yield from _above(-desk.disk_free_bytes, (-_DISK_BYTES[0], -_DISK_BYTES[1]), "disk")
    if desk.held:
        yield Found(Worry.LOOK, "held")
    if desk.waiting:
        yield Found(Worry.LOOK, "waiting")


def _above(value: float, bounds: tuple[int, int], reason: str) -> Iterator[Found]:
    look, alarm = bounds
    if value > look:
        yield Found(Worry.ALARM if value > alarm else Worry.LOOK, reason)
