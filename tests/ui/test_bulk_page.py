"""Many dossiers at once at the window: marked by keys, previewed, done, exported."""

from pathlib import Path

from openpyxl import load_workbook
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Status
from counter_app.services.answers.bulk import BulkKind, BulkState
from counter_app.services.counter import Counter
from tests.ui.acting_steps import receive
from tests.ui.printing_steps import choose, type_into
from ui.actions import PageId
from ui.bulk.presenter import Phase
from ui.custody.page import CustodyPage
from ui.custody.state import Mode
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow
from ui.tasks import Where


def open_list(qtbot: QtBot, window: MainWindow) -> DossiersPage:
    window.show_page(PageId.DOSSIERS)
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() > 0)
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    return page


def resolved(counter: Counter, number: int) -> str:
    code = receive(counter, number)
    counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
    counter.dossiers.act(code, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    return code


def marked(page: DossiersPage) -> tuple[str, ...]:
    return page.list_work.marking.codes


def is_checked(page: DossiersPage, row: int) -> object:
    return page.table.rows_model.index(row, 0).data(Qt.ItemDataRole.CheckStateRole)


def begin(qtbot: QtBot, window: MainWindow, page: DossiersPage, kind: BulkKind) -> None:
    """Open the marked dossiers and choose what to do with them."""
    window.press("F8")
    assert page.is_in_bulk
    choose(page.bulk_view.kind, kind.value)
    qtbot.waitUntil(lambda: page.bulk_view.presenter.state.answer is not None)


def test_marks_are_set_by_keys_and_stay_while_the_list_changes(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    first, second, third = (receive(counter, number) for number in range(3))
    page = open_list(qtbot, window)

    QTest.keyClick(page.table, Qt.Key.Key_Space)
    QTest.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert marked(page) == (third, second)
    assert [is_checked(page, row) for row in range(3)] == [
        Qt.CheckState.Checked, Qt.CheckState.Checked, Qt.CheckState.Unchecked
    ]  # fmt: skip
    newest = receive(counter, 9)
    qtbot.waitUntil(lambda: page.table.rows_model.row_at(0).code == newest)
    QTest.keyClick(page.table, Qt.Key.Key_Space)

    assert marked(page) == (third,)
    assert first not in marked(page)
    window.press("Esc")
    assert marked(page) == ()
    assert is_checked(page, 0) is None


def test_whole_list_is_marked_as_it_is_filtered(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_list(qtbot, window)
    total = page.table.rows_model.rowCount()

    QTest.keyClick(page.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)

    qtbot.waitUntil(lambda: len(marked(page)) == total)


def test_preview_says_what_can_be_done_then_it_is_done_and_the_result_says_so(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    ready, fresh = resolved(counter, 1), receive(counter, 2)
    page = open_list(qtbot, window)
    page.list_work.marking.mark([ready, fresh])
    begin(qtbot, window, page, BulkKind.RESULT_ARRIVED)
    state = page.bulk_view.presenter.state
    assert state.answer is not None
    assert {line.code: line.state for line in state.answer.lines} == {
        ready: BulkState.READY, fresh: BulkState.REFUSED
    }  # fmt: skip
    assert page.bulk_view.table.rows_model.index(1, 3).data() != ""

    window.press("F9")
    qtbot.waitUntil(lambda: page.bulk_view.presenter.state.phase is Phase.OVER)

    done = page.bulk_view.presenter.state.answer
    assert done is not None
    assert {line.code: line.state for line in done.lines} == {ready: BulkState.DONE, fresh: BulkState.REFUSED}
    result = counter.lookup.get_dossier(ready).state.result
    assert result is not None
    assert result.here_at is not None
    assert counter.lookup.get_dossier(fresh).dossier.status is Status.RECEIVED
    assert marked(page) == ()
    window.press("Esc")
    assert not page.is_in_bulk


def test_preview_that_comes_late_does_not_cover_the_result(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    ready = resolved(counter, 1)
    page = open_list(qtbot, window)
    page.list_work.marking.mark([ready])
    begin(qtbot, window, page, BulkKind.RESULT_ARRIVED)
    presenter = page.bulk_view.presenter

    presenter.preview()
    window.press("F9")
    qtbot.waitUntil(lambda: presenter.state.phase is Phase.OVER)
    presenter.preview()
    heard: list[None] = []
    window.tasks.run(lambda: None, owner=page, done=heard.append, where=Where.POOL)
    qtbot.waitUntil(lambda: len(heard) == 1)

    assert presenter.state.answer is not None
    assert [line.state for line in presenter.state.answer.lines] == [BulkState.DONE]


def test_marked_dossiers_are_carried_to_a_new_manifest(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    codes = [receive(counter, number) for number in range(2)]
    page = open_list(qtbot, window)
    page.list_work.marking.mark(codes)
    begin(qtbot, window, page, BulkKind.MANIFEST)

    window.press("F9")
    custody = window.pages[PageId.CUSTODY]
    assert isinstance(custody, CustodyPage)
    qtbot.waitUntil(lambda: custody.state.mode is Mode.MAKING)
    type_into(custody.begin_form.receiver, "Phòng Tư pháp")
    window.press("F9")
    qtbot.waitUntil(lambda: custody.state.mode is Mode.FILLING)

    assert counter.custody.get(custody.state.code).manifest.codes == tuple(codes)


def test_list_is_exported_with_the_columns_and_rows_that_are_shown(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    page = open_list(qtbot, window)
    file = tmp_path / "danh sách.xlsx"

    window.press("Ctrl+E")
    dialog = page.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()

    qtbot.waitUntil(file.exists)
    rows = list(load_workbook(file).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("Mã hồ sơ", "Chủ hồ sơ", "Hẹn trả", "Trạng thái", "Quá hạn")
    assert len(rows) - 1 == page.table.rows_model.rowCount()
    qtbot.waitUntil(lambda: window.bar.message is not None and file.name in window.bar.message.text)
