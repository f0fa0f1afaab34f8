from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.text import fold
from counter_app.domain.person import Party, PartyKind
from counter_app.domain.search import Term, TermKind, terms_of, written_terms
from counter_app.domain.search.terms import SIGNS

ANY_TEXT = st.text(st.characters(codec=None), max_size=30)
PARTIES = st.builds(
    Party,
    full_name=ANY_TEXT,
    id_number=ANY_TEXT,
    old_id_number=ANY_TEXT,
    tax_code=ANY_TEXT,
    phone=ANY_TEXT,
    birth_year=st.none() | st.integers(1, 9999),
    birth_on=st.none() | st.dates(),
)


def terms(*parties: Party, code: str = "H99.14-261123-0012", procedure: str = "1.001193") -> frozenset[Term]:
    return terms_of(code=code, procedure_code=procedure, parties=parties)


def texts(kind: TermKind, *parties: Party) -> set[str]:
    return {term.text for term in terms(*parties) if term.kind is kind}


def test_a_dossier_is_found_by_everything_a_clerk_may_know_of_it() -> None:
    person = Party(full_name="Nguyễn Văn Quý", id_number="036085000123", phone="0912345678", birth_on=date(1985, 3, 2))

    assert texts(TermKind.NAME, person) == {"nguyen", "van", "quy", "qui"}
    assert texts(TermKind.INITIALS, person) == {"nvq"}
    assert texts(TermKind.BIRTH_YEAR, person) == {"1985", "85"}
    assert texts(TermKind.NUMBER_START, person) == {"036085000123", "0912345678"}
    assert texts(TermKind.NUMBER_END, person) == {"321000580630", "8765432190"}
    assert texts(TermKind.PROCEDURE, person) == {"1.001193"}
    assert texts(TermKind.CODE_PART, person) == {"h99", "14", "261123", "0012"}
    assert texts(TermKind.CODE_END, person) == {"21003211624199h"}


def test_an_organisation_and_a_submitter_are_found_as_well() -> None:
    company = Party(kind=PartyKind.ORGANISATION, full_name="Công ty Mẫu", tax_code="0100109106-001")
    submitter = Party(full_name="Lê Thị Nộp", birth_year=2005, phone="+84 987 654 321")

    assert texts(TermKind.NAME, company, submitter) == {"cong", "ty", "ti", "mau", "le", "thi", "nop"}
    assert texts(TermKind.NUMBER_START, company, submitter) == {"0100109106001", "0987654321"}
    assert texts(TermKind.BIRTH_YEAR, company, submitter) == {"2005", "05"}
    assert texts(TermKind.INITIALS, company, submitter) == {"ctm", "ltn"}


@pytest.mark.parametrize(
    ("one", "other"), [("Lý", "Lí"), ("Quý", "Quí"), ("Mỹ", "Mĩ"), ("Kỳ", "Kì"), ("Vy", "Vi"), ("Ý", "Í")]
)
def test_y_and_i_at_the_end_of_a_syllable_are_one_sound(one: str, other: str) -> None:
    assert texts(TermKind.NAME, Party(full_name=one)) == texts(TermKind.NAME, Party(full_name=other))


@pytest.mark.parametrize(("one", "other"), [("Hay", "Hai"), ("Thúy", "Thúi"), ("Yến", "Iến"), ("Huy", "Hui")])
def test_y_and_i_that_make_two_words_stay_apart(one: str, other: str) -> None:
    names = texts(TermKind.NAME, Party(full_name=one)), texts(TermKind.NAME, Party(full_name=other))

    assert names[0].isdisjoint(names[1])


def test_tones_and_their_place_make_no_difference() -> None:
    assert texts(TermKind.NAME, Party(full_name="Hoà Thuỷ")) == texts(TermKind.NAME, Party(full_name="Hòa Thụy"))


@given(st.lists(PARTIES, max_size=2), ANY_TEXT, ANY_TEXT)
def test_each_term_is_one_token_of_the_index(parties: list[Party], code: str, proc: str) -> None:
    found = terms(*parties, code=code, procedure=proc)
    written = written_terms(found)

    assert sorted(written.split(" ")) == sorted({term.token for term in found} or {""})
    for sign in written:
        assert not sign.isascii() or sign.isalnum() or sign in f"{SIGNS} ", sign
    assert written.encode("utf-8").decode("utf-8") == written


@given(st.text("aăâbcdđeêgiklmnoôơpqrstuưvxyáàảãạẾỢ -'", max_size=30))
def test_marks_and_case_of_a_name_do_not_change_what_it_is_found_by(name: str) -> None:
    plain = Party(full_name=fold(name))

    assert texts(TermKind.NAME, plain) == texts(TermKind.NAME, Party(full_name=name.upper()))


@given(st.text("0123456789", min_size=1, max_size=14))
def test_numbers_are_kept_from_both_ends(number: str) -> None:
    person = Party(id_number=number)

    assert texts(TermKind.NUMBER_START, person) == {number}
    assert {text[::-1] for text in texts(TermKind.NUMBER_END, person)} == {number}
