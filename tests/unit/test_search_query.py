import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.text import fold
from counter_app.domain.catalogue import ProcedureIndex, starter_procedures
from counter_app.domain.person import Party
from counter_app.domain.search import Query, Span, find_match, read_query, terms_of, written_terms
from counter_app.domain.search.terms import SIGNS

BIRTH, COPIES = "1.001193", "2.000815"
CODE = "H99.14-261123-0012"
HOSTILE = st.text("\"'*^:()-+,{}<>~=$#&%_. \x00\ud800NEARORNOTAD0123aâđ", max_size=60)
ANY_TEXT = st.text(st.characters(codec=None), max_size=40) | HOSTILE


@pytest.fixture(scope="module")
def procedures() -> ProcedureIndex:
    return ProcedureIndex(starter_procedures())


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """An index as the store makes it, but for the deleting that older SQLite cannot do."""
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute(
            "CREATE VIRTUAL TABLE found USING fts5(words, content='', detail='none', "
            f"tokenize=\"ascii tokenchars '{SIGNS}'\", prefix='1 2 3 4 5 6 7')"
        )
        yield made


def asked(procedures: ProcedureIndex, text: str) -> Query:
    return read_query(text, procedures.codes_named)


def finds(index: sqlite3.Connection, query: Query) -> bool:
    asked = "SELECT rowid FROM found WHERE found MATCH ?"
    return any(index.execute(asked, (expression,)).fetchall() for expression in query.tries)


def put(index: sqlite3.Connection, party: Party, procedure: str = BIRTH) -> None:
    index.execute("INSERT INTO found (found) VALUES ('delete-all')")
    words = written_terms(terms_of(code=CODE, procedure_code=procedure, parties=(party,)))
    index.execute("INSERT INTO found (rowid, words) VALUES (1, ?)", (words,))


PERSON = Party(
    full_name="Nguyễn Văn An", birth_year=1985, id_number="036085000123", tax_code="8012345678", phone="0912345678"
)


@pytest.mark.parametrize(
    "text",
    [
        "nva 85 ks",
        "ks nva 1985",
        "an 8",
        "an 198",
        "khai sinh nguyen",
        "nguyễn khai si",
        "dang ky khai sinh an",
        "Nguyen van a",
        "nv",
        "0012",
        "23-0012",
        "261123-0012",
        "261123 0012",
        CODE,
        CODE.lower().replace("-", " – "),
        "h99.14-2611",
        "nva 0012",
        "036085",
        "000123",
        "036 085 000 123",
        "85 036 085 000 123",
        "036 085 000 123 85",
        "0912 345 678",
        "+84 912.345.678",
        "84912345678",
        "5678",
        "8012345678",
        "8012345678 nguyễn 85",
        "1.001193",
    ],
)
def test_each_way_of_asking_finds_the_dossier(index: sqlite3.Connection, procedures: ProcedureIndex, text: str) -> None:
    put(index, PERSON)

    assert finds(index, asked(procedures, text)), asked(procedures, text)


@pytest.mark.parametrize(
    "text",
    ["nva 86", "nva 85 ct", "vnb", "nguyen b", "0013", "036086", "h99.15-2611", "chứng thực", "85 ks nva x", "1986"],
)
def test_every_word_has_to_be_met(index: sqlite3.Connection, procedures: ProcedureIndex, text: str) -> None:
    put(index, PERSON)

    assert not finds(index, asked(procedures, text)), asked(procedures, text)


@pytest.mark.parametrize("text", ["", " ", "a", "đ", "7", "\x00", '"*^', "- - -", "\ud800", "‘’"])
def test_less_than_two_letters_ask_for_nothing(procedures: ProcedureIndex, text: str) -> None:
    assert asked(procedures, text).tries == ()


@settings(max_examples=500, deadline=None)
@given(text=ANY_TEXT)
def test_any_text_is_a_question_that_the_index_can_answer(
    index: sqlite3.Connection, procedures: ProcedureIndex, text: str
) -> None:
    query = asked(procedures, text)

    finds(index, query)  # raises where it is no expression
    assert all(len(expression) < 20_000 for expression in query.tries)
    assert len(query.words) <= 10


@settings(max_examples=300, deadline=None)
@given(
    words=st.lists(st.text("aăâbcdđeêgiklmnoôơpqrstuưvxyáàảãạ", min_size=2, max_size=7), min_size=1, max_size=4),
    data=st.data(),
)
def test_a_name_is_found_by_the_start_of_any_of_its_words_in_any_order(
    index: sqlite3.Connection, procedures: ProcedureIndex, words: list[str], data: st.DataObject
) -> None:
    put(index, Party(full_name=" ".join(words)))
    order = data.draw(st.permutations(words))
    typed = [word[: data.draw(st.integers(2, len(word)))] for word in order]

    query = asked(procedures, fold(" ".join(typed)))
    assert finds(index, query)
    match = find_match(query, code=CODE, applicant_name=" ".join(words), procedure_code="", procedure_name="")
    assert match.applicant_name or query.procedures


def spans_of(procedures: ProcedureIndex, text: str, *, name: str = "", code: str = "") -> list[str]:
    query = asked(procedures, text)
    match = find_match(query, code=code, applicant_name=name, procedure_code="", procedure_name="")
    shown = name or code
    spans = match.applicant_name if name else match.code
    return [shown[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("text", "name", "marked"),
    [
        ("ngu an", "Nguyễn Văn Ẩn", ["Ngu", "Ẩn"]),
        ("nva 85", "Nguyễn Văn An", ["N", "V", "A"]),
        ("qui", "Trần Quý", ["Quý"]),
        ("do", "Đỗ Thị Đông", ["Đỗ", "Đô"]),
        ("hoa", "Lý Quỳnh-Hoa", ["Hoa"]),
        ("brien o", "O'Brien", ["O", "Brien"]),
        ("hoa\u0300", "Ho\u0300a Bi\u0300nh", ["Ho\u0300a"]),
        ("85 ks", "Nguyễn Văn An", []),
    ],
)
def test_what_was_meant_is_marked_in_the_name(
    procedures: ProcedureIndex, text: str, name: str, marked: list[str]
) -> None:
    assert spans_of(procedures, text, name=name) == marked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("0012", ["0012"]),
        ("23-0012", ["23", "0012"]),
        ("h99", ["H99"]),
        ("h99.14-26", ["H99", "14", "26"]),
        ("2611", ["2611"]),
        ("12", []),
        ("an", []),
        ("99", []),
    ],
)
def test_what_was_meant_is_marked_in_the_code(procedures: ProcedureIndex, text: str, marked: list[str]) -> None:
    assert spans_of(procedures, text, code=CODE) == marked


@pytest.mark.parametrize(("text", "is_marked"), [("nva ks", True), ("khai sinh", True), ("nva ct", False)])
def test_a_procedure_that_was_named_is_marked(procedures: ProcedureIndex, text: str, is_marked: bool) -> None:
    query = asked(procedures, text)
    match = find_match(query, code=CODE, applicant_name="An", procedure_code=BIRTH, procedure_name="Khai sinh")

    assert match.procedure_name == ((Span(0, 9),) if is_marked else ())


@settings(max_examples=300, deadline=None)
@given(text=ANY_TEXT, name=ANY_TEXT, code=ANY_TEXT)
def test_marks_lie_inside_the_text_in_order_and_apart(
    procedures: ProcedureIndex, text: str, name: str, code: str
) -> None:
    match = find_match(asked(procedures, text), code=code, applicant_name=name, procedure_code="", procedure_name="")

    for shown, spans in ((name, match.applicant_name), (code, match.code)):
        ends = [end for span in spans for end in (span.start, span.end)]
        assert ends == sorted(set(ends))
        assert all(0 <= end <= len(shown) for end in ends)


@pytest.mark.parametrize(
    ("words", "code", "is_named"),
    [
        ("ks", BIRTH, True),
        ("ct", COPIES, True),
        ("khai sinh", BIRTH, True),
        ("khai", BIRTH, False),
        ("khai si", BIRTH, True),
        ("khai s", BIRTH, False),
        ("đăng ký", BIRTH, False),
        ("sao y", COPIES, True),
    ],
)
def test_words_name_a_procedure_only_where_they_are_its_nickname(
    procedures: ProcedureIndex, words: str, code: str, is_named: bool
) -> None:
    named: Sequence[str] = procedures.codes_named(fold(words).split(), is_growing=True)

    assert (code in named) is is_named
