"""One thread per printer: takes ordered jobs, makes the pages, sends them, and says how it ended.

A job's state is durable before its first byte moves, so a job is never printed twice silently: what the program cannot
know (cut in the middle) is UNKNOWN, and a person decides.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counter_app.core.errors import AppError, BugError, UserError
from counter_app.services.answers.printing import PrintJob, PrintState
from printing import render_slip
from printing.backends import Backend, PrintInterrupted, Ticket

if TYPE_CHECKING:
    from counter_app.services.printing_jobs import PrintingJobs


logger = logging.getLogger("counter_app.printing.queue")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A job that reached its paper: `where` is the file or the printer."""

    job: PrintJob
    where: str


class PrintQueue:
    """The queue of one printer. `start`, `wake`, `stop` and `print_now` are safe from any thread.

    `wake` is cheap: call it whenever print jobs were ordered (topic ``print_jobs``).
    """

    def __init__(self, jobs: PrintingJobs, backend: Backend, *, printer: str) -> None:
        self._jobs = jobs
        self._backend = backend
        self._printer = printer
        self._work = threading.Event()
        self._stopping = threading.Event()
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
            UserError: ``print.job_taken``: it is printed already, or another queue has it.
            AppError: why it could not be printed.
        """
        job = self._jobs.claim_job(job_id, self._printer)
        if job is None:
            raise UserError("print.job_taken")
        try:
            return self._deliver(job)
        except _NotPrinted as failure:
            raise failure.cause from failure.cause.__cause__

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._work.wait()
            self._work.clear()
            self._drain()

    def _drain(self) -> None:
        while not self._stopping.is_set():
            try:
                job = self._jobs.claim(self._printer)
                if job is None:
                    return
                self._deliver_or_log(job)
            except Exception:
                # The main loop of a thread: a store that fails now must not silence the printer for the day.
                # No further job until the next wake: what could not be claimed or settled would come at once again.
                logger.exception("print queue could not go on: printer=%s", self._printer)
                return

    def _deliver_or_log(self, job: PrintJob) -> None:
        try:
            self._deliver(job)
        except _NotPrinted as failure:
            logger.warning("not printed: job=%s error=%s", job.id, failure.cause)

    def _deliver(self, job: PrintJob) -> Delivery:
        with self._one_at_a_time:
            pdf = self._rendered(job)
            where = self._sent(job, pdf)
            self._jobs.settle(job.id, PrintState.PRINTED)
        logger.info("printed: job=%s form=%s bytes=%d", job.id, job.form.value, len(pdf))
        return Delivery(job, where)

    def _rendered(self, job: PrintJob) -> bytes:
        try:
            return render_slip(self._jobs.get_slip(job.id), copies=job.copies)
        except AppError as error:
            raise self._settled(job, PrintState.FAILED, error) from error
        except Exception as error:
            # Nothing has left for the printer: the job is failed, not unknown, and the cause is kept in the log.
            logger.exception("pages not made: job=%s", job.id)
            raise self._settled(job, PrintState.FAILED, BugError("print.pages_not_made")) from error

    def _sent(self, job: PrintJob, pdf: bytes) -> str:
        ticket = Ticket(job.id, job.dossier_code, job.form, job.reprint)
        try:
            return self._backend.send(pdf, ticket)
        except PrintInterrupted as error:
            raise self._settled(job, PrintState.UNKNOWN, error) from error
        except AppError as error:
            raise self._settled(job, PrintState.FAILED, error) from error
        except Exception as error:
            # A driver may fail in any way, at any byte: whether a paper came out is for a person to say.
            logger.exception("printer failed: job=%s", job.id)
            raise self._settled(job, PrintState.UNKNOWN, PrintInterrupted(self._printer)) from error

    def _settled(self, job: PrintJob, state: PrintState, error: AppError) -> _NotPrinted:
        self._jobs.settle(job.id, state, error_code=error.code)
        return _NotPrinted(error)


class _NotPrinted(Exception):  # noqa: N818 -- carries the failure of a job that is already settled
    def __init__(self, cause: AppError) -> None:
        super().__init__(cause.code)
        self.cause = cause
