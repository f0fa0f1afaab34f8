"""The scanner's own button at the digitising page: a press is the key, once, and only where the key would count."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.services.counter import Counter
from tests.fakes.sane_scanner import DEVICE, ButtonScanner, needs_sane
from tests.ui.test_digitise_page import LONG_MS, open_page, wait_for_documents
from tests.ui.test_scan_page import SMALL, receive
from ui.digitise.page import DigitisePage
from ui.shell import MainWindow

pytestmark = needs_sane


@pytest.fixture
def scanner(counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ButtonScanner:
    """A scanner with a button, chosen at this desk, that gives one page."""
    made = ButtonScanner(tmp_path / "scanner")
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    counter.preferences.set("scan.network.search", False)
    counter.preferences.set("scan.device", DEVICE)
    counter.preferences.set("scan.profiles", json.dumps([SMALL | {"source": "flatbed"}]))
    counter.preferences.set("scan.profile", "small")
    counter.scanning.button.every_s = 0.05
    return made


def wait_for_looks(qtbot: QtBot, scanner: ButtonScanner, page: DigitisePage) -> None:
    """Wait until the sensors were read twice more with the page listening: the second look began after this call."""
    qtbot.waitUntil(lambda: page.button.is_heard, timeout=LONG_MS)
    until = scanner.looks + 2
    qtbot.waitUntil(lambda: scanner.looks >= until, timeout=LONG_MS)


def documents(counter: Counter, code: str) -> int:
    return len(counter.digitising.list_of_dossier(code))


def test_a_press_scans_into_the_chosen_line_once_and_a_dialog_in_front_takes_it(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: ButtonScanner
) -> None:
    code = receive(counter)
    page = open_page(qtbot, window, code)
    page.lists.choose((2, ""))
    assert scanner.looks == 0, "nobody listens unless the desk wants it"
    window.press("Ctrl+E")
    qtbot.waitUntil(page.card.isVisible, timeout=LONG_MS)
    page.card.button.setFocus()
    QTest.keyClick(page.card.button, Qt.Key.Key_Space)
    window.press("Esc")
    wait_for_looks(qtbot, scanner, page)
    assert counter.preferences.get("scan.button") is True
    assert page.words("digitise.how_button", how=str(SMALL["name"])) in page.lists.setup.text()

    scanner.press()
    wait_for_documents(qtbot, page, 1)
    (view,) = counter.digitising.list_of_dossier(code)
    assert (view.document.component, view.document.content.pages) == (2, 1)
    wait_for_looks(qtbot, scanner, page)
    assert documents(counter, code) == 1, "a button that is held scans once"

    scanner.release()
    wait_for_looks(qtbot, scanner, page)
    window.press("Ctrl+S")
    qtbot.waitUntil(lambda: page.tools.signs.dialog is not None and not page.isActiveWindow(), timeout=LONG_MS)
    assert not page.button.is_heard
    scanner.press()
    dialog = page.tools.signs.dialog
    assert dialog is not None
    dialog.reject()
    window.activateWindow()  # as a window manager does; the screen of tests has none
    wait_for_looks(qtbot, scanner, page)
    assert (page.is_busy, documents(counter, code)) == (False, 1), "what was pressed behind a dialog begins nothing"

    scanner.release()
    wait_for_looks(qtbot, scanner, page)
    scanner.press()
    wait_for_documents(qtbot, page, 2)
    window.press("Ctrl+1")
    assert not page.button.is_heard
    with counter.scanning.button.resting():
        assert not scanner.was_opened_twice


def test_a_scanner_that_tells_of_no_button_is_named_once_and_the_key_goes_on(
    qtbot: QtBot, window: MainWindow, counter: Counter, scanner: ButtonScanner
) -> None:
    counter.preferences.set("scan.button", True)
    scanner.say_nothing()
    code = receive(counter)
    page = open_page(qtbot, window, code)
    qtbot.waitUntil(lambda: window.bar.message is not None, timeout=LONG_MS)
    assert window.bar.message is not None
    assert window.bar.message.text == page.words("digitise.no_button")
    assert not page.button.is_heard
    window.press("F9")
    wait_for_documents(qtbot, page, 1)
