"""What the action form does: it keeps what is written, takes a card, and does the action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.identity_card import IdentityCard
from counter_app.services.answers.actions import ActionOffer, ActionResult
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.sentences import sentence
from ui.dossier_actions.state import REASON_CODE, ActionState, read_facts
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.printing.typed import write_details

_FIELD_OF = {
    "action.refused.receiver_authorised": "authorisation",
    "action.refused.due_moves_on": "new_due_at",
    "action.refused.waybill_open": "channel",
    "action.due_outside_hours": "new_due_at",
}
# Short where the bar says the whole sentence.
_AT_FIELD = {
    "action.missing_fact": "ui.act.needs_value",
    "action.refused.receiver_authorised": "ui.act.receiver_other",
}
_CARD_FIELDS = ("receiver", "receiver_id_number")


class ActionPresenter(QObject):
    """Holds the state of the action form in the window's thread.

    `changed(ActionState)` when it changed, `wanted(field)` when something has to be written or put right there,
    `acted(ActionResult)` when it was done, `outdated(code)` when the dossier may have changed meanwhile.
    """

    changed = Signal(object)
    wanted = Signal(str)
    acted = Signal(object)
    outdated = Signal(str)

    def __init__(self, context: PageContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._state: ActionState | None = None
        self._opening = 0

    @property
    def state(self) -> ActionState | None:
        """What is shown; None while the form is closed."""
        return self._state

    @property
    def takes_cards(self) -> bool:
        """Whether the form has somebody's name and number to fill."""
        return self._state is not None and set(_CARD_FIELDS) <= set(self._state.fields)

    def open(self, view: DossierView, offer: ActionOffer) -> None:
        """Begin with an action; the result goes to the applicant unless somebody else is named."""
        self._opening += 1
        self._state = ActionState(view=view, offer=offer, values=_proposal(view, offer))
        self._put()

    def close(self) -> None:
        """Forget the action and what was written; answers under way are dropped."""
        self._opening += 1
        self._state = None

    def renew(self, view: DossierView, offers: Sequence[ActionOffer]) -> bool:
        """Take the dossier as it is now; False when the action is not among those allowed any more."""
        state = self._state
        if state is None or state.is_busy:
            return True
        offer = next((one for one in offers if one.action is state.action), None)
        if offer is not None:
            self._put(view=view, offer=offer)
        return offer is not None

    def edit(self, field: str, text: str) -> None:
        """Take what the clerk writes."""
        state = self._state
        if state is None or state.values.get(field, "") == text:
            return
        problems = {name: said for name, said in state.problems.items() if name != field}
        values = {**state.values, field: text}
        self._put(values=_without_strangers_number(state, values) if field == "receiver" else values, problems=problems)

    def check_field(self, field: str) -> None:
        """Say beside a field that is left what cannot be read in it."""
        state = self._state
        if state is not None:
            _facts, problems = read_facts(state.values, (field,))
            if problems:
                self._put(problems={**state.problems, **self._said(problems)})

    def take_card(self, raw: bytes | str) -> None:
        """Fill the receiver from an identity card."""
        intake, opening = self._context.counter.intake, self._opening

        def done(card: IdentityCard) -> None:
            if opening == self._opening:
                self._fill(card)

        self._context.tasks.run(lambda: intake.read_card(raw), owner=self, done=done, name="action.card")

    def submit(self) -> None:
        """Do the action, unless something that was written cannot be read."""
        state = self._state
        if state is None or state.is_busy:
            return
        facts, problems = read_facts(state.values, state.fields)
        if REASON_CODE in state.needed and not state.values.get(REASON_CODE):
            problems = {REASON_CODE: "ui.act.needs_value", **problems}
        if problems:
            self._put(problems=self._said(problems))
            self.wanted.emit(next(iter(problems)))
            return
        self._put(is_busy=True, problems={})
        dossiers, opening = self._context.counter.dossiers, self._opening

        def done(result: ActionResult) -> None:
            self._on_done(result, state, opening)

        def failed(error: AppError) -> None:
            self._on_refused(error, state, opening)

        self._context.tasks.run(
            lambda: dossiers.act(state.code, state.action, facts),
            owner=self,
            done=done,
            failed=failed,
            name="dossier.act",
        )

    def _on_done(self, result: ActionResult, state: ActionState, opening: int) -> None:
        words, form = self._context.words, state.offer.form
        self._context.printing.wake()
        said = words(
            "ui.act.done",
            code=result.code,
            action=words(f"action.name.{state.action.value}"),
            status=words(f"ui.dossier_status.{int(result.status)}"),
        )
        if result.print_jobs and form is not None:
            said = f"{said} {words('ui.act.done_printed', form=words(f'ui.form.{form.value}'))}"
        self._context.messages.show_message(Message(said, Severity.SUCCESS))
        if opening == self._opening:
            self.acted.emit(result)

    def step_back(self) -> None:
        """Take away what was said about the action; nothing was done."""
        self._context.messages.clear()
        self.close()

    def _on_refused(self, error: AppError, state: ActionState, opening: int) -> None:
        """Say it in the bar, and beside the field where the service names one."""
        shown = self._named(error)
        self._context.errors.show(shown)
        if opening != self._opening:
            return
        field = _field_of(error)
        key = _AT_FIELD.get(error.code)
        at_field = self._context.words(key) if key else sentence(shown, self._context.words.language)
        self._put(is_busy=False, problems={field: at_field} if field in state.fields else {})
        if field in state.fields:
            self.wanted.emit(field)
        else:
            self.outdated.emit(state.code)

    def _named(self, error: AppError) -> AppError:
        """A field is said by its name in the language in force, not by its name in a command."""
        key = f"action.field.{error.context.get('field', '')}"
        if not isinstance(error, UserError) or not self._context.words.has(key):
            return error
        return UserError(error.code, **{**error.context, "field": self._context.words(key)})

    def _fill(self, card: IdentityCard) -> None:
        state = self._state
        if state is None:
            return
        read = {"receiver": card.full_name, "receiver_id_number": card.id_number}
        problems = {name: said for name, said in state.problems.items() if name not in read}
        values = _without_strangers_number(state, {**state.values, "receiver": card.full_name})
        self._put(values={**values, **read}, problems=problems)
        text = self._context.words("ui.act.card_filled")
        self._context.messages.show_message(Message(text, Severity.INFO))
        if self._state is not None and self._state.needs_authorisation:
            self.wanted.emit("authorisation")

    def _said(self, problems: Mapping[str, str]) -> dict[str, str]:
        return {field: self._context.words(key) for field, key in problems.items()}

    def _put(self, **changes: Any) -> None:
        if self._state is not None:
            self._state = replace(self._state, **changes)
            self.changed.emit(self._state)


def _proposal(view: DossierView, offer: ActionOffer) -> dict[str, str]:
    fields = (*offer.needs, *offer.offers)
    proposed = write_details(offer.proposed, fields)
    if "receiver_id_number" not in offer.offers:
        return proposed
    owner = view.dossier.applicant
    known = {
        "receiver": owner.full_name,
        "receiver_id_number": owner.id_number or owner.tax_code,
        "receiver_phone": owner.phone,
        "channel": ResultChannel(view.dossier.result_channel).value,
    }
    return proposed | {name: value for name, value in known.items() if value and name in fields}


def _without_strangers_number(state: ActionState, values: dict[str, str]) -> dict[str, str]:
    """The applicant's number and telephone are proposed beside the applicant's name only, never beside another one."""
    proposed = _proposal(state.view, state.offer)
    is_owner = values.get("receiver", "").strip().casefold() == proposed.get("receiver", "").casefold()
    for name in ("receiver_id_number", "receiver_phone"):
        if is_owner and not values.get(name):
            values[name] = proposed.get(name, "")
        elif not is_owner and values.get(name) == proposed.get(name):
            values[name] = ""
    return values


def _field_of(error: AppError) -> str:
    return str(error.context.get("field", "")) or _FIELD_OF.get(error.code, "")
