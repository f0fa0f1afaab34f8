import pytest
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QLineEdit, QListView, QMenu, QTableView, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from ui.errors import WindowApplication
from ui.theme import apply_theme, icon
from ui.theme.stylesheet import stylesheet
from ui.theme.tokens import EDGE_PAIRS, TEXT_PAIRS, TYPE, Theme, colours, contrast

THEMES = list(Theme)


def test_contrast_of_black_and_white_is_the_greatest() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids=" on ".join)
def test_every_text_is_readable_on_its_ground(theme: Theme, pair: tuple[str, str]) -> None:
    tokens = colours(theme)

    assert contrast(getattr(tokens, pair[0]), getattr(tokens, pair[1])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("pair", EDGE_PAIRS, ids=" on ".join)
def test_focus_rings_and_edges_are_seen(theme: Theme, pair: tuple[str, str]) -> None:
    tokens = colours(theme)

    assert contrast(getattr(tokens, pair[0]), getattr(tokens, pair[1])) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_stylesheet_has_every_name_replaced(theme: Theme) -> None:
    assert "$" not in stylesheet(theme).split("*/", 1)[1]


@pytest.mark.parametrize("theme", THEMES)
def test_focused_field_shows_its_ring(qtbot: QtBot, qapp: WindowApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    field = QLineEdit()
    qtbot.addWidget(field)
    with qtbot.waitExposed(field):
        field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)

    picture = field.grab().toImage()

    assert picture.pixelColor(picture.width() // 2, 1) == QColor(colours(theme).focus)


def test_icon_is_drawn_in_the_colour_that_was_asked_for(qapp: WindowApplication) -> None:
    picture = icon("intake", "#ff0000").pixmap(36, 36).toImage()
    seen = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
        if picture.pixelColor(x, y).alpha() == 255
    }

    assert seen == {"#ff0000"}


@pytest.mark.parametrize("kind", [QListView, QTreeView, QTableView, QMenu])
def test_lists_are_in_the_programs_letters_where_the_system_has_others_for_them(
    qtbot: QtBot, qapp: WindowApplication, kind: type[QWidget]
) -> None:
    apply_theme(qapp, Theme.LIGHT)
    qapp.setFont(QFont("A Serif"), kind.__name__)  # type: ignore[arg-type]  # it takes a str; as the theme of Windows does
    shown = kind()
    qtbot.addWidget(shown)
    shown.ensurePolished()

    assert shown.font().families() == list(TYPE.families)
    qapp.setFont(qapp.font())  # forgets what was set for one kind
