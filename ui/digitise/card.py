"""What is digitised of a dossier, in a card of the dossier page."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from counter_app.domain.dossier import Dossier
from counter_app.services.answers.documents import DocumentView
from ui.actions import ActionId
from ui.digitise.rows import LineRow, iter_rows, say_name, say_state
from ui.dossiers.lines import clear
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, SectionCard
from ui.words import Words


class DigitisedCard(SectionCard):
    """Passive: `line_opened(component)` asks for the digitising page at a line, 0 for its first one.

    `sign_requested` asks for it to sign what is not signed yet.
    """

    line_opened = Signal(int)
    sign_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._rows: tuple[LineRow, ...] = ()
        self.lines = QVBoxLayout()
        self.lines.setSpacing(2)
        self.body.addLayout(self.lines)
        self.open = ActionButton(ButtonKind.SECONDARY, ActionId.DOSSIER_DIGITISE)
        self.sign = ActionButton(ButtonKind.SECONDARY)
        self.sign.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.open)
        buttons.addWidget(self.sign)
        buttons.addStretch(1)
        self.body.addLayout(buttons)
        self.sign.clicked.connect(self.sign_requested)
        self.open.clicked.connect(lambda: self.line_opened.emit(0))
        self.retranslate()

    def show_documents(self, dossier: Dossier, documents: Sequence[DocumentView]) -> None:
        """Show the lines that have documents."""
        rows = iter_rows(dossier, documents)
        self._rows = tuple(row for row in rows if row.document is None and row.documents)
        counting = [view for view in documents if not view.withdrawn_reason]
        self.sign.setVisible(any(not view.document.content.is_signed for view in counting))
        self.retranslate()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("digitise.card"))
        self.open.set_text(words("digitise.open_here"))
        self.sign.set_text(words("sign.card"))
        clear(self.lines)
        for row in self._rows:
            button = ActionButton(ButtonKind.QUIET)
            button.set_text(f"{say_name(words, row)} · {say_state(words, row)}")
            button.setToolTip(say_name(words, row))
            button.setStyleSheet("text-align: left;")
            # A long line is cut at its end, not the card beside it.
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _checked, line=row.component: self.line_opened.emit(line))
            self.lines.addWidget(button)
