"""Asks why a document is withdrawn, or where it or one of its pages goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from ui.actions import ActionId
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard
from ui.words import Words

_LONGEST = 500
_LONGEST_CODE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for. Without `code` the document is withdrawn; `page` 0 stands for the whole document."""

    reason: str
    code: str = ""
    component: int = 0
    page: int = 0


class ReasonCard(SectionCard):
    """Passive: `confirmed(Order)`; `code_entered(code)` asks for the lines of another dossier."""

    confirmed = Signal(object)
    code_entered = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._moves = False
        self._code = ""
        self.what, self.code, self.line, self.reason = Choices(self), QLineEdit(self), Choices(self), QLineEdit(self)
        self.code.setMaxLength(_LONGEST_CODE)
        self.reason.setMaxLength(_LONGEST)
        self._fields = {
            "what": Field(self.what, self),
            "to_dossier": Field(self.code, self),
            "to_line": Field(self.line, self),
            "reason": Field(self.reason, self),
        }
        self.do = ActionButton(ButtonKind.PRIMARY)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.do)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.small)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._fields["what"], 0, 0)
        grid.addWidget(self._fields["to_dossier"], 0, 1)
        grid.addWidget(self._fields["to_line"], 1, 0, 1, 2)
        grid.addWidget(self._fields["reason"], 2, 0, 1, 2)
        self.body.addLayout(grid)
        self.body.addLayout(buttons)
        self.hide()
        self.back.clicked.connect(self.hide)
        self.do.clicked.connect(self.submit)
        self.reason.returnPressed.connect(self.submit)
        self.code.returnPressed.connect(lambda: self.code_entered.emit(self.code.text().strip()))
        self.retranslate()

    @property
    def is_moving(self) -> bool:
        """Whether it asks now where something goes."""
        return self.isVisible() and self._moves

    def ask_withdrawal(self) -> None:
        """Ask why a document no longer counts."""
        self._open(moves=False)
        self.reason.setFocus()

    def ask_move(self, code: str, lines: Sequence[tuple[int, str]], *, page: int, pages: int) -> None:
        """Ask where a document of so many pages, or its page in front, goes; first of all to a line of its dossier."""
        self.what.clear()
        self.what.addItem(self._words("digitise.whole_document"), 0)
        if pages > 1:
            self.what.addItem(self._words("digitise.only_page", number=page), page)
        self.show_lines(code, lines)
        self._open(moves=True)
        self.line.setFocus()

    def show_lines(self, code: str, lines: Sequence[tuple[int, str]]) -> None:
        """Offer the lines of this dossier."""
        self._code = code
        self.code.setText(code)
        self._fields["to_dossier"].set_problem("")
        self.line.clear()
        for component, name in lines:
            self.line.addItem(name, component)
        if self.isVisible():
            self.line.setFocus()

    def show_unknown(self) -> None:
        """Say that there is no such dossier."""
        self._fields["to_dossier"].set_problem(self._words("digitise.unknown_code"))
        self.code.setFocus()

    @Slot()
    def submit(self) -> None:
        """Hand the answer over, unless something is missing."""
        reason = self.reason.text().strip()
        if self._moves and self.code.text().strip() != self._code:
            # Lines of another dossier than the one that stands there would be the wrong ones.
            self.code_entered.emit(self.code.text().strip())
            return
        page = int(self.what.currentData() or 0) if self._moves else 0
        if not reason:
            self._fields["reason"].set_problem(self._words("digitise.reason_missing"))
            self.reason.setFocus()
            return
        self.hide()
        if self._moves:
            component = int(self.line.currentData() or 0)
            self.confirmed.emit(Order(reason=reason, code=self._code, component=component, page=page))
        else:
            self.confirmed.emit(Order(reason=reason))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        verb = "move" if self._moves else "withdraw"
        self.set_title(self._words(f"ui.action.digitise_{verb}"))
        self.do.set_text(self._words(f"digitise.{verb}"))
        self.back.set_text(self._words("ui.paper.back"))
        for name, field in self._fields.items():
            field.set_label(self._words(f"digitise.{name}"))

    def _open(self, *, moves: bool) -> None:
        self._moves = moves
        self.reason.clear()
        self._fields["reason"].set_problem("")
        for name in ("what", "to_dossier", "to_line"):
            self._fields[name].setVisible(moves)
        self.retranslate()
        self.show()
