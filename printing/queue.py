"""One thread per printer: takes ordered jobs, makes the pages, sends them, and says how it ended.

A job's state is durable before its first byte moves, so a job is never printed twice silently: what the program cannot
know (cut in the middle) is UNKNOWN, and a person decides. A job of which surely nothing was printed goes to the next
printer of its chain. How a job ended is kept in memory until the store takes it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import Condition, PrintJob, PrintState
from printing.backends import Backend, PrintCancelled, PrintInterrupted, Ticket, Watch
from printing.press import Press
from printing.routes import FILES

if TYPE_CHECKING:
    from counter_app.services.printing_jobs import PrintingJobs
    from printing.routes import Routes


logger = logging.getLogger("counter_app.printing.queue")

_SHORTEST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
"""Between tries while the store fails; a wake does not wait for it."""

_BETWEEN_RECOVERIES_S = 30.0
_CANCELLED = "print.cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job that reached its paper: `where` is the file or the printer."""

    job: PrintJob
    where: str
    is_owed: bool = False
    """It went to a file for want of a printer: the paper is still owed."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """How a job ended here, as it is to be written; with a `target` it is queued for that printer."""

    job_id: str
    state: PrintState
    error_code: str = ""
    owed: bool | None = None
    target: str = ""


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
        self._one_at_a_time = threading.Lock()
        self._life = threading.Lock()
        self._thread: threading.Thread | None = None
        self._has_left = False
        # Re-entrant: writing announces, and a listener may ask for something here.
        self._hands = threading.RLock()
        self._in_hand: dict[str, threading.Event] = {}
        self._unwritten: deque[_Outcome] = deque()
        self._pause_s: float | None = None
        self._recover_from_s = 0.0

    def start(self) -> None:
        """Start the thread, also after a `stop` that timed out; jobs that already wait are taken at once."""
        with self._life:
            self._stopping.clear()
            self._work.set()
            if self._thread is not None and self._thread.is_alive() and not self._has_left:
                return
            self._has_left = False
            # A daemon: a driver that hangs for ever must not keep the program from closing.
            self._thread = threading.Thread(target=self._run, name=f"print:{self._printer}", daemon=True)
            self._thread.start()

    def wake(self) -> None:
        """Say that there may be work. Returns at once."""
        self._work.set()

    def cancel(self, job_id: str) -> bool:
        """Ask the printer to drop a job that is in hand here; what came out already stays out.

        Returns whether it is in hand. Waits while this queue writes the store, so that a job which is just being
        claimed or handed on is not missed.
        """
        with self._hands:
            is_cancelled = self._in_hand.get(job_id)
            if is_cancelled is not None:
                is_cancelled.set()
            return is_cancelled is not None

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Finish the paper in hand, take no further one, and wait for the thread.

        Returns False when the printer still holds the thread; its job is found UNKNOWN at the next start.
        """
        with self._life:
            thread = self._thread
            if thread is None:
                return True
            self._stopping.set()
            self._work.set()
        thread.join(timeout_s)
        if thread.is_alive():
            logger.warning("print thread still busy at stop: printer=%s", self._printer)
            return False
        return True

    def print_now(self, job_id: str) -> Delivery:
        """Print one job in the calling thread and return where it went; the job is settled either way.

        Raises:
            UserError: ``print_job.answer_first``: nobody has said yet whether its paper came out;
                ``print.job_taken``: it is printed already, or another queue has it.
            AppError: why it could not be printed, and it was passed to no other printer; or why the store would not
                take how it ended: its thread, if there is one, tries again, else it is found UNKNOWN later.
        """
        if self._jobs.get(job_id).state is PrintState.UNKNOWN:
            raise UserError("print_job.answer_first")
        job = self._claimed(lambda: self._jobs.claim_job(job_id, self._printer))
        if job is None:
            raise UserError("print.job_taken")
        try:
            delivery = self._deliver(job)
        except _NotPrinted as failure:
            self._end(_Outcome(job.id, failure.state, failure.cause.code))
            raise failure.cause from failure.cause.__cause__
        # Somebody asked for this printer: a file owes nobody a paper, unless one was owed before.
        owed = job.owed and self._printer == FILES
        self._end(_Outcome(job.id, PrintState.PRINTED, owed=owed))
        return delivery

    def _run(self) -> None:
        while self._goes_on():
            self._work.wait(self._pause_s)
            self._work.clear()
            self._pause_s = None if self._drain() else self._longer_pause_s()
        if self._unwritten and not self._drain():
            logger.error("how a job ended could not be written: printer=%s", self._printer)

    def _goes_on(self) -> bool:
        with self._life:
            self._has_left = self._stopping.is_set()
            return not self._has_left

    def _longer_pause_s(self) -> float:
        return min(_LONGEST_PAUSE_S, max(_SHORTEST_PAUSE_S, 2 * (self._pause_s or 0.0)))

    def _drain(self) -> bool:
        """Print what waits. False when the store did not let it go on: it is tried again by itself."""
        try:
            self._write_outcomes()
            self._recover()
            while not self._stopping.is_set():
                job = self._claimed(self._claim)
                if job is None:
                    break
                self._deliver_or_pass_on(job)
        except Exception:
            # The main loop of a thread: a store that fails now must not silence the printer for the day.
            logger.exception("print queue could not go on: printer=%s", self._printer)
            return False
        return True

    def _recover(self) -> None:
        """Look, now and then, for jobs that a process left behind when it died."""
        if time.monotonic() >= self._recover_from_s:
            self._jobs.recover()
            self._recover_from_s = time.monotonic() + _BETWEEN_RECOVERIES_S

    def _claim(self) -> PrintJob | None:
        return self._jobs.claim(self._printer, trays=self._routes.trays_of(self._printer))

    def _claimed(self, claim: Callable[[], PrintJob | None]) -> PrintJob | None:
        """Claim a job and have it in hand, in one step for whoever wants to cancel it."""
        with self._hands:
            job = claim()
            if job is not None:
                self._in_hand[job.id] = threading.Event()
            return job

    def _deliver_or_pass_on(self, job: PrintJob) -> None:
        try:
            delivery = self._deliver(job)
        except _NotPrinted as failure:
            logger.warning("not printed: job=%s error=%s", job.id, failure.cause.code)
            target = self._find_substitute(job) if failure.may_be_passed_on else ""
            outcome = _Outcome(job.id, failure.state, failure.cause.code, target=target)
        else:
            outcome = _Outcome(job.id, PrintState.PRINTED, owed=delivery.is_owed)
        self._end(outcome)

    def _find_substitute(self, job: PrintJob) -> str:
        try:
            return self._routes.find_next(job, self._printer) or ""
        except Exception:
            logger.exception("no substitute found: job=%s", job.id)
            return ""

    def _end(self, outcome: _Outcome) -> None:
        """Write how a job ended, or keep it for the next wake or try and raise why the store would not take it."""
        with self._hands:
            self._unwritten.append(outcome)
        try:
            self._write_outcomes()
        except Exception:
            self._work.set()
            raise

    def _write_outcomes(self) -> None:
        with self._hands:
            while self._unwritten:
                outcome = self._unwritten[0]
                is_handed_on = self._write(outcome)
                self._unwritten.popleft()
                self._in_hand.pop(outcome.job_id, None)
                if is_handed_on:
                    self._handed_on(outcome.target)

    def _write(self, outcome: _Outcome) -> bool:
        """Write an outcome; returns whether another printer has the job now. What was cancelled goes to no other."""
        job_id = outcome.job_id
        if not outcome.target:
            self._jobs.settle(job_id, outcome.state, error_code=outcome.error_code, owed=outcome.owed)
            return False
        if self._in_hand[job_id].is_set():
            self._jobs.settle(job_id, PrintState.FAILED, error_code=_CANCELLED)
            return False
        return self._jobs.pass_on(job_id, outcome.target, error_code=outcome.error_code)

    def _deliver(self, job: PrintJob) -> Delivery:
        with self._one_at_a_time:
            backend, content, sheet, is_owed = self._prepared(job)
            where = self._sent(job, backend, content, sheet)
        logger.info("printed: job=%s form=%s", job.id, job.form.value)
        return Delivery(job, where, is_owed)

    def _prepared(self, job: PrintJob) -> tuple[Backend, bytes, Sheet, bool]:
        """Open the printer and make the pages; whatever fails here, nothing has left for the printer."""
        try:
            backend = self._open_backend(self._printer)
            content, sheet = self._press.make(job, backend)
            return backend, content, sheet, self._routes.is_last_resort(job, self._printer)
        except AppError as error:
            raise _NotPrinted(error, PrintState.FAILED) from error
        except Exception as error:
            logger.exception("pages not made: job=%s", job.id)
            raise _NotPrinted(BugError("print.pages_not_made"), PrintState.FAILED) from error

    def _sent(self, job: PrintJob, backend: Backend, content: bytes, sheet: Sheet) -> str:
        is_cancelled = self._in_hand[job.id].is_set
        if is_cancelled():
            raise _NotPrinted(PrintCancelled(self._printer), PrintState.FAILED)
        ticket = Ticket(job.id, job.dossier_code or job.subject, job.form, job.reprint, sheet)
        watch = Watch(waiting=lambda found: self._note_waiting(job, found), is_cancelled=is_cancelled)
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

    def _note_waiting(self, job: PrintJob, conditions: tuple[Condition, ...]) -> None:
        try:
            self._jobs.note_waiting(job.id, f"print.waiting.{conditions[0].value}" if conditions else "")
        except AppError as error:
            # A word for the clerk only: raised through the printer it would pass for the printer's own failure, and
            # a job that is under way would count as one of which nothing was sent.
            logger.warning("waiting not noted: job=%s error=%s", job.id, error.code)


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
