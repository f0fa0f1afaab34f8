import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from ui.widgets import Choices

LONG = "Trung tâm Phục vụ hành chính công xã Đồng Mẫu"


@pytest.fixture
def choices(qtbot: QtBot) -> Choices:
    made = Choices()
    qtbot.addWidget(made)
    made.addItems([LONG, "Ngắn"])
    made.show()
    return made


def _paint(choices: Choices, width: int) -> QImage:
    choices.resize(width, 32)
    return choices.grab().toImage()


def test_name_longer_than_the_box_is_whole_in_the_tool_tip(choices: Choices) -> None:
    _paint(choices, 160)

    assert choices.toolTip() == LONG


def test_name_that_fits_needs_no_tool_tip(choices: Choices) -> None:
    _paint(choices, 160)
    _paint(choices, 900)

    assert choices.toolTip() == ""


def test_long_name_asks_for_no_more_room_than_the_box_has(choices: Choices) -> None:
    cut = _paint(choices, 160)
    choices.setCurrentText("Ngắn")

    assert cut != _paint(choices, 160)
    assert choices.minimumSizeHint().width() < 160
