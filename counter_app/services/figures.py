"""The figures of the start page: a handful of sums over the kept counters, and an indexed look at today."""

from bisect import bisect_left
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from counter_app.core.clock import from_millis, local_date, to_millis
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.standing import RUNNING_STANDINGS, Standing
from counter_app.domain.working_time import WorkingCalendar
from counter_app.services.answers.lists import Figures, Scope
from counter_app.services.calendars import Calendars
from counter_app.services.desk_status import count_unsent
from counter_app.services.list_conditions import nth_working_day_after, start_of
from counter_app.services.lists import Lists
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import dossiers

#: How many working days after today the figure of what is due soon looks ahead.
SOON_DAYS = 3

_COUNT = dossiers.dossier_count.c
_TABLE = dossiers.dossier.c
_RUNNING = tuple(sorted(int(one) for one in RUNNING_STANDINGS))
_WAITING = (Standing.SUPPLEMENT_ASKED, Standing.PAYMENT_ASKED, Standing.RESULT_ELSEWHERE, Standing.RESULT_HERE)
_SHOWN = (*_RUNNING, *(int(one) for one in _WAITING))
_NONE, _PAST, _TODAY, _SOON, _LATER = range(5)


class _Acknowledging(NamedTuple):
    overdue: int
    next_by: datetime | None


class FiguresReader:
    """Reads only. Safe from any thread."""

    def __init__(self, desk: OpenDesk, calendars: Calendars, lists: Lists) -> None:
        self._desk = desk
        self._calendars = calendars
        self._lists = lists

    def read(self, scope: Scope) -> Figures:
        """Return the present figures of one's own dossiers, of the desk's, or of the unit's.

        Raises:
            UserError: ``session.nobody`` for one's own before signing in.
        """
        now = self._desk.clock.now()
        today, owner = local_date(now), self._lists.owner_of(scope)
        with self._desk.store.reading() as connection:
            calendar = self._calendars.calendar_of(self._desk.read_unit(connection))
            soon = nth_working_day_after(today, SOON_DAYS, calendar)
            sums = _read_sums(connection, owner, today, soon)
            late_today = _count_late_today(connection, owner, now) if _of(sums, _TODAY) else 0
            waiting = sums.get((int(Standing.TO_ACKNOWLEDGE), _NONE), 0)
            acknowledging = _look_at_clock(connection, owner, now, calendar) if waiting else _Acknowledging(0, None)
            unsent = count_unsent(connection, self._desk.desk.id)
        return Figures(
            late=_of(sums, _PAST) + late_today,
            due_today=_of(sums, _TODAY),
            due_soon=_of(sums, _SOON),
            soon_until=soon,
            supplement=sums.get((int(Standing.SUPPLEMENT_ASKED), _NONE), 0),
            payment=sums.get((int(Standing.PAYMENT_ASKED), _NONE), 0),
            waits_for_owner=sums.get((int(Standing.RESULT_HERE), _NONE), 0),
            result_elsewhere=sums.get((int(Standing.RESULT_ELSEWHERE), _NONE), 0),
            to_acknowledge=sum(n for (standing, _), n in sums.items() if standing == Standing.TO_ACKNOWLEDGE),
            acknowledge_overdue=acknowledging.overdue,
            acknowledge_next_by=acknowledging.next_by,
            unsent=unsent,
            held=len(self._lists.list_held()),
        )


def _of(sums: dict[tuple[int, int], int], stretch: int) -> int:
    return sum(number for (_, part), number in sums.items() if part == stretch)


def _read_sums(connection: Connection, owner: dict[str, str], today: date, soon: date) -> dict[tuple[int, int], int]:
    """Return the number of dossiers by standing and by when they are due."""
    day: ColumnElement[Any] = _COUNT.due_day
    stretch = case(
        (day == "", _NONE), (day < today.isoformat(), _PAST), (day == today.isoformat(), _TODAY),
        (day <= soon.isoformat(), _SOON), else_=_LATER,
    )  # fmt: skip
    query = (
        select(_COUNT.standing, stretch.label("stretch"), func.sum(_COUNT.dossiers).label("number"))
        .where(_COUNT.standing.in_(_SHOWN), *(_COUNT[name] == value for name, value in owner.items()))
        .group_by(_COUNT.standing, "stretch")
    )
    return {(row.standing, row.stretch): int(row.number) for row in connection.execute(query)}


def _count_late_today(connection: Connection, owner: dict[str, str], now: datetime) -> int:
    query = select(func.count()).where(
        _TABLE.standing.in_(_RUNNING),
        _TABLE.due_order >= start_of(local_date(now)),
        _TABLE.due_order < to_millis(now),
        *(_TABLE[name] == value for name, value in owner.items()),
    )
    return int(connection.execute(query).scalar() or 0)


def _look_at_clock(
    connection: Connection, owner: dict[str, str], now: datetime, calendar: WorkingCalendar
) -> _Acknowledging:
    """Return how many acknowledgements are overdue and when the next is due: later handed in is never due earlier."""
    query = select(_TABLE.received_at).where(
        _TABLE.standing == int(Standing.TO_ACKNOWLEDGE), *(_TABLE[name] == value for name, value in owner.items())
    )
    handed_in = [from_millis(one) for one in sorted(connection.execute(query).scalars())]
    overdue = bisect_left(handed_in, now, key=lambda at: acknowledge_by(at, calendar))
    in_time = handed_in[overdue:]
    return _Acknowledging(overdue, acknowledge_by(in_time[0], calendar) if in_time else None)
