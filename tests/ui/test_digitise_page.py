"""Papers become documents on the digitising page, by keys, over a real store and real files."""

import io
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.document import ContentCause, TrayReason
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.scanning.scanned import ScannedPage
from counter_app.services.answers.documents import NamedFile
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.fakes.sane_scanner import DEVICE, SHEETS, needs_sane, sane_folder
from tests.fakes.scanned_corpus import Kind, as_file, make_page
from tests.ui.printing_steps import open_dossier, type_into
from ui.digitise.page import DigitisePage
from ui.shell import MainWindow
from ui.widgets import ActionButton

LONG_MS = 60_000


def receive(counter: Counter) -> str:
    counter.session.act_as()
    return counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier.code


def papers(tmp_path: Path, count: int, name: str = "giay.tif", *, first: bytes = b"") -> Path:
    pictures = [Image.open(io.BytesIO(first))] if first else []
    made = (as_file(make_page(Kind.SPARSE, seed, turned=0, lines=(2, 3))) for seed in range(1, count + 1))
    pictures += [Image.open(io.BytesIO(data)) for data in made]
    path = tmp_path / name
    pictures[0].save(path, "TIFF", save_all=True, append_images=pictures[1:], dpi=(200, 200))
    return path


def open_page(qtbot: QtBot, window: MainWindow, code: str) -> DigitisePage:
    window.press("Ctrl+7")
    page = window.current_page
    assert isinstance(page, DigitisePage)
    type_into(page.lists.code, code)
    QTest.keyClick(page.lists.code, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.code == code, timeout=LONG_MS)
    return page


def wait_for_documents(qtbot: QtBot, page: DigitisePage, count: int) -> None:
    def is_there() -> bool:
        rows = page.lists.lines.rows_model.rows
        return not page.is_busy and sum(row.document is not None for row in rows) == count

    qtbot.waitUntil(is_there, timeout=LONG_MS)


def test_files_go_to_the_chosen_line_and_their_pages_are_seen(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    page.lists.choose((1, ""))
    page.attach([papers(tmp_path, 3)])
    wait_for_documents(qtbot, page, 1)

    (view,) = counter.digitising.list_of_dossier(code)
    assert (view.document.component, view.document.content.pages) == (1, 3)
    window.press("F7")
    QTest.keyClick(page.viewer.thumbnails, Qt.Key.Key_End)
    assert page.viewer.number == 3
    qtbot.waitUntil(lambda: not page.viewer.paper.pixmap().isNull(), timeout=LONG_MS)
    width = page.viewer.paper.pixmap().width()
    window.press("Ctrl+=")
    qtbot.waitUntil(lambda: page.viewer.paper.pixmap().width() > width, timeout=LONG_MS)


def test_dropped_files_go_to_the_line_under_the_pointer(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(papers(tmp_path, 1)))])
    table = page.lists.lines
    middle = table.visualRect(table.model().index(1, 0)).center()
    place = QPointF(table.viewport().mapTo(page.lists, middle))
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.lists.dropEvent(QDropEvent(place, Qt.DropAction.CopyAction, mime, buttons, keys))
    wait_for_documents(qtbot, page, 1)

    assert counter.digitising.list_of_dossier(code)[0].document.component == 2


def test_a_pile_goes_where_its_slip_says_and_what_waits_is_put_to_a_line(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    dossier = counter.lookup.get_dossier(code).dossier
    qr = counter.slip_checks.seal(dossier, Form.RECEIPT)
    slip = as_file(make_page(Kind.SLIP, 7, code=qr, plain=code, turned=0))
    pile, stray = papers(tmp_path, 2, "tap.tif", first=slip), papers(tmp_path, 1, "a-lac.tif")
    page = open_page(qtbot, window, code)
    page.route([stray, pile])
    wait_for_documents(qtbot, page, 1)
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)

    assert [view.dossier_code for view in page.report.rows_model.rows] == [code]
    assert counter.digitising.tray.list_waiting()[0].reason is TrayReason.NO_CODE
    page.lists.choose((1, ""))
    window.press("F6")
    qtbot.waitUntil(lambda: not page.viewer.paper.pixmap().isNull(), timeout=LONG_MS)
    window.press("Ctrl+Return")
    wait_for_documents(qtbot, page, 2)
    assert counter.digitising.tray.list_waiting() == ()
    assert sorted(view.document.component for view in counter.digitising.list_of_dossier(code)) == [0, 1]


def test_a_scan_that_was_cut_off_is_offered_and_becomes_a_document(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    code = receive(counter)
    scan = counter.digitising.begin_scan()
    picture = as_file(make_page(Kind.SPARSE, 3, turned=0, lines=(2, 3)))
    counter.digitising.tray.capture(scan, ScannedPage(picture=picture, number=1, dpi=200))
    page = open_page(qtbot, window, code)
    qtbot.waitUntil(lambda: page.lists.tray.rows_model.rowCount() == 1, timeout=LONG_MS)
    page.lists.choose((2, ""))
    window.press("F6")
    QTest.keyClick(page.lists.tray, Qt.Key.Key_Return)
    wait_for_documents(qtbot, page, 1)

    assert counter.digitising.list_of_dossier(code)[0].document.component == 2
    assert counter.digitising.tray.list_interrupted() == ()


def test_pages_are_turned_moved_left_out_and_the_last_step_is_undone(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    page.attach([papers(tmp_path, 3)])
    wait_for_documents(qtbot, page, 1)
    document = counter.digitising.list_of_dossier(code)[0].document.id

    def press(keys: str, versions: int) -> None:
        qtbot.waitUntil(lambda: not page.is_busy and page.viewer.view is not None, timeout=LONG_MS)
        window.press(keys)
        qtbot.waitUntil(lambda: len(counter.digitising.get(document).versions) == versions, timeout=LONG_MS)

    press("Ctrl+R", 2)
    turned = counter.digitising.draw_page(document, 1, longest=200)
    assert turned.width > turned.height
    press("Ctrl+Down", 3)
    moved = counter.digitising.draw_page(document, 2, longest=200)
    assert moved.width > moved.height
    press("Ctrl+K", 4)
    assert counter.digitising.get(document).document.content.pages == 2
    qtbot.waitUntil(lambda: not page.is_busy and window.bar.message is not None, timeout=LONG_MS)
    message = window.bar.message
    assert message is not None
    assert message.action is not None
    message.action()
    qtbot.waitUntil(lambda: counter.digitising.get(document).document.content.pages == 3, timeout=LONG_MS)
    assert counter.digitising.get(document).versions[-1].cause is ContentCause.REARRANGED


def test_a_document_is_split_moved_and_withdrawn_with_a_reason(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    page.lists.choose((1, ""))
    page.attach([papers(tmp_path, 2)])
    wait_for_documents(qtbot, page, 1)
    window.press("Ctrl+T")
    wait_for_documents(qtbot, page, 2)
    first = counter.digitising.list_of_dossier(code)[0].document.id

    page.lists.choose((1, first))
    window.press("Ctrl+M")
    page.ask.submit()
    assert page.ask.isVisible(), "a move without a reason goes nowhere"
    type_into(page.ask.reason, "đưa nhầm dòng")
    QTest.keyClick(page.ask.reason, Qt.Key.Key_Return)
    wait_for_documents(qtbot, page, 3)
    views = {view.document.id: view for view in counter.digitising.list_of_dossier(code)}
    assert views[first].withdrawn_reason == "đưa nhầm dòng"
    moved = next(view for view in views.values() if view.document.component == 2)

    page.lists.choose((2, moved.document.id))
    window.press("F11")
    type_into(page.ask.reason, "giấy hết hiệu lực")
    QTest.keyClick(page.ask.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(counter.digitising.get(moved.document.id).withdrawn_reason), timeout=LONG_MS)


@pytest.mark.parametrize("data", [b"khong phai giay", b""])
def test_a_file_that_is_no_paper_is_refused_in_a_sentence(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path, data: bytes
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    bad = tmp_path / "la.pdf"
    bad.write_bytes(data)
    page.attach([bad])
    qtbot.waitUntil(lambda: not page.is_busy and window.bar.message is not None, timeout=LONG_MS)

    assert window.bar.message is not None
    assert "la.pdf" in window.bar.message.text
    assert counter.digitising.list_of_dossier(code) == ()


def test_esc_stops_the_work_and_the_page_goes_on(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    page.attach([papers(tmp_path, 6)])
    assert page.is_busy
    window.press("Esc")

    assert not page.lists.cancel.isVisible()
    page.attach([papers(tmp_path, 1, "mot.tif")])
    qtbot.waitUntil(lambda: not page.is_busy, timeout=LONG_MS)
    wait_for_documents(qtbot, page, 1)
    assert counter.digitising.list_of_dossier(code)[0].document.content.pages == 1


@needs_sane
def test_a_batch_from_a_scanner_becomes_a_document_of_the_line(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = receive(counter)
    for name, value in sane_folder(tmp_path / "sane").items():
        monkeypatch.setenv(name, value)
    counter.preferences.set("scan.network.search", False)
    page = open_page(qtbot, window, code)
    page.lists.choose((2, ""))
    window.press("F9")
    qtbot.waitUntil(lambda: page.card.isVisible() and page.card.device.count() > 1, timeout=LONG_MS)
    page.card.device.setCurrentIndex(page.card.device.findData(DEVICE))
    window.press("F9")
    qtbot.waitUntil(lambda: bool(counter.digitising.list_of_dossier(code)), timeout=3 * LONG_MS)

    (view,) = counter.digitising.list_of_dossier(code)
    assert (view.document.component, view.document.content.pages) == (2, SHEETS)
    assert counter.digitising.tray.list_interrupted() == ()


def test_the_dossier_page_says_what_is_digitised_and_leads_to_the_line(
    qtbot: QtBot, window: MainWindow, counter: Counter, tmp_path: Path
) -> None:
    code = receive(counter)
    file = NamedFile(name="a.tif", data=papers(tmp_path, 1).read_bytes())
    counter.digitising.attach([file], code, component=2)
    dossiers = open_dossier(qtbot, window, code)
    qtbot.waitUntil(lambda: dossiers.panel.digitised.lines.count() == 1, timeout=LONG_MS)
    item = dossiers.panel.digitised.lines.itemAt(0)
    assert item is not None
    button = item.widget()
    assert isinstance(button, ActionButton)
    button.click()

    page = window.current_page
    assert isinstance(page, DigitisePage)
    qtbot.waitUntil(lambda: page.lists.line is not None and page.lists.line.component == 2, timeout=LONG_MS)
    assert page.code == code
