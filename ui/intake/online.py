"""An online request as the fields of the intake page."""

from dataclasses import replace
from datetime import datetime

import msgspec

from counter_app.domain.checklist import merge_checklist
from counter_app.domain.person import FieldSource, Party
from counter_app.domain.procedure import Procedure
from counter_app.services.answers.online import OnlineIntake
from ui.formats import show_moment
from ui.intake import form_reading
from ui.intake.state import SUBMISSION, SUBMISSION_LINE, SUBMITTER_SHOWN, YES, Counts, TypedForm
from ui.words import Words

#: What the intake page is asked with; the id of the request follows.
REQUEST = "online:"


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is said above the form, kept in its draft."""

    number: str
    handed_in_at: datetime
    until: datetime
    is_late: bool


def typed_form(asked: OnlineIntake, procedure: Procedure | None) -> TypedForm:
    """Return the filled fields; the clerk corrects what has to be."""
    form, submission = asked.form, asked.row.submission
    line = _Line(
        number=submission.number,
        handed_in_at=submission.handed_in_at,
        until=asked.row.acknowledge_by,
        is_late=asked.row.is_late,
    )
    typed = TypedForm()
    said = {
        SUBMISSION: submission.id,
        SUBMISSION_LINE: msgspec.json.encode(line).decode(),
        "channel": form.channel.value,
        "result_channel": form.result_channel.value,
        "delivery_address": form.delivery_address,
        "dossier_count": str(form.dossier_count) if form.dossier_count > 1 else "",
        "note": form.note,
        "case": form.case_code or "",
    }
    for name, text in said.items():
        typed = typed.with_text(name, text, FieldSource.PROVINCE) if text else typed
    typed = _with_party(typed, "applicant", form.applicant)
    if form.submitter is not None:
        typed = _with_party(typed.with_text(SUBMITTER_SHOWN, YES), "submitter", form.submitter)
        typed = typed.with_text("authorisation", form.authorisation, FieldSource.PROVINCE)
    case = procedure.find_case(form.case_code) or procedure.find_case(None) if procedure is not None else None
    if case is None:
        return typed
    papers = merge_checklist(case.components, form.papers)[: len(case.components)]
    return replace(typed, counts=tuple(Counts(paper.original, paper.certified, paper.copy) for paper in papers))


def say_line(words: Words, form: TypedForm) -> str:
    """Return what stands above a form that answers an online request, "" above any other."""
    if not form.text(SUBMISSION):
        return ""
    try:
        line = msgspec.json.decode(form.text(SUBMISSION_LINE), type=_Line)
    except msgspec.MsgspecError:
        return words("ui.page.online")
    until = words("online.late" if line.is_late else "online.until", at=show_moment(line.until))
    return words("online.banner", number=line.number, handed_in=show_moment(line.handed_in_at), until=until)


def _with_party(typed: TypedForm, role: str, party: Party) -> TypedForm:
    for name, text in form_reading.texts_of(party).items():
        typed = typed.with_text(f"{role}.{name}", text, FieldSource.PROVINCE) if text else typed
    if role == "applicant":
        typed = typed.with_text("applicant.kind", party.kind.value, FieldSource.PROVINCE)
        typed = typed.with_text("applicant.tax_code", party.tax_code, FieldSource.PROVINCE) if party.tax_code else typed
    return typed
