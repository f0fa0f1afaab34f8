"""From the fields on the screen to the form that the intake service understands, and from a party to fields."""

from dataclasses import replace
from datetime import date

from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import Paper, ResultChannel, ReusedPaper
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.services.answers.intake import IntakeForm, Problem
from ui.intake.state import APPLICANT_FIELDS, SUBMISSION, SUBMITTER_FIELDS, SUBMITTER_SHOWN, YES, IntakeState, TypedForm
from ui.intake.typed_values import find_count, find_date, find_year, format_date

MOST_DOSSIERS = 999
LONGEST_LIMIT = 1000
_EARLIER_FIELDS = ("phone", "email", "address")


def read_form(state: IntakeState) -> tuple[IntakeForm, tuple[Problem, ...]]:
    """Return the form as far as it can be read, and a blocking problem for each field that cannot."""
    typed = state.form
    form = IntakeForm(
        procedure_code=state.procedure.code if state.procedure else "",
        case_code=state.case.code if state.case else None,
        channel=Channel(typed.text("channel")),
        applicant=_read_party(typed, "applicant"),
        submitter=_read_party(typed, "submitter") if typed.text(SUBMITTER_SHOWN) else None,
        authorisation=nfc(typed.text("authorisation")) if typed.text(SUBMITTER_SHOWN) else "",
        papers=_read_papers(state),
        time_limit=_read_time_limit(state),
        competent_unit_code=typed.text("competent_unit"),
        result_channel=ResultChannel(typed.text("result_channel")),
        delivery_address=nfc(typed.text("delivery_address")),
        dossier_count=find_count(typed.text("dossier_count"), most=MOST_DOSSIERS) or 1,
        note=nfc(typed.text("note")),
        reason=nfc(typed.text("reason")),
        submission_id=typed.text(SUBMISSION),
        wants_notices=typed.text("wants_notices") == YES,
    )
    return form, _find_unreadable(state)


def _read_party(typed: TypedForm, role: str) -> Party:
    def text(name: str) -> str:
        return nfc(typed.text(f"{role}.{name}"))

    birth = text("birth_on")
    birth_on = find_date(birth)
    organisation = text("kind") == PartyKind.ORGANISATION
    return Party(
        kind=PartyKind.ORGANISATION if organisation else PartyKind.PERSON,
        full_name=text("full_name"),
        id_number="" if organisation else "".join(text("id_number").split()),
        old_id_number=text("old_id_number"),
        tax_code=text("tax_code") if organisation else "",
        birth_on=None if organisation else birth_on,
        birth_year=None if organisation else (birth_on.year if birth_on else find_year(birth)),
        sex=Sex(text("sex")) if text("sex") and not organisation else None,
        address=text("address"),
        phone=text("phone"),
        email=text("email"),
        id_issued_on=find_date(text("id_issued_on")),
        sources=_read_sources(typed, role),
        card_text=typed.text(f"{role}.card_text"),
        current_place=text("current_place"),
    )


def _read_sources(typed: TypedForm, role: str) -> dict[str, FieldSource]:
    names = APPLICANT_FIELDS if role == "applicant" else SUBMITTER_FIELDS
    sources = {name.removeprefix(f"{role}."): typed.source(name) for name in names if name != "applicant.kind"}
    return {name: source for name, source in sources.items() if source is not None}


def _read_papers(state: IntakeState) -> tuple[Paper, ...]:
    papers = []
    for line, component in enumerate(state.components):
        counts = state.form.count(line)
        papers.append(
            Paper(
                name=component.name,
                code=component.code,
                original=counts.original,
                certified=counts.certified,
                copy=counts.copy,
                required=component.required,
                note=component.note,
                reused=ReusedPaper(document_id=state.form.reused(line)) if state.form.reused(line) else None,
            )
        )
    return tuple(papers)


def _read_time_limit(state: IntakeState) -> TimeLimit | None:
    if not state.needs_time_limit:
        return None
    unit = TimeUnit(state.form.text("time_limit.unit"))
    if unit is TimeUnit.SAME_DAY:
        return TimeLimit(amount=0, unit=unit)
    amount = find_count(state.form.text("time_limit"), most=LONGEST_LIMIT)
    return TimeLimit(amount=amount, unit=unit) if amount else None


def _find_unreadable(state: IntakeState) -> tuple[Problem, ...]:
    typed = state.form
    problems = []
    unit = typed.text("competent_unit").strip()
    if unit and state.units and all(unit != one.code for one in state.units):
        problems.append(Problem(field="competent_unit", code="unit.not_chosen", blocking=True))
    births = ["applicant.birth_on"] if typed.text("applicant.kind") == PartyKind.PERSON else []
    births += ["submitter.birth_on"] if typed.text(SUBMITTER_SHOWN) else []
    for name in births:
        birth = typed.text(name).strip()
        if birth and find_date(birth) is None and find_year(birth) is None:
            problems.append(Problem(field=name, code="intake.bad_date", blocking=True))
    if find_count(typed.text("dossier_count"), most=MOST_DOSSIERS) is None:
        most = str(MOST_DOSSIERS)
        problems.append(Problem(field="dossier_count", code="intake.bad_count", blocking=True, context={"most": most}))
    limit = typed.text("time_limit").strip()
    if state.needs_time_limit and limit and find_count(limit, most=LONGEST_LIMIT) is None:
        most = str(LONGEST_LIMIT)
        problems.append(Problem(field="time_limit", code="intake.bad_count", blocking=True, context={"most": most}))
    return tuple(problems)


def fill_from_card(typed: TypedForm, role: str, party: Party) -> TypedForm:
    """Return the form with a card's facts in it.

    A card of another person clears what was there of the first one, so that two people never mix. For the same
    person, or an empty form, the clerk's own typing stays and only the rest is filled.
    """
    if _is_other_person(typed, role, party):
        typed = typed.without(_names(role))
    return _fill(typed, role, party, FieldSource.CARD, keep=frozenset({FieldSource.TYPED}))


def fill_from_earlier(typed: TypedForm, party: Party) -> TypedForm:
    """Return the form with the contact facts of an earlier dossier; the clerk's typing stays."""
    known = {name: getattr(party, name) for name in _EARLIER_FIELDS}
    sources = dict.fromkeys(known, FieldSource.EARLIER)
    contact = Party(**known, current_place=party.current_place, sources=sources)
    return _fill(typed, "applicant", contact, FieldSource.EARLIER, keep=frozenset({FieldSource.TYPED}))


def fill_gaps(typed: TypedForm, role: str, party: Party) -> TypedForm:
    """Return the form with its empty fields taken from the person as last written at this desk."""
    return _fill(typed, role, party, FieldSource.EARLIER, keep=frozenset(FieldSource))


def _names(role: str) -> tuple[str, ...]:
    fields = APPLICANT_FIELDS if role == "applicant" else SUBMITTER_FIELDS
    return (*fields, f"{role}.card_text")


def _is_other_person(typed: TypedForm, role: str, party: Party) -> bool:
    number = "".join(typed.text(f"{role}.id_number").split())
    if number and party.id_number:
        return number not in (party.id_number, party.old_id_number)
    name = typed.text(f"{role}.full_name")
    return bool(name) and fold(name) != fold(party.full_name)


def _fill(typed: TypedForm, role: str, party: Party, source: FieldSource, *, keep: frozenset[FieldSource]) -> TypedForm:
    address = typed.text(f"{role}.address")
    for name, text in texts_of(party).items():
        field = f"{role}.{name}"
        present = typed.source(field)
        if text and text != typed.text(field) and (present is None or present not in keep):
            typed = typed.with_text(field, text, party.sources.get(name, source))
    if role == "applicant" and party.id_number and typed.text("applicant.kind") != party.kind:
        typed = typed.with_text("applicant.kind", party.kind.value, source)
    if party.card_text:
        typed = replace(typed, texts={**typed.texts, f"{role}.card_text": party.card_text})
    standing = typed.text(f"{role}.address")
    if standing != address or (party.current_place and standing == party.address):
        return with_place_of(typed, role, party, source)
    return typed


def with_place_of(typed: TypedForm, role: str, party: Party, source: FieldSource) -> TypedForm:
    """Return the form with today's unit of a person's address, or without one: it never outlives its address."""
    field = f"{role}.current_place"
    if not party.current_place:
        return typed.without((field,))
    return typed.with_text(field, party.current_place, party.sources.get("address", source))


def texts_of(party: Party) -> dict[str, str]:
    """Return the fields of a person as the page writes them, by their names without the role.

    Today's unit of the address is not among them: it goes with its address, see `with_place_of`.
    """

    def written(day: date | None, year: int | None = None) -> str:
        return format_date(day) or (str(year) if year else "")

    return {
        "full_name": party.full_name,
        "id_number": party.id_number,
        "old_id_number": party.old_id_number,
        "birth_on": written(party.birth_on, party.birth_year),
        "sex": party.sex.value if party.sex else "",
        "address": party.address,
        "phone": party.phone,
        "email": party.email,
        "id_issued_on": written(party.id_issued_on),
    }
