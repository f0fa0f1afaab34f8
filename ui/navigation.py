"""The strip at the left: the pages with their keys, and who sits here."""

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from counter_app.domain.unit import Unit, UnitLevel
from ui.actions import ACTIONS, PAGE_ACTIONS, PageId
from ui.theme import colours, icon
from ui.theme.tokens import SPACE, Theme
from ui.words import Words

WIDTH = 184
_BETWEEN = 2  # the pages of a desk stand under each other on the smallest screen too


class Navigation(QFrame):
    """`page_chosen(PageId)` when a page's button is pressed."""

    page_chosen = Signal(object)
    sign_out_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("navigation")
        self.setFixedWidth(WIDTH)
        self._words = words
        self._app_name = QLabel(self)
        self._app_name.setObjectName("appName")
        self._app_name.setWordWrap(True)
        self._group = QButtonGroup(self)
        self._buttons: dict[PageId, QPushButton] = {}
        self._clerk = QLabel(self)
        self._clerk.setWordWrap(True)
        self._clerk.setIndent(SPACE.small)
        self._unit = QLabel(self)
        self._unit.setProperty("role", "hint")
        self._unit.setIndent(SPACE.small)
        self._unit.setWordWrap(True)
        self._sign_out = QPushButton(self)
        self._lay_out()
        self._group.buttonClicked.connect(self._on_clicked)
        self._sign_out.clicked.connect(self.sign_out_requested)

    def show_page(self, page: PageId) -> None:
        """Mark the page that is in front."""
        self._buttons[page].setChecked(True)

    def show_clerk(self, full_name: str, unit: Unit) -> None:
        """Write who is signed in, and where.

        The post office's page stands here at a post office only, those of what comes from elsewhere where it may come.
        """
        self._clerk.setText(full_name)
        self._unit.setText(unit.name)
        self._buttons[PageId.POST].setVisible(unit.level is UnitLevel.POST)
        for page in (PageId.ONLINE, PageId.CONCERNED):
            self._buttons[page].setVisible(unit.level is not UnitLevel.POST)

    def retranslate(self, theme: Theme) -> None:
        """Write every text and paint every icon anew."""
        colour = colours(theme).nav_text
        self._app_name.setText(self._words("ui.app_name"))
        self.setAccessibleName(self._words("ui.navigation"))
        self._sign_out.setText(f"{self._words('ui.action.sign_out')}   Ctrl+L")
        for action_id, page in PAGE_ACTIONS.items():
            name, key = self._words(f"ui.page.{page.value}"), ACTIONS[action_id].shown
            button = self._buttons[page]
            button.setText(f" {name}")
            button.setToolTip(f"{name} ({key})")
            button.setAccessibleName(name)
            button.setAccessibleDescription(key)
            button.setIcon(icon(page.value, colour))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.small, SPACE.medium, SPACE.small, SPACE.small)
        column.setSpacing(_BETWEEN)
        self._app_name.setIndent(SPACE.small)
        column.addWidget(self._app_name)
        column.addWidget(self._unit)
        column.addSpacing(SPACE.small)
        for page in PAGE_ACTIONS.values():
            button = QPushButton(self)
            button.setCheckable(True)
            button.setIconSize(QSize(18, 18))
            button.setProperty("page", page.value)
            self._group.addButton(button)
            self._buttons[page] = button
            column.addWidget(button)
        column.addStretch(1)
        column.addWidget(self._clerk)
        column.addWidget(self._sign_out)

    @Slot(object)
    def _on_clicked(self, button: QPushButton) -> None:
        self.page_chosen.emit(PageId(str(button.property("page"))))
