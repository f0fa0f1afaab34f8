"""Asks why a document is withdrawn, or to which line it goes and why."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.actions import ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard
from ui.words import Words

_LONGEST = 500


class ReasonCard(SectionCard):
    """Passive: `confirmed(reason, component)`; the component is -1 for a withdrawal."""

    confirmed = Signal(str, int)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._moves = False
        self.line, self.reason = Choices(self), QLineEdit(self)
        self.reason.setMaxLength(_LONGEST)
        self._line_field, self._reason_field = Field(self.line, self), Field(self.reason, self)
        self.do = ActionButton(ButtonKind.PRIMARY)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.do)
        self.body.addWidget(self._line_field)
        self.body.addWidget(self._reason_field)
        self.body.addLayout(buttons)
        self.hide()
        self.back.clicked.connect(self.hide)
        self.do.clicked.connect(self.submit)
        self.reason.returnPressed.connect(self.submit)
        self.retranslate()

    def ask_withdrawal(self) -> None:
        """Ask why a document no longer counts."""
        self._open(moves=False)
        self.reason.setFocus()

    def ask_move(self, lines: Sequence[tuple[int, str]]) -> None:
        """Ask to which of these lines a document goes, and why."""
        self.line.clear()
        for component, name in lines:
            self.line.addItem(name, component)
        self._open(moves=True)
        self.line.setFocus()

    @Slot()
    def submit(self) -> None:
        """Hand the answer over, unless the reason is missing."""
        reason = self.reason.text().strip()
        if not reason:
            self._reason_field.set_problem(self._words("digitise.reason_missing"))
            self.reason.setFocus()
            return
        self.hide()
        self.confirmed.emit(reason, int(self.line.currentData()) if self._moves else -1)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        verb = "move" if self._moves else "withdraw"
        self.set_title(self._words(f"ui.action.digitise_{verb}"))
        self.do.set_text(self._words(f"digitise.{verb}"))
        self.back.set_text(self._words("ui.paper.back"))
        self._line_field.set_label(self._words("digitise.to_line"))
        self._reason_field.set_label(self._words("digitise.reason"))

    def _open(self, *, moves: bool) -> None:
        self._moves = moves
        self.reason.clear()
        self._reason_field.set_problem("")
        self._line_field.setVisible(moves)
        self.retranslate()
        self.show()
