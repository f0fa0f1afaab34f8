"""The search box over a real store: each way of asking, all of them together, and after everything was made anew."""

from collections.abc import Iterator
from datetime import date

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party, PartyKind
from counter_app.journal.rebuild import derived_digest
from counter_app.journal.rows import Rows
from tests.fakes.desks import a_form, at_work, sample_desk

BIRTH, COPIES = "1.001193", "2.000815"
NGUYET = Party(full_name="Đỗ Thị Ánh Nguyệt", id_number="036199111111", phone="0912 345 678", birth_year=1985)
DUNG = Party(full_name="Đặng Văn Dũng", id_number="036099222222", phone="+84 987 654 321", birth_on=date(1999, 3, 2))
ANH = Party(full_name="Do Thi Anh", id_number="036199333333", old_id_number="162345678", birth_year=2005)
HOA = Party(full_name="Lý Quỳnh-Hoa O'Brien", id_number="036199444444", phone="02043 888 999", birth_year=1985)
COMPANY = Party(kind=PartyKind.ORGANISATION, full_name="Công ty Mẫu 68", tax_code="0100109106")
PEOPLE = {NGUYET.full_name: BIRTH, DUNG.full_name: COPIES, ANH.full_name: BIRTH, HOA.full_name: COPIES}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path_factory.mktemp("search"))) as made:
        yield made


@pytest.fixture(scope="module")
def codes(desk: OpenCounter) -> dict[str, str]:
    """The code of each person's dossier, in the order in which they came."""
    people = (NGUYET, DUNG, ANH, HOA, COMPANY)
    return {person.full_name: receive(desk, person, PEOPLE.get(person.full_name, COPIES)) for person in people}


def receive(desk: OpenCounter, applicant: Party, procedure: str = BIRTH, submitter: Party | None = None) -> str:
    form = msgspec.structs.replace(a_form(), procedure_code=procedure, applicant=applicant, submitter=submitter)
    return desk.counter.intake.receive(form, Outcome.ACCEPTED).dossier.code


def names(desk: OpenCounter, words: str) -> list[str]:
    return [row.applicant_name for row in desk.counter.search.find(words)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("đỗ thị ánh", [NGUYET, ANH]),
        ("do thi anh", [NGUYET, ANH]),
        ("DO THI A", [NGUYET, ANH]),
        ("đồ thì ảnh", [NGUYET, ANH]),
        ("nguyet do", [NGUYET]),
        ("dang dun", [DUNG]),
        ("quỳnh-hoa", [HOA]),
        ("o'brien", [HOA]),
        ("lí quynh", [HOA]),
        ("dtan", [NGUYET]),
        ("dta", [NGUYET, ANH]),
        ("036199111111", [NGUYET]),
        ("036 199 111 111", [NGUYET]),
        ("0361991", [NGUYET]),
        ("222222", [DUNG]),
        ("162345678", [ANH]),
        ("345678", [NGUYET, ANH]),
        ("0912345678", [NGUYET]),
        ("091234", [NGUYET]),
        ("+84912345678", [NGUYET]),
        ("0987.654.321", [DUNG]),
        ("888 999", [HOA]),
        ("0100109106", [COMPANY]),
        ("cong ty mau", [COMPANY]),
        ("mau 68", [COMPANY]),
        ("do 85", [NGUYET]),
        ("dta 05", [ANH]),
        ("dta 2005", [ANH]),
        ("dvd 99 ct", [DUNG]),
        ("dtan 85 ks", [NGUYET]),
        ("khai sinh do thi", [NGUYET, ANH]),
        ("sao y 1985", [HOA]),
        ("dvd 99 ks", []),
        ("không ai cả", []),
        ("d", []),
        ("", []),
        ("  ", []),
    ],
)
def test_people_are_found_by_whatever_is_known_of_them(
    desk: OpenCounter, codes: dict[str, str], words: str, found: list[Party]
) -> None:
    assert set(names(desk, words)) == {person.full_name for person in found}


def test_a_dossier_is_found_by_its_code_its_start_and_its_tail(desk: OpenCounter, codes: dict[str, str]) -> None:
    code = codes[DUNG.full_name]

    for words in (code, code.lower(), code[-7:], code[-11:], f"dang {code[-4:]}"):
        assert [row.code for row in desk.counter.search.find(words)] == [code], words
    assert [row.code[-4:] for row in desk.counter.search.find(code[-4:])] == [code[-4:]] * 2  # an earlier day's as well
    assert set(codes.values()) <= {row.code for row in desk.counter.search.find("h99.14-261123")}


def test_a_submitter_leads_to_the_dossier_too(desk: OpenCounter) -> None:
    code = receive(
        desk, Party(full_name="Vi Văn Chủ", id_number="036099555001"), submitter=Party(full_name="Ma Thị Nộp")
    )

    assert [row.code for row in desk.counter.search.find("ma thi nop")] == [code]
    assert [row.code for row in desk.counter.search.find("vy van chu")] == [code]


def test_the_newest_stand_first_each_once_and_no_more_than_asked(desk: OpenCounter, codes: dict[str, str]) -> None:
    rows = desk.counter.search.find("h99")

    assert len({row.id for row in rows}) == len(rows)
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    assert desk.counter.search.find("h99", limit=3) == rows[:3]


def test_answers_say_what_of_them_was_meant(desk: OpenCounter, codes: dict[str, str]) -> None:
    (row,) = desk.counter.search.find(f"dvd ct {codes[DUNG.full_name][-4:]}")

    shown = {"applicant_name": row.applicant_name, "code": row.code, "procedure_name": row.procedure_name}
    marked = {name: [text[s.start : s.end] for s in getattr(row.match, name)] for name, text in shown.items()}
    assert marked == {
        "applicant_name": ["Đ", "V", "D"],
        "code": [codes[DUNG.full_name][-4:]],
        "procedure_name": [row.procedure_name],
    }


def test_a_nickname_that_the_catalogue_gets_later_finds_earlier_dossiers(
    desk: OpenCounter, codes: dict[str, str]
) -> None:
    assert names(desk, "giaychungsinh do") == []
    known = desk.counter.catalogue.get(BIRTH)
    desk.counter.catalogue.publish([msgspec.structs.replace(known, nicknames=(*known.nicknames, "giaychungsinh"))])

    assert set(names(desk, "giaychungsinh do")) == {NGUYET.full_name, ANH.full_name}


def test_everything_is_found_again_after_the_rows_were_made_anew(desk: OpenCounter, codes: dict[str, str]) -> None:
    asked = ("dta", "do 85", "ks", "0361991", "h99.14-261123", codes[HOA.full_name][-4:])
    before = [desk.counter.search.find(words) for words in asked]

    assert desk.counter.verification.verify().is_sound
    desk.counter.verification.rebuild()

    assert all(before)
    assert [desk.counter.search.find(words) for words in asked] == before
    assert desk.counter.verification.verify().is_sound


def test_words_that_were_replaced_find_nothing_and_leave_the_others_alone(
    desk: OpenCounter, codes: dict[str, str]
) -> None:
    with desk.desk.store.writing() as connection:
        before = derived_digest(connection)
        rows = Rows(connection)
        rows.replace_words(10_001, "tam thoi")
        rows.replace_words(10_001, "moi hon")
        rows.write()
        assert _found(connection, "moi") == [10_001]
        assert _found(connection, "tam") == []
        rows.replace_words(10_001, "")
        rows.write()
        assert _found(connection, "moi") == []
        assert derived_digest(connection) == before


def _found(connection: Connection, word: str) -> list[int]:
    query = "SELECT rowid FROM dossier_search WHERE dossier_search MATCH ?"
    return [row[0] for row in connection.exec_driver_sql(query, (word,))]


@settings(max_examples=300, deadline=None)
@given(
    words=st.text(st.characters(codec=None), max_size=12)
    | st.text("\"*^:()-+0123' NEAR OR\x00%_\ud800~=$><#&.", max_size=40)
)
def test_any_text_may_stand_in_the_search_box(desk: OpenCounter, words: str) -> None:
    assert len(desk.counter.search.find(words)) <= 20


@pytest.mark.parametrize("words", ["a " * 5_000, "1 " * 5_000, "9" * 10_000, '"' * 10_000, "khai sinh " * 1_000])
def test_the_longest_text_is_answered_like_any_other(desk: OpenCounter, words: str) -> None:
    assert len(desk.counter.search.find(words)) <= 20
