"""The one place where an entry becomes rows. Live work and `rebuild` both come through here."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from counter_app.core.clock import to_millis
from counter_app.core.errors import BugError
from counter_app.core.text import fold
from counter_app.domain.actions.life import advance, hand_over
from counter_app.domain.dossier import Dossier
from counter_app.domain.forms.subjects import Subject
from counter_app.domain.person import Party, PartyRole
from counter_app.domain.slip_code import key_id_of
from counter_app.domain.unit import Unit
from counter_app.journal.entries import (
    Body,
    CalendarSet,
    ClerkSaved,
    DeskEnrolled,
    DossierActed,
    DossierHanded,
    DossierReceived,
    Entry,
    EpochStarted,
    ManifestChanged,
    ManifestClosed,
    ManifestOpened,
    ManifestReceived,
    OrderedPrint,
    PaperOrdered,
    PrintOrdered,
    ProcedurePublished,
    SlipKeyTrusted,
    UnitSaved,
)
from counter_app.journal.manifests import manifest_changed, manifest_closed, manifest_opened, manifest_received
from counter_app.journal.rows import Rows
from counter_app.store.tables import catalogue, dossiers, organisation

_facts = msgspec.json.Encoder(order="deterministic").encode


def apply(rows: Rows, entry: Entry, body: Body, *, position: int) -> None:
    """Collect the rows that an entry means; the caller has them written.

    `position` is the entry's place in this store's journal; a dossier's row takes it, so that a rebuild gives every
    dossier its old row.
    """
    _EFFECTS[type(body)](rows, _Where(entry, position), body)


class _Where(NamedTuple):
    entry: Entry
    position: int


def _save_unit(rows: Rows, unit: Unit) -> None:
    values = {"code": unit.code, "name": unit.name, "level": unit.level.value, "facts": _facts(unit)}
    rows.replace(organisation.unit, values)


def _desk_enrolled(rows: Rows, _where: _Where, body: DeskEnrolled) -> None:
    desk = body.desk
    _save_unit(rows, body.unit)
    rows.add(
        organisation.desk,
        {
            "id": desk.id,
            "unit_code": desk.unit_code,
            "name": desk.name,
            "slice_low": desk.number_slice.low,
            "slice_high": desk.number_slice.high,
            "public_key": desk.public_key,
        },
    )
    _add_epoch(rows, desk.id, 1, body.part.low, body.part.high, "enrolled")


def _add_epoch(rows: Rows, desk_id: str, epoch: int, low: int, high: int, reason: str) -> None:
    rows.add(
        organisation.epoch,
        {"desk_id": desk_id, "epoch": epoch, "part_low": low, "part_high": high, "reason": reason},
    )


def _epoch_started(rows: Rows, _where: _Where, body: EpochStarted) -> None:
    _add_epoch(rows, body.desk_id, body.epoch, body.part.low, body.part.high, body.reason)


def _unit_saved(rows: Rows, _where: _Where, body: UnitSaved) -> None:
    _save_unit(rows, body.unit)


def _clerk_saved(rows: Rows, _where: _Where, body: ClerkSaved) -> None:
    clerk = body.clerk
    values = {
        "id": clerk.id,
        "unit_code": clerk.unit_code,
        "login": clerk.login,
        "full_name": clerk.full_name,
        "role": clerk.role.value,
        "active": clerk.active,
    }
    rows.replace(organisation.clerk, values)


def _procedure_published(rows: Rows, _where: _Where, body: ProcedurePublished) -> None:
    procedure = body.procedure
    values = {
        "code": procedure.code,
        "effective_on": procedure.effective_on.isoformat(),
        "name": procedure.name,
        "facts": _facts(procedure),
    }
    rows.replace(catalogue.procedure, values)


def _calendar_set(rows: Rows, _where: _Where, body: CalendarSet) -> None:
    for day in body.days:
        values = {"day": day.day.isoformat(), "working": day.working, "name": day.name}
        rows.replace(catalogue.day_override, values)


def _dossier_received(rows: Rows, where: _Where, body: DossierReceived) -> None:
    dossier = body.dossier
    counter = {
        "desk_id": where.entry.desk,
        "epoch": where.entry.epoch,
        "day": body.numbered_on.isoformat(),
        "last": body.number,
    }
    rows.replace(dossiers.number_counter, counter)
    rows.add(dossiers.dossier, {"row": where.position, **_dossier_columns(dossier)})
    _index_parties(rows, where.position, dossier)
    for ordered in body.prints:
        _order_print(rows, where, Subject(dossier_ids=(dossier.id,)), ordered)


def _dossier_columns(dossier: Dossier) -> dict[str, Any]:
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
        "accepted_at": to_millis(dossier.received_at) if dossier.due else None,
        "facts": _facts(dossier),
    }


def _index_parties(rows: Rows, row: int, dossier: Dossier) -> None:
    parties = {PartyRole.APPLICANT: dossier.applicant}
    if dossier.submitter is not None:
        parties[PartyRole.SUBMITTER] = dossier.submitter
    for role, party in parties.items():
        values = {
            "dossier_row": row,
            "role": role.value,
            "id_number": party.id_number or party.tax_code,
            "phone_reversed": party.phone[::-1],
        }
        rows.add(dossiers.dossier_party, values)
    rows.add_words(row, " ".join(_search_words(party) for party in parties.values()))


def _search_words(party: Party) -> str:
    return fold(f"{party.full_name} {party.id_number} {party.old_id_number} {party.tax_code}")


def _order_print(rows: Rows, where: _Where, about: Subject, ordered: OrderedPrint, name: str = "") -> None:
    values = {
        "id": ordered.id,
        "dossier_id": about.dossier_id or None,
        "subject": name,
        "about": _facts(about),
        "form": ordered.form.value,
        "copies": ordered.copies,
        "reprint": ordered.reprint,
        "reason": ordered.reason,
        "form_set": ordered.form_set.value if ordered.form_set else "",
        "sheet": ordered.sheet.value if ordered.sheet else "",
        "details": _facts(ordered.details),
        "batch": ordered.batch,
        "clerk": where.entry.clerk,
        "ordered_at": where.entry.at >> 16,
    }
    rows.add(dossiers.print_job, values)


def _print_ordered(rows: Rows, where: _Where, body: PrintOrdered) -> None:
    _order_print(rows, where, Subject(dossier_ids=(body.dossier_id,)), body.ordered)


def _paper_ordered(rows: Rows, where: _Where, body: PaperOrdered) -> None:
    _order_print(rows, where, body.about, body.ordered, body.name)


def _dossier_acted(rows: Rows, where: _Where, body: DossierActed) -> None:
    known = rows.read_dossier(body.dossier_id)
    if known is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    dossier, state = known
    after = advance(state, body.action, body.facts, at=where.entry.instant, desk_line=body.desk_name, due=body.due)
    rows.change_dossier(dossier, after)
    for ordered in body.prints:
        _order_print(rows, where, Subject(dossier_ids=(dossier.id,)), ordered)


def _dossier_handed(rows: Rows, where: _Where, body: DossierHanded) -> None:
    known = rows.read_dossier(body.dossier_id)
    if known is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    dossier, state = known
    note = body.note or body.manifest
    rows.change_dossier(dossier, hand_over(state, state.holder, body.receiver, where.entry.instant, note))


def _slip_key_trusted(rows: Rows, _where: _Where, body: SlipKeyTrusted) -> None:
    values = {
        "key_id": key_id_of(body.public_key),
        "public_key": body.public_key,
        "unit_code": body.unit_code,
        "unit_name": body.unit_name,
        "desk_name": body.desk_name,
    }
    rows.replace(organisation.slip_key, values)


_EFFECTS: dict[type[Body], Callable[[Rows, _Where, Any], None]] = {
    DeskEnrolled: _desk_enrolled,
    EpochStarted: _epoch_started,
    UnitSaved: _unit_saved,
    ClerkSaved: _clerk_saved,
    ProcedurePublished: _procedure_published,
    CalendarSet: _calendar_set,
    DossierReceived: _dossier_received,
    PrintOrdered: _print_ordered,
    PaperOrdered: _paper_ordered,
    DossierActed: _dossier_acted,
    SlipKeyTrusted: _slip_key_trusted,
    DossierHanded: _dossier_handed,
    ManifestOpened: lambda rows, where, body: manifest_opened(rows, where.entry, body),
    ManifestChanged: lambda rows, where, body: manifest_changed(rows, where.entry, body),
    ManifestClosed: lambda rows, where, body: manifest_closed(rows, where.entry, body),
    ManifestReceived: lambda rows, where, body: manifest_received(rows, where.entry, body),
}
