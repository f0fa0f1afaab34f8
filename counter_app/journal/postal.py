"""What entries of the post office mean in rows."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from counter_app.core.clock import to_millis
from counter_app.core.errors import BugError
from counter_app.domain.forms.subjects import Subject, describe_codes
from counter_app.domain.postal import Waybill, WaybillState, with_attempt, with_delivery, with_end
from counter_app.journal.dossiers import order_print
from counter_app.journal.entries import Entry
from counter_app.journal.postal_entries import (
    BatchReceived,
    CodCancelled,
    CodCollected,
    WaybillAttempted,
    WaybillCancelled,
    WaybillDelivered,
    WaybillOpened,
    WaybillReturned,
)
from counter_app.journal.rows import Rows
from counter_app.store.tables import postal

_facts = msgspec.json.Encoder(order="deterministic").encode
_waybill = msgspec.json.Decoder(Waybill)
_CASH = postal.collection.c
_COUNTING = select(_CASH.code).where(_CASH.waybill == bindparam("wanted"), _CASH.cancelled_at.is_(None)).limit(1)


def waybill_opened(rows: Rows, _entry: Entry, body: WaybillOpened) -> None:
    """A new waybill."""
    _put(rows, body.waybill)


def waybill_attempted(rows: Rows, _entry: Entry, body: WaybillAttempted) -> None:
    """One more try in vain."""
    _put(rows, with_attempt(_read(rows, body.number), body.attempt))


def waybill_delivered(rows: Rows, _entry: Entry, body: WaybillDelivered) -> None:
    """The end that was wanted."""
    _put(rows, with_delivery(_read(rows, body.number), body.delivery))


def waybill_returned(rows: Rows, _entry: Entry, body: WaybillReturned) -> None:
    """Back at the sender's."""
    _put(rows, with_end(_read(rows, body.number), WaybillState.RETURNED, body.at, body.reason))


def waybill_cancelled(rows: Rows, _entry: Entry, body: WaybillCancelled) -> None:
    """Never sent."""
    _put(rows, with_end(_read(rows, body.number), WaybillState.CANCELLED, body.at, body.reason))


def cod_collected(rows: Rows, entry: Entry, body: CodCollected) -> None:
    """Cash under a number of its own."""
    found = body.collection
    values = {
        "code": found.code,
        "desk_id": found.desk_id,
        "epoch": found.epoch,
        "day": found.day.isoformat(),
        "number": found.number,
        "waybill": found.waybill,
        "dossier_code": found.dossier_code,
        "amount": found.amount,
        "clerk_name": found.clerk_name,
        "collected_at": entry.at >> 16,
        "cancelled_at": None,
        "cancelled_by": "",
        "reason": "",
    }
    rows.replace(postal.collection, values)
    _owe(rows, found.waybill, 0)


def cod_cancelled(rows: Rows, entry: Entry, body: CodCancelled) -> None:
    """The same record, counting no more; the carrier owes again unless another desk's record of that cash counts."""
    row = rows.read(postal.collection, code=body.code)
    if row is None:
        raise BugError("journal.unknown_collection", kind=body.KIND)
    ended = {"cancelled_at": entry.at >> 16, "cancelled_by": body.clerk_name, "reason": body.reason}
    rows.replace(postal.collection, {**row._asdict(), **ended})
    if not _is_counted(rows, row.waybill):
        _owe(rows, row.waybill, row.amount)


def batch_received(rows: Rows, entry: Entry, body: BatchReceived) -> None:
    """A batch with its common receipt."""
    values = {"id": body.id, "source": body.source, "ended_at": entry.at >> 16, "facts": _facts(body)}
    rows.replace(postal.batch, values)
    about = Subject(dossier_ids=body.dossier_ids)
    name = "" if about.dossier_id else describe_codes(body.codes)
    for ordered in body.prints:
        order_print(rows, entry, about, ordered, name)


def no_rows(_rows: Rows, _entry: Entry, _body: Any) -> None:
    """A file that came or went stands in the journal alone."""


def _read(rows: Rows, number: str) -> Waybill:
    row = rows.read(postal.waybill, number=number)
    if row is None:
        raise BugError("journal.unknown_waybill", kind="waybill")
    return _waybill.decode(row.facts)


def _is_counted(rows: Rows, number: str) -> bool:
    return rows.run(_COUNTING, {"wanted": number}).first() is not None


def _put(rows: Rows, waybill: Waybill) -> None:
    """Write a waybill. Another desk that did not know of the delivery may add a step after its cash was taken."""
    is_owing = waybill.state is WaybillState.DELIVERED and waybill.cod > 0
    is_settled = not is_owing or _is_counted(rows, waybill.number)
    values = {
        "number": waybill.number,
        "dossier_id": waybill.dossier_id,
        "kind": waybill.kind.value,
        "state": waybill.state.value,
        "opened_at": to_millis(waybill.opened_at),
        "facts": _facts(waybill),
        "owed": 0 if is_settled else waybill.cod,
    }
    rows.replace(postal.waybill, values)


def _owe(rows: Rows, number: str, amount: int) -> None:
    row = rows.read(postal.waybill, number=number)
    if row is not None:
        rows.replace(postal.waybill, {**row._asdict(), "owed": amount})
