"""What may be done with a dossier, and what doing it came to."""

from datetime import datetime

import msgspec

from counter_app.domain.actions.facts import NO_FACTS, ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form
from resources.texts import Language


class CodedReason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a list: what is kept, and its words by language."""

    code: str
    words: dict[Language, str]


class ActionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An action that can be begun now: the facts it needs and those it may be given, and the paper it prints.

    `reasons` are the choices for ``reason_code``; `proposed` is what the desk already knows of the facts.
    """

    action: Action
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    form: Form | None
    reasons: tuple[CodedReason, ...] = ()
    proposed: ActionFacts = NO_FACTS


class ActionResult(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier after an action, the journal entry that says so, and the papers that were ordered with it."""

    code: str
    status: Status
    due_at: datetime | None
    entry_id: str
    print_jobs: tuple[str, ...] = ()
