"""One thread per printer: takes ordered jobs, makes the pages, sends them, and says how it ended.

A job's state is durable before its first byte moves, so a job is never printed twice silently: what the program cannot
know (cut in the middle) is UNKNOWN, and a person decides. A job of which surely nothing was printed goes to the next
printer of its chain.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.domain.forms.kinds import Sheet, Tray
from counter_app.services.answers.printing import Condition, PrintJob, PrintState
from printing.backends import Backend, PrintCancelled, PrintInterrupted, Ticket, Watch
from printing.press import Press

if TYPE_CHECKING:
    from counter_app.services.printing_jobs import PrintingJobs
    from printing.routes import Routes


logger = logging.getLogger("counter_app.printing.queue")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job that reached its paper: `where` is the file or the printer."""

    job: PrintJob
    where: str


class PrintQueue:
    """The queue of one printer. `start`, `wake`, `stop`, `cancel` and `print_now` are safe from any thread.

    `wake` is cheap: call it whenever print jobs were ordered (topic ``print_jobs``). `handed_on` hears the address of
    the printer that takes over a job.
    """

    def __init__(
        self,
        jobs: PrintingJobs,
        press: Press,
        open_backend: Callable[[str], Backend],
        *,
        printer: str,
        routes: Routes,
        handed_on: Callable[[str], None] = lambda _address: None,
    ) -> None:
        self._jobs = jobs
        self._press = press
        self._open_backend = open_backend
        self._printer = printer
        self._routes = routes
        self._handed_on = handed_on
        self._work = threading.Event()
        self._stopping = threading.Event()
        self._under_way = ""
        self._is_cancelled = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; jobs that already wait are taken at once."""
        if self._thread is not None:
            return
        self._stopping.clear()
        self._work.set()
        # A daemon: a driver that hangs for ever must not keep the program from closing.
        self._thread = threading.Thread(target=self._run, name=f"print:{self._printer}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be work. Returns at once."""
        self._work.set()

    def cancel(self, job_id: str) -> None:
        """Ask the printer to drop a job that is under way; what came out already stays out. Returns at once."""
        if self._under_way == job_id:
            self._is_cancelled.set()

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Finish the paper in hand, take no further one, and wait for the thread.

        Returns False when the printer still holds the thread; its job is found UNKNOWN at the next start.
        """
        thread = self._thread
        if thread is None:
            return True
        self._stopping.set()
        self._work.set()
        thread.join(timeout_s)
        if thread.is_alive():
            logger.warning("print thread still busy at stop: printer=%s", self._printer)
            return False
        self._thread = None
        return True

    def print_now(self, job_id: str) -> Delivery:
        """Print one job in the calling thread and return where it went; the job is settled either way.

        Raises:
            UserError: ``print_job.answer_first``: nobody has said yet whether its paper came out;
                ``print.job_taken``: it is printed already, or another queue has it.
            AppError: why it could not be printed. It was passed to no other printer.
        """
        if self._jobs.get(job_id).state is PrintState.UNKNOWN:
            raise UserError("print_job.answer_first")
        job = self._jobs.claim_job(job_id, self._printer)
        if job is None:
            raise UserError("print.job_taken")
        try:
            return self._deliver(job)
        except _NotPrinted as failure:
            self._jobs.settle(job.id, failure.state, error_code=failure.cause.code)
            raise failure.cause from failure.cause.__cause__

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._work.wait()
            self._work.clear()
            self._drain()

    def _drain(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._jobs.claim(self._printer, trays=self._trays())
                if job is None:
                    return
                self._deliver_or_pass_on(job)
            except Exception:
                # The main loop of a thread: a store that fails now must not silence the printer for the day.
                # No further job until the next wake: what could not be claimed or settled would come at once again.
                logger.exception("print queue could not go on: printer=%s", self._printer)
                return

    def _trays(self) -> Collection[Tray]:
        return self._routes.trays_of(self._printer)

    def _deliver_or_pass_on(self, job: PrintJob) -> None:
        try:
            self._deliver(job)
        except _NotPrinted as failure:
            logger.warning("not printed: job=%s error=%s", job.id, failure.cause.code)
            substitute = self._routes.find_next(job, self._printer) if failure.may_be_passed_on else None
            if substitute is None:
                self._jobs.settle(job.id, failure.state, error_code=failure.cause.code)
            else:
                self._jobs.pass_on(job.id, substitute, error_code=failure.cause.code)
                self._handed_on(substitute)

    def _deliver(self, job: PrintJob) -> Delivery:
        with self._one_at_a_time:
            backend = self._opened(job)
            where = self._sent(job, backend)
            owed = self._routes.is_last_resort(job, self._printer)
            self._jobs.settle(job.id, PrintState.PRINTED, owed=owed)
        logger.info("printed: job=%s form=%s", job.id, job.form.value)
        return Delivery(job, where)

    def _opened(self, job: PrintJob) -> Backend:
        try:
            return self._open_backend(self._printer)
        except AppError as error:
            raise _NotPrinted(error, PrintState.FAILED) from error
        except Exception as error:
            logger.exception("printer could not be opened: job=%s", job.id)
            raise _NotPrinted(BugError("print.pages_not_made"), PrintState.FAILED) from error

    def _sent(self, job: PrintJob, backend: Backend) -> str:
        content, sheet = self._content(job, backend)
        ticket = Ticket(job.id, job.dossier_code or job.subject, job.form, job.reprint, sheet)
        self._is_cancelled.clear()
        self._under_way = job.id
        watch = Watch(waiting=lambda found: self._note_waiting(job, found), is_cancelled=self._is_cancelled.is_set)
        try:
            return backend.send(content, ticket, watch)
        except PrintInterrupted as error:
            raise _NotPrinted(error, PrintState.UNKNOWN) from error
        except AppError as error:
            raise _NotPrinted(error, PrintState.FAILED) from error
        except Exception as error:
            # A driver may fail in any way, at any byte: whether a paper came out is for a person to say.
            logger.exception("printer failed: job=%s", job.id)
            raise _NotPrinted(PrintInterrupted(self._printer), PrintState.UNKNOWN) from error
        finally:
            self._under_way = ""

    def _content(self, job: PrintJob, backend: Backend) -> tuple[bytes, Sheet]:
        try:
            return self._press.make(job, backend)
        except AppError as error:
            raise _NotPrinted(error, PrintState.FAILED) from error
        except Exception as error:
            # Nothing has left for the printer: the job is failed, not unknown, and the cause is kept in the log.
            logger.exception("pages not made: job=%s", job.id)
            raise _NotPrinted(BugError("print.pages_not_made"), PrintState.FAILED) from error

    def _note_waiting(self, job: PrintJob, conditions: tuple[Condition, ...]) -> None:
        self._jobs.note_waiting(job.id, f"print.waiting.{conditions[0].value}" if conditions else "")


class _NotPrinted(Exception):  # noqa: N818 -- carries how a job ended that its printer did not print
    def __init__(self, cause: AppError, state: PrintState) -> None:
        super().__init__(cause.code)
        self.cause = cause
        self.state = state

    @property
    def may_be_passed_on(self) -> bool:
        """Whether another printer may do what this one surely has not begun."""
        ended = isinstance(self.cause, PrintInterrupted | PrintCancelled)
        return self.state is PrintState.FAILED and not ended and isinstance(self.cause, EnvironmentFailure | UserError)
