"""The figures of the start page: a handful of sums over the kept counters, and an indexed look at today."""

from bisect import bisect_left
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from counter_app.core.clock import from_millis, local_date, to_millis
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.standing import RUNNING_STANDINGS, Standing
from counter_app.domain.working_time import WorkingCalendar
from counter_app.services.answers.lists import DossierFilter, Figures, Scope
from counter_app.services.calendars import Calendars
from counter_app.services.concerned import Concerned
from counter_app.services.list_conditions import start_of
from counter_app.services.lists import Lists, count_due
from counter_app.services.online import Online
from counter_app.services.open_desk import OpenDesk
from counter_app.services.process_times import ProcessTimes
from counter_app.store.tables import dossiers
from counter_app.sync.ports import PROVINCE
from counter_app.sync.status import count_unsent

_TABLE = dossiers.dossier.c
_RUNNING = tuple(sorted(int(one) for one in RUNNING_STANDINGS))
_WAITING = {
    "supplement": Standing.SUPPLEMENT_ASKED,
    "payment": Standing.PAYMENT_ASKED,
    "waits_for_owner": Standing.RESULT_HERE,
    "result_elsewhere": Standing.RESULT_ELSEWHERE,
}


class _Acknowledging(NamedTuple):
    overdue: int
    next_by: datetime | None


class FiguresReader:
    """Reads only. Safe from any thread."""

    def __init__(
        self,
        desk: OpenDesk,
        calendars: Calendars,
        lists: Lists,
        process_times: ProcessTimes,
        online: Online,
        concerned: Concerned,
    ) -> None:
        self._desk = desk
        self._calendars = calendars
        self._lists = lists
        self._process_times = process_times
        self._online = online
        self._concerned = concerned

    def read(self, scope: Scope) -> Figures:
        """Return the present figures of one's own dossiers, of the desk's, or of the unit's.

        Raises:
            UserError: ``session.nobody`` for one's own before signing in.
        """
        now, soon = self._desk.clock.now(), self._process_times.soon_until()
        today, owner = local_date(now), self._lists.owner_of(scope)
        with self._desk.store.reading() as connection:
            calendar = self._calendars.calendar_of(self._desk.read_unit(connection))

            def due(first: date | None, last: date) -> int:
                return count_due(connection, RUNNING_STANDINGS, owner, first, last)

            def standing(one: Standing) -> int:
                return count_due(connection, frozenset({one}), owner)

            day, waiting = timedelta(days=1), standing(Standing.TO_ACKNOWLEDGE)
            late, due_today, due_soon = due(None, today - day), due(today, today), due(today + day, soon)
            late += _count_late_today(connection, owner, now) if due_today else 0
            acknowledging = _look_at_clock(connection, owner, now, calendar) if waiting else _Acknowledging(0, None)
            online = self._online.read_figures(connection, calendar)
            concerned = self._concerned.read_figures(connection)
            unsent = count_unsent(connection, PROVINCE, own_desk=self._desk.desk.id)
            numbers = {name: standing(one) for name, one in _WAITING.items()}
            for_others = _count_for_others(connection, self._desk.desk.unit_code)
        to_transfer = self._lists.count(DossierFilter(is_to_transfer=True, scope=scope)) if for_others else 0
        return Figures(
            late=late,
            due_today=due_today,
            due_soon=due_soon,
            soon_until=soon,
            **numbers,
            to_acknowledge=waiting + online.waiting,
            online_waiting=online.waiting,
            acknowledge_overdue=acknowledging.overdue + online.overdue,
            acknowledge_next_by=min(filter(None, (acknowledging.next_by, online.next_by)), default=None),
            to_transfer=to_transfer,
            concerned=concerned,
            unsent=unsent,
            held=len(self._lists.list_held()),
        )


def _count_for_others(connection: Connection, own_unit: str) -> int:
    """Return how many received dossiers other units resolve, from the kept counters."""
    table = dossiers.dossier_unit_total.c
    of_others = table.competent_unit_code.not_in(("", own_unit))
    query = select(func.coalesce(func.sum(table.dossiers), 0)).where(
        table.standing == int(Standing.RECEIVED), of_others
    )
    return int(connection.execute(query).scalar() or 0)


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
