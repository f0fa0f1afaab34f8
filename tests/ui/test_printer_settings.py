import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.core.paths import DataFolder
from counter_app.domain.forms.kinds import Tray
from counter_app.services.answers.printing import PrinterState, PrinterStatus
from counter_app.services.counter import Counter
from counter_app.settings.settings import Settings
from tests.ui.conftest import WakeCounter
from tests.ui.printing_steps import choose, type_into
from ui.actions import PageId
from ui.settings.page import BOOK, COPIES, DRAWER, LABEL_SHEET, SHEET, SettingsPage
from ui.settings.printer_box import PrinterBox
from ui.shell import MainWindow

PRINTER = "Máy in quầy 1"
TYPED = "tcp://192.168.1.50:9100?profile=generic-80"


def _open(qtbot: QtBot, window: MainWindow) -> SettingsPage:
    window.show_page(PageId.SETTINGS)
    page = window.pages[PageId.SETTINGS]
    assert isinstance(page, SettingsPage)
    qtbot.waitUntil(lambda: page.boxes["print.slip.printer"].findData(PRINTER) > 0)
    return page


@pytest.mark.parametrize("role", ["printer", "fallback"])
@pytest.mark.parametrize("tray", list(Tray))
def test_every_tray_has_its_printer_and_the_one_that_takes_over(
    qtbot: QtBot, window: MainWindow, counter: Counter, tray: Tray, role: str
) -> None:
    page = _open(qtbot, window)
    name = f"print.{tray.value}.{role}"

    choose(page.boxes[name], PRINTER)

    qtbot.waitUntil(lambda: bool(counter.preferences.get(name) == PRINTER))
    qtbot.waitUntil(lambda: page.boxes[name].currentText() == PRINTER)
    qtbot.waitUntil(lambda: page.hints[name].text() == "sẵn sàng")


def test_address_is_typed_and_kept_whole(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    page = _open(qtbot, window)
    box = page.boxes["print.slip.fallback"]
    line = box.lineEdit()
    assert line is not None
    box.setFocus()
    line.selectAll()
    type_into(line, TYPED)
    print_queue.printers = (
        *print_queue.printers,
        PrinterStatus(address=TYPED, name="192.168.1.50:9100", state=PrinterState.OFFLINE),
    )

    QTest.keyClick(line, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: bool(counter.preferences.get("print.slip.fallback") == TYPED))
    qtbot.waitUntil(lambda: page.hints["print.slip.fallback"].text().startswith("không trả lời"))
    assert box.currentText() == TYPED


def test_typed_name_of_a_listed_printer_is_that_printer(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = _open(qtbot, window)
    box = page.boxes["print.list.printer"]
    line = box.lineEdit()
    assert isinstance(box, PrinterBox)
    assert line is not None
    line.selectAll()
    type_into(line, f" {PRINTER} ")

    QTest.keyClick(line, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: bool(counter.preferences.get("print.list.printer") == PRINTER))


def test_emptied_line_means_files(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    counter.preferences.set("print.slip.printer", PRINTER)
    page = _open(qtbot, window)
    line = page.boxes["print.slip.printer"].lineEdit()
    assert line is not None
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)

    QTest.keyClick(line, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: bool(counter.preferences.get("print.slip.printer") == ""))
    qtbot.waitUntil(lambda: page.boxes["print.slip.printer"].currentText() == "Không in, lưu tệp PDF")


def test_sheets_copies_drawer_and_book_are_kept(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = _open(qtbot, window)

    choose(page.boxes[SHEET], "A4")
    choose(page.boxes[COPIES], 3)
    choose(page.boxes[LABEL_SHEET], "label-100x50")
    QTest.keyClick(page.drawer, Qt.Key.Key_Space)
    page.book.selectAll()
    type_into(page.book, "07")
    QTest.keyClick(page.book, Qt.Key.Key_Return)

    wanted = {SHEET: "A4", COPIES: 3, LABEL_SHEET: "label-100x50", DRAWER: True, BOOK: "07"}
    qtbot.waitUntil(lambda: {name: counter.preferences.get(name) for name in wanted} == wanted)


def test_address_being_typed_survives_an_answer_of_the_printers(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    page = _open(qtbot, window)
    box = page.boxes["print.money.printer"]
    line = box.lineEdit()
    assert line is not None
    box.setFocus()
    line.selectAll()
    type_into(line, "tcp://10.0")
    print_queue.printers = (*print_queue.printers, PrinterStatus(address="B", name="B", state=PrinterState.READY))

    window.press("F5")

    qtbot.waitUntil(lambda: box.findData("B") > 0)
    assert line.text() == "tcp://10.0"


def test_locked_settings_are_shown_as_locked(
    qtbot: QtBot, window: MainWindow, counter: Counter, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = folder.root / "locked.json"
    locked.write_text(json.dumps({"print.slip.printer": PRINTER, DRAWER: True, BOOK: "03"}), encoding="utf-8")
    settings = Settings(folder.settings, locked_file=locked)
    monkeypatch.setattr(counter.preferences, "_settings", settings)

    page = _open(qtbot, window)

    box = page.boxes["print.slip.printer"]
    assert not box.isEnabled()
    assert "quản trị viên" in page.hints["print.slip.printer"].text()
    assert (page.drawer.isEnabled(), page.drawer.isChecked()) == (False, True)
    assert (page.book.isEnabled(), page.book.text()) == (False, "03")
    assert page.boxes["print.list.printer"].isEnabled()
