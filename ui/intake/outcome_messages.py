"""What is said when an intake ends, or cannot end yet."""

from counter_app.core.clock import to_local
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.intake import IntakeResult, Problem
from ui.intake.state import IntakeState, Message, Tone

# Fields of a problem that stand on the page under another name.
_PLACES = {"papers": "checklist"}


def saved(outcome: Outcome, result: IntakeResult) -> Message:
    """Return the sentence after saving: the code, and when the result is due."""
    dossier = result.dossier
    context = {"code": dossier.code}
    if outcome is Outcome.ACCEPTED and dossier.due is not None:
        context["due"] = f"{to_local(dossier.due.due_at):%H:%M %d/%m/%Y}"
        return Message("intake.saved.accepted", Tone.DONE, context)
    if outcome is Outcome.ACCEPTED:
        return Message("intake.saved.accepted_without_due", Tone.DONE, context)
    if outcome is Outcome.SUPPLEMENT_ASKED:
        key = "intake.saved.supplement" if dossier.code else "intake.saved.supplement_without_code"
        return Message(key, Tone.DONE, context)
    return Message("intake.saved.refused", Tone.DONE)


def find_reason_problems(outcome: Outcome, state: IntakeState) -> tuple[Problem, ...]:
    """Return what the open reason still lacks: a refusal needs words, a supplement words or a missing paper."""
    if state.form.text("reason").strip():
        return ()
    if outcome is Outcome.REFUSED:
        return (Problem(field="reason", code="check.reason_missing", blocking=True),)
    if outcome is Outcome.SUPPLEMENT_ASKED and not state.missing:
        return (Problem(field="reason", code="check.nothing_to_supplement", blocking=True),)
    return ()


def reason_still_open(outcome: Outcome) -> Message:
    """Return the sentence for the accept key while a reason is being written."""
    return Message(f"intake.still_asking.{outcome.value}", Tone.WARNING)


def look_at(problems: tuple[Problem, ...]) -> Message:
    """Return the sentence that leads to the fields which stop the intake."""
    return Message("intake.look_at", Tone.WARNING, {"count": str(len(problems))})


def place_of(problem: Problem) -> str:
    """Return the page's name of a problem's field."""
    return _PLACES.get(problem.field, problem.field)
