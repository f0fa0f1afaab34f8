import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.forms.facts import SlipData
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import PrintJob, PrintState
from counter_app.services.printing_jobs import PrintingJobs
from printing import render_slip
from printing.backends import PrintInterrupted, Ticket
from printing.backends.file import FileBackend
from printing.queue import PrintQueue
from tests.fakes.slips import CODE, a_slip

PATIENCE_S = 20.0


class JobsInMemory(PrintingJobs):
    """The contract of the service without a store: claims are atomic, settled jobs wake who waits."""

    def __init__(self, *jobs: PrintJob, slips: dict[str, SlipData] | None = None) -> None:
        self.jobs = {job.id: job for job in jobs}
        self.slips = slips or {}
        self.changed = threading.Condition()

    def claim(self, printer: str) -> PrintJob | None:
        with self.changed:
            waiting = [job for job in self.jobs.values() if job.state is PrintState.QUEUED]
            return self._take(waiting[0], printer) if waiting else None

    def claim_job(self, job_id: str, printer: str) -> PrintJob | None:
        with self.changed:
            job = self.jobs[job_id]
            done = job.state in (PrintState.PRINTED, PrintState.PRINTING)
            return None if done else self._take(job, printer)

    def _take(self, job: PrintJob, printer: str) -> PrintJob:
        taken = msgspec.structs.replace(job, state=PrintState.PRINTING, printer=printer)
        self.jobs[job.id] = taken
        return taken

    def get_slip(self, job_id: str) -> SlipData:
        return self.slips.get(job_id) or a_slip(reprint=self.jobs[job_id].reprint)

    def settle(self, job_id: str, state: PrintState, *, error_code: str = "") -> None:
        with self.changed:
            self.jobs[job_id] = msgspec.structs.replace(self.jobs[job_id], state=state, error_code=error_code)
            self.changed.notify_all()

    def add(self, job: PrintJob) -> None:
        with self.changed:
            self.jobs[job.id] = job

    def wait_settled(self, *job_ids: str) -> None:
        open_states = (PrintState.QUEUED, PrintState.PRINTING)
        with self.changed:
            settled = self.changed.wait_for(
                lambda: all(self.jobs[job_id].state not in open_states for job_id in job_ids), PATIENCE_S
            )
        assert settled, "the queue did not settle its jobs in time"


class BrokenBackend:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        assert pdf.startswith(b"%PDF-"), ticket.job_id
        raise self.error


class HeldBackend:
    """A printer that holds the page until it is let go."""

    def __init__(self) -> None:
        self.busy, self.let_go = threading.Event(), threading.Event()
        self.sent: list[str] = []

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        assert pdf.startswith(b"%PDF-")
        self.busy.set()
        assert self.let_go.wait(PATIENCE_S)
        self.sent.append(ticket.job_id)
        return "held"


def a_job(job_id: str = "job-1", *, reprint: int = 0, copies: int = 2) -> PrintJob:
    return PrintJob(
        id=job_id,
        dossier_id="dossier-1",
        dossier_code=CODE,
        form=Form.RECEIPT,
        copies=copies,
        reprint=reprint,
        reason="",
        ordered_at=datetime(2026, 11, 22, 2, 5, tzinfo=UTC),
        state=PrintState.QUEUED,
    )


@pytest.fixture
def queues() -> Iterator[list[PrintQueue]]:
    started: list[PrintQueue] = []
    yield started
    for queue in started:
        assert queue.stop(timeout_s=PATIENCE_S)


def test_jobs_that_wait_at_start_and_jobs_ordered_later_are_all_printed(
    tmp_path: Path, queues: list[PrintQueue]
) -> None:
    jobs = JobsInMemory(a_job("one"), a_job("two", reprint=1))
    queue = PrintQueue(jobs, FileBackend(tmp_path), printer="folder")
    queues.append(queue)

    queue.start()
    jobs.wait_settled("one", "two")
    jobs.add(a_job("three", reprint=2))
    queue.wake()
    jobs.wait_settled("three")

    assert {job.state for job in jobs.jobs.values()} == {PrintState.PRINTED}
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"{CODE}_receipt.pdf", f"{CODE}_receipt_reprint-1.pdf", f"{CODE}_receipt_reprint-2.pdf"]


def test_what_is_printed_is_byte_for_byte_what_a_preview_shows(tmp_path: Path) -> None:
    delivery = PrintQueue(JobsInMemory(a_job()), FileBackend(tmp_path), printer="folder").print_now("job-1")

    assert Path(delivery.where).read_bytes() == render_slip(a_slip(), copies=2)


def test_a_job_is_not_printed_twice(tmp_path: Path) -> None:
    queue = PrintQueue(JobsInMemory(a_job()), FileBackend(tmp_path), printer="folder")
    queue.print_now("job-1")

    with pytest.raises(UserError) as caught:
        queue.print_now("job-1")

    assert caught.value.code == "print.job_taken"


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (
            EnvironmentFailure("print.printer_missing", retryable=True, printer="A"),
            PrintState.FAILED,
            "print.printer_missing",
        ),
        (PrintInterrupted("A"), PrintState.UNKNOWN, "print.interrupted"),
        (RuntimeError("the driver broke"), PrintState.UNKNOWN, "print.interrupted"),
    ],
    ids=["nothing sent", "cut in the middle", "driver breaks"],
)
def test_a_failure_settles_the_job_by_whether_paper_may_have_moved(
    error: Exception, state: PrintState, code: str
) -> None:
    jobs = JobsInMemory(a_job())

    with pytest.raises(EnvironmentFailure) as caught:
        PrintQueue(jobs, BrokenBackend(error), printer="A").print_now("job-1")

    assert caught.value.code == code
    assert (jobs.jobs["job-1"].state, jobs.jobs["job-1"].error_code) == (state, code)


def test_a_failed_job_does_not_stop_the_thread_and_can_be_tried_again(tmp_path: Path, queues: list[PrintQueue]) -> None:
    jobs = JobsInMemory(a_job("bad", copies=0), a_job("good"))
    queue = PrintQueue(jobs, FileBackend(tmp_path), printer="folder")
    queues.append(queue)

    queue.start()
    jobs.wait_settled("bad", "good")

    assert jobs.jobs["bad"].state is PrintState.FAILED
    assert jobs.jobs["bad"].error_code == "print.copies_out_of_range"
    assert jobs.jobs["good"].state is PrintState.PRINTED


def test_stop_finishes_the_page_in_hand_and_takes_no_further_job() -> None:
    jobs, backend = JobsInMemory(a_job("one"), a_job("two")), HeldBackend()
    queue = PrintQueue(jobs, backend, printer="slow")
    queue.start()
    assert backend.busy.wait(PATIENCE_S)

    assert queue.stop(timeout_s=0.01) is False
    backend.let_go.set()

    assert queue.stop(timeout_s=PATIENCE_S) is True
    assert backend.sent == ["one"]
    assert jobs.jobs["two"].state is PrintState.QUEUED


def test_an_unwritable_folder_is_named_plainly_and_leaves_no_file(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")

    with pytest.raises(EnvironmentFailure) as caught:
        FileBackend(blocked).send(b"%PDF-", Ticket("job-1", CODE, Form.RECEIPT, 0))

    assert caught.value.code == "print.folder_unwritable"
    assert caught.value.retryable
    assert [path.name for path in tmp_path.iterdir()] == ["blocked"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("../../x", "_.._x_refusal.pdf"), ("H99:1*?", "H99_1___refusal.pdf"), ("", "job-1_refusal.pdf")],
)
def test_no_code_can_lead_a_file_out_of_its_folder(code: str, name: str, tmp_path: Path) -> None:
    where = FileBackend(tmp_path / "out").send(b"%PDF-", Ticket("job-1", code, Form.REFUSAL, 0))

    assert Path(where).parent == tmp_path / "out"
    assert Path(where).name == name
