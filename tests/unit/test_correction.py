from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.correction import (
    FIELDS,
    CorrectableFacts,
    Correction,
    FieldChange,
    PaperChange,
    apply_correction,
    check_correction,
    check_may_correct,
    find_outdated,
    list_changes,
    texts_of,
)
from counter_app.domain.dossier import Paper, ResultChannel, Status
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.domain.unit import Role

WORDS = st.text("aăbcđ 01", max_size=6)
PARTIES = st.builds(
    Party,
    kind=st.sampled_from(PartyKind),
    full_name=WORDS,
    id_number=WORDS,
    birth_on=st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    birth_year=st.none() | st.integers(1900, 2100),
    sex=st.none() | st.sampled_from(Sex),
    address=WORDS,
    phone=WORDS,
    id_issued_on=st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)),
)
PAPERS = st.lists(
    st.builds(Paper, name=st.sampled_from("abcd"), code=st.sampled_from(("", "k")), copy=st.integers(0, 2), note=WORDS),
    max_size=4,
    unique_by=lambda paper: (paper.code, paper.name),
).map(tuple)
FACTS = st.builds(
    CorrectableFacts,
    applicant=PARTIES,
    submitter=st.none() | PARTIES,
    authorisation=WORDS,
    papers=PAPERS,
    result_channel=st.sampled_from(ResultChannel),
    delivery_address=WORDS,
    note=WORDS,
)


def by_line(papers: tuple[Paper, ...]) -> dict[tuple[str, str], Paper]:
    return {(paper.code, paper.name): paper for paper in papers}


def said(facts: CorrectableFacts) -> dict[str, str]:
    """Every field; a submitter of whom nothing but the kind is known is nobody."""
    texts = texts_of(facts)
    if not any(text for name, text in texts.items() if name.startswith("submitter.") and name != "submitter.kind"):
        texts["submitter.kind"] = ""
    return texts


@given(before=FACTS, after=FACTS)
def test_correction_leads_from_what_was_to_what_is_and_names_every_difference(
    before: CorrectableFacts, after: CorrectableFacts
) -> None:
    correction = list_changes(before, after, reason="gõ nhầm")
    reached = apply_correction(before, correction)

    assert said(reached) == said(after)
    assert by_line(reached.papers) == by_line(after.papers)
    assert find_outdated(before, correction) == ()
    differing = {name for name in FIELDS if texts_of(before)[name] != texts_of(after)[name]}
    assert {change.field for change in correction.fields} == differing


@given(before=FACTS, after=FACTS)
def test_every_earlier_value_is_in_the_correction(before: CorrectableFacts, after: CorrectableFacts) -> None:
    correction = list_changes(before, after, reason="gõ nhầm")
    back = Correction(
        reason="như cũ",
        fields=tuple(
            FieldChange(field=change.field, before=change.after, after=change.before) for change in correction.fields
        ),
        papers=tuple(PaperChange(before=change.after, after=change.before) for change in correction.papers),
    )

    restored = apply_correction(apply_correction(before, correction), back)

    assert said(restored) == said(before)
    assert by_line(restored.papers) == by_line(before.papers)


@given(before=FACTS, first=FACTS, second=FACTS)
def test_correction_of_what_changed_meanwhile_is_known_as_outdated(
    before: CorrectableFacts, first: CorrectableFacts, second: CorrectableFacts
) -> None:
    mine = list_changes(before, second, reason="gõ nhầm")
    theirs = list_changes(before, first, reason="gõ nhầm")
    present = apply_correction(before, theirs)

    outdated = set(find_outdated(present, mine))

    touched = {change.field for change in theirs.fields} & {change.field for change in mine.fields}
    assert touched - {"submitter.kind"} <= outdated


def test_source_of_a_corrected_field_is_remembered() -> None:
    facts = CorrectableFacts(applicant=Party(full_name="Nguyễn Van A", sources={"full_name": FieldSource.TYPED}))
    card = Party(full_name="Nguyễn Văn A", sources={"full_name": FieldSource.CARD})

    correction = list_changes(facts, msgspec.structs.replace(facts, applicant=card), reason="theo thẻ")

    assert correction.fields[0].source is FieldSource.CARD
    assert apply_correction(facts, correction).applicant.sources == {"full_name": FieldSource.CARD}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("applicant.birth_on", "hôm qua", "bad_value"),
        ("applicant.sex", "x", "bad_value"),
        ("applicant.birth_year", "1" * 30, "bad_value"),
        ("result_channel", "", "bad_value"),
        ("status", "3", "unknown_field"),
        ("code", "H1", "unknown_field"),
    ],
)
def test_value_that_a_field_cannot_have_is_refused_and_changes_nothing_where_it_came_all_the_same(
    field: str, value: str, code: str
) -> None:
    facts = CorrectableFacts(applicant=Party(full_name="A"))
    correction = Correction(reason="x", fields=(FieldChange(field=field, after=value),))

    with pytest.raises(UserError, match=rf"correction\.{code}"):
        check_correction(correction)
    assert apply_correction(facts, correction) == facts


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("role", list(Role))
def test_from_the_result_on_only_a_head_corrects(status: Status, role: Role) -> None:
    if status in (Status.RESOLVED, Status.RETURNED) and role is Role.CLERK:
        with pytest.raises(UserError, match=r"correction\.returned"):
            check_may_correct(status, role)
    else:
        check_may_correct(status, role)
