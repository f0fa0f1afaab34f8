"""The card with the actions that may be done next, each under a digit."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from counter_app.services.answers.actions import ActionOffer
from ui.actions import ACTIONS, ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, SectionCard
from ui.words import Words

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MOST_DIGITS = 9
# Eight steps of a head have to stand beside the facts on the smallest screen without much scrolling.
_LOW = (
    "QPushButton { text-align: left; outline: none; padding: 2px 12px; }"
    "QPushButton:focus { text-align: left; padding: 1px 11px; }"
)
_MARGINS = 2 * SPACE.large + 2


class NextSteps(SectionCard):
    """Passive: `show_offers` fills it, `chosen(ActionOffer)` is the clerk's choice: click, digit, Enter or space."""

    chosen = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._offers: tuple[ActionOffer, ...] = ()
        self.buttons: list[ActionButton] = []
        self._key = QLabel(ACTIONS[ActionId.DOSSIER_ACTIONS].shown)
        self._key.setProperty("role", "key")
        self.header.addWidget(self._key)
        self._none = QLabel(self)
        self._none.setProperty("role", "soft")
        self._none.setWordWrap(True)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE.hair)
        self._columns = 1
        self.body.addWidget(self._none)
        self.body.addLayout(self._grid)
        self.retranslate()

    @property
    def offers(self) -> tuple[ActionOffer, ...]:
        """The actions that are shown."""
        return self._offers

    def show_offers(self, offers: Sequence[ActionOffer]) -> None:
        """Show these actions; the focus stays where it was."""
        if tuple(offers) == self._offers and len(self.buttons) == len(offers):
            return
        had_focus = self._focused_number()
        self._offers = tuple(offers)
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._make_button(offer) for offer in self._offers]
        self._none.setVisible(not self.buttons)
        self._arrange()
        for button in self.buttons:
            button.show()  # at once: a key pressed in the same moment gives the focus to what can be seen
        self.retranslate()
        if had_focus is not None:
            self.focus_steps(had_focus)

    def focus_steps(self, number: int = 0) -> bool:
        """Put the focus on an action; False when there is none."""
        if not self.buttons:
            return False
        self.buttons[min(number, len(self.buttons) - 1)].setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.set_title(self._words("ui.dossiers.next"))
        self._none.setText(self._words("ui.dossiers.next_none"))
        for number, (button, offer) in enumerate(zip(self.buttons, self._offers, strict=True), start=1):
            name = self._words(f"action.name.{offer.action.value}")
            button.setText(f"{number}   {name}")
            button.setAccessibleName(name)
            button.setAccessibleDescription(str(number))
        self._settle()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with a digit, or with Enter the action that has the focus."""
        number = event.key() - Qt.Key.Key_1.value
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        focused = self._focused_number()
        if plain and 0 <= number < min(len(self._offers), _MOST_DIGITS):
            self.chosen.emit(self._offers[number])
        elif event.key() in _ENTER and focused is not None:
            self.chosen.emit(self._offers[focused])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in two columns where both fit."""
        super().resizeEvent(event)
        self._settle()

    def _make_button(self, offer: ActionOffer) -> ActionButton:
        button = ActionButton(ButtonKind.SECONDARY)
        button.setStyleSheet(_LOW)
        button.clicked.connect(lambda: self.chosen.emit(offer))
        return button

    def _settle(self) -> None:
        widest = max((button.sizeHint().width() for button in self.buttons), default=0)
        columns = 2 if len(self.buttons) > 1 and 2 * widest + SPACE.hair <= self.width() - _MARGINS else 1
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def _arrange(self) -> None:
        for number, button in enumerate(self.buttons):
            self._grid.removeWidget(button)
            self._grid.addWidget(button, number // self._columns, number % self._columns)
        self._grid.setColumnStretch(1, 1 if self._columns > 1 else 0)
        self._grid.setColumnStretch(0, 1)

    def _focused_number(self) -> int | None:
        focused = self.focusWidget()
        for number, button in enumerate(self.buttons):
            if isinstance(focused, QPushButton) and button is focused and button.hasFocus():
                return number
        return None
