"""What the intake page does: every key of the clerk arrives here, every change of the screen leaves from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer

from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.domain.procedure import Procedure
from counter_app.domain.unit import Unit
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.drafts import Draft
from counter_app.services.answers.intake import IntakeForm, IntakeQuote, IntakeResult, Problem
from counter_app.services.answers.online import OnlineIntake
from ui.intake import checklist, differences, form_reading, online, outcome_messages, reuse
from ui.intake.draft import from_draft, to_draft
from ui.intake.requests import Found, Requests
from ui.intake.state import (
    OF_THE_CARD,
    PROCEDURE_WORDS,
    SUBMISSION,
    SUBMITTER_SHOWN,
    YES,
    Counts,
    IntakeState,
    Message,
    Tone,
    TypedForm,
)
from ui.tasks import Tasks

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


QUOTE_AFTER_MS = 150
DRAFT_AFTER_MS = 300
_ID_NUMBER = "applicant.id_number"


class IntakeScreen(Protocol):
    """What the presenter needs of the screen."""

    def show_state(self, state: IntakeState) -> None:
        """Show a state."""

    def focus_field(self, name: str, cursor: int = -1) -> None:
        """Put the focus into a field, the cursor at its place, or at the end for -1."""

    def place(self) -> tuple[str, int]:
        """Return the focused field's name ("" for none) and the cursor in it."""


class IntakePresenter:
    """Holds the page's state. Lives in the window's thread; every service call goes through `Tasks`.

    `owner` bounds the life of timers and answers; `show_error` is the window's one error presenter;
    `received` hears of every saved intake, so that the printer's thread can be woken.
    """

    def __init__(
        self,
        counter: Counter,
        tasks: Tasks,
        screen: IntakeScreen,
        owner: QObject,
        *,
        show_error: Callable[[AppError], None],
        received: Callable[[IntakeResult], None],
    ) -> None:
        self._requests = Requests(counter, tasks, owner)
        self._screen = screen
        self._owner = owner
        self._show_error = show_error
        self._received = received
        self._state = IntakeState()
        self._asked_number = ""
        self._draft_kept = False
        self._quote_timer = self._timer(QUOTE_AFTER_MS, self._ask_quote)
        self._draft_timer = self._timer(DRAFT_AFTER_MS, self.save_draft)

    @property
    def state(self) -> IntakeState:
        """The state on the screen."""
        return self._state

    def activate(self) -> None:
        """Bring the units, and the half-typed form of before a power cut when the page is empty."""
        if not self._state.units:
            self._requests.list_units(self._keep_units)
        if self._state.form.is_empty:
            self._requests.find_draft(self._restore)

    def take_submission(self, wanted: str) -> None:
        """Fill the form from an online request, unless something else is half typed."""
        if self._state.form.text(SUBMISSION) == wanted or self._state.busy:
            return
        if not self._state.form.is_empty or self._state.procedure is not None:
            self._say(Message("online.form_in_use", Tone.WARNING))
            return
        self._requests.get_submission(wanted, self._show_submission)

    def _show_submission(self, found: tuple[OnlineIntake, Procedure | None]) -> None:
        if not self._state.form.is_empty:
            return
        asked, procedure = found
        self._change(online.typed_form(asked, procedure), procedure=procedure)
        self._screen.focus_field("applicant.full_name" if procedure is not None else "procedure")

    def deactivate(self) -> None:
        """Save what is half typed before another page is shown."""
        if self._draft_timer.isActive():
            self.save_draft()

    def edit(self, name: str, text: str) -> None:
        """Take the clerk's typing in a field."""
        if self._state.busy or text == self._state.form.text(name):
            return
        form = self._state.form.with_text(name, text)
        if name == _ID_NUMBER:
            self._change(form.without(OF_THE_CARD), card=None, known=None)
            return
        if name == "applicant.address":
            form = form.without(("applicant.current_place",))
        self._change(form)

    def search_procedures(self, words: str) -> None:
        """Look for procedures while the clerk types; only the newest answer is shown."""
        if self._state.busy:
            return
        self._change(self._state.form.with_text(PROCEDURE_WORDS, words), nothing_found=False)
        self._requests.find_procedures(words, self._keep_hits)

    def choose_procedure(self, code: str) -> None:
        """Open a procedure's checklist and go there, or to its cases when it has several."""
        self._requests.get_procedure(code, self._open_procedure)

    def leave_procedure(self) -> None:
        """The clerk went on without choosing: a procedure that was chosen before still holds, and is shown again."""
        if self._state.procedure is not None and not self._state.busy:
            form = self._state.form.without((PROCEDURE_WORDS,))
            self._show(replace(self._state, form=form, hits=(), nothing_found=False))

    def choose_case(self, code: str) -> None:
        """Take another case of the procedure: its own checklist starts uncounted."""
        if code == (self._state.form.text("case") or (self._state.case.code if self._state.case else "")):
            return
        self._change(replace(self._state.form.with_text("case", code).without_reused(), counts=()))

    def count(self, line: int, counts: Counts) -> None:
        """Take how many pieces of a paper were handed in."""
        if line < len(self._state.components) and counts != self._state.form.count(line):
            self._change(self._state.form.with_count(line, counts))

    def toggle(self, line: int, column: int | None) -> None:
        """Tick or untick a paper: one kind of copy, or all that its line asks for when `column` is None."""
        if line < len(self._state.components):
            asked = self._state.components[line]
            self.count(line, checklist.toggled(self._state.form.count(line), asked, column))

    def switch_reuse(self, line: int) -> None:
        """Let the digitised paper that is offered stand for a line, or no longer; say why where it cannot."""
        if line < 0 or line >= len(self._state.components) or self._state.busy:
            return
        form, message = reuse.switched(self._state, line)
        if form != self._state.form:
            self._change(form)
        self._say(message)

    def hand_in_all(self) -> None:
        """Count every required paper as asked for."""
        if self._state.components:
            self._change(checklist.all_handed_in(self._state.form, self._state.components))

    def read_card(self, raw: bytes | str) -> None:
        """Fill the applicant from a card, or the submitter when the clerk stands in the submitter's fields."""
        role = "submitter" if self._screen.place()[0].startswith("submitter.") else "applicant"
        self._requests.read_card(raw, lambda found: self._fill(role, found))

    def choose_earlier(self, code: str) -> None:
        """Take phone, e-mail and address over from an earlier dossier."""
        self._requests.get_applicant(code, self._take_contact)

    def take_other(self) -> None:
        """In a field where card and earlier dossier differ, put the other one in; elsewhere go to the first such."""
        place, differing = self._screen.place()[0], differences.list_differing(self._state)
        if place in differing:
            self._change(differences.take_other(self._state, place))
        elif differing:
            self._screen.focus_field(differing[0])

    def toggle_submitter(self) -> None:
        """Open the fields of a submitter who is not the applicant, or close them again."""
        shown = not self._state.form.text(SUBMITTER_SHOWN)
        self._change(self._state.form.with_text(SUBMITTER_SHOWN, YES if shown else ""))
        self._screen.focus_field("submitter.full_name" if shown else "applicant.address")

    def toggle_why(self) -> None:
        """Show or hide the days that make the due date."""
        self._show(replace(self._state, why_shown=not self._state.why_shown))

    def accept(self) -> None:
        """Receive the dossier and order its receipt."""
        if self._state.asking is not None:
            self._say(outcome_messages.reason_still_open(self._state.asking))
            return
        self._finish(Outcome.ACCEPTED)

    def ask(self, outcome: Outcome) -> None:
        """Open the reason for a supplement or a refusal; asked for again, finish with it."""
        if self._state.busy:
            return
        if self._state.asking is outcome:
            self._finish(outcome)
            return
        self._show(replace(self._state, asking=outcome, why_shown=False, message=None))
        self._screen.focus_field("reason")

    def confirm(self) -> None:
        """Finish with the outcome whose reason is open."""
        if self._state.asking is not None:
            self._finish(self._state.asking)

    def step_back(self) -> bool:
        """Close what lies above the form: the reason, the days, the message. False when nothing did."""
        state = self._state
        if state.asking is None and not state.why_shown and state.message is None:
            return False
        was_asking = state.asking is not None
        self._show(replace(state, asking=None, why_shown=False, message=None))
        if was_asking:
            self._screen.focus_field("checklist")
        return True

    def start_anew(self) -> None:
        """Empty the form for the next citizen and forget the draft."""
        if self._state.busy:
            return
        self._clear(None)
        self._forget_draft()

    def moved(self) -> None:
        """The clerk stands in another field: the draft will say so."""
        if self._draft_kept and not self._state.busy:
            self._draft_timer.start()

    def save_draft(self) -> None:
        """Save what is half typed now, with the place where the clerk is."""
        self._draft_timer.stop()
        if self._state.busy:
            return
        if self._state.form.is_empty and self._state.procedure is None:
            if self._draft_kept:
                self._forget_draft()
            return
        focus, cursor = self._screen.place()
        code = self._state.procedure.code if self._state.procedure else ""
        draft = to_draft(self._state.form, procedure_code=code, focus=focus, cursor=cursor)
        self._requests.save_draft(draft)

    def _timer(self, after_ms: int, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self._owner)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        timer.timeout.connect(act)
        return timer

    def _show(self, state: IntakeState) -> None:
        self._state = state
        self._screen.show_state(state)

    def _say(self, message: Message) -> None:
        self._show(replace(self._state, message=message))

    def _change(self, form: TypedForm, **also: object) -> None:
        if self._state.busy:
            return
        state = replace(self._state, form=form, message=None)
        state = replace(state, **also)  # type: ignore[arg-type]
        self._show(replace(state, local_problems=form_reading.read_form(state)[1]))
        self._draft_kept = True
        self._quote_timer.start()
        self._draft_timer.start()

    def _keep_units(self, units: tuple[Unit, ...]) -> None:
        self._show(replace(self._state, units=units))

    def _keep_hits(self, hits: tuple[ProcedureHit, ...]) -> None:
        self._show(replace(self._state, hits=hits, nothing_found=not hits))

    def _open_procedure(self, procedure: Procedure) -> None:
        form = self._state.form.without((PROCEDURE_WORDS,))
        if self._state.procedure is None or self._state.procedure.code != procedure.code:
            form = replace(form.without(("case", "time_limit", "time_limit.unit")).without_reused(), counts=())
        self._change(form, procedure=procedure, hits=())
        self._screen.focus_field("case" if len(procedure.cases) > 1 else "checklist")

    def _fill(self, role: str, found: Found) -> None:
        if self._state.busy or found.card is None:
            return
        form = form_reading.fill_from_card(self._state.form, role, found.card)
        if found.earlier_self is not None:
            form = form_reading.fill_gaps(form, role, found.earlier_self)
        if role == "submitter":
            self._change(form)
            self._screen.focus_field("authorisation")
        else:
            self._asked_number = found.card.id_number
            self._change(form, earlier=found.dossiers, card=found.card, known=found.earlier_self)
            self._say_differences()
            self._screen.focus_field("procedure" if self._state.procedure is None else "checklist")
        if found.warning:
            self._say(Message(found.warning, Tone.WARNING))

    def _say_differences(self) -> None:
        count = len(differences.list_differing(self._state))
        if count:
            self._say(Message("intake.differences.found", Tone.NEWS, {"count": str(count)}))

    def _take_contact(self, party: Party) -> None:
        self._change(form_reading.fill_from_earlier(self._state.form, party))
        self._screen.focus_field("applicant.phone")

    def _ask_quote(self) -> None:
        form, _ = form_reading.read_form(self._state)
        self._requests.quote(form, self._keep_quote)
        self._ask_person(form)

    def _keep_quote(self, quote: IntakeQuote) -> None:
        self._show(replace(self._state, quote=quote))
        form = reuse.still_offered(self._state)
        if form != self._state.form and not self._state.busy:
            self._change(form)
            self._say(Message("intake.reuse.gone", Tone.WARNING))

    def _ask_person(self, form: IntakeForm) -> None:
        number = form.applicant.id_number
        if number == self._asked_number:
            return
        self._asked_number = number
        if len(number) not in (9, 12):
            self._show(replace(self._state, earlier=()))
            return
        self._requests.find_person(number, lambda found: self._keep_person(number, found))

    def _keep_person(self, number: str, found: Found) -> None:
        if self._state.busy or self._asked_number != number:
            return
        form = self._state.form
        if found.earlier_self is not None:
            form = form_reading.fill_gaps(form, "applicant", found.earlier_self)
        if form == self._state.form:
            self._show(replace(self._state, earlier=found.dossiers, known=found.earlier_self))
        else:
            self._change(form, earlier=found.dossiers, known=found.earlier_self)

    def _restore(self, draft: Draft | None) -> None:
        if draft is None or not self._state.form.is_empty:
            return
        form, code = from_draft(draft)
        message = Message("intake.restored", Tone.NEWS)
        if not code:
            self._show_restored(form, None, draft, message)
            return
        self._requests.get_procedure(
            code,
            lambda procedure: self._show_restored(form, procedure, draft, message),
            lambda error: self._restore_without_procedure(form, draft, error),
        )

    def _restore_without_procedure(self, form: TypedForm, draft: Draft, error: AppError) -> None:
        self._show_restored(replace(form, counts=()), None, draft, Message("intake.restored", Tone.NEWS))
        self._show_error(error)

    def _show_restored(self, form: TypedForm, procedure: Procedure | None, draft: Draft, message: Message) -> None:
        if not self._state.form.is_empty:
            return  # the clerk was faster than the store: what is typed now wins
        self._change(form, procedure=procedure)
        self._draft_timer.stop()
        self._say(message)
        self._screen.focus_field(draft.focus or "applicant.full_name", draft.cursor)

    def _finish(self, outcome: Outcome) -> None:
        if self._state.busy:
            return
        form, problems = form_reading.read_form(self._state)
        problems += outcome_messages.find_reason_problems(outcome, self._state)
        if problems:
            self._refuse_to_finish(problems)
            return
        self._quote_timer.stop()
        self._draft_timer.stop()
        place = self._screen.place()[0]
        self._show(replace(self._state, busy=True, message=None))
        self._requests.receive(
            form,
            outcome,
            lambda result: self._finished(outcome, result),
            lambda error: self._failed(place, error),
        )

    def _finished(self, outcome: Outcome, result: IntakeResult) -> None:
        self._draft_kept = False
        self._clear(outcome_messages.saved(outcome, result))
        self._received(result)

    def _failed(self, place: str, error: AppError) -> None:
        self._show(replace(self._state, busy=False))
        self._draft_timer.start()
        self._screen.focus_field(place or "applicant.full_name")
        self._show_error(error)
        if isinstance(error, UserError):
            form, _ = form_reading.read_form(self._state)
            self._requests.quote(form, lambda quote: self._point_out(quote, error))

    def _point_out(self, quote: IntakeQuote, error: AppError) -> None:
        blocking = [problem for problem in quote.problems if problem.blocking]
        self._show(replace(self._state, quote=quote, show_all_problems=True))
        named = next((problem for problem in blocking if problem.code == error.code), None)
        if named is not None:
            self._screen.focus_field(outcome_messages.place_of(named))

    def _refuse_to_finish(self, problems: tuple[Problem, ...]) -> None:
        kept = tuple(problem for problem in self._state.local_problems if problem.field != "reason")
        own = tuple(problem for problem in problems if problem.field == "reason")
        message = outcome_messages.look_at(problems)
        self._show(replace(self._state, show_all_problems=True, local_problems=kept + own, message=message))
        self._screen.focus_field(outcome_messages.place_of(problems[0]))

    def _clear(self, message: Message | None) -> None:
        self._quote_timer.stop()
        self._draft_timer.stop()
        self._asked_number = ""
        self._show(IntakeState(units=self._state.units, message=message))
        self._screen.focus_field("applicant.full_name")

    def _forget_draft(self) -> None:
        self._draft_kept = False
        self._requests.discard_draft()
