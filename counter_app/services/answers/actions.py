"""What may be done with a dossier, and what doing it came to."""

from datetime import datetime

import msgspec

from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form


class ActionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An action that can be begun now: the facts it needs and those it may be given, and the paper it prints."""

    action: Action
    needs: tuple[str, ...]
    offers: tuple[str, ...]
    form: Form | None


class ActionResult(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier after an action, the journal entry that says so, and the papers that were ordered with it."""

    code: str
    status: Status
    due_at: datetime | None
    entry_id: str
    print_jobs: tuple[str, ...] = ()
