"""Which papers a dossier may get, the one that suits its state first."""

from collections.abc import Sequence
from datetime import datetime

from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Per, Tray
from counter_app.services.answers.printing import PrintJob

_SUITED = {
    Status.NOT_ACCEPTED: Form.REFUSAL,
    Status.SUPPLEMENT_ASKED: Form.SUPPLEMENT,
    Status.PAYMENT_ASKED: Form.FEE_RECEIPT,
    Status.WITHDRAWN: Form.STOP,
    Status.STOPPED: Form.STOP,
    Status.RESOLVED: Form.RESULT_RECEIPT,
    Status.RETURNED: Form.RESULT_RECEIPT,
}
_ENDED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED})
_RECEIPTS = (Form.RECEIPT, Form.RECEIPT_COPIES, Form.RECEIPT_STAGES)


def offered_forms(dossier: Dossier, jobs: Sequence[PrintJob], *, now: datetime) -> tuple[Form, ...]:
    """Return every form about one dossier: the suited one, those printed already, the others."""
    every = [form for form, kind in KINDS.items() if kind.per is Per.DOSSIER and form is not Form.RECEIPT_BULK]
    printed = [form for form in every if has_job(jobs, form)]
    return tuple(dict.fromkeys([suited_form(dossier, jobs, now=now), *printed, *every]))


def suited_form(dossier: Dossier, jobs: Sequence[PrintJob], *, now: datetime) -> Form:
    """Return the paper that a dossier in this state most likely needs; one that is late, the apology."""
    if dossier.status in _SUITED:
        return _SUITED[dossier.status]
    if dossier.due is not None and dossier.due.due_at < now and dossier.status not in _ENDED:
        return Form.APOLOGY
    return next((form for form in _RECEIPTS if has_job(jobs, form)), Form.RECEIPT)


def has_job(jobs: Sequence[PrintJob], form: Form) -> bool:
    """Whether a form was ordered before."""
    return any(job.form is form for job in jobs)


def newest_job(jobs: Sequence[PrintJob], form: Form) -> PrintJob | None:
    """Return the order of a form that was made last."""
    return max((job for job in jobs if job.form is form), key=lambda job: job.ordered_at, default=None)


def next_printing(jobs: Sequence[PrintJob], form: Form) -> int:
    """Return which printing the next one is: 0 the first, and for labels always."""
    if KINDS[form].tray is Tray.LABEL:
        return 0
    return max((job.reprint + 1 for job in jobs if job.form is form), default=0)


def offered_sets(dossier: Dossier, form: Form) -> tuple[FormSet, ...]:
    """Return the circulars that have a form, the dossier's own first."""
    sets = KINDS[form].sets
    return tuple(sorted(sets, key=lambda one: one is not dossier.form_set))
