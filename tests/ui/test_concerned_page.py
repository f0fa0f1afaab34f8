"""A clerk decides a dossier that another unit received: by keys, from the count on the first page to the answer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.services.counter import Counter
from resources.texts import Language
from tests.fakes.concerned_place import Place, concerned_place
from tests.fakes.desks import person
from tests.fakes.province import served_province
from tests.ui.printing_steps import type_into
from ui.actions import PageId
from ui.concerned.page import ConcernedPage
from ui.shell import MainWindow
from ui.start.page import StartPage


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A dossier with a paper has come to the desk that decides it; the paper itself has not."""
    with served_province() as (province, _folder), concerned_place(tmp_path, province) as made:
        made.receive(1, with_paper=True)
        made.deciding.counter.province_line.exchange()
        made.carry()
        yield made


@pytest.fixture
def counter(place: Place) -> Counter:
    """The services under the window: of the desk that decides."""
    return place.deciding.counter


def written(page: ConcernedPage, row: int = 0) -> list[str]:
    model = page.table.rows_model
    return [model.data(model.index(row, column)) for column in range(model.columnCount())]


def answer_by_keys(qtbot: QtBot, window: MainWindow, page: ConcernedPage) -> None:
    """Begin one answer and leave it, then state a result; what is lacking or wrong is said at its field."""
    window.press("F8")
    qtbot.waitUntil(lambda: page.is_writing)
    window.press("Esc")
    qtbot.waitUntil(lambda: not page.is_writing)
    window.press("F9")
    inputs = page.form.inputs
    window.press("F9")
    assert inputs["result_number"].problem == "Chưa ghi."
    type_into(inputs["result_number"].editor, "12/QĐ-UBND")
    type_into(inputs["result_on"].editor, "31/12/2099")
    window.press("F9")
    qtbot.waitUntil(lambda: "tương lai" in inputs["result_on"].problem)
    inputs["result_on"].show_value("")
    type_into(inputs["result_on"].editor, "22/11/2026")
    window.press("F9")
    qtbot.waitUntil(lambda: not page.is_writing)


def look_at_the_paper(qtbot: QtBot, window: MainWindow, page: ConcernedPage) -> None:
    """A paper that is not here waits for nobody who only leafs through the list; a click or a key brings it."""
    assert page.viewer.title.text() == window.words("concerned.elsewhere")
    (row,) = page.table.rows_model.rows
    assert row.here == (False,)
    only = page.files.visualItemRect(page.files.item(0)).center()
    QTest.mouseClick(page.files.viewport(), Qt.MouseButton.LeftButton, pos=only)
    assert page.viewer.title.text() == window.words("concerned.coming")
    qtbot.waitUntil(lambda: page.viewer.number == 1 and not page.viewer.paper.pixmap().isNull(), timeout=20_000)
    qtbot.waitUntil(lambda: "1/1" in written(page))


def answer_behind_a_colleague(qtbot: QtBot, window: MainWindow, page: ConcernedPage, code: str) -> None:
    """What a colleague answered while a head was writing stays, and the head is told."""
    concerned = window.context.counter.concerned
    window.press("F7")
    qtbot.waitUntil(lambda: page.is_writing)
    asked = ConcernedAnswer(outcome=ConcernedOutcome.SUPPLEMENT, words="thiếu hộ khẩu")
    concerned.answer(code, asked)
    type_into(page.form.inputs["reason"].editor, "không đủ điều kiện")
    window.press("F9")
    qtbot.waitUntil(lambda: window.bar.message is not None and "người khác trả lời" in window.bar.message.text)
    assert page.is_writing
    assert concerned.get(code).answer == asked
    window.press("Esc")
    qtbot.waitUntil(lambda: not page.is_writing and page.chosen.answer == asked)


def let_everything_end(qtbot: QtBot, window: MainWindow, page: ConcernedPage) -> None:
    """Wait until what was asked of the store before was answered."""
    ended: list[None] = []
    window.tasks.run(lambda: None, owner=page, done=ended.append)
    qtbot.waitUntil(lambda: bool(ended))


def test_dossier_received_elsewhere_is_answered_by_keys(
    qtbot: QtBot, window: MainWindow, counter: Counter, place: Place
) -> None:
    start = window.pages[PageId.START]
    assert isinstance(start, StartPage)
    qtbot.waitUntil(start.concerned.isVisible)
    assert start.concerned.accessibleName() == "Nơi khác tiếp nhận: 1 chờ"
    window.press("Ctrl+9")
    page = window.current_page
    assert isinstance(page, ConcernedPage)
    qtbot.waitUntil(lambda: page.table.current_row is not None)
    (row,) = counter.concerned.list_open()
    code, shown = row.dossier.code, written(page)
    assert {code, "UBND xã Đồng Mẫu", person(1).full_name, row.dossier.procedure_name, "chờ trả lời"} <= set(shown)
    look_at_the_paper(qtbot, window, page)

    answer_behind_a_colleague(qtbot, window, page, code)
    answer_by_keys(qtbot, window, page)
    answer = counter.concerned.get(code).answer
    assert answer is not None
    assert (answer.outcome, answer.number) == (ConcernedOutcome.RESULT, "12/QĐ-UBND")
    qtbot.waitUntil(lambda: "đã có kết quả" in written(page))
    assert window.bar.message is not None
    assert code in window.bar.message.text

    other = place.receive(2)
    place.carry()
    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) == 2)  # an exchange brought it while nobody did anything
    place_of = [row.dossier.code for row in page.table.rows_model.rows].index
    for scanned in (code, other):  # the paper comes with its slip
        window.router.take_typed(scanned)
        qtbot.waitUntil(lambda: page.table.currentIndex().row() == place_of(scanned))  # noqa: B023 - it is waited for here
    page.most_shown = 1
    window.press("F5")
    qtbot.waitUntil(page.cut.isVisible)
    assert [row.dossier.code for row in page.table.rows_model.rows] == [other]
    page.most_shown = 2
    window.press("F5")
    qtbot.waitUntil(lambda: not page.cut.isVisible())
    due = counter.concerned.get(other).dossier.due_at
    assert due is not None
    place.clock.move(due - place.clock.now() + timedelta(minutes=1))
    window.press("F5")
    qtbot.waitUntil(lambda: written(page)[0].startswith("QUÁ HẠN"))
    window.press("Ctrl+1")
    qtbot.waitUntil(lambda: start.concerned.accessibleName() == "Nơi khác tiếp nhận: 1 chờ, 1 quá hạn")
    window.words.set_language(Language.ENGLISH)
    assert start.concerned.accessibleName() == "Received elsewhere: 1 waiting, 1 late"
    assert place.receiving.counter.lookup.get_dossier(code).systems[0].facts["number"] == "12/QĐ-UBND"

    window.words.set_language(Language.VIETNAMESE)
    end_while_it_is_written(qtbot, window, counter, place)


def end_while_it_is_written(qtbot: QtBot, window: MainWindow, counter: Counter, place: Place) -> None:
    """What is being written stays where it is, also when its unit ended the last dossier meanwhile."""
    window.press("Ctrl+9")
    page = window.current_page
    assert isinstance(page, ConcernedPage)
    let_everything_end(qtbot, window, page)
    page.table.selectRow(0)
    window.press("F7")
    qtbot.waitUntil(lambda: page.is_writing)
    for row in counter.concerned.list_under_way():
        place.receiving.counter.dossiers.act(row.dossier.code, Action.WITHDRAW, ActionFacts(reason="công dân rút"))
    place.carry()
    assert counter.concerned.list_under_way() == ()
    page.read()
    let_everything_end(qtbot, window, page)
    assert page.form.isVisible()
    window.press("Esc")
    qtbot.waitUntil(lambda: not page.table.isVisible())
