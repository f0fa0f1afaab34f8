"""The newest print jobs; one that failed can be sent again, one that is out can be reprinted with a reason."""

from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.services.answers.printing import PrintJob, PrintState
from ui.actions import ActionId, PageId
from ui.formats import show_moment
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.tasks import Where
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, EmptyState, Field

_TONES = {
    PrintState.QUEUED: Tone.INFO,
    PrintState.PRINTING: Tone.INFO,
    PrintState.PRINTED: Tone.NEUTRAL,
    PrintState.FAILED: Tone.BAD,
    PrintState.UNKNOWN: Tone.CAUTION,
}
_MAY_RUN_AGAIN = (PrintState.QUEUED, PrintState.FAILED, PrintState.UNKNOWN)


class PrintJobsPage(Page):
    """Newest first. Enter on a line opens its dossier."""

    page_id: ClassVar[PageId] = PageId.PRINT_JOBS
    title_key: ClassVar[str] = "ui.page.print_jobs"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.table = RowsTable(self._columns(), self.words, self)
        self.reason = QLineEdit(self)
        self._reason_field = Field(self.reason, self, keeps_line=True)
        self._again = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._empty = EmptyState(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        self.table.row_opened.connect(self._on_opened)
        self.table.row_chosen.connect(self._on_row_chosen)
        self._again.clicked.connect(self._on_again)
        self.reason.returnPressed.connect(self._on_again)
        self.words.language_changed.connect(self.retranslate)
        self.retranslate()

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - the list is always the whole list
        """Read the jobs."""
        self.table.setFocus()
        self._load()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read the jobs again when they changed."""
        if Topic.PRINT_JOBS in topics:
            self._load()

    def perform(self, action: ActionId) -> bool:
        """Answer F5."""
        if action is ActionId.REFRESH:
            self._load()
            return True
        return False

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.table.setAccessibleName(self.words(self.title_key))
        self.table.rows_model.retranslate()
        self._reason_field.set_label(self.words("ui.print_jobs.reason"))
        self._again.set_text(self.words("ui.print_jobs.again"))
        self._empty.set_text(self.words("ui.print_jobs.empty_title"), self.words("ui.print_jobs.empty_advice"))

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("ui.print_jobs.when", 140, lambda job: show_moment(job.ordered_at)),
            Column("ui.print_jobs.dossier", 166, lambda job: job.dossier_code),
            Column("ui.print_jobs.form", 0, self._form_text),
            Column("ui.print_jobs.copies", 74, lambda job: str(job.copies)),
            Column("ui.print_jobs.printer", 114, self._printer_text),
            Column("ui.print_jobs.state", 146, self._state_text, lambda job: _TONES[job.state]),
        )

    def _lay_out(self) -> None:
        filled = QWidget(self)
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE.medium)
        row.addWidget(self._reason_field, 1)
        row.addWidget(self._again)
        column.addLayout(row)
        self._stack.addWidget(filled)
        self._stack.addWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def _form_text(self, job: PrintJob) -> str:
        form = self.words(f"ui.form.{job.form.value}")
        if not job.reprint:
            return form
        return f"{self.words('ui.print_jobs.reprint_mark', number=job.reprint)} · {form}"

    def _printer_text(self, job: PrintJob) -> str:
        key = f"ui.print_jobs.printer_{job.printer}"
        return self.words(key) if self.words.has(key) else job.printer or self.words("ui.none")

    def _state_text(self, job: PrintJob) -> str:
        return self.words(f"ui.print_jobs.{job.state.value}")

    def _load(self) -> None:
        jobs = self.context.counter.printing_jobs
        self.tasks.run(jobs.list_recent, owner=self, done=self._show_jobs, supersedes="jobs", name="print_jobs.list")

    def _show_jobs(self, jobs: tuple[PrintJob, ...]) -> None:
        self.table.show_rows(jobs, key=lambda job: job.id)
        self._stack.setCurrentIndex(0 if jobs else 1)
        if jobs and self.table.current_row is None:
            self.table.selectRow(0)
        if any(job.state is PrintState.UNKNOWN for job in jobs):
            self._reason_field.set_hint(self.words("ui.print_jobs.unknown_advice"))

    @Slot(object)
    def _on_opened(self, job: PrintJob) -> None:
        self.page_requested.emit(PageId.DOSSIERS, job.dossier_code)

    @Slot(object)
    def _on_row_chosen(self, job: PrintJob) -> None:
        code = job.error_code
        self._reason_field.set_problem("")
        self._reason_field.set_hint(self._advice(job) if code and self.words.has(code) else "")

    def _advice(self, job: PrintJob) -> str:
        """Say why a job failed. The job keeps the kind of failure; the printer is the one that is set now."""
        chosen = str(self.context.counter.preferences.get("print.slip.printer"))
        none = self.words("ui.none")
        return self.words(job.error_code, printer=chosen or none, reason=none, copies=job.copies)

    @Slot()
    def _on_again(self) -> None:
        job = self.table.current_row
        if job is None:
            self._reason_field.set_problem(self.words("ui.print_jobs.select_row"))
        elif job.state in _MAY_RUN_AGAIN:
            queue = self.context.print_queue
            self.tasks.run(
                lambda: queue.print_now(job.id), owner=self, done=self._on_printed, where=Where.POOL, name="print.again"
            )
        else:
            self._reprint(job)

    def _reprint(self, job: PrintJob) -> None:
        reason = self.reason.text().strip()
        if not reason:
            self._reason_field.set_problem(self.words("ui.dossiers.reason_missing"))
            self.reason.setFocus()
            return
        self._reason_field.set_problem("")
        jobs = self.context.counter.printing_jobs
        self.tasks.run(
            lambda: jobs.order_reprint(job.dossier_code, job.form, reason=reason, copies=job.copies),
            owner=self,
            done=self._on_ordered,
            name="print.reprint",
        )

    def _on_printed(self, _job: object) -> None:
        self._load()

    def _on_ordered(self, job: PrintJob) -> None:
        self.reason.clear()
        self.context.print_queue.wake()
        form = self.words(f"ui.form.{job.form.value}")
        text = self.words("ui.dossiers.ordered", form=form, code=job.dossier_code)
        self.context.messages.show_message(Message(text, Severity.SUCCESS))
        self._load()
