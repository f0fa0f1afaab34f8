"""What the action form shows: the dossier, the chosen action, and what was written for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from counter_app.domain.actions.facts import NO_FACTS, ActionFacts
from counter_app.domain.actions.life import advance
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.domain.forms.kinds import KINDS, Form
from counter_app.services.answers.actions import ActionOffer
from counter_app.services.answers.dossiers import DossierView
from resources.reasons import OTHER
from ui.printing.typed import read_values

AUTHORISATION = "authorisation"
REASON_CODE = "reason_code"
_RESUMING = (Action.RECEIVE_SUPPLEMENT, Action.RECEIVE_PAYMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionState:
    """One action that is being prepared. `problems` are sentences by field."""

    view: DossierView
    offer: ActionOffer
    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    is_busy: bool = False

    @property
    def action(self) -> Action:
        """The chosen action."""
        return self.offer.action

    @property
    def code(self) -> str:
        """The dossier's code."""
        return self.view.dossier.code

    @property
    def fields(self) -> tuple[str, ...]:
        """What may be written, what is needed first; the list of reasons and the free words before the rest."""
        fields = (*self.offer.needs, *self.offer.offers)
        if REASON_CODE not in fields:
            return fields
        reasons = (REASON_CODE, "reason")
        return (*reasons, *(name for name in fields if name not in reasons))

    @property
    def needed(self) -> frozenset[str]:
        """What has to be written: a reason in words where none of the list fits, an authorisation of somebody else."""
        needed = frozenset(self.offer.needs)
        if REASON_CODE in self.fields:
            needed = needed - {"reason"} | {REASON_CODE}
            if self.values.get(REASON_CODE) == OTHER:
                needed |= {"reason"}
        return needed | {AUTHORISATION} if self.needs_authorisation else needed

    @property
    def needs_authorisation(self) -> bool:
        """Whether the result goes to somebody who is not the applicant by name or number."""
        return AUTHORISATION in self.offer.offers and not self.is_owner

    @property
    def is_owner(self) -> bool:
        """Whether the receiver is the applicant, by name or by number."""
        owner, name = self.view.dossier.applicant, self.values.get("receiver", "").strip()
        number, own = self.values.get("receiver_id_number", "").strip(), owner.id_number or owner.tax_code
        return name.casefold() == owner.full_name.casefold() or (bool(own) and number == own)

    @property
    def prints(self) -> Form | None:
        """The paper that will be ordered with the action."""
        form = self.offer.form
        return form if form is not None and self.view.dossier.form_set in KINDS[form].sets else None

    @property
    def resumes(self) -> bool:
        """Whether the due date moves on by a wait that ends with the action."""
        return self.action in _RESUMING and self.view.state.due is not None

    def status_after(self, now: datetime) -> Status:
        """Return the status that the action leads to, as the table itself says it."""
        facts, _problems = read_facts(self.values, self.fields)
        return advance(self.view.state, self.action, facts, at=now, desk_line="", due=None).status


def read_facts(values: Mapping[str, str], fields: tuple[str, ...]) -> tuple[ActionFacts, dict[str, str]]:
    """Return the facts that were written, and for each that cannot be read the key of its sentence."""
    found, problems = read_values(values, fields)
    return _facts(found), problems


def _facts(found: dict[str, Any]) -> ActionFacts:
    if "missing" in found:
        lines = (line.strip() for line in str(found["missing"]).splitlines())
        found["missing"] = tuple(line for line in lines if line)
    if "channel" in found:
        found["channel"] = ResultChannel(found["channel"])
    return ActionFacts(**found) if found else NO_FACTS
