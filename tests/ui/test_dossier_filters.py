from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.core.clock import VIETNAM
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome, Status
from counter_app.services.answers.lists import DossierFilter
from counter_app.services.counter import Counter
from resources.texts import Language
from tests.conftest import HandClock
from tests.ui.acting_steps import receive
from tests.ui.printing_steps import has_focus, open_dossier, type_into
from ui.dossiers.filters import Kept
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow

_CELL_PADDING = 11  # of the style sheet, with Qt's own margin


def _codes(page: DossiersPage) -> list[str]:
    return [row.code for row in page.table.rows_model.rows]


def _press_digit(window: MainWindow, number: int) -> None:
    window.press("F3")
    QTest.keyClick(window.focusWidget(), Qt.Key(Qt.Key.Key_0.value + number))


def test_each_digit_after_f3_keeps_what_its_name_says(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    asked = receive(counter, 1, Outcome.SUPPLEMENT_ASKED)
    decided, today = receive(counter, 2), receive(counter, 3)
    counter.dossiers.act(decided, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))
    due = counter.lookup.get_dossier(today).state.due
    assert due is not None
    day = due.due_at.astimezone(VIETNAM).date()
    clock.move(datetime.combine(day, datetime.min.time(), VIETNAM) + timedelta(hours=8) - clock.now())
    page = open_dossier(qtbot, window)

    _press_digit(window, 2)
    qtbot.waitUntil(lambda: today in _codes(page) and asked not in _codes(page))
    _press_digit(window, 3)
    late = [row.code for row in counter.lists.page(DossierFilter(is_late=True)).rows]
    qtbot.waitUntil(lambda: _codes(page) == late)
    assert late
    _press_digit(window, 4)
    qtbot.waitUntil(lambda: _codes(page) == [asked])
    _press_digit(window, 5)
    qtbot.waitUntil(lambda: _codes(page) == [decided])
    _press_digit(window, 1)
    qtbot.waitUntil(lambda: {asked, decided, today} <= set(_codes(page)))


def test_arrows_move_the_filter_and_down_goes_into_the_list(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    asked = receive(counter, 1, Outcome.SUPPLEMENT_ASKED)
    page = open_dossier(qtbot, window)
    window.press("F3")
    assert has_focus(window, page.filters.boxes[Kept.ALL])

    for _ in range(3):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Right)
    assert page.filters.kept is Kept.SUPPLEMENT
    qtbot.waitUntil(lambda: _codes(page) == [asked])
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)

    assert has_focus(window, page.table)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.code == asked)


def test_words_that_are_typed_look_among_all_dossiers(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = receive(counter)
    page = open_dossier(qtbot, window)
    _press_digit(window, 4)
    qtbot.waitUntil(lambda: not _codes(page))

    type_into(page.search, code)
    qtbot.waitUntil(lambda: _codes(page) == [code])
    assert page.filters.kept is Kept.ALL
    _press_digit(window, 4)

    qtbot.waitUntil(lambda: not _codes(page))
    assert page.search.text() == ""


@pytest.mark.parametrize("language", list(Language))
def test_empty_filter_says_which_one_and_nothing_is_cut_on_the_smallest_screen(
    qtbot: QtBot, window: MainWindow, counter: Counter, language: Language
) -> None:
    window.words.set_language(language)
    page = open_dossier(qtbot, window)
    _press_digit(window, 5)

    name = page.filters.boxes[Kept.TO_RETURN].text()
    qtbot.waitUntil(lambda: name in page.browser._empty.accessibleName())
    boxes = page.filters.boxes.values()
    assert all(box.width() >= box.sizeHint().width() for box in boxes)
    assert max(box.geometry().right() for box in boxes) <= page.filters.width()


def test_scanned_dossier_is_found_whatever_the_filter(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    code = receive(counter)
    page = open_dossier(qtbot, window)
    _press_digit(window, 3)

    open_dossier(qtbot, window, code)

    assert page.filters.kept is Kept.ALL
    qtbot.waitUntil(lambda: _codes(page) == [code])


@pytest.mark.parametrize("language", list(Language))
def test_every_status_fits_its_column_on_the_smallest_screen(
    qtbot: QtBot, window: MainWindow, language: Language
) -> None:
    window.words.set_language(language)
    page = open_dossier(qtbot, window)
    column = 3
    room = page.table.columnWidth(column) - 2 * _CELL_PADDING

    keys = ["ui.dossier_status.late", *(f"ui.dossier_status_short.{int(status)}" for status in Status)]
    widths = {key: page.table.fontMetrics().horizontalAdvance(window.words(key)) for key in keys}

    assert {key: width for key, width in widths.items() if width > room} == {}
