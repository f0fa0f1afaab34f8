"""The page after signing in: figures under digits, the lists behind them, the most urgent dossiers."""

from datetime import timedelta

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.dossier import Outcome
from counter_app.domain.procedure import Channel
from counter_app.services.answers.lists import DossierFilter, Scope
from counter_app.services.counter import Counter
from counter_app.services.sample_data import LOGIN
from resources.texts import Language
from tests.conftest import HandClock
from tests.fakes.desks import a_form
from tests.ui.acting_steps import receive
from ui.actions import PageId
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow
from ui.start.page import StartPage
from ui.start.tiles import FIGURES


def start(qtbot: QtBot, window: MainWindow) -> StartPage:
    window.show_page(PageId.START)
    page = window.pages[PageId.START]
    assert isinstance(page, StartPage)
    qtbot.waitUntil(lambda: page._today is not None)
    return page


def online_to_acknowledge(counter: Counter) -> None:
    """A dossier that was refused and reopened waits again as it did when it came."""
    form = msgspec.structs.replace(a_form(5), channel=Channel.ONLINE, reason="thiếu giấy tờ")
    code = counter.intake.receive(form, Outcome.REFUSED).dossier.code
    counter.session.act_as()
    counter.dossiers.act(code, Action.REOPEN, ActionFacts(reason="xem lại", reason_code=""))
    counter.session.act_as(LOGIN)


def shown(page: StartPage) -> dict[str, str]:
    return {tile.figure.name: tile._count.text() for tile in page.tiles.tiles}


def counts(counter: Counter, scope: Scope = Scope.DESK) -> dict[str, str]:
    figures = counter.figures.read(scope)
    return {figure.name: str(figure.count(figures)) for figure in FIGURES}


def test_figures_follow_the_work_while_the_page_is_in_front(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = start(qtbot, window)
    before = counter.figures.read(Scope.DESK)
    receive(counter, 1, Outcome.SUPPLEMENT_ASKED)
    decided = receive(counter, 2)
    counter.dossiers.act(decided, Action.RESOLVE, ActionFacts(result_kind="Giấy khai sinh"))

    qtbot.waitUntil(lambda: shown(page)["supplement"] == str(before.supplement + 1))
    qtbot.waitUntil(lambda: shown(page)["result_elsewhere"] == str(before.result_elsewhere + 1))
    assert shown(page) == counts(counter)


def test_papers_of_other_units_ask_to_be_handed_on_from_three_and_nine_opens_them(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    form = msgspec.structs.replace(a_form(3), competent_unit_code="H99.16")
    code = counter.intake.receive(form, Outcome.ACCEPTED).dossier.code
    page = start(qtbot, window)
    assert not page.transfer.isVisible()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_9)
    assert page.isVisible()

    clock.move(timedelta(hours=5, minutes=50))
    window.press("F5")
    qtbot.waitUntil(page.transfer.isVisible)
    assert page.transfer.accessibleName() == "Phải chuyển đi ngay: 1 hồ sơ"
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_9)

    listed = window.current_page
    assert isinstance(listed, DossiersPage)
    assert listed.browser.asked.wanted == DossierFilter(is_to_transfer=True, scope=Scope.DESK)
    assert [row.code for row in counter.lists.page(listed.browser.asked.wanted).rows] == [code]


@pytest.mark.parametrize("number", range(1, len(FIGURES) + 1))
def test_each_digit_opens_the_list_behind_its_figure(
    qtbot: QtBot, window: MainWindow, counter: Counter, number: int
) -> None:
    receive(counter, 1, Outcome.SUPPLEMENT_ASKED)
    start(qtbot, window)

    QTest.keyClick(window.focusWidget(), Qt.Key(Qt.Key.Key_0.value + number))

    page = window.current_page
    assert isinstance(page, DossiersPage)
    wanted = page.browser.asked.wanted
    assert wanted.scope is Scope.DESK
    expected = counter.lists.page(wanted, limit=1_000).rows
    qtbot.waitUntil(lambda: page.browser.feed.asked == page.browser.asked)
    qtbot.waitUntil(lambda: page.table.rows_model.rows == expected)
    figure = FIGURES[number - 1]
    assert len(expected) == figure.count(counter.figures.read(Scope.DESK))


def test_arrows_move_between_figures_and_enter_opens(qtbot: QtBot, window: MainWindow) -> None:
    page = start(qtbot, window)
    assert page.tiles.tiles[0].hasFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        QTest.keyClick(window.focusWidget(), key)
    assert page.tiles.tiles[4].hasFocus()

    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)

    opened = window.current_page
    assert isinstance(opened, DossiersPage)
    assert opened.browser.asked.wanted.statuses == FIGURES[4].wanted.statuses


def test_f3_changes_whose_dossiers_are_counted(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = start(qtbot, window)
    receive(counter, 1)
    seen = []
    for _ in Scope:
        window.press("F3")
        seen.append(page.scope)
        qtbot.waitUntil(lambda: shown(page) == counts(counter, page.scope))
    assert set(seen) == set(Scope)


def test_late_follows_from_the_hour_and_urgent_dossiers_open_with_enter(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock
) -> None:
    code = receive(counter, 1)
    due = counter.lookup.get_dossier(code).state.due
    assert due is not None
    page = start(qtbot, window)
    assert code not in {row.code for row in page.table.rows_model.rows}
    clock.move(due.due_at - clock.now() + timedelta(minutes=1))
    window.press("F5")

    qtbot.waitUntil(lambda: code in {row.code for row in page.table.rows_model.rows})
    late = counter.lists.page(DossierFilter(is_late=True)).rows
    assert shown(page)["late"] == str(len(late))
    window.press("F4")
    assert page.table.hasFocus()
    first = page.table.current_row.code
    QTest.keyClick(page.table, Qt.Key.Key_Return)

    opened = window.current_page
    assert isinstance(opened, DossiersPage)
    qtbot.waitUntil(lambda: opened.panel.shown is not None and opened.panel.shown.dossier.code == first)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("hours", [1, 50])
def test_nothing_is_cut_on_the_smallest_screen_and_everything_is_said(
    qtbot: QtBot, window: MainWindow, counter: Counter, clock: HandClock, language: Language, hours: int
) -> None:
    online_to_acknowledge(counter)
    clock.move(timedelta(hours=hours))
    window.words.set_language(language)
    page = start(qtbot, window)
    window.press("F5")
    said = "1 " if hours > 24 else window.words("start.acknowledge_next", moment="")
    qtbot.waitUntil(lambda: page.tiles.tiles[3]._detail.text().startswith(said))

    for tile in page.tiles.tiles:
        labels = [label for label in tile.findChildren(QLabel) if label.text()]
        assert all(label.width() >= label.fontMetrics().horizontalAdvance(label.text()) for label in labels)
        name = window.words(f"start.figure.{tile.figure.name}")
        assert tile.accessibleName().startswith(f"{name}: {tile._count.text()}")
        assert str(tile.number) in tile.accessibleDescription()
    assert page.tiles.geometry().right() <= page.width()
    assert page.table.viewport().height() > 3 * page.table.verticalHeader().defaultSectionSize()
    assert str(counter.desk_status.read().unsent) in page._unsent.text()
