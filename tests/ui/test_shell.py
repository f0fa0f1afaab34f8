import gc
import threading
from functools import partial

import pytest
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from counter_app.core.changes import Topic
from counter_app.domain.forms.kinds import Form
from counter_app.services.counter import Counter
from tests.ui.conftest import WakeCounter
from ui.actions import ACTIONS, PAGE_ACTIONS, PageId
from ui.application import keep_collections_short
from ui.dossiers.page import DossiersPage
from ui.messages import Message, Severity
from ui.settings.page import LANGUAGE, PRINTER, THEME, SettingsPage
from ui.shell import MainWindow
from ui.theme.tokens import Theme


def _page(window: MainWindow, page: PageId) -> QWidget:
    window.show_page(page)
    return window.pages[page]


def _type(field: QLineEdit, text: str) -> None:
    # Slower than a reader, or the window would take it for one.
    QTest.keyClicks(field, text, delay=60)


def _open_first_dossier(qtbot: QtBot, window: MainWindow) -> DossiersPage:
    page = _page(window, PageId.DOSSIERS)
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: bool(page.table.rows_model.rows))
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.panel.shown is not None)
    return page


def test_pages_are_made_only_when_they_are_first_shown(window: MainWindow) -> None:
    assert list(window.pages) == [PageId.START]


def _is_in_front(window: MainWindow, page: PageId) -> bool:
    return window.current_page is not None and window.current_page is window.pages.get(page)


def test_every_page_opens_by_its_key(qtbot: QtBot, window: MainWindow) -> None:
    for action, page in PAGE_ACTIONS.items():
        QTest.keySequence(window, ACTIONS[action].sequence)

        qtbot.waitUntil(partial(_is_in_front, window, page))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_control_has_a_name_for_screen_readers(
    qtbot: QtBot, window: MainWindow, counter: Counter, language: str
) -> None:
    counter.preferences.set(LANGUAGE, language)
    qtbot.waitUntil(lambda: window.words.language.value == language)

    nameless = [
        (page, widget.objectName() or type(widget).__name__)
        for page in PageId
        for widget in _controls(_page(window, page))
        if widget.isVisible() and not (widget.accessibleName() or _text_of(widget) or _is_inner(widget))
    ]

    assert nameless == []


def _controls(page: QWidget) -> list[QWidget]:
    kinds: tuple[type[QWidget], ...] = (QPushButton, QLineEdit, QComboBox)
    return [widget for kind in kinds for widget in page.findChildren(kind)]


def _text_of(widget: QObject) -> str:
    return widget.text() if isinstance(widget, QPushButton) else ""


def _is_inner(widget: QWidget) -> bool:
    return isinstance(widget.parentWidget(), QComboBox)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_fits_the_smallest_screen(qtbot: QtBot, window: MainWindow, counter: Counter, language: str) -> None:
    counter.preferences.set(LANGUAGE, language)
    qtbot.waitUntil(lambda: window.words.language.value == language)

    for page in PageId:
        _page(window, page)
        least = window._workspace.minimumSizeHint()
        assert (least.width() <= 1093, least.height() <= 614) == (True, True), page

    assert (window.width(), window.height()) == (1093, 614)


def _is_set(counter: Counter, name: str, value: str) -> bool:
    return bool(counter.preferences.get(name) == value)


def test_language_and_colours_change_at_once_everywhere(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = _page(window, PageId.SETTINGS)
    assert isinstance(page, SettingsPage)

    for name, value in ((LANGUAGE, "en"), (THEME, "dark")):
        box = page.boxes[name]
        box.setCurrentIndex(box.findData(value))
        box.activated.emit(box.currentIndex())
        qtbot.waitUntil(partial(_is_set, counter, name, value))

    qtbot.waitUntil(lambda: window._title.text() == "Settings")
    qtbot.waitUntil(lambda: QApplication.instance().property("theme") == Theme.DARK.value)  # type: ignore[union-attr]
    assert page._window_card.accessibleName() == "Window"


def test_printer_that_is_chosen_is_kept(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = _page(window, PageId.SETTINGS)
    assert isinstance(page, SettingsPage)
    box = page.boxes[PRINTER]
    qtbot.waitUntil(lambda: box.findData("Máy in quầy 1") > 0)

    box.setCurrentIndex(box.findData("Máy in quầy 1"))
    box.activated.emit(box.currentIndex())

    qtbot.waitUntil(lambda: counter.preferences.get(PRINTER) == "Máy in quầy 1")


def test_escape_takes_the_message_away(qtbot: QtBot, window: MainWindow) -> None:
    window.show_page(PageId.SHORTCUTS)
    window.bar.show_message(Message("Một câu.", Severity.WARNING))

    QTest.keyClick(window, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: window.bar.message is None)
    assert not window.bar.isVisible()


def test_figures_follow_what_the_services_announce(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    window.strip.received.setText("")

    threading.Thread(target=counter.announcer.announce, args=(Topic.DOSSIERS,)).start()

    qtbot.waitUntil(lambda: window.strip.received.text().startswith("Hôm nay"))


def test_down_from_the_search_shows_the_dossier_with_its_history(qtbot: QtBot, window: MainWindow) -> None:
    page = _open_first_dossier(qtbot, window)

    shown = page.panel.shown
    assert shown is not None
    assert page.panel.cards.facts_card.accessibleName() == shown.dossier.code
    assert page.panel.cards.history.rowCount() == len(shown.history)


def test_search_without_marks_finds_the_person(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    from counter_app.core.text import fold

    name = counter.lookup.list_recent(limit=1)[0].applicant_name
    page = _page(window, PageId.DOSSIERS)
    assert isinstance(page, DossiersPage)
    page.search.clear()
    _type(page.search, fold(name))

    qtbot.waitUntil(lambda: {row.applicant_name for row in page.table.rows_model.rows} == {name}, timeout=10_000)


def test_search_for_nobody_says_what_to_try(qtbot: QtBot, window: MainWindow) -> None:
    page = _page(window, PageId.DOSSIERS)
    assert isinstance(page, DossiersPage)
    _type(page.search, "zzzzqqqq")

    qtbot.waitUntil(lambda: page.browser._answers.currentIndex() == 1)
    assert "không dấu" in page.browser._empty.accessibleName()


def test_f12_reprints_the_newest_paper(
    qtbot: QtBot, window: MainWindow, counter: Counter, print_queue: WakeCounter
) -> None:
    newest = counter.printing_jobs.list_recent(limit=1)[0]

    window.press("F12")

    qtbot.waitUntil(lambda: window.bar.message is not None)
    reprint = counter.printing_jobs.list_recent(limit=1)[0]
    assert (reprint.dossier_code, reprint.form) == (newest.dossier_code, newest.form)
    assert reprint.reprint == newest.reprint + 1
    assert reprint.form in Form


def test_closing_the_window_ends_its_threads(qtbot: QtBot, window: MainWindow) -> None:
    names = {"store"}
    assert names <= {thread.name for thread in threading.enumerate()}

    window.close()

    assert not names & {thread.name for thread in threading.enumerate() if thread.is_alive()}


def test_held_key_does_not_repeat(window: MainWindow) -> None:
    from PySide6.QtGui import QShortcut

    assert all(not shortcut.autoRepeat() for shortcut in window.findChildren(QShortcut))


def test_qt_speaks_vietnamese(window: MainWindow) -> None:
    from PySide6.QtCore import QCoreApplication

    assert QCoreApplication.translate("QLineEdit", "&Paste") == "&Dán"
    assert QCoreApplication.translate("Nowhere", "Not in the table") == "Not in the table"


def test_message_moves_nothing_on_the_page(qtbot: QtBot, window: MainWindow) -> None:
    page = _page(window, PageId.INTAKE)
    qtbot.waitUntil(lambda: window.tasks._open == 0)
    QApplication.processEvents()
    before = [(editor.mapTo(window, QPoint(0, 0)), editor.size()) for editor in page.findChildren(QLineEdit)]

    window.bar.show_message(Message("Chưa lưu gì. " * 12, Severity.WARNING))
    QApplication.processEvents()

    after = [(editor.mapTo(window, QPoint(0, 0)), editor.size()) for editor in page.findChildren(QLineEdit)]
    assert window.bar.isVisible()
    assert after == before
    assert (
        window.bar.mapTo(window, window.bar.rect().topRight()).x() < window.scan_field.mapTo(window, QPoint(0, 0)).x()
    )


def test_long_message_is_shown_whole(window: MainWindow) -> None:
    window.bar.show_message(Message("Thiết bị vừa mất kết nối, hãy cắm lại. " * 8, Severity.ERROR, "Thử lại"))
    QApplication.processEvents()

    label = window.bar._text
    assert label.height() >= label.heightForWidth(label.width())


def test_cross_takes_the_message_away(window: MainWindow) -> None:
    window.bar.show_message(Message("Chưa lưu gì.", Severity.WARNING))
    cross = window.bar.findChild(QPushButton, "closeMessage")
    assert isinstance(cross, QPushButton)

    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)

    assert window.bar.message is None
    assert not window.bar.isVisible()


def test_message_of_a_page_leaves_with_it(window: MainWindow) -> None:
    window.bar.show_message(Message("Chưa lưu gì.", Severity.WARNING))

    window.show_page(PageId.SETTINGS)

    assert window.bar.message is None


def test_message_does_not_stay_in_the_language_of_before(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    window.bar.show_message(Message("Chưa lưu gì.", Severity.WARNING))

    counter.preferences.set(LANGUAGE, "en")

    qtbot.waitUntil(lambda: window.words.language.value == "en")
    assert window.bar.message is None


def test_a_collection_of_cycles_does_not_go_through_what_a_new_page_needs(window: MainWindow) -> None:
    keep_collections_short(window)
    whole = len(gc.get_objects())
    try:
        window.show_page(PageId.PEOPLE)

        assert len(gc.get_objects()) < whole / 10
    finally:
        gc.unfreeze()
