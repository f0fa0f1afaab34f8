"""The periodic figures of a unit: what came in, what was decided and how timely, what is still open (LAW 4.1).

As form II.06a counts them: by field of work, on time by the day and not by the hour. Unverified against the signed
text: the reporting year from 15 December, and that what waits for the citizen stands beside the open dossiers.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import msgspec

from counter_app.core.clock import VIETNAM, local_date
from counter_app.domain.actions.state import DossierState
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.procedure import Channel

#: A period is reported, and put right, for so long after its end; our own choice, shorter than a quarter.
REPORTED_FOR = timedelta(days=60)
_YEAR_BEGINS = (12, 15)
_CLOSINGS = ((3, 14), (6, 14), (9, 14), (12, 14))
_DIGEST_CHARACTERS = 16


class Period(NamedTuple):
    """Days of a report, both included."""

    first: date
    last: date

    @property
    def ends_before(self) -> datetime:
        """The first instant after it, in UTC."""
        return datetime.combine(self.last + timedelta(days=1), time(), VIETNAM).astimezone(UTC)


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted for the unit that resolves and a field.

    What came in (online, direct, carried over from before) is what was decided (early, on time, late), what is open
    (in time, overdue, waiting for the citizen), and what ended without a decision.
    """

    unit_code: str
    field_name: str
    online: int = 0
    direct: int = 0
    carried: int = 0
    early: int = 0
    on_time: int = 0
    late: int = 0
    open_in_time: int = 0
    open_overdue: int = 0
    waiting: int = 0
    ended: int = 0


COUNTS = tuple(name for name in ReportRow.__struct_fields__ if name not in ("unit_code", "field_name"))


def find_period(today: date) -> Period | None:
    """Return the last reporting period that is over, from 15 December on; None when that is too long ago."""
    closings = (date(year, *closing) for year in (today.year, today.year - 1) for closing in reversed(_CLOSINGS))
    last = next(day for day in closings if day < today)
    if today - last > REPORTED_FOR:
        return None
    return Period(date(last.year - 1, *_YEAR_BEGINS), last)


def count_period(period: Period, lives: Iterable[tuple[Dossier, DossierState, datetime | None]]) -> list[ReportRow]:
    """Return the figures of a period by unit and field.

    Each dossier comes with where it stands and, where it was withdrawn or stopped, when that was.
    """
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for dossier, state, ended_at in lives:
        for name in _count(period, dossier, state, ended_at):
            row = counts.setdefault((dossier.competent_unit_code, dossier.field_name), dict.fromkeys(COUNTS, 0))
            row[name] += 1
    return [ReportRow(unit_code=unit, field_name=field, **counts[unit, field]) for unit, field in sorted(counts)]


def digest_of(rows: Iterable[ReportRow]) -> str:
    """Return what tells these figures from others of the same period."""
    return hashlib.sha256(msgspec.json.encode(list(rows))).hexdigest()[:_DIGEST_CHARACTERS]


def _count(
    period: Period, dossier: Dossier, state: DossierState, ended_at: datetime | None
) -> tuple[str, str] | tuple[()]:
    """Return how a dossier came in and what became of it by the end; nothing where it is none of the period's."""
    if state.accepted_at is None or state.accepted_at >= period.ends_before:
        return ()
    decided_at = state.result.decided_at if state.result is not None else None
    finished_at = decided_at if state.status in (Status.RESOLVED, Status.RETURNED) else ended_at
    if finished_at is not None and finished_at >= period.ends_before:
        finished_at = None
    if finished_at is not None and local_date(finished_at) < period.first:
        return ()
    came = "online" if dossier.channel is Channel.ONLINE else "direct"
    if local_date(state.accepted_at) < period.first:
        came = "carried"
    if finished_at is None:
        return came, _open(period, state)
    return came, _decided(period, state, finished_at) if finished_at is decided_at else "ended"


def _decided(period: Period, state: DossierState, decided_at: datetime) -> str:
    due = _due_at(period, state)
    if due is None or local_date(decided_at) == local_date(due):
        return "on_time"
    return "early" if decided_at < due else "late"


def _open(period: Period, state: DossierState) -> str:
    end = period.ends_before
    if any(one.began_at < end and (one.ended_at is None or one.ended_at >= end) for one in state.pauses):
        return "waiting"
    due = _due_at(period, state)
    return "open_overdue" if due is not None and local_date(due) < period.last else "open_in_time"


def _due_at(period: Period, state: DossierState) -> datetime | None:
    """Return the due date as it was when the period ended, whatever moved it since."""
    changes = sorted(state.due_changes, key=lambda one: one.at)
    before = [one for one in changes if one.at < period.ends_before]
    if before:
        return before[-1].due_after
    if changes:
        return changes[0].due_before
    return state.due.due_at if state.due is not None else None
