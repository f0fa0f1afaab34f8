"""What an entry about a dossier means in rows: received, acted upon, handed over, its papers ordered."""

from typing import Any

import msgspec
from sqlalchemy import bindparam, delete

from counter_app.core.clock import to_millis
from counter_app.core.errors import BugError
from counter_app.domain.actions.life import advance, hand, hand_over
from counter_app.domain.actions.state import initial_state
from counter_app.domain.dossier import Dossier, parties_of
from counter_app.domain.forms.subjects import Subject
from counter_app.domain.person import Party, PartyRole, order_key
from counter_app.domain.search import index_words
from counter_app.domain.standing import standing_of
from counter_app.journal.dossier_states import as_received
from counter_app.journal.entries import (
    Body,
    DossierActed,
    DossierActedEarlier,
    DossierHanded,
    DossierReceived,
    Entry,
    OrderedPrint,
    PaperHanded,
    PaperOrdered,
    PrintOrdered,
)
from counter_app.journal.rows import Rows, due_order
from counter_app.store.tables import dossiers

FORGET_PARTIES = delete(dossiers.dossier_party).where(dossiers.dossier_party.c.dossier_row == bindparam("old_row"))
_facts = msgspec.json.Encoder(order="deterministic").encode


def dossier_received(rows: Rows, entry: Entry, body: DossierReceived, *, position: int) -> None:
    """A new dossier under the number it took; its row is its entry's place in this store's journal."""
    dossier = body.dossier
    _take_number(rows, entry, body)
    columns = {"row": position, **_dossier_columns(dossier), "desk_id": entry.desk, "clerk_id": entry.clerk}
    rows.add_dossier(dossier, columns)
    _index_parties(rows, position, dossier)
    rows.replace_words(position, index_words(dossier))
    rows.people.meet(position, dossier)
    for ordered in body.prints:
        order_print(rows, entry, Subject(dossier_ids=(dossier.id,)), ordered)


def dossier_received_earlier(rows: Rows, entry: Entry, body: DossierReceived) -> None:
    """The dossier is as this entry received it, not as a later one did that came here before; its row stays.

    It stands as it was received: the caller folds what was done since again.
    """
    dossier = body.dossier
    before = rows.find_written(dossier.id)
    if before is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    rows.replace_dossier(
        dossier, {**_dossier_columns(dossier), "desk_id": entry.desk, "clerk_id": entry.clerk, "corrected": None}
    )
    rows.run(FORGET_PARTIES, {"old_row": before.row})
    _index_parties(rows, before.row, dossier)
    rows.replace_words(before.row, index_words(dossier))
    rows.write()
    rows.people.meet_again(before.row, as_received(before), dossier)
    _take_number(rows, entry, body)
    for ordered in body.prints:
        order_print(rows, entry, Subject(dossier_ids=(dossier.id,)), ordered)


def _take_number(rows: Rows, entry: Entry, body: DossierReceived) -> None:
    counter = {"desk_id": entry.desk, "epoch": entry.epoch, "day": body.numbered_on.isoformat(), "last": body.number}
    rows.replace(dossiers.number_counter, counter)


def _dossier_columns(dossier: Dossier) -> dict[str, Any]:
    return {
        "id": dossier.id,
        "code": dossier.code,
        "unit_code": dossier.unit_code,
        "procedure_code": dossier.procedure_code,
        "procedure_name": dossier.procedure_name,
        "applicant_name": dossier.applicant.full_name,
        "applicant_key": order_key(dossier.applicant),
        "status": int(dossier.status),
        "received_at": to_millis(dossier.received_at),
        "due_at": to_millis(dossier.due.due_at) if dossier.due else None,
        "accepted_at": to_millis(dossier.received_at) if dossier.due else None,
        "due_order": due_order(dossier.due),
        "standing": int(standing_of(initial_state(dossier, desk_line=dossier.desk_name), dossier.channel)),
        "field_name": dossier.field_name,
        "channel": dossier.channel.value,
        "competent_unit_code": dossier.competent_unit_code,
        "facts": _facts(dossier),
    }


def _index_parties(rows: Rows, row: int, dossier: Dossier) -> None:
    parties = parties_of(dossier)
    for role, party in parties.items():
        rows.add(dossiers.dossier_party, party_columns(row, role, party))


def party_columns(row: int, role: PartyRole, party: Party) -> dict[str, Any]:
    """Return what the index of parties keeps of one."""
    return {
        "dossier_row": row,
        "role": role.value,
        "id_number": party.id_number or party.tax_code,
    }


def order_print(rows: Rows, entry: Entry, about: Subject, ordered: OrderedPrint, name: str = "") -> None:
    """Write a print job as ordered; `name` tells a subject of several dossiers from others."""
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
        "clerk": entry.clerk,
        "ordered_at": entry.at >> 16,
    }
    rows.replace(dossiers.print_job, values)


def order_prints(rows: Rows, entry: Entry, body: Body) -> None:
    """Write the papers that were ordered with an action: they came out, whatever became of the action."""
    if isinstance(body, DossierActed):
        for ordered in body.prints:
            order_print(rows, entry, Subject(dossier_ids=(body.dossier_id,)), ordered)


def print_ordered(rows: Rows, entry: Entry, body: PrintOrdered) -> None:
    """A paper of one dossier."""
    order_print(rows, entry, Subject(dossier_ids=(body.dossier_id,)), body.ordered)


def paper_ordered(rows: Rows, entry: Entry, body: PaperOrdered) -> None:
    """A paper about anything."""
    order_print(rows, entry, body.about, body.ordered, body.name)


def dossier_acted(rows: Rows, entry: Entry, body: DossierActed) -> None:
    """The dossier stands elsewhere, by the table of actions."""
    known = rows.read_dossier(body.dossier_id)
    if known is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    dossier, state = known
    at = body.happened_at if isinstance(body, DossierActedEarlier) else entry.instant
    after = advance(state, body.action, body.facts, at=at, desk_line=body.desk_name, due=body.due)
    rows.change_dossier(dossier, after)
    for ordered in body.prints:
        order_print(rows, entry, Subject(dossier_ids=(dossier.id,)), ordered)


def dossier_handed(rows: Rows, entry: Entry, body: DossierHanded) -> None:
    """Paper or result changed hands; the status stays."""
    known = rows.read_dossier(body.dossier_id)
    if known is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    dossier, state = known
    after = hand(
        state,
        body.what,
        giver=body.giver,
        receiver=body.receiver,
        desk_line=body.desk_name,
        at=entry.instant,
        note=body.note or body.manifest,
    )
    rows.change_dossier(dossier, after)


def paper_handed(rows: Rows, entry: Entry, body: PaperHanded) -> None:
    """The paper changed hands, the dossier stands where it stood."""
    known = rows.read_dossier(body.dossier_id)
    if known is None:
        raise BugError("journal.unknown_dossier", kind=body.KIND)
    dossier, state = known
    note = body.note or body.manifest
    rows.change_dossier(dossier, hand_over(state, state.holder, body.receiver, entry.instant, note))
