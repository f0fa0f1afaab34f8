"""Reading waybills and collected cash from their rows."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from counter_app.core.clock import from_millis
from counter_app.core.errors import UserError
from counter_app.domain.forms.facts import CollectedLine
from counter_app.domain.postal import UNDERWAY, Waybill, WaybillKind, WaybillState, normalise_number
from counter_app.services.answers.postal import (
    CarrierSum,
    ClerkSum,
    CollectionRow,
    DayMoney,
    OwedMoney,
    WaybillView,
)
from counter_app.store.tables import postal

_waybill = msgspec.json.Decoder(Waybill)


def find_waybill(connection: Connection, number: str) -> Waybill | None:
    """Return a waybill by its number as kept, None when this desk has none."""
    facts = connection.execute(select(postal.waybill.c.facts).where(postal.waybill.c.number == number)).scalar()
    return _waybill.decode(facts) if facts is not None else None


def get_waybill(connection: Connection, text: str) -> Waybill:
    """Return a waybill by its number as typed or scanned.

    Raises:
        UserError: ``postal.bad_number``, ``postal.unknown_number``.
    """
    number = normalise_number(text)
    found = find_waybill(connection, number)
    if found is None:
        raise UserError("postal.unknown_number", number=number)
    return found


def view_of(connection: Connection, waybill: Waybill) -> WaybillView:
    """Return a waybill with its cash."""
    table = postal.collection
    query = select(table).where(table.c.waybill == waybill.number).order_by(table.c.collected_at, table.c.code)
    return WaybillView(waybill=waybill, collections=tuple(_collection(row) for row in connection.execute(query)))


def find_underway(connection: Connection, dossier_id: str, kind: WaybillKind) -> str | None:
    """Return the number under which a carrier has a dossier's paper or result now, None while none has."""
    table = postal.waybill.c
    states = [state.value for state in UNDERWAY]
    query = select(table.number).where(
        table.dossier_id == dossier_id, table.kind == kind.value, table.state.in_(states)
    )
    found: str | None = connection.execute(query.limit(1)).scalar()
    return found


def list_waybills_of(connection: Connection, dossier_id: str) -> tuple[WaybillView, ...]:
    """Return the waybills of a dossier, the oldest first."""
    table = postal.waybill.c
    query = select(table.facts).where(table.dossier_id == dossier_id).order_by(table.opened_at, table.number)
    found = [_waybill.decode(facts) for facts in connection.execute(query).scalars()]
    return tuple(view_of(connection, waybill) for waybill in found)


def list_waybills(
    connection: Connection, *, states: Iterable[WaybillState] = (), limit: int
) -> tuple[WaybillView, ...]:
    """Return waybills, those opened last first; without states all of them."""
    table, wanted = postal.waybill.c, [state.value for state in states]
    query = select(table.facts).order_by(table.opened_at.desc(), table.number).limit(limit)
    if wanted:
        query = query.where(table.state.in_(wanted))
    found = [_waybill.decode(facts) for facts in connection.execute(query).scalars()]
    money = _money_of(connection, [waybill.number for waybill in found if waybill.cod])
    return tuple(WaybillView(waybill=waybill, collections=money.get(waybill.number, ())) for waybill in found)


def _money_of(connection: Connection, numbers: list[str]) -> dict[str, tuple[CollectionRow, ...]]:
    found: dict[str, tuple[CollectionRow, ...]] = {}
    table = postal.collection
    for start in range(0, len(numbers), 500):
        query = select(table).where(table.c.waybill.in_(numbers[start : start + 500])).order_by(table.c.code)
        for row in connection.execute(query):
            found[row.waybill] = (*found.get(row.waybill, ()), _collection(row))
    return found


def find_collection(connection: Connection, code: str) -> CollectionRow | None:
    """Return a record of collected cash."""
    row = connection.execute(select(postal.collection).where(postal.collection.c.code == code)).one_or_none()
    return _collection(row) if row is not None else None


def last_collection(connection: Connection, *, desk_id: str, epoch: int, day: date) -> int | None:
    """Return the highest number of cash records that an epoch of a desk gave on a local day."""
    table = postal.collection.c
    same = (table.desk_id == desk_id, table.epoch == epoch, table.day == day.isoformat())
    found: int | None = connection.execute(select(func.max(table.number)).where(*same)).scalar()
    return found


def money_of_day(connection: Connection, day: date, *, desk_id: str) -> DayMoney:
    """Return the cash that a desk recorded on a local day, in the order of its numbers."""
    table = postal.collection
    query = select(table).where(table.c.day == day.isoformat(), table.c.desk_id == desk_id)
    rows = tuple(_collection(row) for row in connection.execute(query.order_by(table.c.epoch, table.c.number)))
    counted = [row for row in rows if row.counts]
    names = sorted({row.clerk_name for row in counted})
    own = {name: [row.amount for row in counted if row.clerk_name == name] for name in names}
    sums = tuple(ClerkSum(clerk_name=name, count=len(own[name]), amount=sum(own[name])) for name in names)
    return DayMoney(day=day, rows=rows, by_clerk=sums, total=sum(row.amount for row in counted))


def owed_money(connection: Connection, *, limit: int) -> OwedMoney:
    """Return what carriers owe, with so many of the waybills."""
    query = select(postal.waybill.c.facts).where(postal.waybill.c.owed > 0)
    found = [_waybill.decode(facts) for facts in connection.execute(query).scalars()]
    found.sort(key=lambda one: (one.delivery.at if one.delivery else one.opened_at, one.number))
    names = sorted({one.carrier for one in found})
    own = {name: [one.cod for one in found if one.carrier == name] for name in names}
    sums = tuple(CarrierSum(carrier=name, count=len(own[name]), amount=sum(own[name])) for name in names)
    return OwedMoney(waybills=tuple(view_of(connection, one) for one in found[:limit]), by_carrier=sums)


def collected_lines(money: DayMoney) -> tuple[CollectedLine, ...]:
    """Return a day's cash as lines of its closing report."""
    return tuple(
        CollectedLine(
            code=row.code,
            waybill=row.waybill,
            dossier_code=row.dossier_code,
            clerk_name=row.clerk_name,
            amount=row.amount,
            note=row.reason,
            counts=row.counts,
        )
        for row in money.rows
    )


def _collection(row: Any) -> CollectionRow:
    return CollectionRow(
        code=row.code,
        day=date.fromisoformat(row.day),
        waybill=row.waybill,
        dossier_code=row.dossier_code,
        amount=row.amount,
        clerk_name=row.clerk_name,
        collected_at=from_millis(row.collected_at),
        cancelled_at=from_millis(row.cancelled_at) if row.cancelled_at is not None else None,
        cancelled_by=row.cancelled_by,
        reason=row.reason,
    )
