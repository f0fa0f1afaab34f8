"""What an online request may hold: names that are names, words that are words, each file under its line."""

from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.errors import UserError
from counter_app.domain.dossier import Paper
from counter_app.domain.online import SubmittedFile, check_file_name, check_words, line_of, media_type_of


@given(st.text(max_size=130))
def test_an_accepted_name_is_one_part_of_a_path_everywhere_and_shows_as_written(name: str) -> None:
    try:
        check_file_name(name)
    except UserError:
        return
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert not name.startswith(".")
    assert all(char.isprintable() or char.isspace() or ord(char) > 127 for char in name)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_markup_never_passes_as_words(words: str) -> None:
    for marked in (f"{words}<b>", f"<script>{words}", f"{words}&#60;", f"{words}\x1b[2J", f"{words}\u202e"):
        with pytest.raises(UserError, match=r"online\.bad_words"):
            check_words(marked, field="note")


@pytest.mark.parametrize("words", ["", "Thôn 5 < 6 km, đường 30/4", 'A & B "C"', "dòng một\ndòng hai"])
def test_what_people_write_passes(words: str) -> None:
    check_words(words, field="note")


def test_type_is_what_the_content_says_and_the_name_agrees() -> None:
    assert media_type_of("a.PDF", b"%PDF-1.7") == "application/pdf"
    assert media_type_of("a.jpeg", b"\xff\xd8\xff\xe0") == "image/jpeg"
    for name, data in (("a.pdf", b"PK\x03\x04"), ("a.jpg", b"%PDF-1.7"), ("a", b"%PDF-1.7"), ("a.pdf", b"")):
        with pytest.raises(UserError, match=r"online\.bad_file_type"):
            media_type_of(name, data)


def test_a_file_stands_under_its_line_by_code_else_by_name() -> None:
    papers = (Paper(name="Tờ khai", code="T1"), Paper(name="Giấy chứng sinh", code="T2"))

    def line(component: str) -> int:
        return line_of(SubmittedFile(name="a.pdf", sha256="", size_bytes=0, media_type="", component=component), papers)

    assert [line(one) for one in ("T2", "giay chung sinh", "khác", "")] == [2, 2, 0, 0]
