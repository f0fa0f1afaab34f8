"""The newest print jobs, what can be done about each, the printers, and printing many papers in a row."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.clock import to_local
from counter_app.core.errors import AppError
from counter_app.domain.forms.kinds import KINDS
from counter_app.services.answers.printing import PrinterStatus, PrintJob, PrintState
from ui.actions import ActionId, PageId
from ui.formats import show_moment
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.print_jobs.job_panel import JobPanel
from ui.print_jobs.printer_list import PrinterList
from ui.print_jobs.sentences import say_job_state, say_paper, say_subject, say_target, tone_of_job
from ui.printing.batch_view import BatchView
from ui.printing.printers import printer_of
from ui.tasks import Where
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState

_NEWEST = 50
_MOST_OPEN = 200
_FOOT_HEIGHT = 166
_PRINTERS_WIDTH = 372


class PrintJobsPage(Page):
    """Newest first. Enter on a line opens its dossier; F4 prints many papers in a row."""

    page_id: ClassVar[PageId] = PageId.PRINT_JOBS
    title_key: ClassVar[str] = "ui.page.print_jobs"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._printers: tuple[PrinterStatus, ...] = ()
        self._owed = 0
        self.table = RowsTable(self._columns(), self.words, self)
        self.panel = JobPanel(self.words, self)
        self.printers = PrinterList(self.words, self)
        self.batch = BatchView(context, self)
        self.banner = QFrame(self)
        self.banner_text = QLabel(self.banner)
        self.owed_button = ActionButton(ButtonKind.SECONDARY, ActionId.JOBS_OWED, self.banner)
        self.batch_button = ActionButton(ButtonKind.SECONDARY, ActionId.JOBS_BATCH, self)
        self._hint = QLabel(self)
        self._empty = EmptyState(self)
        self._jobs = QStackedWidget(self)
        self._views = QStackedWidget(self)
        self._list = QWidget(self)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def is_batch(self) -> bool:
        """Whether printing in a row has the page."""
        return self._views.currentWidget() is self.batch

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - the list is always the whole list
        """Read the jobs and ask the printers."""
        if self.is_batch:
            self.batch.focus_first()
        else:
            self.table.setFocus()
        self._load()
        self.batch.refresh(frozenset({Topic.PRINT_JOBS}))
        self._ask_printers()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read the jobs again when they changed."""
        if Topic.PRINT_JOBS in topics:
            self._load()
        self.batch.refresh(topics)

    def perform(self, action: ActionId) -> bool:
        """Answer the keys of the list, or those of printing in a row while that is in front."""
        if self.is_batch:
            return self.batch.perform(action)
        match action:
            case ActionId.REFRESH:
                self._load()
                self._ask_printers()
            case ActionId.JOBS_BATCH:
                self._open_batch()
            case ActionId.JOBS_OWED:
                self._on_print_owed()
            case ActionId.JOB_CAME_OUT:
                self.panel.say_came_out()
            case ActionId.JOB_NOT_OUT:
                self.panel.say_not_out()
            case ActionId.JOB_AGAIN:
                self.panel.ask_again()
            case ActionId.JOB_CANCEL:
                self._on_cancel()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self.table.setAccessibleName(words(self.title_key))
        self.table.rows_model.retranslate()
        self.panel.retranslate()
        self.printers.retranslate()
        self.batch.retranslate()
        self.owed_button.set_text(words("ui.print_jobs.print_owed"))
        self.batch_button.set_text(words("ui.print_jobs.batch"))
        self._hint.setText(words("ui.print_jobs.hint"))
        self._empty.set_text(words("ui.print_jobs.empty_title"), words("ui.print_jobs.empty_advice"))
        self._write_banner()

    def _columns(self) -> tuple[Column, ...]:
        words = self.words
        return (
            Column("ui.print_jobs.when", 108, self._when_text),
            Column("ui.print_jobs.subject", 170, say_subject),
            Column("ui.print_jobs.form", 0, lambda job: say_paper(words, job)),
            Column("ui.print_jobs.copies", 76, lambda job: str(job.copies)),
            Column("ui.print_jobs.printer", 136, lambda job: say_target(words, job, self._printers)),
            Column("ui.print_jobs.state", 152, lambda job: say_job_state(words, job), tone_of_job),
        )

    def _when_text(self, job: PrintJob) -> str:
        ordered, now = to_local(job.ordered_at), to_local(self.context.counter.clock.now())
        return f"{ordered:%H:%M %d/%m}" if ordered.year == now.year else show_moment(job.ordered_at)

    def _lay_out(self) -> None:
        self._hint.setProperty("role", "soft")
        self.banner.setProperty("role", "notice")
        self.banner_text.setWordWrap(True)
        notice = QHBoxLayout(self.banner)
        notice.setContentsMargins(SPACE.medium, SPACE.hair, SPACE.hair, SPACE.hair)
        notice.addWidget(self.banner_text, 1)
        notice.addWidget(self.owed_button)
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self._hint, 1)
        head.addWidget(self.banner, 1)
        head.addWidget(self.batch_button)
        self._jobs.addWidget(self.table)
        self._jobs.addWidget(self._empty)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.medium)
        foot.addWidget(self.panel, 1)
        foot.addWidget(self.printers)
        self.printers.setFixedWidth(_PRINTERS_WIDTH)
        for card in (self.panel, self.printers):
            card.setFixedHeight(_FOOT_HEIGHT)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self._jobs, 1)
        column.addLayout(foot)
        self._views.addWidget(self._list)
        self._views.addWidget(self.batch)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._views)

    def _connect_signals(self) -> None:
        self.table.row_opened.connect(self._on_opened)
        self.table.row_chosen.connect(self._on_row_chosen)
        self.panel.answered.connect(self._on_answered)
        self.panel.send_requested.connect(self._on_send)
        self.panel.reprint_requested.connect(self._on_reprint)
        self.panel.cancel_requested.connect(self._on_cancel)
        self.owed_button.clicked.connect(self._on_print_owed)
        self.batch_button.clicked.connect(self._open_batch)
        self.batch.closed.connect(self._on_batch_closed)
        self.words.language_changed.connect(self.retranslate)

    def _load(self) -> None:
        jobs = self.context.counter.printing_jobs

        def read() -> tuple[tuple[PrintJob, ...], int]:
            owed = jobs.list_owed()
            found = {job.id: job for job in (*jobs.list_recent(limit=_NEWEST), *jobs.list_open()[:_MOST_OPEN], *owed)}
            newest = sorted(found.values(), key=lambda job: (job.ordered_at, job.id), reverse=True)
            return tuple(newest), sum(1 for job in owed if job.state is PrintState.PRINTED)

        self.tasks.run(read, owner=self, done=self._show_jobs, supersedes="jobs", name="print_jobs.list")

    def _show_jobs(self, found: tuple[tuple[PrintJob, ...], int]) -> None:
        jobs, self._owed = found
        self.table.show_rows(jobs, key=lambda job: job.id)
        self._jobs.setCurrentIndex(0 if jobs else 1)
        if jobs and self.table.current_row is None:
            self.table.selectRow(0)
        if not jobs:
            self.panel.show_job(None)
        self._write_banner()

    def _write_banner(self) -> None:
        self.banner_text.setText(self.words("ui.print_jobs.owed_banner", count=self._owed))
        self.banner.setVisible(self._owed > 0)
        self._hint.setVisible(self._owed == 0)

    def _ask_printers(self) -> None:
        self.printers.show_asking()
        self.tasks.run(
            self.context.printing.list_printers,
            owner=self,
            done=self._show_printers,
            failed=self._no_printers,
            where=Where.POOL,
            supersedes="printers",
            name="printers.list",
        )

    def _show_printers(self, printers: Sequence[PrinterStatus]) -> None:
        self._printers = tuple(printers)
        self.printers.show_printers(self._printers)
        self.batch.show_printers(self._printers)
        self.table.rows_model.retranslate()
        self._offer_printers()

    def _no_printers(self, error: AppError) -> None:
        self.printers.show_unknown()
        self.context.errors.show(error, retry=self._ask_printers)

    def _offer_printers(self) -> None:
        job = self.panel.job
        if job is not None:
            as_set = printer_of(self.context.counter.preferences, KINDS[job.form].tray)
            self.panel.show_printers(self._printers, as_set)

    @Slot(object)
    def _on_opened(self, job: PrintJob) -> None:
        if job.dossier_code:
            self.page_requested.emit(PageId.DOSSIERS, job.dossier_code)

    @Slot(object)
    def _on_row_chosen(self, job: PrintJob) -> None:
        self.panel.show_job(job)
        self._offer_printers()

    @Slot(bool)
    def _on_answered(self, came_out: bool) -> None:  # noqa: FBT001 - the signal's own signature
        job = self.panel.job
        if job is not None:
            jobs, job_id = self.context.counter.printing_jobs, job.id
            key = "ui.print_jobs.noted_out" if came_out else "ui.print_jobs.noted_not_out"
            self._change(lambda: jobs.answer(job_id, came_out=came_out), key)

    @Slot(str)
    def _on_send(self, printer: str) -> None:
        job = self.panel.job
        if job is not None:
            jobs, job_id = self.context.counter.printing_jobs, job.id
            self._change(lambda: jobs.requeue(job_id, printer=printer), "ui.print_jobs.sent_again")

    @Slot(str)
    def _on_reprint(self, reason: str) -> None:
        job = self.panel.job
        if job is not None:
            orders, job_id = self.context.counter.print_orders, job.id
            self._change(lambda: orders.order_again(job_id, reason=reason), "ui.print_jobs.ordered_again")

    def _change(self, work: Callable[[], PrintJob], said_key: str) -> None:
        def done(job: PrintJob) -> None:
            self.panel.work_done()
            self.context.printing.wake(job.asked)
            text = self.words(said_key, form=say_paper(self.words, job), subject=say_subject(job))
            self.context.messages.show_message(Message(text, Severity.SUCCESS))
            self._load()

        self.tasks.run(work, owner=self, done=done, name="print_jobs.change")

    @Slot()
    def _on_cancel(self) -> None:
        job = self.panel.job
        if job is None or not self.panel.may(ActionId.JOB_CANCEL):
            return
        printing, job_id = self.context.printing, job.id
        self.tasks.run(lambda: printing.cancel(job_id), owner=self, done=self._on_cancelled, name="print_jobs.cancel")

    def _on_cancelled(self, _nothing: None) -> None:
        self.context.messages.show_message(Message(self.words("ui.print_jobs.cancel_asked"), Severity.INFO))
        self._load()

    @Slot()
    def _on_print_owed(self) -> None:
        if self._owed:
            jobs = self.context.counter.printing_jobs
            self.tasks.run(jobs.queue_owed, owner=self, done=self._on_owed_queued, name="print_jobs.owed")

    def _on_owed_queued(self, count: int) -> None:
        self.context.printing.wake()
        text = self.words("ui.print_jobs.owed_sent", count=count)
        self.context.messages.show_message(Message(text, Severity.SUCCESS))
        self._load()

    @Slot()
    def _open_batch(self) -> None:
        self._views.setCurrentWidget(self.batch)
        self.batch.open()

    @Slot()
    def _on_batch_closed(self) -> None:
        self._views.setCurrentWidget(self._list)
        self.table.setFocus()
        self._load()
