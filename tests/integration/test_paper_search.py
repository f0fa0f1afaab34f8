"""Words inside digitised papers are found, on the right page of the right dossier, by whoever may look."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome
from counter_app.domain.search import find_passage, read_inside_query
from counter_app.domain.unit import UnitLevel
from counter_app.services.answers.documents import DocumentView, NamedFile, PagePlace
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.written_pdf import written_pdf

FIRST = "Đơn đề nghị xác nhận\nông Trần Văn Mẫu có nhà tại thôn Đồng Giữa"
SECOND = "Sơ đồ thửa đất\ndiện tích đất ở lâu dài là 120 m2"
LOOSE = "Biên bản: ở đây có đất, đã dùng lâu, và đường dài\nthôn khác"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as one:
        yield one


def attach(made: OpenCounter, number: int, *pages: str) -> DocumentView:
    code = made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier.code
    file = NamedFile(name="a.pdf", data=written_pdf(*pages))
    (view,) = made.counter.digitising.attach([file], code, component=1).documents
    made.counter.paper_texts.catch_up()
    return view


def found(made: OpenCounter, words: str) -> list[tuple[str, int]]:
    rows = made.counter.paper_texts.find(words)
    return [(row.code, row.inside.page) for row in rows if row.inside is not None]


def test_words_are_found_without_marks_on_their_page_and_shown_as_written(made: OpenCounter) -> None:
    view = attach(made, 1, FIRST, SECOND)
    code = view.dossier_code

    for words in ("dat o lau dai", "ĐẤT Ở LÂU DÀI", "đất ở lâu d", "so do thua dat 120", "thua dat"):
        assert found(made, words) == [(code, 2)], words
    assert found(made, "tran van mau") == [(code, 1)]
    assert found(made, "khong co trong giay") == []
    (row,) = made.counter.paper_texts.find("dat o lau dai")
    assert row.inside is not None
    assert row.inside.paper == view.component_name
    assert row.inside.document_id == view.document.id
    marked = [row.inside.words[mark.start : mark.end] for mark in row.inside.marks]
    assert marked == ["đất", "ở", "lâu", "dài"]


def test_words_side_by_side_come_before_words_on_the_same_page(made: OpenCounter) -> None:
    side_by_side = attach(made, 1, SECOND).dossier_code
    loose = attach(made, 2, LOOSE).dossier_code

    assert found(made, "dat o lau dai") == [(side_by_side, 1), (loose, 1)]


def test_only_the_file_in_force_of_a_paper_that_counts_is_found(made: OpenCounter) -> None:
    view = attach(made, 1, FIRST, SECOND)
    made.counter.digitising.rearrange(view.document.id, [PagePlace(number=2)])
    made.counter.paper_texts.catch_up()
    assert found(made, "dat o lau dai") == [(view.dossier_code, 1)]
    assert found(made, "tran van mau") == []
    made.counter.digitising.restore(view.document.id, 0)
    made.counter.paper_texts.catch_up()
    assert found(made, "tran van mau") == [(view.dossier_code, 1)]
    made.counter.digitising.withdraw(view.document.id, "nhầm hồ sơ")
    assert found(made, "tran van mau") == []


def test_after_a_rebuild_everything_is_found_again_and_verify_has_nothing_to_say(made: OpenCounter) -> None:
    view = attach(made, 1, FIRST, SECOND)
    made.counter.verification.rebuild()

    assert found(made, "dat o lau dai") == [(view.dossier_code, 2)]
    assert made.counter.paper_texts.catch_up() == 0
    assert made.counter.verification.verify().findings == ()


def test_a_paper_whose_file_comes_later_is_read_when_it_is_there(made: OpenCounter) -> None:
    view = attach(made, 1, FIRST)
    name = made.desk.vault.name_of(view.document.content.sha256)
    path = made.desk.folder.vault / name[:2] / name
    path.rename(path.with_suffix(".away"))
    made.counter.verification.rebuild()
    assert found(made, "tran van mau") == []
    path.with_suffix(".away").rename(path)

    assert made.counter.paper_texts.catch_up() == 1
    assert found(made, "tran van mau") == [(view.dossier_code, 1)]


def test_a_post_office_and_nobody_do_not_look_inside(made: OpenCounter) -> None:
    attach(made, 1, FIRST)
    session = made.counter.session
    assert session.current is not None
    session.sign_out()
    assert found(made, "tran van mau") == []
    session.act_as()
    own = session.current
    assert own is not None
    made.counter.units.save(msgspec.structs.replace(own.unit, level=UnitLevel.POST))
    session.act_as()
    assert found(made, "tran van mau") == []


def test_a_paper_is_read_in_the_background_once_it_is_attached(made: OpenCounter) -> None:
    made.counter.paper_texts.start()
    code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED).dossier.code
    made.counter.digitising.attach([NamedFile(name="a.pdf", data=written_pdf(FIRST))], code)
    ended = time.monotonic() + 20
    while not found(made, "tran van mau") and time.monotonic() < ended:
        threading.Event().wait(0.02)

    assert found(made, "tran van mau") == [(code, 1)]


@given(text=st.text(max_size=60), page=st.text(max_size=200))
def test_whatever_is_typed_is_a_question_and_a_passage_marks_only_what_is_there(text: str, page: str) -> None:
    query = read_inside_query(text)
    passage = find_passage(page, query.words)

    assert all(0 <= mark.start < mark.end <= len(passage.text) for mark in passage.marks)
    assert all('"' not in word for word in query.words)


def test_hostile_words_reach_the_index_as_words(made: OpenCounter) -> None:
    attach(made, 1, FIRST)
    for words in ('"', "a AND OR", "words:mau*", "NEAR(tran mau)", "tran' OR 1=1", "*** --", "mau\x00van"):
        assert isinstance(found(made, words), list)
