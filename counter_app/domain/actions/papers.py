"""Which papers are true of a dossier: what a desk puts its signature under, and what it does not print at all."""

from collections.abc import Callable
from datetime import datetime

from counter_app.domain.actions.state import DossierState, DueChangeCause, PauseCause
from counter_app.domain.dossier import Status
from counter_app.domain.forms.kinds import Form

#: Printed only after acceptance (LAW R11). Letters may be drafted before their action is done, without a signature.
RECEIPTS = frozenset({Form.RECEIPT, Form.RECEIPT_COPIES, Form.RECEIPT_BULK, Form.RECEIPT_STAGES})


def is_true_of(form: Form, state: DossierState) -> bool:
    """Whether what the form says has happened, so that the desk may sign it."""
    holds = _TRUE_OF.get(form)
    return holds is not None and holds(state)


def _is_accepted(state: DossierState) -> bool:
    return state.accepted_at is not None


def _was_asked(state: DossierState) -> bool:
    asked = any(pause.cause is PauseCause.SUPPLEMENT for pause in state.pauses)
    return asked or state.status is Status.SUPPLEMENT_ASKED


_TRUE_OF: dict[Form, Callable[[DossierState], bool]] = {
    **dict.fromkeys(RECEIPTS, _is_accepted),
    Form.SUPPLEMENT: _was_asked,
    Form.REFUSAL: lambda state: state.status is Status.NOT_ACCEPTED,
    Form.APOLOGY: lambda state: state.extended_at is not None,
    Form.STOP: lambda state: state.status is Status.STOPPED,
    Form.RESULT_RECEIPT: lambda state: bool(state.returns),
}


def find_extension(state: DossierState) -> datetime | None:
    """Return the due date that the one extension gave, None without one."""
    extended = [change.due_after for change in state.due_changes if change.cause is DueChangeCause.EXTENDED]
    return extended[-1] if extended else None
