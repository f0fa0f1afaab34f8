import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.services.counter import Counter
from counter_app.services.peripherals import DeviceRole, Scan
from ui.actions import PageId
from ui.custody.page import CustodyPage
from ui.custody.state import Mode
from ui.dossiers.page import DossiersPage
from ui.intake.page import IntakePage
from ui.shell import MainWindow

CARD = "001190012345|012345678|Trần Thị Mẫu|05031990|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012022"


def _intake(window: MainWindow) -> IntakePage:
    page = window.pages[PageId.INTAKE]
    assert isinstance(page, IntakePage)
    return page


def _dossiers(window: MainWindow) -> DossiersPage:
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    return page


def _paste(window: MainWindow, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    window.scan_field.setFocus()
    QTest.keyClick(window.scan_field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def _name_in_form(window: MainWindow) -> str:
    return _typed(window, "applicant.full_name")


def _typed(window: MainWindow, field: str) -> str:
    """What stands in a field of the intake page, "" before it was opened."""
    return _intake(window).presenter.state.form.text(field) if PageId.INTAKE in window.pages else ""


def test_f2_reaches_the_scan_field_from_any_page(qtbot: QtBot, window: MainWindow) -> None:
    for page in (PageId.DOSSIERS, PageId.SETTINGS, PageId.INTAKE):
        window.show_page(page)
        QTest.keyClick(window, Qt.Key.Key_F2)
        qtbot.waitUntil(window.scan_field.hasFocus)


def test_pasted_card_fills_the_intake_page_without_enter(qtbot: QtBot, window: MainWindow) -> None:
    window.show_page(PageId.SETTINGS)

    _paste(window, CARD)

    qtbot.waitUntil(lambda: window.current_page is window.pages.get(PageId.INTAKE))
    qtbot.waitUntil(lambda: _name_in_form(window) == "Trần Thị Mẫu")
    assert window.scan_field.text() == ""


def test_reading_of_a_serial_card_reader_fills_the_intake_page(qtbot: QtBot, window: MainWindow) -> None:
    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=CARD.encode()))

    qtbot.waitUntil(lambda: _name_in_form(window) == "Trần Thị Mẫu")


def test_dossier_code_opens_the_dossier(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = counter.lookup.list_recent(limit=3)[2].code
    window.scan_field.setFocus()
    QTest.keyClicks(window.scan_field, code)

    QTest.keyClick(window.scan_field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: PageId.DOSSIERS in window.pages and _dossiers(window).panel.shown is not None)
    shown = _dossiers(window).panel.shown
    assert shown is not None
    assert shown.dossier.code == code


def test_words_are_searched(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    name = counter.lookup.list_recent(limit=1)[0].applicant_name
    window.scan_field.setText(name)

    QTest.keyClick(window.scan_field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: PageId.DOSSIERS in window.pages and bool(_dossiers(window).table.rows_model.rows))
    qtbot.waitUntil(lambda: all(row.applicant_name == name for row in _dossiers(window).table.rows_model.rows))


def test_unknown_reading_of_a_device_says_so_and_changes_nothing(qtbot: QtBot, window: MainWindow) -> None:
    window.bridge.scanned.emit(Scan(role=DeviceRole.BARCODE_READER, raw=b"8934563138165"))

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert "13" in window.bar.message.text
    assert window.current_page is window.pages[PageId.START]


@pytest.mark.parametrize("is_typed", [True, False])
def test_code_of_a_manifest_asks_for_its_list(qtbot: QtBot, window: MainWindow, *, is_typed: bool) -> None:
    code = "H56.14-M261122-001"
    if is_typed:
        window.router.take_typed(code)
    else:
        window.bridge.scanned.emit(Scan(role=DeviceRole.BARCODE_READER, raw=code.encode()))

    qtbot.waitUntil(lambda: window.current_page is window.pages.get(PageId.CUSTODY))
    page = window.pages[PageId.CUSTODY]
    assert isinstance(page, CustodyPage)
    qtbot.waitUntil(lambda: page.state.mode is Mode.COLLECTING)
    assert page.panel.title.text() == code


def test_damaged_reading_is_explained_in_a_sentence(qtbot: QtBot, window: MainWindow) -> None:
    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=b"   "))

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert "card.empty" not in window.bar.message.text


MRZ = ("IDVNM2000123457001200012345<<8", "0001155M4001153VNM<<<<<<<<<<<2", "NGUYEN<<VAN<AN<<<<<<<<<<<<<<<<")


def test_card_read_line_by_line_fills_the_intake_page(qtbot: QtBot, window: MainWindow) -> None:
    for line in MRZ:
        window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=line.encode()))

    qtbot.waitUntil(lambda: _typed(window, "applicant.id_number") == "001200012345")


def test_unfinished_lines_of_a_card_are_said_to_be_unknown(qtbot: QtBot, window: MainWindow) -> None:
    window.router._rest.setInterval(1)

    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=MRZ[0].encode()))

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert "30" in window.bar.message.text
