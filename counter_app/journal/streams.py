"""Entries of several desks about one thing, in one order that every store finds by itself.

Entries reach stores in any order between desks. What they mean for a dossier or a manifest is a fold in the order of
their clocks (`order_of`), so all stores that hold the same entries agree, whatever came first to them. An entry that
comes late has its dossier folded again from its intake.

An action or a change of hands that the state does not allow, because another desk or an earlier life of the store was
first, is held: it stays in the journal, has no effect, and everything that would move its dossier further waits behind
it until a clerk decides (`HeldDecided`). Other dossiers are not touched. What a desk did by itself is never judged.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, or_, select

from counter_app.domain.actions.contradiction import find_contradiction
from counter_app.domain.dossier_code import owns_code
from counter_app.journal.ahead import Order
from counter_app.journal.corrections import correction_forgotten
from counter_app.journal.dossiers import dossier_received_earlier, order_prints
from counter_app.journal.entries import (
    Body,
    CalendarSet,
    ClerkSaved,
    DocumentAttached,
    DocumentDescribed,
    DocumentRenewed,
    DocumentWithdrawn,
    DossierActed,
    DossierCorrected,
    DossierHanded,
    DossierReceived,
    Entry,
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
    decode_body,
    entry_of,
)
from counter_app.journal.exchange_entries import Decisions, HeldDecided, HeldDecision
from counter_app.journal.postal_entries import (
    CodCancelled,
    CodCollected,
    WaybillAttempted,
    WaybillCancelled,
    WaybillDelivered,
    WaybillOpened,
    WaybillReturned,
)
from counter_app.journal.rows import Rows
from counter_app.journal.shared_codes import loses_code, note_intake
from counter_app.store.tables import custody, documents, exchange, organisation, postal
from counter_app.store.tables import journal as tables

UNKNOWN_DOSSIER, CODE_TAKEN, ALREADY_RECEIVED = "unknown_dossier", "code_taken", "already_received"
REFUSED, BEHIND = "refused", "behind"

#: What a desk decides for itself and no other desk decides for it: its rules, its calendar, whom it trusts.
_AT_HOME = (UnitSaved, ProcedurePublished, CalendarSet, SlipKeyTrusted, PersonMerged, PersonSplit)
_MOVING = (DossierActed, PaperHanded, DossierHanded)
OF_DOSSIER = (
    *_MOVING,
    DossierCorrected,
    PrintOrdered,
    PaperOrdered,
    DocumentAttached,
    DocumentRenewed,
    DocumentWithdrawn,
    DocumentDescribed,
    WaybillOpened,
    WaybillAttempted,
    WaybillDelivered,
    WaybillReturned,
    WaybillCancelled,
    CodCollected,
    CodCancelled,
    HeldDecided,
)
_OF_MANIFEST = (ManifestOpened, ManifestChanged, ManifestClosed, ManifestReceived)

_ENTRY = tables.entry.c
_SAME = (_ENTRY.subject == bindparam("subject"), _ENTRY.position <= bindparam("until"))
_KEYS = select(_ENTRY.at, _ENTRY.desk, _ENTRY.epoch, _ENTRY.seq).where(*_SAME)
_ENTRIES = select(tables.entry).where(*_SAME)
_HELD = exchange.held_entry.c
_IS_HELD = select(_HELD.entry_id).where(_HELD.dossier_id == bindparam("wanted")).limit(1)
_RELEASE = delete(exchange.held_entry).where(_HELD.dossier_id == bindparam("wanted"))
_RELEASE_ONE = delete(exchange.held_entry).where(
    _HELD.entry_id == bindparam("wanted"), _HELD.desk == bindparam("writer")
)
_RELEASE_DECIDED = delete(exchange.held_entry).where(
    _HELD.entry_id == bindparam("wanted"),
    _HELD.dossier_id == bindparam("about"),
    or_(_HELD.desk == bindparam("writer"), bindparam("writer") == ""),
)
_DOCUMENTS = select(documents.document.c.id).where(documents.document.c.dossier_id == bindparam("wanted"))
_WAYBILLS = select(postal.waybill.c.number).where(postal.waybill.c.dossier_id == bindparam("wanted"))
_FORGET = (
    delete(documents.document_version).where(documents.document_version.c.document_id.in_(_DOCUMENTS)),
    delete(documents.document_description).where(documents.document_description.c.document_id.in_(_DOCUMENTS)),
    delete(documents.document).where(documents.document.c.dossier_id == bindparam("wanted")),
    delete(postal.collection).where(postal.collection.c.waybill.in_(_WAYBILLS)),
    delete(postal.waybill).where(postal.waybill.c.dossier_id == bindparam("wanted")),
)
_DISMISS = delete(organisation.clerk).where(organisation.clerk.c.id == bindparam("wanted"))
_FORGET_MANIFEST = (
    delete(custody.manifest_item).where(custody.manifest_item.c.manifest_code == bindparam("wanted")),
    delete(custody.manifest).where(custody.manifest.c.code == bindparam("wanted")),
)


class Step(NamedTuple):
    """An entry with its place in this store's journal, and what it says."""

    entry: Entry
    position: int
    body: Body


Effect = Callable[[Rows, Step], None]


def order_of(entry: Entry) -> Order:
    """Return the place of an entry among those of all desks."""
    return (entry.at, entry.desk, entry.epoch, entry.seq)


def place(rows: Rows, step: Step, effect: Effect) -> None:
    """Let an entry have its effect at its place among those that this store holds already."""
    match step.body:
        case DossierReceived():
            _receive(rows, step, step.body, effect)
        case body if isinstance(body, OF_DOSSIER) and not step.entry.subject.startswith("paper:"):
            _follow_dossier(rows, step, effect)
        case body if isinstance(body, _OF_MANIFEST):
            _follow_manifest(rows, step, effect)
        case body if isinstance(body, _AT_HOME) and step.entry.desk != rows.own_desk:
            pass
        case ClerkSaved():
            _save_clerk(rows, step, step.body, effect)
        case UnitSaved():
            if max(one for one in _orders(rows, step) if one[1] == rows.own_desk) == order_of(step.entry):
                _do(rows, step, effect)
        case _:
            _do(rows, step, effect)


def _do(rows: Rows, step: Step, effect: Effect) -> bool:
    """Do it, or hold it back when it cannot be written: an entry of another desk never stops the others."""
    if rows.is_hopeful or rows.is_strict_about(step.position):
        effect(rows, step)
        return True
    done = rows.attempt(lambda: effect(rows, step))
    if not done:
        _hold(rows, step, REFUSED)
    return done


def _save_clerk(rows: Rows, step: Step, body: ClerkSaved, effect: Effect) -> None:
    """A clerk is this desk's own if it says so, else of the desk that said so first: what others say is refused."""
    orders = _orders(rows, step)
    if body.clerk.id != step.entry.subject:
        _hold(rows, step, REFUSED)
    elif len({desk for _at, desk, _epoch, _seq in orders}) > 1:
        _save_clerk_again(rows, step, effect)
    elif max(orders) == order_of(step.entry):
        _do(rows, step, effect)


def _save_clerk_again(rows: Rows, last: Step, effect: Effect) -> None:
    """Several desks wrote of one clerk: whose the clerk is may be another desk's than before the last entry came."""
    steps = [
        one for one in _steps(rows, last) if isinstance(one.body, ClerkSaved) and one.body.clerk.id == one.entry.subject
    ]
    desks = [one.entry.desk for one in steps]
    owner = rows.own_desk if rows.own_desk in desks else desks[0]
    rows.run(_DISMISS, {"wanted": last.entry.subject})
    for one in steps:
        rows.run(_RELEASE_ONE, {"wanted": one.entry.id, "writer": one.entry.desk})
        if one.entry.desk == owner:
            _do(rows, one, effect)
        else:
            _hold(rows, one, REFUSED)


def _receive(rows: Rows, step: Step, body: DossierReceived, effect: Effect) -> None:
    dossier, is_strict = body.dossier, rows.is_strict_about(step.position)
    why_not = "" if is_strict else _why_not(rows, step.entry, body)
    note_intake(rows, step.entry, code=dossier.code, dossier_id=dossier.id)
    if is_strict:  # what is being given now fails with its number, before it is on paper
        _stand(rows, step, effect)
    elif why_not:
        _hold_undecided(rows, step, why_not)
    elif rows.is_dossier_known(dossier.id):
        _receive_twice(rows, step, body, effect)
    elif rows.is_code_taken(dossier.code):
        _hold_undecided(rows, step, CODE_TAKEN)
    else:
        _stand(rows, step, effect)


def _why_not(rows: Rows, entry: Entry, body: DossierReceived) -> str:
    """Return why no dossier may stand by an intake, "" where one may: the same wherever it came in its turn."""
    numbers, code = rows.find_slice(entry.desk), body.dossier.code
    if body.dossier.id != entry.subject or numbers is None or not owns_code(numbers, code):
        return REFUSED
    return CODE_TAKEN if loses_code(rows, entry, code, numbers) else ""


def _stand(rows: Rows, step: Step, effect: Effect) -> None:
    if _do(rows, step, effect) and len(_orders(rows, step)) > 1:
        _fold_again(rows, step, effect)


def _receive_twice(rows: Rows, step: Step, body: DossierReceived, effect: Effect) -> None:
    """Two desks received one online request. The earlier clock is the dossier at every desk, whichever came first."""
    steps = _steps(rows, step)
    standing = _find_standing(rows, steps)
    stands = next((one for one in steps if order_of(one.entry) == standing), step)
    if order_of(step.entry) >= order_of(stands.entry) or rows.is_code_taken(body.dossier.code):
        _hold_undecided(rows, step, ALREADY_RECEIVED)
        return

    def instead() -> None:
        _forget(rows, step.entry.subject)
        dossier_received_earlier(rows, step.entry, body)

    if rows.attempt(instead):
        _fold_again(rows, step, effect)
    else:
        _hold_undecided(rows, step, ALREADY_RECEIVED)


def _find_standing(rows: Rows, steps: list[Step]) -> Order | None:
    """Return the place of the intake that a dossier stands by: of those under its code the first."""
    intakes = [(one.entry, one.body) for one in steps if isinstance(one.body, DossierReceived)]
    mine = [(entry, body.dossier) for entry, body in intakes if not _why_not(rows, entry, body)]
    known = rows.read_dossier(mine[0][1].id) if len(mine) > 1 else None
    return next((order_of(entry) for entry, dossier in mine if known is None or dossier.code == known[0].code), None)


def _follow_dossier(rows: Rows, step: Step, effect: Effect) -> None:
    entry = step.entry
    about = getattr(step.body, "dossier_id", entry.subject)
    if about != entry.subject:
        _hold(rows, step, REFUSED)
        return
    if rows.read_dossier(entry.subject) is None:
        _wait_for_dossier(rows, step)
        return
    orders = _orders(rows, step)
    is_last = max(orders) == order_of(entry)
    if not is_last or isinstance(step.body, HeldDecided) or _is_held(rows, entry.subject):
        _fold_again(rows, step, effect)
    else:
        writers = {order[1:3] for order in orders}
        reason = _contradiction(rows, step) if len(writers) > 1 else ""
        if reason:
            _hold(rows, step, reason)
            order_prints(rows, entry, step.body)
        else:
            _do(rows, step, effect)


def _wait_for_dossier(rows: Rows, step: Step) -> None:
    """The dossier itself is on its way, or was held: then a decision about it is all that can be said."""
    if isinstance(body := step.body, HeldDecided):
        about = {"wanted": body.entry_id, "about": body.dossier_id, "writer": body.desk}
        rows.run(_RELEASE_DECIDED, about)
    else:
        _hold(rows, step, UNKNOWN_DOSSIER)


def _fold_again(rows: Rows, last: Step, effect: Effect) -> None:
    """Fold a dossier from its intake, with every entry up to the last that came."""
    steps = _steps(rows, last)
    decisions = Decisions(step.body for step in steps)
    _forget(rows, last.entry.subject)
    writers: set[tuple[str, int]] = set()
    front, standing = "", _find_standing(rows, steps)
    for step in steps:
        writers.add((step.entry.desk, step.entry.epoch))
        if isinstance(step.body, DossierReceived):
            _receive_again(rows, step, step.body, decisions, standing)
        elif not isinstance(step.body, HeldDecided):
            front = _take(rows, step, effect, front=front, decisions=decisions, is_judged=len(writers) > 1) or front


def _receive_again(rows: Rows, step: Step, body: DossierReceived, decisions: Decisions, standing: Order | None) -> None:
    """An intake that stands needs nothing; another one under the same id stays held until it is decided."""
    entry = step.entry
    if order_of(entry) != standing and decisions.find(entry.desk, entry.id) is None:
        _hold(rows, step, _why_not(rows, entry, body) or ALREADY_RECEIVED)


def _take(
    rows: Rows,
    step: Step,
    effect: Effect,
    *,
    front: str,
    decisions: Decisions,
    is_judged: bool,
) -> str:
    """Do a step, hold it, or leave it out. Returns its id where it is held as the first of its dossier."""
    entry = step.entry
    decision = decisions.find(entry.desk, entry.id)
    if decision is HeldDecision.DROP:
        order_prints(rows, entry, step.body)  # a paper that came out is there, whatever becomes of its cause
        return ""
    if not isinstance(step.body, _MOVING):
        _do(rows, step, effect)
        return ""
    if decision is None and front:
        _hold(rows, step, BEHIND, behind=front)
        order_prints(rows, entry, step.body)
        return ""
    reason = _contradiction(rows, step) if is_judged and decision is None else ""
    if reason:
        _hold(rows, step, reason)
        order_prints(rows, entry, step.body)
        return entry.id
    _do(rows, step, effect)
    return ""


def _contradiction(rows: Rows, step: Step) -> str:
    body = step.body
    known = rows.read_dossier(step.entry.subject)
    if known is None or not isinstance(body, DossierActed):
        return ""
    return find_contradiction(known[1], body.action, body.facts, desk_line=body.desk_name)


def _follow_manifest(rows: Rows, step: Step, effect: Effect) -> None:
    if max(_orders(rows, step)) == order_of(step.entry):
        _do(rows, step, effect)
        return
    for statement in _FORGET_MANIFEST:
        rows.run(statement, {"wanted": step.entry.subject})
    for each in _steps(rows, step):
        _do(rows, each, effect)


def refuse(rows: Rows, step: Step) -> None:
    """Hold back what can have no effect."""
    _hold(rows, step, REFUSED)


def _hold_undecided(rows: Rows, step: Step, reason: str) -> None:
    """Hold an intake, unless what was decided about it came before it."""
    decisions = Decisions(one.body for one in _steps(rows, step))
    if decisions.find(step.entry.desk, step.entry.id) is None:
        _hold(rows, step, reason)


def _hold(rows: Rows, step: Step, reason: str, *, behind: str = "") -> None:
    entry, body = step.entry, step.body
    values = {
        "entry_id": entry.id,
        "dossier_id": entry.subject if isinstance(body, (DossierReceived, *OF_DOSSIER)) else "",
        "desk": entry.desk,
        "at": entry.at,
        "clerk": entry.clerk,
        "kind": entry.kind,
        "action": body.action.value if isinstance(body, DossierActed) else "",
        "reason": reason,
        "behind": behind,
    }
    rows.ahead.note_held(entry.subject)
    rows.replace(exchange.held_entry, values)


def _is_held(rows: Rows, dossier_id: str) -> bool:
    if rows.ahead.is_free(dossier_id):
        return False
    ask = rows.run if rows.is_waiting(exchange.held_entry) else rows.ask
    return ask(_IS_HELD, {"wanted": dossier_id}).first() is not None


def _forget(rows: Rows, dossier_id: str) -> None:
    """Let a dossier be as it was received."""
    for statement in (_RELEASE, *_FORGET):
        rows.run(statement, {"wanted": dossier_id})
    correction_forgotten(rows, dossier_id)
    rows.forget_state(dossier_id)


def _orders(rows: Rows, step: Step) -> list[Order]:
    known = rows.ahead.find_orders(step.entry.subject, step.position)
    if known is not None:
        return known
    found = rows.ask(_KEYS, {"subject": step.entry.subject, "until": step.position})
    return [(row.at, row.desk, row.epoch, row.seq) for row in found]


def _steps(rows: Rows, last: Step) -> list[Step]:
    found = rows.ask(_ENTRIES, {"subject": last.entry.subject, "until": last.position}).all()
    steps = [_step_of(row) for row in found]
    return sorted(steps, key=lambda step: (not isinstance(step.body, DossierReceived), order_of(step.entry)))


def _step_of(row: Any) -> Step:
    entry = entry_of(row)
    return Step(entry, row.position, decode_body(entry.kind, entry.version, entry.body))
