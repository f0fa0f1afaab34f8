"""Checking a form while it is being filled in: what is missing, what looks wrong, what can be computed already."""

from datetime import date, datetime

import msgspec

from counter_app.core.clock import local_date
from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.checklist import list_missing, merge_checklist
from counter_app.domain.contact import check_tax_code, parse_phone
from counter_app.domain.dossier import DueDate, Outcome, Paper, ResultChannel
from counter_app.domain.due_date import compute_due
from counter_app.domain.fees import FeeQuote, compute_fees, select_fees
from counter_app.domain.identity_card import check_id_number
from counter_app.domain.person import Party, PartyKind
from counter_app.domain.procedure import FeeLine, Procedure, ProcedureCase
from counter_app.domain.working_time import LATEST_RECEIPT_YEAR, WorkingCalendar
from counter_app.services.answers.intake import IntakeForm, Problem

# More of one paper, or of equal dossiers at once, is a slip of the finger.
_MOST_COPIES = 9_999
# Nobody who lives was born before; births of the dead whose papers are asked for go back further than a lifetime.
_EARLIEST_BIRTH_YEAR = 1870


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """A cleaned form, and everything that could be worked out about it."""

    form: IntakeForm
    procedure: Procedure | None
    case: ProcedureCase | None
    papers: tuple[Paper, ...]
    received_at: datetime
    due: DueDate | None
    fees: tuple[FeeLine, ...]
    fee_quote: FeeQuote
    problems: tuple[Problem, ...]


def check_form(
    form: IntakeForm,
    outcome: Outcome,
    *,
    procedure: Procedure | None,
    received_at: datetime,
    now: datetime,
    calendar: WorkingCalendar,
    unknown_unit: bool,
) -> Checked:
    """Return what can be worked out about a cleaned form. Pure; never raises for an unfinished form."""
    case = procedure.find_case(form.case_code) if procedure else None
    papers = merge_checklist(case.components if case else (), form.papers)
    limit = (procedure.find_time_limit(case, form.channel) if procedure else None) or form.time_limit
    problems = [
        *_procedure_problems(form, procedure, case),
        *check_facts(form, now=now),
        *_unit_problems(form, unknown_unit=unknown_unit),
        *_outcome_problems(form, outcome, papers),
    ]
    if form.received_at is not None and not is_receipt_time(form.received_at):
        problems.append(Problem(field="received_at", code="check.bad_received_at", blocking=True))
    due = None
    if limit is not None:
        try:
            due = compute_due(limit, received_at, calendar)
        except UserError as error:
            context = {name: str(value) for name, value in error.context.items()}
            problems.append(Problem(field="time_limit", code=error.code, blocking=True, context=context))
    elif procedure is not None and outcome is Outcome.ACCEPTED:
        problems.append(Problem(field="time_limit", code="check.time_limit_missing", blocking=True))
    fees = select_fees(procedure.fees, case_code=case.code) if procedure and case else ()
    return Checked(
        form=form,
        procedure=procedure,
        case=case,
        papers=papers,
        received_at=received_at,
        due=due,
        fees=fees,
        fee_quote=compute_fees(fees, channel=form.channel, quantities={"dossier": form.dossier_count}),
        problems=tuple(problems),
    )


def check_facts(form: IntakeForm, *, now: datetime) -> tuple[Problem, ...]:
    """Return what is wrong or doubtful in the facts of a cleaned form that may be corrected later as well."""
    return (
        *_party_problems("applicant", form.applicant, now),
        *(_party_problems("submitter", form.submitter, now) if form.submitter else ()),
        *_delivery_problems(form),
    )


def is_receipt_time(moment: datetime) -> bool:
    """Whether a dossier can bear it: aware, and in a year that the two digits in its code stand for."""
    return (
        moment.tzinfo is not None
        and 2000 <= moment.year <= 9998
        and 2000 <= local_date(moment).year <= LATEST_RECEIPT_YEAR
    )


def clean_form(form: IntakeForm) -> IntakeForm:
    """Return the form with its text composed (NFC) and trimmed, numbers without blanks, counts within reason."""
    return msgspec.structs.replace(
        form,
        procedure_code=nfc(form.procedure_code),
        competent_unit_code=nfc(form.competent_unit_code),
        applicant=_clean_party(form.applicant),
        submitter=_clean_party(form.submitter) if form.submitter else None,
        authorisation=nfc(form.authorisation),
        delivery_address=nfc(form.delivery_address),
        note=nfc(form.note),
        reason=nfc(form.reason),
        dossier_count=min(max(1, form.dossier_count), _MOST_COPIES),
        papers=tuple(_clean_paper(paper) for paper in form.papers),
    )


def _clean_party(party: Party) -> Party:
    digits = {name: "".join(nfc(getattr(party, name)).split()) for name in ("id_number", "old_id_number", "tax_code")}
    return msgspec.structs.replace(
        party,
        full_name=nfc(party.full_name),
        address=nfc(party.address),
        email=nfc(party.email),
        phone=_national_phone(party.phone),
        **digits,
    )


def _clean_paper(paper: Paper) -> Paper:
    counts = {name: min(max(0, getattr(paper, name)), _MOST_COPIES) for name in ("original", "certified", "copy")}
    return msgspec.structs.replace(paper, **counts)


def _national_phone(text: str) -> str:
    """Return a phone number as digits with its leading 0, or the clerk's own text when it is no phone number."""
    try:
        national = parse_phone(text).national if text.strip() else ""
    except UserError:
        return nfc(text)
    return "".join(char for char in national if char.isdigit())


def _procedure_problems(form: IntakeForm, procedure: Procedure | None, case: ProcedureCase | None) -> list[Problem]:
    if not form.procedure_code:
        return [Problem(field="procedure", code="check.procedure_missing", blocking=True)]
    if procedure is None:
        context = {"code": form.procedure_code[:50]}
        return [Problem(field="procedure", code="catalogue.unknown_procedure", blocking=True, context=context)]
    if case is None:
        return [Problem(field="case", code="check.case_unknown", blocking=True)]
    return []


def _party_problems(role: str, party: Party, now: datetime) -> list[Problem]:
    problems = []
    if not party.full_name:
        problems.append(Problem(field=f"{role}.full_name", code="check.name_missing", blocking=True))
    problems += _birth_problems(role, party, local_date(now))
    if party.id_number:
        problems += [
            Problem(field=f"{role}.{warning.field or 'id_number'}", code=warning.code, blocking=False)
            for warning in check_id_number(party.id_number, party.birth_on, party.sex)
        ]
    elif party.kind is PartyKind.PERSON and party.full_name:
        problems.append(Problem(field=f"{role}.id_number", code="check.id_number_missing", blocking=False))
    if party.tax_code:
        problems += [
            Problem(field=f"{role}.tax_code", code=warning.code, blocking=False)
            for warning in check_tax_code(party.tax_code)
        ]
    elif party.kind is PartyKind.ORGANISATION:
        problems.append(Problem(field=f"{role}.tax_code", code="check.tax_code_missing", blocking=False))
    return problems + _phone_problems(role, party.phone)


def _birth_problems(role: str, party: Party, today: date) -> list[Problem]:
    field, year = f"{role}.birth_on", party.birth_on.year if party.birth_on else party.birth_year
    if year is None:
        return []
    if year > today.year or (party.birth_on is not None and party.birth_on > today):
        return [Problem(field=field, code="check.birth_in_future", blocking=True)]
    if year < _EARLIEST_BIRTH_YEAR:
        context = {"year": str(_EARLIEST_BIRTH_YEAR)}
        return [Problem(field=field, code="check.birth_too_early", blocking=True, context=context)]
    return []


def _phone_problems(role: str, phone: str) -> list[Problem]:
    if not phone:
        return []
    try:
        parse_phone(phone)
    except UserError as error:
        return [Problem(field=f"{role}.phone", code=error.code, blocking=False)]
    return []


def _unit_problems(form: IntakeForm, *, unknown_unit: bool) -> list[Problem]:
    if not unknown_unit:
        return []
    context = {"code": form.competent_unit_code[:40]}
    return [Problem(field="competent_unit", code="unit.unknown", blocking=True, context=context)]


def _delivery_problems(form: IntakeForm) -> list[Problem]:
    problems = []
    if form.result_channel is ResultChannel.POST and not form.delivery_address:
        problems.append(Problem(field="delivery_address", code="check.delivery_address_missing", blocking=True))
    if form.submitter is not None and form.submitter.full_name and not form.authorisation:
        problems.append(Problem(field="authorisation", code="check.authorisation_missing", blocking=False))
    return problems


def _outcome_problems(form: IntakeForm, outcome: Outcome, papers: tuple[Paper, ...]) -> list[Problem]:
    missing = list_missing(papers)
    if outcome is Outcome.REFUSED and not form.reason:
        return [Problem(field="reason", code="check.reason_missing", blocking=True)]
    if outcome is Outcome.SUPPLEMENT_ASKED and not missing and not form.reason:
        return [Problem(field="reason", code="check.nothing_to_supplement", blocking=True)]
    if outcome is Outcome.ACCEPTED and missing:
        context = {"count": str(len(missing))}
        return [Problem(field="papers", code="check.papers_missing", blocking=False, context=context)]
    return []
