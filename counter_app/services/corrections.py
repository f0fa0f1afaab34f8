"""Correcting the facts of a dossier: one entry with the values before and after; the first ones stay readable."""

from collections.abc import Iterable

import msgspec

from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.correction import (
    CorrectableFacts,
    Correction,
    check_correction,
    check_may_correct,
    facts_of,
    find_outdated,
    list_changes,
)
from counter_app.domain.stated import LONGEST_TEXT
from counter_app.journal.dossier_states import get_dossier_row, state_of
from counter_app.journal.entries import DossierCorrected
from counter_app.services.answers.corrections import CorrectionResult
from counter_app.services.answers.intake import IntakeForm, Problem
from counter_app.services.intake_check import check_facts, clean_form
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_subjects import normalise_codes
from counter_app.services.session import Session

_MOST_PAPERS = 500
_FACTS = tuple(CorrectableFacts.__struct_fields__)


class Corrections:
    """The use case of the edit form and of ``counter-app edit``. Safe from any thread."""

    def __init__(self, desk: OpenDesk, session: Session) -> None:
        self._desk = desk
        self._session = session

    def check(self, facts: CorrectableFacts) -> tuple[Problem, ...]:
        """Return what the intake would say of these facts; blocking ones bear the words of a correction."""
        found = check_facts(_as_form(facts), now=self._desk.clock.now())
        return tuple(_worded(problem) for problem in found)

    def correct(self, code: str, *, before: CorrectableFacts, after: CorrectableFacts, reason: str) -> CorrectionResult:
        """Put facts right; entry and rows are durable together when this returns.

        `before` is what the clerk had in view. Only what differs between the two is changed, and only if it still is
        in the store as it was in view.

        Raises:
            UserError: ``correction.reason_missing``, ``correction.nothing``, ``correction.outdated`` with the
                ``fields``, ``correction.returned``, the first blocking problem, ``stated.too_long``,
                ``dossier.unknown_code``; nothing was changed.
        """
        signed_in = self._session.require()
        reason = nfc(reason)
        if not reason:
            raise UserError("correction.reason_missing")
        after = _clean(after)
        correction = list_changes(before, after, reason=reason)
        _check_bounds(correction)
        check_correction(correction)
        problems = self.check(after)
        (wanted,) = normalise_codes([code]) or ("",)
        with self._desk.transaction() as connection:
            dossier, state = state_of(get_dossier_row(connection, wanted))
            check_may_correct(state.status, signed_in.clerk.role)
            if not correction.fields and not correction.papers:
                raise UserError("correction.nothing")
            outdated = find_outdated(facts_of(dossier), correction)
            if outdated:
                raise UserError("correction.outdated", fields=", ".join(outdated))
            _refuse_blocking(problems)
            body = DossierCorrected(dossier_id=dossier.id, correction=correction)
            entry = self._desk.journal.append(connection, body, clerk=signed_in.clerk.id, subject=dossier.id)
        self._desk.announcer.announce(Topic.DOSSIERS)
        return CorrectionResult(code=dossier.code, correction=correction, entry_id=entry.id, doubts=problems)


def _as_form(facts: CorrectableFacts) -> IntakeForm:
    return IntakeForm(**{name: getattr(facts, name) for name in _FACTS})


def _clean(facts: CorrectableFacts) -> CorrectableFacts:
    """Return the facts as an intake would keep them."""
    form = clean_form(_as_form(facts))
    return CorrectableFacts(**{name: getattr(form, name) for name in _FACTS})


def _check_bounds(correction: Correction) -> None:
    stated = {change.field: change.after for change in correction.fields} | {"reason": correction.reason}
    for change in correction.papers:
        if change.after is not None:
            stated |= {"papers": change.after.name + change.after.note}
    long = next((field for field, text in stated.items() if len(text) > LONGEST_TEXT), None)
    if long is not None:
        raise UserError("stated.too_long", field=long, most=LONGEST_TEXT)
    if len(correction.papers) > _MOST_PAPERS:
        raise UserError("stated.too_long", field="papers", most=_MOST_PAPERS)


def _refuse_blocking(problems: Iterable[Problem]) -> None:
    blocking = next((problem for problem in problems if problem.blocking), None)
    if blocking is not None:
        raise UserError(blocking.code, **blocking.context)


def _worded(problem: Problem) -> Problem:
    """The intake's sentences say that a dossier was not saved; here one stays as it was."""
    if not problem.blocking:
        return problem
    return msgspec.structs.replace(problem, code=problem.code.replace("check.", "correction.", 1))
