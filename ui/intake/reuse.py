"""Papers digitised before, on the checklist: offered beside their line, taken and left again by one key."""

from counter_app.domain.dossier import ReusedPaper
from counter_app.services.answers.documents import Reusable
from ui.actions import ACTIONS, ActionId
from ui.formats import show_day
from ui.intake.state import IntakeState, Message, Tone, TypedForm
from ui.intake.typed_values import format_date
from ui.words import Words

_KEY = ActionId.INTAKE_REUSE


def switched(state: IntakeState, line: int) -> tuple[TypedForm, Message]:
    """Return the form after the key on a line, and what to say: the paper taken, left again, or why it cannot be."""
    form, offer = state.form, state.find_offer(line)
    if form.reused(line):
        return form.with_count(line, form.count(line)), Message("intake.reuse.left", Tone.NEWS)
    if offer is None:
        return form, Message("intake.reuse.nothing", Tone.WARNING)
    if offer.is_expired:
        return form, Message("intake.reuse.is_expired", Tone.WARNING, {"until": format_date(offer.valid_until)})
    context = {"code": offer.dossier_code, "shortcut": ACTIONS[_KEY].shown}
    return form.with_reused(line, offer.document_id), Message("intake.reuse.use", Tone.NEWS, context)


def still_offered(state: IntakeState) -> TypedForm:
    """Return the form without the papers that are not offered for their line now: another person, another day."""
    form = state.form
    for line in range(len(state.components)):
        taken, offer = form.reused(line), state.find_offer(line)
        if taken and (offer is None or offer.is_expired or offer.document_id != taken):
            form = form.with_count(line, form.count(line))
    return form


def remarks(words: Words, state: IntakeState) -> tuple[str, ...]:
    """Return what is said below each line of the checklist about a paper digitised before, "" for nothing."""
    return tuple(_remark(words, state, line) for line in range(len(state.components)))


def _remark(words: Words, state: IntakeState, line: int) -> str:
    offer = state.find_offer(line)
    if offer is None or any(state.form.count(line)):
        return ""
    day = show_day(offer.at)
    if state.form.reused(line):
        return words("intake.reuse.used", day=day)
    if offer.is_expired:
        return words("intake.reuse.expired", day=day, until=format_date(offer.valid_until))
    return words("intake.reuse.offered", day=day, validity=say_validity(words, offer), shortcut=ACTIONS[_KEY].shown)


def say_validity(words: Words, offer: Reusable) -> str:
    """Say until when a paper is valid, or that nobody knows."""
    if offer.valid_until is None:
        return words("intake.reuse.no_end")
    return words("intake.reuse.until", until=format_date(offer.valid_until))


def say_reused(words: Words, reused: ReusedPaper) -> str:
    """Say of a received dossier's line which digitised paper stands for it."""
    return words("intake.reuse.taken", day=format_date(reused.digitised_on), code=reused.dossier_code)
