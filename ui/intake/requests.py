"""What the intake page asks the services for, each in the store's thread, each answer back in the window's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Unit
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.drafts import Draft
from counter_app.services.answers.intake import IntakeForm, IntakeQuote, IntakeResult
from counter_app.services.answers.online import OnlineIntake
from ui.intake.state import PAGE
from ui.tasks import Tasks, Where

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


@dataclass(frozen=True, slots=True)
class Found:
    """What one visit to the store learnt about a person: the card's party, the person as last written, dossiers."""

    card: Party | None
    earlier_self: Party | None
    dossiers: tuple[DossierRow, ...]
    warning: str = ""


class Requests:
    """Answers that a newer question has overtaken are dropped; errors go to `failed`, else to the one presenter."""

    def __init__(self, counter: Counter, tasks: Tasks, owner: QObject) -> None:
        self._counter = counter
        self._tasks = tasks
        self._owner = owner

    def list_units(self, done: Callable[[tuple[Unit, ...]], None]) -> None:
        """Ask for the units this desk may receive for."""
        self._tasks.run(self._counter.units.list_all, owner=self._owner, done=done)

    def find_procedures(self, words: str, done: Callable[[tuple[ProcedureHit, ...]], None]) -> None:
        """Ask for procedures while the clerk types."""
        catalogue = self._counter.catalogue
        self._tasks.run(
            lambda: catalogue.find_procedures(words), owner=self._owner, done=done, supersedes="intake.procedures"
        )

    def get_procedure(
        self, code: str, done: Callable[[Procedure], None], failed: Callable[[AppError], None] | None = None
    ) -> None:
        """Ask for the version of a procedure in force today."""
        catalogue = self._counter.catalogue
        self._tasks.run(
            lambda: catalogue.get(code), owner=self._owner, done=done, failed=failed, supersedes="intake.procedure"
        )

    def read_card(self, raw: bytes | str, done: Callable[[Found], None]) -> None:
        """Ask what a card says, and what this desk knows about its holder."""
        counter = self._counter

        def read() -> Found:
            card = counter.intake.read_card(raw)
            party = counter.intake.party_from_card(card)
            return Found(
                card=party,
                earlier_self=counter.lookup.find_person(party.id_number),
                dossiers=counter.lookup.list_of_person(party.id_number),
                warning=card.warnings[0].code if card.warnings else "",
            )

        self._tasks.run(read, owner=self._owner, done=done, supersedes="intake.card")

    def find_person(self, number: str, done: Callable[[Found], None]) -> None:
        """Ask what this desk knows about a number."""
        lookup = self._counter.lookup
        self._tasks.run(
            lambda: Found(None, lookup.find_person(number), lookup.list_of_person(number)),
            owner=self._owner,
            done=done,
            supersedes="intake.person",
        )

    def get_applicant(self, code: str, done: Callable[[Party], None]) -> None:
        """Ask for the applicant of an earlier dossier."""
        lookup = self._counter.lookup
        self._tasks.run(lambda: lookup.get_dossier(code).dossier.applicant, owner=self._owner, done=done)

    def quote(self, form: IntakeForm, done: Callable[[IntakeQuote], None]) -> None:
        """Ask what can be said about the form so far."""
        intake = self._counter.intake
        self._tasks.run(lambda: intake.quote(form), owner=self._owner, done=done, supersedes="intake.quote")

    def receive(
        self,
        form: IntakeForm,
        outcome: Outcome,
        done: Callable[[IntakeResult], None],
        failed: Callable[[AppError], None],
    ) -> None:
        """Save the dossier; the draft ends with it. An online request brings its files along: work for the pool."""
        intake, online, wanted = self._counter.intake, self._counter.online, form.submission_id

        def receive() -> IntakeResult:
            if wanted:
                return online.receive(form, outcome, wanted, draft_page=PAGE)
            return intake.receive(form, outcome, draft_page=PAGE)

        where = Where.POOL if wanted else Where.STORE
        self._tasks.run(receive, owner=self._owner, done=done, failed=failed, where=where)

    def get_submission(self, wanted: str, done: Callable[[tuple[OnlineIntake, Procedure | None]], None]) -> None:
        """Ask for an online request and its procedure; None where the catalogue does not know that."""
        online, catalogue = self._counter.online, self._counter.catalogue

        def read() -> tuple[OnlineIntake, Procedure | None]:
            asked = online.prepare(wanted)
            try:
                return asked, catalogue.get(asked.form.procedure_code)
            except UserError:
                return asked, None

        self._tasks.run(read, owner=self._owner, done=done, supersedes="intake.submission", name="intake.submission")

    def find_draft(self, done: Callable[[Draft | None], None]) -> None:
        """Ask for what was half typed."""
        drafts = self._counter.drafts
        self._tasks.run(lambda: drafts.find(PAGE), owner=self._owner, done=done)

    def save_draft(self, draft: Draft) -> None:
        """Keep what is half typed."""
        drafts = self._counter.drafts
        self._tasks.run(lambda: drafts.save(draft), owner=self._owner, done=_nothing)

    def discard_draft(self) -> None:
        """Forget what was half typed."""
        drafts = self._counter.drafts
        self._tasks.run(lambda: drafts.discard(PAGE), owner=self._owner, done=_nothing)


def _nothing(_: None) -> None:
    """Nothing on the screen follows."""
