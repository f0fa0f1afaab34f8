from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ui.errors import WindowApplication
from ui.wedge_filter import WedgeFilter

CODE = "H99.14-261122-1001"
CARD = "001090012345|012345678|Nguyễn Thị Hường|01011990|Nữ|Thôn Mẫu, xã Đồng Mẫu|01012022"


class Keyboard:
    """Sends key events with time stamps of its own, as a device would."""

    def __init__(self) -> None:
        self.now_ms = 10_000

    def press(self, text: str, *, gap_ms: int) -> None:
        for char in text:
            self.now_ms += gap_ms
            target = QApplication.focusWidget()
            assert target is not None
            key = Qt.Key.Key_Return if char == "\r" else Qt.Key.Key_unknown
            event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, char)
            event.setTimestamp(self.now_ms)
            QApplication.sendEvent(target, event)

    def scan(self, text: str) -> None:
        self.press(text, gap_ms=5)

    def type(self, text: str) -> None:
        self.press(text, gap_ms=120)


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def wedge(qapp: WindowApplication) -> Iterator[WedgeFilter]:
    made = WedgeFilter()
    qapp.installEventFilter(made)
    yield made
    qapp.removeEventFilter(made)


@pytest.fixture
def scans(wedge: WedgeFilter) -> list[str]:
    heard: list[str] = []
    wedge.scanned.connect(heard.append)
    return heard


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[QLineEdit]:
    window = QWidget()
    column = QVBoxLayout(window)
    made = QLineEdit()
    column.addWidget(made)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    yield made
    window.close()


@pytest.mark.parametrize("text", [CODE, CARD], ids=["code", "card"])
def test_reading_is_told_and_leaves_the_field_as_it_was(
    field: QLineEdit, keyboard: Keyboard, scans: list[str], text: str
) -> None:
    keyboard.type("Trần")
    keyboard.now_ms += 500

    keyboard.scan(text + "\r")

    assert scans == [text]
    assert field.text() == "Trần"
    assert field.cursorPosition() == 4


def test_reading_over_a_selection_gives_the_selected_text_back(
    field: QLineEdit, keyboard: Keyboard, scans: list[str]
) -> None:
    field.setText("0912345678")
    field.selectAll()

    keyboard.scan(CODE + "\r")

    assert scans == [CODE]
    assert field.text() == "0912345678"
    assert field.selectedText() == "0912345678"


def test_reading_without_a_closing_key_ends_by_the_pause(
    qtbot: QtBot, field: QLineEdit, keyboard: Keyboard, scans: list[str]
) -> None:
    keyboard.scan(CODE)

    qtbot.waitUntil(lambda: scans == [CODE])
    assert field.text() == ""


def test_closing_key_of_a_reading_presses_nothing(field: QLineEdit, keyboard: Keyboard, scans: list[str]) -> None:
    pressed: list[str] = []
    field.returnPressed.connect(lambda: pressed.append("enter"))

    keyboard.scan(CODE + "\r")

    assert scans == [CODE]
    assert pressed == []


def test_typing_by_hand_stays_in_the_field(field: QLineEdit, keyboard: Keyboard, scans: list[str]) -> None:
    keyboard.type("Nguyễn Thị Hường 0912345678")

    assert field.text() == "Nguyễn Thị Hường 0912345678"
    assert scans == []


def test_listeners_to_typing_hear_that_it_was_taken_back(
    field: QLineEdit, keyboard: Keyboard, scans: list[str]
) -> None:
    edits: list[str] = []
    field.textEdited.connect(edits.append)

    keyboard.scan(CODE + "\r")

    assert scans
    assert edits[-1] == ""


def test_input_method_is_off_during_the_reading_and_on_again_after(
    field: QLineEdit, keyboard: Keyboard, scans: list[str]
) -> None:
    keyboard.scan(CODE[:10])
    during = field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)

    keyboard.scan(CODE[10:] + "\r")

    assert scans == [CODE]
    assert not during
    assert field.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def test_two_readings_in_a_row_are_two(field: QLineEdit, keyboard: Keyboard, scans: list[str]) -> None:
    keyboard.scan(CODE + "\r")
    keyboard.now_ms += 300
    keyboard.scan(CARD + "\r")

    assert scans == [CODE, CARD]
    assert field.text() == ""


def test_reading_while_a_button_has_the_focus_is_told(qtbot: QtBot, keyboard: Keyboard, scans: list[str]) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    with qtbot.waitExposed(button):
        button.show()
    button.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)

    keyboard.scan(CODE + "\r")

    assert scans == [CODE]


def test_reading_into_a_text_of_several_lines_is_taken_out_again(
    qtbot: QtBot, keyboard: Keyboard, scans: list[str]
) -> None:
    note = QPlainTextEdit("Ghi chú ")
    qtbot.addWidget(note)
    with qtbot.waitExposed(note):
        note.show()
    note.activateWindow()
    note.setFocus()
    qtbot.waitUntil(note.hasFocus)
    note.moveCursor(note.textCursor().MoveOperation.End)

    keyboard.scan(CODE + "\r")

    assert scans == [CODE]
    assert note.toPlainText() == "Ghi chú "
