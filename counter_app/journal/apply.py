"""The one place where an entry becomes rows. Live work and `rebuild` both come through here."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from counter_app.domain.slip_code import key_id_of
from counter_app.domain.unit import Unit
from counter_app.journal.concerned import concerned_answered
from counter_app.journal.corrections import dossier_corrected
from counter_app.journal.documents import (
    document_attached,
    document_described,
    document_renewed,
    document_withdrawn,
)
from counter_app.journal.dossiers import (
    dossier_acted,
    dossier_handed,
    dossier_received,
    paper_handed,
    paper_ordered,
    print_ordered,
)
from counter_app.journal.entries import (
    Body,
    CalendarSet,
    ClerkSaved,
    DeskEnrolled,
    DocumentAttached,
    DocumentDescribed,
    DocumentRenewed,
    DocumentValidityDescribed,
    DocumentWithdrawn,
    DossierActed,
    DossierActedEarlier,
    DossierCorrected,
    DossierHanded,
    DossierReceived,
    Entry,
    EpochForked,
    EpochStarted,
    ListExported,
    ManifestChanged,
    ManifestClosed,
    ManifestOpened,
    ManifestReceived,
    PaperHanded,
    PaperOrdered,
    PersonMerged,
    PersonSplit,
    PrintOrdered,
    ProcedurePublished,
    SlipKeyTrusted,
    UnitSaved,
)
from counter_app.journal.exchange_entries import ConcernedAnswered, HeldDecided
from counter_app.journal.manifests import manifest_changed, manifest_closed, manifest_opened, manifest_received
from counter_app.journal.people import link_columns
from counter_app.journal.postal import (
    batch_received,
    cod_cancelled,
    cod_collected,
    no_rows,
    waybill_attempted,
    waybill_cancelled,
    waybill_delivered,
    waybill_opened,
    waybill_returned,
)
from counter_app.journal.postal_entries import (
    BatchReceived,
    CodCancelled,
    CodCollected,
    PostFileRead,
    PostFileWritten,
    WaybillAttempted,
    WaybillCancelled,
    WaybillDelivered,
    WaybillOpened,
    WaybillReturned,
)
from counter_app.journal.rows import Rows
from counter_app.journal.shared_codes import note_intake
from counter_app.journal.streams import Step, place, refuse
from counter_app.store.tables import catalogue, organisation, people

_facts = msgspec.json.Encoder(order="deterministic").encode


def apply(rows: Rows, entry: Entry, body: Body, *, position: int) -> None:
    """Collect the rows that an entry means; the caller has them written.

    `position` is the entry's place in this store's journal; a dossier's row takes it, so that a rebuild gives every
    dossier its old row.
    """
    step = Step(entry, position, body)
    if rows.is_shared:
        place(rows, step, _effect)
    else:
        _do_alone(rows, step)


def apply_run(rows: Rows, run: Sequence[Step]) -> None:
    """Write the rows that a run of entries means; all of them are in the journal already."""
    if not rows.is_shared:
        for step in run:
            _do_alone(rows, step)
        rows.write()
        return
    codes = [step.body.dossier.code for step in run if isinstance(step.body, DossierReceived)]
    rows.ahead.look((step.entry.subject for step in run), codes)
    rows.attempt_all([partial(place, rows, step, _effect) for step in run], lambda at: refuse(rows, run[at]))


def _do_alone(rows: Rows, step: Step) -> None:
    if isinstance(step.body, DossierReceived):
        note_intake(rows, step.entry, code=step.body.dossier.code, dossier_id=step.body.dossier.id)
    _effect(rows, step)


def _effect(rows: Rows, step: Step) -> None:
    _EFFECTS[type(step.body)](rows, step, step.body)


def _save_unit(rows: Rows, unit: Unit) -> None:
    values = {"code": unit.code, "name": unit.name, "level": unit.level.value, "facts": _facts(unit)}
    rows.replace(organisation.unit, values)


def _desk_enrolled(rows: Rows, where: Step, body: DeskEnrolled) -> None:
    desk = body.desk
    if where.entry.desk == rows.own_desk or rows.read(organisation.unit, code=body.unit.code) is None:
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


def _epoch_started(rows: Rows, where: Step, body: EpochStarted) -> None:
    if where.entry.seq > 1:
        return  # moved here with what followed it: the epoch that it began is another machine's
    _add_epoch(rows, body.desk_id, body.epoch, body.part.low, body.part.high, body.reason)


def _unit_saved(rows: Rows, _where: Step, body: UnitSaved) -> None:
    _save_unit(rows, body.unit)


def _clerk_saved(rows: Rows, where: Step, body: ClerkSaved) -> None:
    clerk = body.clerk
    values = {
        "id": clerk.id,
        "unit_code": clerk.unit_code,
        "login": clerk.login,
        "full_name": clerk.full_name,
        "role": clerk.role.value,
        "active": clerk.active,
        "desk_id": where.entry.desk,
    }
    rows.replace(organisation.clerk, values)


def _procedure_published(rows: Rows, _where: Step, body: ProcedurePublished) -> None:
    procedure = body.procedure
    values = {
        "code": procedure.code,
        "effective_on": procedure.effective_on.isoformat(),
        "name": procedure.name,
        "facts": _facts(procedure),
    }
    rows.replace(catalogue.procedure, values)


def _calendar_set(rows: Rows, _where: Step, body: CalendarSet) -> None:
    for day in body.days:
        values = {"day": day.day.isoformat(), "working": day.working, "name": day.name}
        rows.replace(catalogue.day_override, values)


def _slip_key_trusted(rows: Rows, _where: Step, body: SlipKeyTrusted) -> None:
    values = {
        "key_id": key_id_of(body.public_key),
        "public_key": body.public_key,
        "unit_code": body.unit_code,
        "unit_name": body.unit_name,
        "desk_name": body.desk_name,
    }
    rows.replace(organisation.slip_key, values)


def _person_linked(rows: Rows, where: Step, body: PersonMerged | PersonSplit) -> None:
    entry, is_merge = where.entry, isinstance(body, PersonMerged)
    values = link_columns(
        where.position,
        at=entry.at >> 16,
        clerk=entry.clerk,
        kept=body.kept,
        other=body.other,
        is_merge=is_merge,
        reason=body.reason,
    )
    rows.add(people.person_link, values)
    rows.write()
    (rows.people.merge if is_merge else rows.people.split)(body.kept, body.other)


_EFFECTS: dict[type[Body], Callable[[Rows, Step, Any], None]] = {
    DeskEnrolled: _desk_enrolled,
    EpochStarted: _epoch_started,
    EpochForked: _epoch_started,
    UnitSaved: _unit_saved,
    ClerkSaved: _clerk_saved,
    ProcedurePublished: _procedure_published,
    CalendarSet: _calendar_set,
    DossierReceived: lambda rows, where, body: dossier_received(rows, where.entry, body, position=where.position),
    PrintOrdered: lambda rows, where, body: print_ordered(rows, where.entry, body),
    PaperOrdered: lambda rows, where, body: paper_ordered(rows, where.entry, body),
    DossierActed: lambda rows, where, body: dossier_acted(rows, where.entry, body),
    DossierActedEarlier: lambda rows, where, body: dossier_acted(rows, where.entry, body),
    DossierCorrected: lambda rows, _where, body: dossier_corrected(rows, body),
    SlipKeyTrusted: _slip_key_trusted,
    PersonMerged: _person_linked,
    PersonSplit: _person_linked,
    PaperHanded: lambda rows, where, body: paper_handed(rows, where.entry, body),
    DossierHanded: lambda rows, where, body: dossier_handed(rows, where.entry, body),
    ManifestOpened: lambda rows, where, body: manifest_opened(rows, where.entry, body),
    ManifestChanged: lambda rows, where, body: manifest_changed(rows, where.entry, body),
    ManifestClosed: lambda rows, where, body: manifest_closed(rows, where.entry, body),
    ManifestReceived: lambda rows, where, body: manifest_received(rows, where.entry, body),
    WaybillOpened: lambda rows, where, body: waybill_opened(rows, where.entry, body),
    WaybillAttempted: lambda rows, where, body: waybill_attempted(rows, where.entry, body),
    WaybillDelivered: lambda rows, where, body: waybill_delivered(rows, where.entry, body),
    WaybillReturned: lambda rows, where, body: waybill_returned(rows, where.entry, body),
    WaybillCancelled: lambda rows, where, body: waybill_cancelled(rows, where.entry, body),
    CodCollected: lambda rows, where, body: cod_collected(rows, where.entry, body),
    CodCancelled: lambda rows, where, body: cod_cancelled(rows, where.entry, body),
    BatchReceived: lambda rows, where, body: batch_received(rows, where.entry, body),
    PostFileWritten: lambda rows, where, body: no_rows(rows, where.entry, body),
    PostFileRead: lambda rows, where, body: no_rows(rows, where.entry, body),
    ListExported: lambda rows, where, body: no_rows(rows, where.entry, body),
    DocumentAttached: lambda rows, where, body: document_attached(rows, where.entry, body, position=where.position),
    DocumentRenewed: lambda rows, where, body: document_renewed(rows, where.entry, body, position=where.position),
    DocumentWithdrawn: lambda rows, _where, body: document_withdrawn(rows, body),
    DocumentDescribed: lambda rows, where, body: document_described(rows, where.entry, body, position=where.position),
    DocumentValidityDescribed: lambda rows, where, body: document_described(
        rows, where.entry, body, position=where.position
    ),
    ConcernedAnswered: lambda rows, where, body: concerned_answered(rows, where.entry, body),
    # Streams read it; while there is one chain nothing is held.
    HeldDecided: lambda rows, where, body: no_rows(rows, where.entry, body),
}
