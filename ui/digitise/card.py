"""What is digitised of a dossier, in a card of the dossier page."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from counter_app.domain.dossier import Dossier
from counter_app.services.answers.documents import DocumentView
from ui.actions import ActionId
from ui.digitise.rows import LineRow, iter_rows, say_name, say_state
from ui.dossiers.lines import clear
from ui.widgets import ActionButton, ButtonKind, SectionCard
from ui.words import Words


class DigitisedCard(SectionCard):
    """Passive: `line_opened(component)` asks for the digitising page at a line, 0 for its first one."""

    line_opened = Signal(int)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._rows: tuple[LineRow, ...] = ()
        self.lines = QVBoxLayout()
        self.lines.setSpacing(2)
        self.body.addLayout(self.lines)
        self.open = ActionButton(ButtonKind.SECONDARY, ActionId.DOSSIER_DIGITISE)
        self.body.addWidget(self.open)
        self.open.clicked.connect(lambda: self.line_opened.emit(0))
        self.retranslate()

    def show_documents(self, dossier: Dossier, documents: Sequence[DocumentView]) -> None:
        """Show the lines that have documents."""
        rows = iter_rows(dossier, documents)
        self._rows = tuple(row for row in rows if row.document is None and row.documents)
        self.retranslate()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("digitise.card"))
        self.open.set_text(words("digitise.open_here"))
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
