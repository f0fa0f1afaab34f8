"""The pure part of the intake page: typed values, cards into fields, drafts, ticking."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.procedure import Component, Procedure, ProcedureCase
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from ui.intake import checklist
from ui.intake.draft import from_draft, to_draft
from ui.intake.form_reading import fill_from_card, fill_from_earlier, fill_gaps, read_form
from ui.intake.state import SUBMITTER_SHOWN, Counts, IntakeState, TypedForm
from ui.intake.typed_values import find_count, find_date, find_year, format_date

LAN = Party(
    full_name="Nguyễn Thị Lan",
    id_number="036190001234",
    birth_on=date(1990, 3, 5),
    sex=Sex.FEMALE,
    address="Cổ Lễ, Trực Ninh, Nam Định",
    sources=dict.fromkeys(("full_name", "id_number", "birth_on", "sex", "address"), FieldSource.CARD),
    card_text="036190001234||Nguyễn Thị Lan|05031990|Nữ|Cổ Lễ, Trực Ninh, Nam Định|01012022",
)
HUNG = Party(full_name="Trần Văn Hùng", id_number="036085004321", birth_on=date(1985, 1, 2), sex=Sex.MALE)

PROCEDURE = Procedure(
    code="1.009999",
    effective_on=date(2025, 7, 1),
    name="Thủ tục thử",
    field_name="Hộ tịch",
    cases=(
        ProcedureCase(
            components=(
                Component(name="Tờ khai", original=1),
                Component(name="Bản sao giấy tờ", copy=2, required=False),
                Component(name="Giấy chứng sinh"),
            )
        ),
    ),
)


@pytest.mark.parametrize("text", ["05031990", "5/3/1990", "05-03-1990", "5.3.1990", " 5 3 1990 "])
def test_date_is_read_however_the_clerk_writes_it(text: str) -> None:
    assert find_date(text) == date(1990, 3, 5)


@pytest.mark.parametrize("text", ["", "1990", "31/02/1990", "5/3/90", "05031", "5//3/1990", "³/3/1990", "5/3/0190"])
def test_text_that_is_no_date_gives_none(text: str) -> None:
    assert find_date(text) is None


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_every_date_survives_writing_and_reading(day: date) -> None:
    assert find_date(format_date(day)) == day
    assert find_date(f"{day:%d%m%Y}") == day


@given(st.text(max_size=12))
def test_reading_typed_values_never_fails(text: str) -> None:
    find_date(text)
    find_year(text)
    find_count(text, most=999)


def test_year_alone_is_a_birth_year_without_a_date() -> None:
    form, problems = read_form(IntakeState(form=TypedForm().with_text("applicant.birth_on", "1956")))

    assert (form.applicant.birth_on, form.applicant.birth_year) == (None, 1956)
    assert problems == ()


def test_unreadable_birth_date_blocks_beside_its_field() -> None:
    _, problems = read_form(IntakeState(form=TypedForm().with_text("applicant.birth_on", "31/02/1990")))

    assert [(problem.field, problem.blocking) for problem in problems] == [("applicant.birth_on", True)]


def test_card_fills_empty_form_and_marks_each_field() -> None:
    form = fill_from_card(TypedForm(), "applicant", LAN)
    party = read_form(IntakeState(form=form))[0].applicant

    assert (party.full_name, party.id_number, party.birth_on) == ("Nguyễn Thị Lan", "036190001234", date(1990, 3, 5))
    assert (party.sex, party.card_text) == (Sex.FEMALE, LAN.card_text)
    assert form.source("applicant.full_name") is FieldSource.CARD
    assert form.source("applicant.phone") is None


def test_card_of_same_person_keeps_what_the_clerk_typed() -> None:
    typed = TypedForm().with_text("applicant.id_number", "036190001234")
    typed = typed.with_text("applicant.address", "Xóm 5, xã Cổ Lễ")
    form = fill_from_card(typed, "applicant", LAN)

    assert form.text("applicant.address") == "Xóm 5, xã Cổ Lễ"
    assert form.source("applicant.address") is FieldSource.TYPED
    assert form.text("applicant.full_name") == "Nguyễn Thị Lan"


def test_card_of_another_person_clears_the_first_one() -> None:
    first = fill_from_card(TypedForm(), "applicant", LAN).with_text("applicant.phone", "0912345678")
    form = fill_from_card(first, "applicant", HUNG)

    assert form.text("applicant.full_name") == "Trần Văn Hùng"
    assert form.text("applicant.phone") == form.text("applicant.address") == form.text("applicant.card_text") == ""


def test_card_for_another_name_typed_without_number_clears_it() -> None:
    form = fill_from_card(TypedForm().with_text("applicant.full_name", "Lê Thị Hoa"), "applicant", LAN)

    assert form.text("applicant.full_name") == "Nguyễn Thị Lan"


def test_earlier_dossier_gives_contact_but_not_over_typing() -> None:
    earlier = Party(phone="0912345678", address="Xã Trực Ninh", email="lan@example.vn")
    form = fill_from_earlier(TypedForm().with_text("applicant.phone", "0900000001"), earlier)

    assert form.text("applicant.phone") == "0900000001"
    assert form.text("applicant.address") == "Xã Trực Ninh"
    assert form.source("applicant.address") is FieldSource.EARLIER


def test_gaps_are_filled_and_card_facts_stay() -> None:
    form = fill_gaps(fill_from_card(TypedForm(), "applicant", LAN), "applicant", Party(phone="0912345678", address="X"))

    assert form.text("applicant.phone") == "0912345678"
    assert form.source("applicant.phone") is FieldSource.EARLIER
    assert form.text("applicant.address") == LAN.address


def test_organisation_is_read_with_tax_code_and_without_birth() -> None:
    typed = TypedForm().with_text("applicant.kind", "organisation").with_text("applicant.tax_code", "0100109106")
    party = read_form(IntakeState(form=typed.with_text("applicant.birth_on", "not a date")))[0].applicant

    assert (party.kind, party.tax_code, party.birth_on) == (PartyKind.ORGANISATION, "0100109106", None)


def test_submitter_counts_only_while_shown() -> None:
    typed = TypedForm().with_text("submitter.full_name", "Trần Văn Hùng").with_text("authorisation", "Số 12")
    hidden = read_form(IntakeState(form=typed))[0]
    shown = read_form(IntakeState(form=typed.with_text(SUBMITTER_SHOWN, "1")))[0]

    assert (hidden.submitter, hidden.authorisation) == (None, "")
    assert shown.submitter is not None
    assert (shown.submitter.full_name, shown.authorisation) == ("Trần Văn Hùng", "Số 12")


def test_clerks_own_time_limit_is_used_when_procedure_states_none() -> None:
    typed = TypedForm().with_text("time_limit", "5")
    without = read_form(IntakeState(form=typed, procedure=PROCEDURE))[0]
    same_day = typed.with_text("time_limit.unit", "same_day")

    assert without.time_limit == TimeLimit(amount=5, unit=TimeUnit.WORKING_DAY)
    assert read_form(IntakeState(form=same_day, procedure=PROCEDURE))[0].time_limit == TimeLimit(
        amount=0, unit=TimeUnit.SAME_DAY
    )


def test_all_handed_in_counts_required_papers_and_keeps_counted_ones() -> None:
    form = TypedForm().with_count(0, Counts(original=3))
    form = checklist.all_handed_in(form, PROCEDURE.cases[0].components)

    assert form.counts == (Counts(original=3), Counts(), Counts(original=1))
    assert IntakeState(form=form, procedure=PROCEDURE).missing == ()


def test_space_ticks_what_the_line_asks_and_unticks_it() -> None:
    asked = Component(name="Bản sao giấy tờ", copy=2)
    ticked = checklist.toggled(Counts(), asked, None)

    assert ticked == Counts(copy=2)
    assert checklist.toggled(ticked, asked, None) == Counts()
    assert checklist.toggled(Counts(), asked, 0) == Counts(original=1)


_names = st.sampled_from(("applicant.full_name", "applicant.phone", "note", "reason", "delivery_address"))


@given(
    texts=st.dictionaries(_names, st.text(min_size=1, max_size=20)),
    counts=st.lists(st.tuples(*(st.integers(0, 99),) * 3), max_size=4),
    code=st.sampled_from(("", "1.001193")),
)
def test_draft_brings_back_every_text_source_and_count(
    texts: dict[str, str], counts: list[tuple[int, int, int]], code: str
) -> None:
    form = TypedForm(counts=tuple(Counts(*count) for count in counts))
    for name, text in texts.items():
        form = form.with_text(name, text, FieldSource.CARD)

    back, back_code = from_draft(to_draft(form, procedure_code=code, focus="note", cursor=3))

    assert (back.texts, back.sources, back_code) == (form.texts, form.sources, code)
    assert back.counts == form.counts or not any(any(count) for count in form.counts)


def test_draft_with_broken_parts_gives_what_can_be_read() -> None:
    draft = to_draft(TypedForm().with_text("note", "x"), procedure_code="", focus="", cursor=0)
    draft.fields.update({"papers": "1,2;x", "source:note": "nowhere"})
    form, _ = from_draft(draft)

    assert (form.text("note"), form.counts) == ("x", ())
