"""Printing many papers in a row: counts what would be printed, orders it, and follows it to the last sheet."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.core.errors import AppError
from counter_app.core.ids import new_id
from counter_app.domain.forms.kinds import KINDS, Form
from counter_app.services.answers.printing import BatchProgress, PrintJob
from ui.intake.typed_values import find_date, format_date
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.printing.batch_state import BatchPlan, BatchState, Phase
from ui.tasks import Progress, Where

COUNT_AFTER_MS = 200


class BatchPresenter(QObject):
    """Holds the state in the window's thread. `changed(BatchState)`, `refused(field)` when one has to be put right."""

    changed = Signal(object)
    refused = Signal(str)

    def __init__(self, context: PageContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._batch = ""
        self._stop = threading.Event()
        today = format_date(local_date(context.counter.clock.now()))
        self.state = BatchState(first=today, last=today)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(COUNT_AFTER_MS)
        self._delay.timeout.connect(self._count)

    def open(self) -> None:
        """Count anew, unless something is under way."""
        if self.state.phase in (Phase.CHOOSING, Phase.OVER):
            self.choose_form(self.state.form)
        else:
            self.changed.emit(self.state)

    def choose_form(self, form: Form) -> None:
        """Take another form with its usual number of copies."""
        copies = KINDS[form].copies or int(self._context.counter.preferences.get("print.slip.copies"))
        self._edit(form=form, copies=copies)

    def edit_days(self, *, first: str | None = None, last: str | None = None) -> None:
        """Take what is typed as the first or the last day."""
        changes = {"first": first, "last": last}
        self._edit(**{name: text for name, text in changes.items() if text is not None})

    def choose(self, **changes: Any) -> None:
        """Take another number of copies, printer or reason, or whether papers printed before are printed again."""
        if "reason" in changes:
            changes["problems"] = {name: key for name, key in self.state.problems.items() if name != "reason"}
        self._put(**changes)

    def check_days(self) -> None:
        """Say what is wrong with the days, once their fields are left."""
        self._put(problems={**self.state.problems, **self._problems_of_days()})

    def start(self) -> None:
        """Order it all, unless a field has to be put right first."""
        state = self.state
        problems = self._problems_of_days()
        if state.asks_reason and not state.reason.strip():
            problems["reason"] = "ui.batch.reason_missing"
        if problems:
            self._put(problems=problems)
            self.refused.emit(next(iter(problems)))
        elif state.is_ready:
            self._order()

    def cancel(self) -> None:
        """Stop ordering, and take what waits out of the queue; what is under way still comes out."""
        if self.state.phase is Phase.ORDERING:
            self._stop.set()
        elif self.state.phase is Phase.PRINTING:
            self._cancel_waiting()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Look how far the printing is."""
        if Topic.PRINT_JOBS not in topics or self.state.phase is not Phase.PRINTING or not self._batch:
            return
        jobs, batch = self._context.counter.printing_jobs, self._batch
        self._context.tasks.run(
            lambda: jobs.read_batch(batch),
            owner=self,
            done=self._keep_progress,
            supersedes="progress",
            name="batch.progress",
        )

    def _edit(self, **changes: Any) -> None:
        fresh: dict[str, Any] = {
            "plan": None,
            "phase": Phase.CHOOSING,
            "progress": None,
            "needs_reason": False,
            "problems": {},
        }
        self._put(**fresh, **changes)
        self._delay.start()

    def _problems_of_days(self) -> dict[str, str]:
        state = self.state
        problems: dict[str, str] = {}
        if find_date(state.first) is None:
            problems["first"] = "ui.paper.bad_day"
        if not state.is_single_day and find_date(state.last) is None:
            problems["last"] = "ui.paper.bad_day"
        if not problems and state.days is None:
            problems["last"] = "ui.batch.days_turned"
        return problems

    @Slot()
    def _count(self) -> None:
        state, days = self.state, self.state.days
        if days is None:
            return
        orders, form, is_one_paper = self._context.counter.print_orders, state.form, state.is_one_paper

        def count() -> BatchPlan:
            codes = orders.list_codes(*days)
            printed = () if is_one_paper else (code for code in codes if orders.was_ordered(code, form))
            return BatchPlan(codes, frozenset(printed))

        def keep(plan: BatchPlan) -> None:
            if (self.state.form, self.state.days) == (form, days):
                self._put(plan=plan)

        self._context.tasks.run(count, owner=self, done=keep, where=Where.POOL, supersedes="plan", name="batch.count")

    def _order(self) -> None:
        requests, printer = self.state.requests(), self.state.printer
        counter, stop = self._context.counter, self._stop
        stop.clear()
        batch = self._batch = new_id()
        self._put(phase=Phase.ORDERING, done=0, total=len(requests), problems={}, progress=None)

        def work(progress: Progress) -> str:
            counter.print_orders.order_many(requests, batch=batch, progressed=progress.report, is_cancelled=stop.is_set)
            if stop.is_set():
                counter.printing_jobs.cancel([job.id for job in counter.printing_jobs.list_of_batch(batch)])
            return batch

        def progressed(done: int, total: int) -> None:
            self._put(done=done, total=total)
            self._context.printing.wake(printer)

        self._context.tasks.run_with_progress(
            work,
            owner=self,
            done=self._on_ordered,
            failed=self._on_refused,
            progressed=progressed,
            where=Where.POOL,
            name="batch.order",
        )

    def _on_ordered(self, batch: str) -> None:
        self._batch = batch
        self._context.printing.wake(self.state.printer)
        self._put(phase=Phase.PRINTING, reason="", takes_printed=False)
        self.refresh(frozenset({Topic.PRINT_JOBS}))

    def _on_refused(self, error: AppError) -> None:
        if self.state.done:
            # What was ordered before the failure stays ordered: it is followed, and can be cancelled.
            self._on_ordered(self._batch)
            self._context.errors.show(error)
            return
        self._put(phase=Phase.CHOOSING)
        self._delay.start()
        if error.code == "print_job.reason_missing":
            # A register or closing of these days has been printed before; nothing was ordered.
            self._put(needs_reason=True, problems={"reason": "ui.batch.reason_missing"})
            self.refused.emit("reason")
            return
        self._context.errors.show(error)

    def _keep_progress(self, progress: BatchProgress) -> None:
        if progress.batch == self._batch:
            self._put(progress=progress, phase=Phase.OVER if progress.is_over else Phase.PRINTING)

    def _cancel_waiting(self) -> None:
        jobs, batch = self._context.counter.printing_jobs, self._batch

        def cancel() -> int:
            found: tuple[PrintJob, ...] = jobs.list_of_batch(batch)
            return jobs.cancel([job.id for job in found])

        self._context.tasks.run(cancel, owner=self, done=self._on_cancelled, name="batch.cancel")

    def _on_cancelled(self, count: int) -> None:
        text = self._context.words("ui.batch.cancelled", count=count)
        self._context.messages.show_message(Message(text, Severity.INFO))
        self.refresh(frozenset({Topic.PRINT_JOBS}))

    def _put(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self.changed.emit(self.state)
