import msgspec
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.services.counter import Counter
from tests.fakes.desks import a_form
from tests.ui.printing_steps import has_focus, open_dossier, type_into
from ui.dossiers.page import DossiersPage
from ui.shell import MainWindow
from ui.theme import Theme, colours

CODE, NAME, DUE = 0, 1, 2
PEOPLE = (
    Party(full_name="Nguyễn Vân Ẩn", id_number="036185000001", birth_year=1985),
    Party(full_name="Nguyễn Văn An", id_number="036085000002", birth_year=1985),
    Party(full_name="Lý Vũ", id_number="036085000003", birth_year=1990),
)


def search(qtbot: QtBot, page: DossiersPage, text: str, found: int) -> None:
    before = page.table.rows_model.rows
    page.search.clear()
    type_into(page.search, text)
    qtbot.waitUntil(lambda: page.table.rows_model.rows is not before and len(page.table.rows_model.rows) == found)
    page.table.clearSelection()
    page.table.setCurrentIndex(QModelIndex())


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow, counter: Counter) -> DossiersPage:
    for person in PEOPLE:
        counter.intake.receive(msgspec.structs.replace(a_form(), applicant=person), Outcome.ACCEPTED)
    return open_dossier(qtbot, window)


def marked_columns(page: DossiersPage, row: int, column: int, theme: Theme) -> list[int]:
    """Return the positions across a cell, in pixels, at which its background is that of a mark."""
    index = page.table.model().index(row, column)
    image: QImage = page.table.viewport().grab(page.table.visualRect(index)).toImage()
    mark = QColor(colours(theme).caution).rgb()
    return [x for x in range(image.width()) if any(image.pixel(x, y) == mark for y in range(image.height()))]


@pytest.mark.parametrize("theme", Theme)
def test_letters_that_were_searched_for_are_marked_in_both_themes(
    qtbot: QtBot, page: DossiersPage, counter: Counter, theme: Theme
) -> None:
    counter.preferences.set("ui.theme", theme.value)
    search(qtbot, page, "nva 85", 2)
    few = marked_columns(page, 0, NAME, theme)
    search(qtbot, page, "nguyen van 85", 2)
    more = marked_columns(page, 0, NAME, theme)

    assert 0 < len(few) < len(more)
    assert marked_columns(page, 0, DUE, theme) == []
    search(qtbot, page, "nguyen van " + page.table.rows_model.rows[0].code[-4:], 1)
    assert marked_columns(page, 0, CODE, theme)
    page.search.clear()
    page.activate()
    qtbot.waitUntil(lambda: len(page.table.rows_model.rows) > 2)
    assert all(marked_columns(page, row, NAME, theme) == [] for row in range(3))


def test_a_marked_name_reads_as_any_other(qtbot: QtBot, page: DossiersPage) -> None:
    search(qtbot, page, "ly vu", 1)

    index = page.table.model().index(0, NAME)
    assert marked_columns(page, 0, NAME, Theme.LIGHT)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == index.data() == "Lý Vũ"
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "<span>Lý Vũ</span>"


def test_a_name_too_long_for_its_column_is_cut_with_its_marks(
    qtbot: QtBot, page: DossiersPage, counter: Counter
) -> None:
    long_name = "Công ty trách nhiệm hữu hạn một thành viên " + "dịch vụ thương mại " * 4 + "Đồng Mẫu"
    form = msgspec.structs.replace(a_form(), applicant=Party(full_name=long_name, id_number="036085000009"))
    counter.intake.receive(form, Outcome.ACCEPTED)
    search(qtbot, page, "cong ty dong mau", 1)

    marked = marked_columns(page, 0, NAME, Theme.LIGHT)
    assert 0 < len(marked) < page.table.columnWidth(NAME) / 2


def test_from_the_box_into_the_list_into_the_dossier_by_keyboard(
    qtbot: QtBot, window: MainWindow, page: DossiersPage
) -> None:
    search(qtbot, page, "nva 85 ks", 2)

    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert has_focus(window, page.table)
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page.panel.shown is not None and page.panel.shown.dossier.applicant == PEOPLE[0])
    qtbot.waitUntil(lambda: bool(page.panel.steps.buttons))
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.panel.isAncestorOf(window.focusWidget())


def test_words_that_nothing_fits_say_what_else_to_try(qtbot: QtBot, page: DossiersPage) -> None:
    search(qtbot, page, "nva 86", 0)

    assert page.browser._empty.isVisible()
    assert "Bớt một từ" in page.browser._empty.accessibleName()
