"""Lists of dossiers and the figures above them: counters that are kept, and pages that an index answers."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Table,
    exists,
    func,
    literal_column,
    select,
    tuple_,
    union_all,
)

from counter_app.core.clock import local_date, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.postal import UNDERWAY, WaybillKind
from counter_app.domain.standing import EVERY_STANDING, Standing
from counter_app.domain.working_time import WorkingCalendar
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.held import HeldEntry
from counter_app.services.answers.lists import DossierFilter, DossierPage, ListOrder, Scope
from counter_app.services.calendars import Calendars
from counter_app.services.dossier_rows import row_of, select_rows
from counter_app.services.held_rows import read_held
from counter_app.services.list_conditions import Conditions, end_of, iter_periods, resolve, start_of
from counter_app.services.open_desk import OpenDesk
from counter_app.services.process_times import ProcessTimes
from counter_app.services.session import Session
from counter_app.store.tables import dossiers, organisation, postal

_TABLE = dossiers.dossier.c
_OWNERS = ("desk_id", "clerk_id")
# Reading an entry of an index that holds everything takes about a tenth of looking a dossier up.
_LOOKUP_COST = 10
_LAST_FIRST = ListOrder.NEWEST
_WITH_CARRIER = exists().where(
    postal.waybill.c.dossier_id == _TABLE.id,
    postal.waybill.c.kind == WaybillKind.DOSSIER_IN.value,
    postal.waybill.c.state.in_(sorted(state.value for state in UNDERWAY)),
)
_KEYS: dict[ListOrder, ColumnElement[Any]] = {
    ListOrder.DUE: _TABLE.due_order,
    ListOrder.NEWEST: _TABLE.row,
    ListOrder.NAME: _TABLE.applicant_key,
}


class _Place(NamedTuple):
    """Where a dossier stands in a list: its value in the order, and its row."""

    key: int | bytes
    row: int


class Lists:
    """Reads only. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session, calendars: Calendars, process_times: ProcessTimes) -> None:
        self._process_times = process_times
        self._desk = desk
        self._session = session
        self._calendars = calendars

    def page(
        self,
        wanted: DossierFilter,
        *,
        order: ListOrder | None = None,
        after: str = "",
        backwards: bool = False,
        skip: int = 0,
        limit: int = 200,
    ) -> DossierPage:
        """Return a stretch of a list: after the dossier with the code `after`, from the beginning without one.

        `backwards` returns what stands before that dossier, or the end of the list, still in the list's order.
        `skip` leaves out so many first; its time grows with it, so a page next to a known one is asked for by `after`.

        Raises:
            UserError: ``dossier.unknown_code``; ``session.nobody`` for one's own dossiers before signing in.
        """
        now, ordered = self._desk.clock.now(), order or wanted.natural_order
        conditions = self.resolve(wanted, now)
        if not conditions.standings:
            return DossierPage(rows=())
        with self._desk.store.reading() as connection:
            place = _find_place(connection, after, ordered) if after else None
            walks = _is_walk_shorter(connection, conditions, ordered, now, skip + limit)
            whole = _keys(conditions, ordered, place=place, backwards=backwards, walks=walks, skips=skip > 0)
            keys = whole.limit(limit).offset(skip).subquery()
            query = select_rows().join(keys, keys.c.row == _TABLE.row).order_by(*_ordering(keys.c, ordered))
            found = connection.execute(query).all()
        calendar = self._calendar() if any(row.standing == Standing.TO_ACKNOWLEDGE for row in found) else None
        soon = self._process_times.soon_until()
        return DossierPage(rows=tuple(_line(row, now, calendar, soon) for row in found))

    def count(self, wanted: DossierFilter) -> int:
        """Return how many dossiers a list has; raises as `page`."""
        now = self._desk.clock.now()
        conditions = self.resolve(wanted, now)
        if not conditions.standings:
            return 0
        with self._desk.store.reading() as connection:
            if not conditions.is_counted:
                return _scalar(connection, select(func.count()).where(*_where(conditions)))
            return count_kept(connection, conditions, now)

    def list_held(self) -> tuple[HeldEntry, ...]:
        """Return the entries that this store keeps without effect until a clerk decides, oldest first."""
        with self._desk.store.reading() as connection:
            return read_held(connection)

    def resolve(self, wanted: DossierFilter, now: datetime) -> Conditions:
        """Return what a filter means now; raises as `page`."""
        owner, soon_days = self.owner_of(wanted.scope), self._process_times.soon_days
        return resolve(
            wanted,
            now=now,
            owner=owner,
            calendar=self._calendar,
            soon_days=soon_days,
            own_unit=self._desk.desk.unit_code,
        )

    def owner_of(self, scope: Scope) -> dict[str, str]:
        """Return the column that a scope asks for and its value; nothing for everything. Raises as `page`."""
        match scope:
            case Scope.MINE:
                return {"clerk_id": self._session.require().clerk.id}
            case Scope.DESK:
                return {"desk_id": self._desk.desk.id} if self._knows_other_desks() else {}
            case Scope.UNIT:
                return {}

    def _knows_other_desks(self) -> bool:
        """While the store holds one desk's dossiers alone, asking for that desk would only cost time."""
        with self._desk.store.reading() as connection:
            return len(connection.execute(select(organisation.desk.c.id).limit(2)).all()) > 1

    def _calendar(self) -> WorkingCalendar:
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        return self._calendars.calendar_of(unit)


def _line(row: Any, now: datetime, calendar: WorkingCalendar | None, soon: date) -> DossierRow:
    line = row_of(row, now, soon_until=soon)
    if calendar is None or row.standing != Standing.TO_ACKNOWLEDGE:
        return line
    return msgspec.structs.replace(line, acknowledge_by=acknowledge_by(line.received_at, calendar))


def count_kept(connection: Connection, conditions: Conditions, now: datetime) -> int:
    """Return a number from the kept counters; of what is late since midnight, an index knows today's."""
    owner = {name: value for name, value in conditions.equal.items() if name in _OWNERS}
    if owner != conditions.equal:
        by_unit = "competent_unit_code" in conditions.equal
        table = dossiers.dossier_unit_total if by_unit else dossiers.dossier_total
        return _sum(connection, table, conditions.standings, conditions.equal)
    before = conditions.due_before
    if before is None:
        return count_due(connection, conditions.standings, owner, conditions.due_from, conditions.due_to)
    yesterday = local_date(now) - timedelta(days=1)
    last = min(yesterday, conditions.due_to or yesterday)
    number = count_due(connection, conditions.standings, owner, conditions.due_from, last)
    todays = _TABLE.due_order >= start_of(local_date(now))
    return number + _scalar(connection, select(func.count()).where(*_where(conditions), todays))


def count_due(
    connection: Connection,
    standings: frozenset[Standing],
    owner: dict[str, str],
    first: date | None = None,
    last: date | None = None,
) -> int:
    """Return how many are due between two local days, both included; without days all, also those without a date."""
    period = dossiers.dossier_count.c.period
    if first is None and last is None:
        return _sum(connection, dossiers.dossier_count, standings, owner, period == "")
    stretches = iter_periods(first or date.min, last or date.max)
    return sum(
        _sum(connection, dossiers.dossier_count, standings, owner, period.between(low, high)) for low, high in stretches
    )


def _sum(
    connection: Connection,
    table: Table,
    standings: frozenset[Standing],
    equal: dict[str, str],
    *more: ColumnElement[bool],
) -> int:
    where = [table.c[name] == value for name, value in equal.items()]
    if standings != EVERY_STANDING:
        where.append(table.c.standing.in_(sorted(standings)))
    return _scalar(connection, select(func.coalesce(func.sum(table.c.dossiers), 0)).where(*where, *more))


def _scalar(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar() or 0)


def _plain(name: str) -> ColumnElement[Any]:
    return _TABLE[name]


def _unindexed(name: str) -> ColumnElement[Any]:
    """Return a column that SQLite looks up in no index (its documentation on the query planner, unary plus)."""
    return literal_column(f"+dossier.{name}", _TABLE[name].type)


def _where(
    conditions: Conditions,
    *,
    with_standings: bool = True,
    column: Callable[[str], ColumnElement[Any]] = _plain,
) -> list[ColumnElement[bool]]:
    """Return the conditions on dossiers themselves."""
    found: list[ColumnElement[bool]] = [column(name) == value for name, value in conditions.equal.items()]
    if with_standings and conditions.standings != EVERY_STANDING:
        found.append(column("standing").in_(sorted(conditions.standings)))
    due, received = column("due_order"), column("received_at")
    if conditions.due_from is not None:
        found += [due >= start_of(conditions.due_from), due < dossiers.NO_DUE]
    if conditions.due_to is not None:
        found.append(due < end_of(conditions.due_to))
    if conditions.due_before is not None:
        found.append(due < to_millis(conditions.due_before))
    if conditions.received_from is not None:
        found.append(received >= start_of(conditions.received_from))
    if conditions.received_to is not None:
        found.append(received < end_of(conditions.received_to))
    if conditions.accepted_until is not None:
        found += [
            due < dossiers.NO_DUE,  # as for all that were accepted; its index holds the unit that resolves as well
            column("competent_unit_code").not_in(("", conditions.own_unit)),
            # Nearly everything was accepted before: its index would be walked from end to end.
            _unindexed("accepted_at") <= to_millis(conditions.accepted_until),
            ~_WITH_CARRIER,
        ]
    return found


def _is_walk_shorter(
    connection: Connection, conditions: Conditions, order: ListOrder, now: datetime, rows: int
) -> bool:
    """Whether going through all dossiers in order until enough match reads fewer than sorting all that match.

    Asked only where no index has both the condition and the order, and where the counters know the numbers.
    """
    if _has_own_index(conditions, order) or not conditions.is_counted:
        return False
    matching = count_kept(connection, conditions, now)
    every = count_due(connection, EVERY_STANDING, {})
    return rows * every * _LOOKUP_COST < matching * matching


def _has_own_index(conditions: Conditions, order: ListOrder) -> bool:
    by_standing = conditions.standings != EVERY_STANDING
    has_days = conditions.due_from or conditions.due_to or conditions.due_before
    match order:
        case ListOrder.DUE:
            return by_standing or not conditions.equal
        case ListOrder.NEWEST:
            return not has_days and len(conditions.equal) + by_standing <= 1
        case ListOrder.NAME:
            return not (by_standing or has_days or conditions.equal)


def _keys(
    conditions: Conditions, order: ListOrder, *, place: _Place | None, backwards: bool, walks: bool, skips: bool
) -> Select[Any] | CompoundSelect[Any]:
    """Return a query for (key, row) in order: one walk along an index for each standing, merged by SQLite.

    With `walks` there is one walk, through all dossiers in order.
    """
    # Skipping along an index is far quicker than along the dossiers themselves, which are large.
    is_skipping_all = skips and order is ListOrder.NEWEST and not conditions.equal
    is_skipping_due = skips and order is ListOrder.DUE and bool(conditions.equal)
    by_standing = (conditions.standings != EVERY_STANDING or is_skipping_all) and not walks
    by_standing = (by_standing or is_skipping_due) and order is not ListOrder.NAME
    walks = walks and not is_skipping_due
    where = _where(conditions, with_standings=not by_standing, column=_unindexed if walks else _plain)
    if place is not None:
        where.append(_beyond(place, order, backwards=backwards))
    walk = select(_KEYS[order].label("key"), _TABLE.row.label("row")).where(*where)
    one_each = [walk.where(_TABLE.standing == int(standing)) for standing in sorted(conditions.standings)]
    parts = one_each if by_standing else [walk]
    named = _Named(literal_column("key"), literal_column("row"))
    ordering = _ordering(named, order, backwards=backwards)
    return (parts[0] if len(parts) == 1 else union_all(*parts)).order_by(*ordering)


class _Named(NamedTuple):
    key: ColumnElement[Any]
    row: ColumnElement[Any]


def _ordering(columns: Any, order: ListOrder, *, backwards: bool = False) -> tuple[ColumnElement[Any], ...]:
    down = (order is _LAST_FIRST) is not backwards
    keys = (columns.row,) if order is ListOrder.NEWEST else (columns.key, columns.row)
    return tuple(key.desc() if down else key for key in keys)


def _beyond(place: _Place, order: ListOrder, *, backwards: bool) -> ColumnElement[bool]:
    down = (order is _LAST_FIRST) is not backwards
    if order is ListOrder.NEWEST:
        return _TABLE.row < place.row if down else _TABLE.row > place.row
    here, there = tuple_(_KEYS[order], _TABLE.row), tuple_(place.key, place.row)
    return here < there if down else here > there


def _find_place(connection: Connection, code: str, order: ListOrder) -> _Place:
    known = parse_dossier_code(code).format() if looks_like_dossier_code(code) else code.strip()
    found = connection.execute(select(_KEYS[order], _TABLE.row).where(_TABLE.code == known)).one_or_none()
    if found is None:
        raise UserError("dossier.unknown_code", code=code[:40])
    return _Place(*found)
