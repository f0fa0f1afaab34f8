import pytest
from pytestqt.qtbot import QtBot

from counter_app.services.counter import Counter
from counter_app.services.peripherals import DeviceRole, DeviceState, DeviceStatus, Scan
from ui.actions import PageId
from ui.devices.page import DevicesPage
from ui.shell import MainWindow

CARD = "001190012345|012345678|Trần Thị Mẫu|05031990|Nữ|Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu|01012022"


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> DevicesPage:
    window.show_page(PageId.DEVICES)
    made = window.pages[PageId.DEVICES]
    assert isinstance(made, DevicesPage)
    qtbot.waitUntil(lambda: made.cards[DeviceRole.CARD_READER].pill.text() != "")
    return made


def test_roles_without_a_port_say_so(page: DevicesPage) -> None:
    assert {card.pill.text() for card in page.cards.values()} == {"Chưa gán"}


def test_port_typed_by_name_is_assigned_and_remembered(
    qtbot: QtBot, window: MainWindow, page: DevicesPage, counter: Counter
) -> None:
    card = page.cards[DeviceRole.BARCODE_READER]
    card.port.setCurrentText("/dev/pts/no-such-reader")
    card.baud.setCurrentIndex(card.baud.findData(19200))

    card._apply.click()

    qtbot.waitUntil(lambda: counter.preferences.get("device.barcode_reader.port") == "/dev/pts/no-such-reader")
    assert counter.preferences.get("device.barcode_reader.baud") == 19200
    qtbot.waitUntil(lambda: card.pill.text() == "Đang tìm")
    qtbot.waitUntil(lambda: window.strip.readers.text() == "Đang tìm thiết bị đọc")


def test_one_port_for_two_roles_is_refused_with_a_sentence(
    qtbot: QtBot, window: MainWindow, page: DevicesPage, counter: Counter
) -> None:
    counter.peripherals.assign(DeviceRole.CARD_READER, "/dev/pts/no-such-reader")
    card = page.cards[DeviceRole.BARCODE_READER]
    card.port.setCurrentText("/dev/pts/no-such-reader")

    card._apply.click()

    qtbot.waitUntil(lambda: window.bar.message is not None)
    assert window.bar.message is not None
    assert "device." not in window.bar.message.text
    assert counter.preferences.get("device.barcode_reader.port") == ""


def test_test_reading_shows_length_and_kind_but_nothing_of_the_person(
    qtbot: QtBot, window: MainWindow, page: DevicesPage
) -> None:
    window.bridge.scanned.emit(Scan(role=DeviceRole.CARD_READER, raw=CARD.encode()))

    qtbot.waitUntil(lambda: str(len(CARD)) in page.last_reading.text())
    assert "thẻ căn cước" in page.last_reading.text()
    assert "Mẫu" not in page.last_reading.text()
    assert window.current_page is page


def test_state_told_by_a_device_is_shown_with_its_advice(qtbot: QtBot, window: MainWindow, page: DevicesPage) -> None:
    status = DeviceStatus(
        role=DeviceRole.CARD_READER,
        port="COM9",
        baud=9600,
        state=DeviceState.DISTURBED,
        advice="device.advice.wrong_speed",
    )

    window.bridge.device_changed.emit(status)

    card = page.cards[DeviceRole.CARD_READER]
    qtbot.waitUntil(lambda: card.pill.text() == "Tín hiệu lỗi")
    assert window.strip.readers.text() == "Thiết bị đọc cần xem lại"
