"""Lists in the window: long ones by pages, saved ones, columns, all filters on one form, by keyboard."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.lists import DossierFilter, ListColumn, ListOrder, Scope
from counter_app.services.counter import Counter
from resources.texts import Language
from tests.bench.full_store import fill
from tests.fakes.desks import a_form
from tests.ui.acting_steps import receive
from tests.ui.printing_steps import choose, open_dossier
from ui.actions import PageId
from ui.dossiers.asking import argument_of, find_asked, say_asked
from ui.dossiers.feed import Asked
from ui.dossiers.page import DossiersPage
from ui.models import PAGE_ROWS
from ui.shell import MainWindow

MANY = 5_000


def dossiers_page(qtbot: QtBot, window: MainWindow, argument: str = "") -> DossiersPage:
    window.show_page(PageId.DOSSIERS, argument)
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() > 0)
    return page


def open_form(qtbot: QtBot, window: MainWindow, page: DossiersPage) -> None:
    window.press("F7")
    qtbot.waitUntil(lambda: page.browser.is_choosing)


@pytest.fixture
def many(opened_counter: OpenCounter, counter: Counter) -> Counter:
    """The sample desk with five thousand dossiers more."""
    with opened_counter.desk.store.writing() as connection:
        fill(connection.exec_driver_sql, lambda sql, rows: connection.exec_driver_sql(sql, list(rows)), MANY)
    return counter


@pytest.mark.parametrize("asked", [Asked(), Asked(order=ListOrder.NAME), Asked(order=ListOrder.DUE)])
def test_end_key_shows_the_last_of_five_thousand_and_only_pages_around_are_held(
    qtbot: QtBot, many: Counter, window: MainWindow, asked: Asked
) -> None:
    page = dossiers_page(qtbot, window, argument_of(asked))
    total = many.lists.count(asked.wanted)
    assert total > MANY
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() == total)
    page.table.setFocus()
    told: list[str] = []
    page.table.row_chosen.connect(lambda row: told.append(row.code))

    QTest.keyClick(page.table, Qt.Key.Key_End)

    last = many.lists.page(asked.wanted, order=asked.order, backwards=True, limit=1).rows[0]
    qtbot.waitUntil(lambda: page.table.current_row is not None and page.table.current_row.code == last.code)
    qtbot.waitUntil(lambda: told == [last.code])
    assert page.table.currentIndex().row() == total - 1
    assert len(page.table.rows_model.rows) <= 5 * PAGE_ROWS


def test_scroll_bar_drawn_to_the_middle_shows_what_stands_there(
    qtbot: QtBot, many: Counter, window: MainWindow
) -> None:
    page = dossiers_page(qtbot, window)
    total = many.lists.count(DossierFilter())
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() == total)
    bar = page.table.verticalScrollBar()

    for place in (total // 3, total // 2, total * 4 // 5):
        bar.setValue(place)
        top = page.table.rowAt(0)
        expected = many.lists.page(DossierFilter(), skip=top, limit=1).rows[0].code

        def is_there(top: int = top, expected: str = expected) -> bool:
            row = page.table.rows_model.row_at(top)
            return row is not None and row.code == expected

        qtbot.waitUntil(is_there)


def test_change_of_a_dossier_keeps_the_place_and_the_choice_in_a_long_list(
    qtbot: QtBot, many: Counter, window: MainWindow
) -> None:
    page = dossiers_page(qtbot, window)
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() > MANY)
    page.table.setFocus()
    page.table.selectRow(2_500)
    qtbot.waitUntil(lambda: page.table.current_row is not None)
    chosen = page.table.current_row.code

    receive(many, 7)

    total = many.lists.count(DossierFilter())
    qtbot.waitUntil(lambda: page.table.rows_model.rowCount() == total)
    qtbot.waitUntil(lambda: page.table.current_row is not None and page.table.current_row.code == chosen)


def test_list_is_saved_under_a_name_and_opened_again_with_f3_and_its_digit(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    asked = receive(counter, 1, Outcome.SUPPLEMENT_ASKED)
    page = open_dossier(qtbot, window)
    open_form(qtbot, window, page)
    form = page.browser.form
    choose(form.boxes["status"], 5)
    choose(form.boxes["scope"], Scope.MINE.value)
    form.name.setText("Chờ của tôi")
    form.name.setFocus()
    QTest.keyClick(form.name, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: not page.browser.is_choosing)
    qtbot.waitUntil(lambda: [row.code for row in page.table.rows_model.rows] == [asked])
    assert [view.name for view in counter.views.list_views()] == ["Chờ của tôi"]
    window.press("F3")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_1)
    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) > 1)
    window.press("F3")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_6)
    qtbot.waitUntil(lambda: [row.code for row in page.table.rows_model.rows] == [asked])
    assert page.filters.view_boxes[0].isChecked()

    open_form(qtbot, window, page)
    form.remove_button.click()
    qtbot.waitUntil(lambda: counter.views.list_views() == ())
    qtbot.waitUntil(lambda: not page.filters.view_boxes[0].isVisibleTo(page))


def test_list_keeps_what_the_chosen_unit_resolves_and_says_its_name(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    receive(counter, 1)
    other = next(unit for unit in counter.units.list_all() if unit.code != counter.units.own().code)
    form = msgspec.structs.replace(a_form(2), competent_unit_code=other.code)
    theirs = counter.intake.receive(form, Outcome.ACCEPTED).dossier.code
    page = open_dossier(qtbot, window)
    open_form(qtbot, window, page)
    choose(page.browser.form.boxes["unit"], other.code)
    QTest.keyClick(page.browser.form.boxes["unit"], Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: [row.code for row in page.table.rows_model.rows] == [theirs])
    assert other.name in page.browser.summary.accessibleName()
    open_form(qtbot, window, page)
    assert page.browser.form.boxes["unit"].currentText() == other.name


def test_name_that_is_missing_is_said_at_its_field(qtbot: QtBot, window: MainWindow, counter: Counter) -> None:
    page = open_dossier(qtbot, window)
    open_form(qtbot, window, page)

    page.browser.form.save_button.click()

    field = page.browser.form._name_field
    qtbot.waitUntil(lambda: field.problem == window.words("lists.view_name_missing"))
    assert page.browser.is_choosing
    assert counter.views.list_views() == ()


def test_columns_are_chosen_kept_and_there_again_after_the_next_signing_in(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    page = open_dossier(qtbot, window)
    open_form(qtbot, window, page)
    page.browser.form.columns[ListColumn.APPLICANT].click()
    page.browser.form.columns[ListColumn.CLERK].click()
    chosen = (ListColumn.CODE, ListColumn.CLERK, ListColumn.DUE, ListColumn.STATUS)
    qtbot.waitUntil(lambda: counter.views.list_columns() == chosen)
    titles = [f"lists.column.{column.value}" for column in chosen]
    qtbot.waitUntil(lambda: [column.title_key for column in page.table.rows_model.columns] == titles)

    window._sign_out()
    qtbot.waitUntil(lambda: not window.is_signed_in)
    window.sign_in_page.signed_in.emit(counter.session.act_as("mai"))
    again = open_dossier(qtbot, window)

    qtbot.waitUntil(lambda: [column.title_key for column in again.table.rows_model.columns] == titles)
    assert again.table.model().index(0, 1).data() == again.table.rows_model.rows[0].clerk_name != ""


def test_form_describes_what_it_was_opened_with_and_a_wrong_day_stays(
    qtbot: QtBot, window: MainWindow, counter: Counter
) -> None:
    wanted = DossierFilter(
        waits_for_owner=True, field_name="Hộ tịch", received_from=date(2026, 11, 2), due_to=date(2026, 12, 1),
        scope=Scope.DESK, clerk_id=counter.session.require().clerk.id,
    )  # fmt: skip
    asked = Asked(wanted=wanted, order=ListOrder.NAME)
    window.show_page(PageId.DOSSIERS, argument_of(asked))
    page = window.pages[PageId.DOSSIERS]
    assert isinstance(page, DossiersPage)
    open_form(qtbot, window, page)
    form = page.browser.form
    assert form.asked == asked

    form.days["received_to"].setText("hôm qua")
    QTest.keyClick(form.days["received_to"], Qt.Key.Key_Return)
    assert form.fields["received_to"].problem == window.words("lists.bad_day")
    assert page.browser.is_choosing
    form.days["received_to"].setText("28/11/2026")
    QTest.keyClick(form.days["received_to"], Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: not page.browser.is_choosing)
    assert page.browser.asked.wanted.received_to == date(2026, 11, 28)
    open_form(qtbot, window, page)
    window.press("Esc")
    qtbot.waitUntil(lambda: not page.browser.is_choosing)


@pytest.mark.parametrize("language", list(Language))
def test_form_fits_its_place_on_the_smallest_screen(qtbot: QtBot, window: MainWindow, language: Language) -> None:
    window.words.set_language(language)
    page = open_dossier(qtbot, window)
    open_form(qtbot, window, page)
    form = page.browser.form

    assert form._card.minimumSizeHint().width() <= form.viewport().width()
    summary = say_asked(window.words, Asked(wanted=DossierFilter(is_late=True, scope=Scope.MINE)))
    assert window.words("lists.kind.late") in summary
    assert window.words("lists.scope.mine") in summary


def test_argument_of_a_list_is_read_back_and_words_are_none() -> None:
    asked = Asked(wanted=DossierFilter(is_due_today=True, scope=Scope.UNIT), order=ListOrder.NEWEST)
    read: Callable[[str], Asked | None] = find_asked

    assert read(argument_of(asked)) == asked
    assert [read(text) for text in ("", "H99.14-261123-1001", "{", '{"wanted": 5}', "Nguyễn")] == [None] * 5
