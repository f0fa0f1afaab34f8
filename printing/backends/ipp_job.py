"""One job at an IPP printer, from its acceptance to its end."""

import threading
import time
from collections.abc import Callable
from typing import Any

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.printing import Condition
from printing.backends import PrintCancelled, PrintInterrupted, Ticket, Watch
from printing.backends.ipp_answers import JOB_LOST, JobState, NoAnswer, Operation, Refused, Report, Status, texts
from printing.backends.ipp_line import IppLine

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
_ASK_S = 2.0
_ASKED = [
    "job-state",
    "job-state-reasons",
    "job-name",
    "job-impressions-completed",
    "job-media-sheets-completed",
    "time-at-processing",
]
#: Found before a page is made (RFC 8011 5.3.8).
_NEVER_BEGUN = frozenset({"unsupported-document-format", "document-access-error", "document-password-error"})


class IppJob:
    """Follows a job in the calling thread, asking at growing intervals; tells its watch what the printer waits for."""

    def __init__(
        self,
        line: IppLine,
        job_id: int,
        ticket: Ticket,
        watch: Watch,
        *,
        printer: str,
        lost_s: float,
        settle_s: float,
        patience_s: float,
    ) -> None:
        self._line = line
        self._job_id = job_id
        self._job_name = ticket.document_name
        self._watch = watch
        self._printer = printer
        self._lost_s = lost_s
        self._settle_s = settle_s
        self._patience_s = patience_s
        self._told: tuple[Condition, ...] = ()
        self._had_trouble = False
        self._was_processed = False
        self._accepted_at = time.monotonic()
        self._last_answer_at = self._accepted_at
        self._cancelled_at: float | None = None
        self._cancel_was_heard = False

    def follow(self, before: Report, look: Callable[[], Report]) -> None:
        """Return when the printer calls the job completed.

        `before` is what the printer said before the job, `look` asks it again and may fail like any question.

        Raises:
            PrintCancelled: it was cancelled through the watch before the printer began.
            PrintInterrupted: nobody can tell from here what came out.
            EnvironmentFailure: ``print.refused_by_printer``: the printer dropped it before it began.
        """
        pause_s = FIRST_PAUSE_S
        while True:
            job = self._find_answer()
            now = _seen(look)
            if job is not None and (state := _state(job)) >= JobState.CANCELED:
                self._judge(state, job, before, now)
                return
            self._tell(self._waiting_for(job, now))
            self._give_up_when_due()
            if self._watch.is_cancelled():
                self._cancel()
            pause(pause_s, self._watch if self._cancelled_at is None else Watch())
            pause_s = min(pause_s * 1.4, LONGEST_PAUSE_S)

    def _find_answer(self) -> dict[str, Any] | None:
        question = {"job-id": self._job_id, "requested-attributes": _ASKED}
        try:
            answer = self._line.ask(Operation.GET_JOB_ATTRIBUTES, question, timeout_s=_ASK_S)
        except Refused as refusal:
            if refusal.status in (Status.NOT_FOUND, Status.GONE):
                raise PrintInterrupted(self._printer) from refusal
            return None
        except NoAnswer:
            return None
        job: dict[str, Any] = next(iter(answer["jobs"]), {})
        if "job-state" not in job:
            return None
        if job.get("job-name", self._job_name) != self._job_name:
            # A printer that was switched off may count its jobs from 1 again.
            raise PrintInterrupted(self._printer)
        self._last_answer_at = time.monotonic()
        self._was_processed |= _state(job) in (JobState.PROCESSING, JobState.STOPPED)
        return job

    def _waiting_for(self, job: dict[str, Any] | None, now: Report | None) -> tuple[Condition, ...]:
        if job is None:
            return (Condition.OFFLINE,)
        if _state(job) is JobState.HELD:
            return (Condition.PAUSED,)
        if now is None:
            return self._told
        is_stuck = _state(job) is JobState.STOPPED or time.monotonic() - self._accepted_at > self._patience_s
        found = now.holding_up if is_stuck else now.stopped_by
        return found or ((Condition.FAULT,) if _state(job) is JobState.STOPPED else ())

    def _tell(self, conditions: tuple[Condition, ...]) -> None:
        self._had_trouble |= bool(conditions)
        if conditions != self._told:
            self._told = conditions
            self._watch.waiting(conditions)

    def _give_up_when_due(self) -> None:
        now = time.monotonic()
        is_lost = now - self._last_answer_at > self._lost_s
        does_not_end = self._cancelled_at is not None and now - self._cancelled_at > self._settle_s
        if is_lost or does_not_end:
            raise PrintInterrupted(self._printer)

    def _cancel(self) -> None:
        """Ask for it once, and again only while nothing was heard: a refusal means that the job goes its way."""
        if self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
        if self._cancel_was_heard:
            return
        try:
            self._line.ask(Operation.CANCEL_JOB, {"job-id": self._job_id}, timeout_s=_ASK_S)
        except NoAnswer:
            return
        except Refused:
            pass
        self._cancel_was_heard = True

    def _judge(self, state: JobState, job: dict[str, Any], before: Report, now: Report | None) -> None:
        reasons = frozenset(texts(job.get("job-state-reasons")))
        if state is JobState.COMPLETED:
            if "job-completed-with-errors" in reasons or self._was_lost(before, now):
                raise PrintInterrupted(self._printer)
            self._tell(())
            return
        if not (self._never_begun(job) or reasons & _NEVER_BEGUN):
            raise PrintInterrupted(self._printer)
        if self._cancelled_at is not None:
            raise PrintCancelled(self._printer)
        raise EnvironmentFailure("print.refused_by_printer", retryable=True, printer=self._printer)

    def _was_lost(self, before: Report, now: Report | None) -> bool:
        """Whether CUPS calls a job completed of which the printer knows nothing any more.

        Some printers forget every job at once, and their queue says so all day: that alone is no sign of a loss.
        """
        if now is None:
            return self._had_trouble
        return JOB_LOST in now.reasons and (self._had_trouble or JOB_LOST not in before.reasons)

    def _never_begun(self, job: dict[str, Any]) -> bool:
        """Whether the printer says that it did nothing: no time of processing (RFC 8011 5.3.14.2), no page, no sheet.

        CUPS counts pages when its filters have made them, so only what never left the waiting line is untouched.
        """
        counts = (job.get("job-impressions-completed"), job.get("job-media-sheets-completed"))
        no_page = all(not count for count in counts)
        was_never_processed = job.get("time-at-processing", 0) == ""  # how pyipp reads "no-value"
        return no_page and was_never_processed and not self._was_processed


def pause(seconds: float, watch: Watch) -> None:
    """Wait, but not longer than a person who wants to cancel would notice."""
    never_set = threading.Event()
    until = time.monotonic() + seconds
    while not watch.is_cancelled() and (left := until - time.monotonic()) > 0:
        never_set.wait(min(left, FIRST_PAUSE_S))


def _state(job: dict[str, Any]) -> JobState:
    return JobState(job["job-state"])


def _seen(look: Callable[[], Report]) -> Report | None:
    try:
        return look()
    except (NoAnswer, Refused):
        return None
