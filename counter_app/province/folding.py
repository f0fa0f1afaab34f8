"""A dossier folded from the province's entries by the rules of `counter_app.journal.streams`, so as at every desk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from counter_app.core.clock import from_millis
from counter_app.domain.actions.contradiction import find_contradiction
from counter_app.domain.actions.life import advance, hand, hand_over
from counter_app.domain.actions.state import DossierState, initial_state
from counter_app.domain.correction import apply_correction, facts_of, with_facts
from counter_app.domain.dossier import Dossier
from counter_app.journal.entries import (
    Body,
    DossierActed,
    DossierActedEarlier,
    DossierCorrected,
    DossierHanded,
    DossierReceived,
    PaperHanded,
    decode_body,
)
from counter_app.journal.exchange_entries import Decisions, HeldDecided, HeldDecision

_KINDS = frozenset(
    kind.KIND for kind in (DossierReceived, DossierActed, DossierHanded, PaperHanded, DossierCorrected, HeldDecided)
)


class Folded(NamedTuple):
    """A dossier with its corrections, and where it stands. `held` counts steps that another one contradicts."""

    dossier: Dossier
    state: DossierState
    held: int


class _Step(NamedTuple):
    id: str
    subject: str
    at: datetime
    chain: tuple[str, int]
    body: Body


def fold_dossier(rows: Sequence[Any]) -> Folded | None:
    """Return what entries of one dossier make of it, None without its intake. `rows` are those of the table `entry`.

    Raises:
        EnvironmentFailure: ``journal.unknown_kind`` and its like: an entry of a newer program.
    """
    steps = [_step_of(row) for row in sorted(rows, key=_order_of) if row.kind in _KINDS]
    steps = [step for step in steps if _subject_of(step.body) == step.subject]
    intake = next((step.body for step in steps if isinstance(step.body, DossierReceived)), None)
    if intake is None:
        return None
    return _fold(intake.dossier, steps, Decisions(step.body for step in steps))


def _fold(dossier: Dossier, steps: list[_Step], decisions: Decisions) -> Folded:
    state, facts = initial_state(dossier, desk_line=dossier.desk_name), facts_of(dossier)
    writers: set[tuple[str, int]] = set()
    held = 0
    for step in steps:
        writers.add(step.chain)
        decision = decisions.find(step.chain[0], step.id)
        if decision is HeldDecision.DROP:
            continue
        if isinstance(step.body, DossierCorrected):
            facts = apply_correction(facts, step.body.correction)
        elif decision is None and (held or (len(writers) > 1 and _contradicts(state, step.body))):
            held += isinstance(step.body, (DossierActed, DossierHanded, PaperHanded))
        else:
            state = _moved(state, step)
    return Folded(with_facts(dossier, facts), state, held)


def _contradicts(state: DossierState, body: Body) -> bool:
    if not isinstance(body, DossierActed):
        return False
    return bool(find_contradiction(state, body.action, body.facts, desk_line=body.desk_name))


def _moved(state: DossierState, step: _Step) -> DossierState:
    match step.body:
        case DossierActed() as body:
            at = body.happened_at if isinstance(body, DossierActedEarlier) else step.at
            return advance(state, body.action, body.facts, at=at, desk_line=body.desk_name, due=body.due)
        case DossierHanded() as body:
            return hand(
                state,
                body.what,
                giver=body.giver,
                receiver=body.receiver,
                desk_line=body.desk_name,
                at=step.at,
                note=body.note or body.manifest,
            )
        case PaperHanded() as body:
            return hand_over(state, state.holder, body.receiver, step.at, body.note or body.manifest)
        case _:
            return state


def _subject_of(body: Any) -> str:
    """Return what an entry speaks of; one that is filed under another dossier has no effect anywhere."""
    return str(body.dossier.id if isinstance(body, DossierReceived) else body.dossier_id)


def _step_of(row: Any) -> _Step:
    body = decode_body(row.kind, row.version, bytes(row.body))
    return _Step(row.id, row.subject, from_millis(row.at >> 16), (row.desk, row.epoch), body)


def _order_of(row: Any) -> tuple[bool, int, str, int, int]:
    return (row.kind != DossierReceived.KIND, row.at, row.desk, row.epoch, row.seq)
