"""The one place where an entry becomes rows. Live work and `rebuild` both come through here."""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.text import fold
from counter_app.domain.dossier import Dossier
from counter_app.domain.person import Party, PartyRole
from counter_app.domain.unit import Unit
from counter_app.journal.entries import (
    Body,
    CalendarSet,
    ClerkSaved,
    DeskEnrolled,
    DossierReceived,
    Entry,
    EpochStarted,
    OrderedPrint,
    PrintOrdered,
    ProcedurePublished,
    UnitSaved,
)
from counter_app.store.tables import catalogue, dossiers, organisation

_facts = msgspec.json.Encoder(order="deterministic").encode


def apply(connection: Connection, entry: Entry, body: Body) -> None:
    """Write the rows that an entry means, inside the caller's transaction."""
    _EFFECTS[type(body)](connection, entry, body)


@cache
def _upsert(table: Table) -> Insert:
    """Insert, or replace everything but the key. Made once a table: building it costs as much as running it."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


_INSERT_DOSSIER = insert(dossiers.dossier)
_INSERT_PARTY = insert(dossiers.dossier_party)
_INSERT_PRINT_JOB = insert(dossiers.print_job)


def _save_unit(connection: Connection, unit: Unit) -> None:
    values = {"code": unit.code, "name": unit.name, "level": unit.level.value, "facts": _facts(unit)}
    connection.execute(_upsert(organisation.unit), values)


def _desk_enrolled(connection: Connection, _entry: Entry, body: DeskEnrolled) -> None:
    desk = body.desk
    _save_unit(connection, body.unit)
    connection.execute(
        insert(organisation.desk).values(
            id=desk.id,
            unit_code=desk.unit_code,
            name=desk.name,
            slice_low=desk.number_slice.low,
            slice_high=desk.number_slice.high,
            public_key=desk.public_key,
        )
    )
    _add_epoch(connection, desk.id, 1, body.part.low, body.part.high, "enrolled")


def _add_epoch(connection: Connection, desk_id: str, epoch: int, low: int, high: int, reason: str) -> None:
    connection.execute(
        insert(organisation.epoch).values(desk_id=desk_id, epoch=epoch, part_low=low, part_high=high, reason=reason)
    )


def _epoch_started(connection: Connection, _entry: Entry, body: EpochStarted) -> None:
    _add_epoch(connection, body.desk_id, body.epoch, body.part.low, body.part.high, body.reason)


def _unit_saved(connection: Connection, _entry: Entry, body: UnitSaved) -> None:
    _save_unit(connection, body.unit)


def _clerk_saved(connection: Connection, _entry: Entry, body: ClerkSaved) -> None:
    clerk = body.clerk
    values = {
        "id": clerk.id,
        "unit_code": clerk.unit_code,
        "login": clerk.login,
        "full_name": clerk.full_name,
        "role": clerk.role.value,
        "active": clerk.active,
    }
    connection.execute(_upsert(organisation.clerk), values)


def _procedure_published(connection: Connection, _entry: Entry, body: ProcedurePublished) -> None:
    procedure = body.procedure
    values = {
        "code": procedure.code,
        "effective_on": procedure.effective_on.isoformat(),
        "name": procedure.name,
        "facts": _facts(procedure),
    }
    connection.execute(_upsert(catalogue.procedure), values)


def _calendar_set(connection: Connection, _entry: Entry, body: CalendarSet) -> None:
    for day in body.days:
        values = {"day": day.day.isoformat(), "working": day.working, "name": day.name}
        connection.execute(_upsert(catalogue.day_override), values)


def _dossier_received(connection: Connection, entry: Entry, body: DossierReceived) -> None:
    dossier = body.dossier
    counter = {
        "desk_id": entry.desk,
        "epoch": entry.epoch,
        "day": body.numbered_on.isoformat(),
        "last": body.number,
    }
    connection.execute(_upsert(dossiers.number_counter), counter)
    row = connection.execute(_INSERT_DOSSIER, _dossier_row(dossier)).inserted_primary_key
    if row is None:
        raise AssertionError("SQLite gives every row a key")
    _index_parties(connection, row[0], dossier)
    for ordered in body.prints:
        _order_print(connection, entry, dossier.id, ordered)


def _dossier_row(dossier: Dossier) -> dict[str, Any]:
    return {
        "id": dossier.id,
        "code": dossier.code,
        "code_reversed": dossier.code[::-1],
        "unit_code": dossier.unit_code,
        "procedure_code": dossier.procedure_code,
        "procedure_name": dossier.procedure_name,
        "applicant_name": dossier.applicant.full_name,
        "status": int(dossier.status),
        "received_at": to_millis(dossier.received_at),
        "due_at": to_millis(dossier.due.due_at) if dossier.due else None,
        "facts": _facts(dossier),
    }


def _index_parties(connection: Connection, row: int, dossier: Dossier) -> None:
    parties = {PartyRole.APPLICANT: dossier.applicant}
    if dossier.submitter is not None:
        parties[PartyRole.SUBMITTER] = dossier.submitter
    connection.execute(
        _INSERT_PARTY,
        [
            {
                "dossier_row": row,
                "role": role.value,
                "id_number": party.id_number or party.tax_code,
                "phone_reversed": party.phone[::-1],
            }
            for role, party in parties.items()
        ],
    )
    words = " ".join(_search_words(party) for party in parties.values())
    connection.exec_driver_sql(
        f"INSERT INTO {dossiers.SEARCH_TABLE} (rowid, words) VALUES (?, ?)",  # noqa: S608 - a constant name
        (row, words),
    )


def _search_words(party: Party) -> str:
    return fold(f"{party.full_name} {party.id_number} {party.old_id_number} {party.tax_code}")


def _order_print(connection: Connection, entry: Entry, dossier_id: str, ordered: OrderedPrint) -> None:
    connection.execute(
        _INSERT_PRINT_JOB,
        {
            "id": ordered.id,
            "dossier_id": dossier_id,
            "form": ordered.form.value,
            "copies": ordered.copies,
            "reprint": ordered.reprint,
            "reason": ordered.reason,
            "ordered_at": entry.at >> 16,
        },
    )


def _print_ordered(connection: Connection, entry: Entry, body: PrintOrdered) -> None:
    _order_print(connection, entry, body.dossier_id, body.ordered)


_EFFECTS: dict[type[Body], Callable[[Connection, Entry, Any], None]] = {
    DeskEnrolled: _desk_enrolled,
    EpochStarted: _epoch_started,
    UnitSaved: _unit_saved,
    ClerkSaved: _clerk_saved,
    ProcedurePublished: _procedure_published,
    CalendarSet: _calendar_set,
    DossierReceived: _dossier_received,
    PrintOrdered: _print_ordered,
}
