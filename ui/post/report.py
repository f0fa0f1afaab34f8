"""What an import came to: the doubtful rows with their reason and their text, to be put right in the file."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from counter_app.services.post_files import ImportReport, RowState
from ui.actions import ActionId
from ui.dossiers.lines import clear, wrapped
from ui.widgets import ActionButton, ButtonKind, SectionCard
from ui.widgets.scrolled import ScrolledColumn
from ui.words import Words

_MOST_SHOWN = 100


class ReportView(QWidget):
    """Passive; `left` when it has been read."""

    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._report = ImportReport(rows=())
        self.card = SectionCard()
        self._rows = QVBoxLayout()
        self.card.body.addLayout(self._rows)
        self.close_button = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.close_button.clicked.connect(self.left)
        scrolled = ScrolledColumn(self)
        scrolled.column.addWidget(self.card)
        scrolled.end_column()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled, 1)
        column.addWidget(self.close_button)

    def show_report(self, report: ImportReport) -> None:
        """Show the doubtful rows; without any, that there are none."""
        self._report = report
        self._render()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.card.set_title(self._words("post.report"))
        self.close_button.set_text(self._words("post.close_report"))
        self._render()

    def _render(self) -> None:
        clear(self._rows)
        doubtful = [row for row in self._report.rows if row.state is RowState.DOUBTFUL]
        if not doubtful:
            self._rows.addWidget(wrapped(self._words("post.no_doubts"), role="soft"))
        for row in doubtful[:_MOST_SHOWN]:
            said = self._words("post.report_row", row=row.number, problem=self._words(row.problem, **row.context))
            self._rows.addWidget(wrapped(said))
            self._rows.addWidget(wrapped(row.source, role="hint"))
        if len(doubtful) > _MOST_SHOWN:
            more = self._words("post.report_more", count=len(doubtful) - _MOST_SHOWN)
            self._rows.addWidget(wrapped(more, role="soft"))
