"""All keys at a glance, read from the table that the window itself uses."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.actions import Action, PageId, list_actions
from ui.page import Page, PageContext
from ui.theme.tokens import SPACE
from ui.widgets import SectionCard

_KEY_WIDTH = 96
_TITLE_ROWS = 2
_Group = tuple[PageId | None, str]


class ShortcutsPage(Page):
    """One card for the window, one for each page that has keys of its own."""

    page_id: ClassVar[PageId] = PageId.SHORTCUTS
    title_key: ClassVar[str] = "ui.page.shortcuts"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._labels: list[tuple[QLabel, str]] = []
        self._cards: list[tuple[SectionCard, str]] = []
        self._intro = QLabel(self)
        self._intro.setProperty("role", "soft")
        body = QWidget()
        body.setProperty("role", "scrolled")
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE.medium)
        for groups in _in_two(list(_groups())):
            columns.addLayout(self._column(groups), 1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setWidget(body)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._intro)
        column.addWidget(self._area, 1)
        self.words.language_changed.connect(self.retranslate)
        self.retranslate()

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - there is nothing to choose here
        """Let the arrows scroll."""
        self._area.setFocus()

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._intro.setText(self.words("ui.shortcuts.intro"))
        self._area.setAccessibleName(self.words(self.title_key))
        for card, key in self._cards:
            card.set_title(self.words(key))
        for label, key in self._labels:
            label.setText(self.words(key))

    def _column(self, groups: Sequence[_Group]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(SPACE.medium)
        for page, title_key in groups:
            card = SectionCard()
            card.body.addLayout(self._grid(list_actions(page)))
            self._cards.append((card, title_key))
            column.addWidget(card)
        column.addStretch(1)
        return column

    def _grid(self, actions: tuple[Action, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.hair + 2)
        grid.setColumnStretch(1, 1)
        for row, action in enumerate(actions):
            key = QLabel(action.shown)
            key.setProperty("role", "key")
            key.setMinimumWidth(_KEY_WIDTH)
            text = QLabel()
            self._labels.append((text, action.text_key))
            grid.addWidget(key, row, 0)
            grid.addWidget(text, row, 1)
        return grid


def _groups() -> Iterator[_Group]:
    yield None, "ui.shortcuts.everywhere"
    for page in PageId:
        if list_actions(page):
            yield page, f"ui.page.{page.value}"


def _in_two(groups: Sequence[_Group]) -> tuple[list[_Group], list[_Group]]:
    """Put each group into the column that is shorter so far."""
    columns: tuple[list[_Group], list[_Group]] = ([], [])
    for group in groups:
        heights = [sum(len(list_actions(page)) + _TITLE_ROWS for page, _key in column) for column in columns]
        columns[heights.index(min(heights))].append(group)
    return columns
