"""The look-up page: a search field, the answers, and the chosen dossier beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.dossiers import DossierRow, DossierView
from counter_app.services.answers.printing import PrintJob
from ui.actions import ActionId, PageId
from ui.dossiers.view import DossierPanel
from ui.formats import show_day, tone_of
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext, PageImage
from ui.tasks import Where
from ui.theme.tokens import SPACE, Tone
from ui.widgets import EmptyState, Field

if TYPE_CHECKING:
    from counter_app.services.lookup import Lookup


SEARCH_AFTER_MS = 120
_FEWEST_LETTERS = 2
_MOST_ROWS = 50


class DossiersPage(Page):
    """Searches while typing, newest first; Down goes into the list, Enter to the dossier, F9 reprints, F6 previews."""

    page_id: ClassVar[PageId] = PageId.DOSSIERS
    title_key: ClassVar[str] = "ui.page.dossiers"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.search = QLineEdit(self)
        self.search.installEventFilter(self)
        self._search_field = Field(self.search, self)
        self.table = RowsTable(self._columns(), self.words, self)
        self.panel = DossierPanel(self.words, self)
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_AFTER_MS)
        self._wanted_code = ""
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def activate(self, argument: str = "") -> None:
        """Show the dossier whose code is the argument, or what a search for other words finds, or the newest ones."""
        if argument:
            self.search.setText(argument)
            self._wanted_code = argument
        self._search()
        self.search.setFocus()
        self.search.selectAll()

    def open_dossier(self, code: str) -> None:
        """Show one dossier in the panel."""
        lookup = self.context.counter.lookup
        self.tasks.run(
            lambda: lookup.get_dossier(code),
            owner=self,
            done=self._show_dossier,
            supersedes="dossier",
            name="dossier.get",
        )

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Search again when dossiers changed, and read the shown one again."""
        if topics & {Topic.DOSSIERS, Topic.PRINT_JOBS}:
            if Topic.DOSSIERS in topics:
                self._search()
            if self.panel.shown is not None:
                self.open_dossier(self.panel.shown.dossier.code)

    def perform(self, action: ActionId) -> bool:
        """Answer F5, F6, F9 and Esc."""
        match action:
            case ActionId.REFRESH:
                self._search()
            case ActionId.DOSSIER_REPRINT:
                self.panel.ask_reprint()
            case ActionId.DOSSIER_PREVIEW:
                self.panel.ask_preview()
            case ActionId.DISMISS:
                return self.panel.close_preview()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._search_field.set_label(self.words("ui.dossiers.search"))
        self._search_field.set_hint(self.words("ui.dossiers.search_hint"))
        self.table.setAccessibleName(self.words(self.title_key))
        self.table.rows_model.retranslate()
        self.panel.retranslate()
        self._write_empty()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Down leave the search field into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down and self.table.rows_model.rows:
                self.table.setFocus()
                self.table.selectRow(max(0, self.table.currentIndex().row()))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.rows_model.rows:
                self.table.selectRow(max(0, self.table.currentIndex().row()))
                return True
        return False

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("ui.dossiers.code", 166, lambda row: row.code),
            Column("ui.dossiers.applicant", 0, lambda row: row.applicant_name),
            Column("ui.dossiers.due", 98, lambda row: show_day(row.due_at)),
            Column("ui.dossiers.status", 112, self._status_text, _row_tone),
        )

    def _status_text(self, row: DossierRow) -> str:
        return self.words("ui.dossier_status.late" if row.is_late else f"ui.dossier_status.{int(row.status)}")

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self._search_field)
        self._answers.addWidget(self.table)
        self._answers.addWidget(self._empty)
        column.addWidget(self._answers, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal, self)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE.medium)
        splitter.addWidget(left)
        self.panel.preview_toggled.connect(left.setHidden)
        splitter.addWidget(self.panel)
        splitter.setSizes([517, 348])
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(splitter)

    def _connect_signals(self) -> None:
        self.search.textEdited.connect(self._on_typed)
        self._delay.timeout.connect(self._search)
        self.table.row_chosen.connect(self._on_row_chosen)
        self.table.row_opened.connect(self._on_row_opened)
        self.panel.reprint_requested.connect(self._on_reprint)
        self.panel.preview_requested.connect(self._on_preview)
        self.words.language_changed.connect(self.retranslate)

    @Slot(str)
    def _on_typed(self, _text: str) -> None:
        self._delay.start()

    @Slot()
    def _search(self) -> None:
        words, lookup = self.search.text(), self.context.counter.lookup
        self.tasks.run(
            lambda: _find(lookup, words),
            owner=self,
            done=self._show_rows,
            supersedes="search",
            name="dossier.search",
        )

    def _show_rows(self, rows: tuple[DossierRow, ...]) -> None:
        self.table.show_rows(rows, key=lambda row: row.id)
        self._answers.setCurrentIndex(0 if rows else 1)
        self._write_empty()
        wanted, self._wanted_code = self._wanted_code, ""
        for number, row in enumerate(rows):
            if wanted and row.code == wanted:
                self.table.selectRow(number)

    def _write_empty(self) -> None:
        kind = "empty" if self.search.text().strip() else "nothing"
        self._empty.set_text(self.words(f"ui.dossiers.{kind}_title"), self.words(f"ui.dossiers.{kind}_advice"))

    def _show_dossier(self, view: DossierView) -> None:
        self.panel.show_dossier(view)

    @Slot(object)
    def _on_row_chosen(self, row: DossierRow) -> None:
        if row.code:
            self.open_dossier(row.code)

    @Slot(object)
    def _on_row_opened(self, _row: DossierRow) -> None:
        self.panel.focus_first()

    @Slot(object, str)
    def _on_reprint(self, form: Form, reason: str) -> None:
        shown = self.panel.shown
        if shown is None:
            return
        jobs, code = self.context.counter.printing_jobs, shown.dossier.code
        copies = int(self.context.counter.preferences.get("print.slip.copies"))
        self.tasks.run(
            lambda: jobs.order_reprint(code, form, reason=reason, copies=copies),
            owner=self,
            done=self._on_ordered,
            name="print.reprint",
        )

    def _on_ordered(self, job: PrintJob) -> None:
        self.context.print_queue.wake()
        self.panel.reprint_ordered()
        text = self.words("ui.dossiers.ordered", form=self.words(f"ui.form.{job.form.value}"), code=job.dossier_code)
        self.context.messages.show_message(Message(text, Severity.SUCCESS))

    @Slot(object)
    def _on_preview(self, job: PrintJob) -> None:
        jobs = self.context.counter.printing_jobs
        self.tasks.run(
            lambda: (job, jobs.get_slip(job.id)), owner=self, done=self._render, supersedes="slip", name="preview.slip"
        )

    def _render(self, found: tuple[PrintJob, SlipData]) -> None:
        job, slip = found
        preview = self.context.preview_slip
        self.tasks.run(
            lambda: (job, preview(slip)),
            owner=self,
            done=self._show_preview,
            where=Where.POOL,
            supersedes="pdf",
            name="preview.render",
        )

    def _show_preview(self, found: tuple[PrintJob, Sequence[PageImage]]) -> None:
        job, pages = found
        self.panel.show_preview(job, pages)


def _find(lookup: Lookup, words: str) -> tuple[DossierRow, ...]:
    if len(words.strip()) < _FEWEST_LETTERS:
        return lookup.list_recent(limit=_MOST_ROWS)
    return lookup.search(words, limit=_MOST_ROWS)


def _row_tone(row: DossierRow) -> Tone:
    return Tone.BAD if row.is_late else tone_of(row.status)
