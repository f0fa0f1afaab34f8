import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import PrintJob, PrintState
from tests.fakes.desks import DOSSIERS, a_form, at_work, sample_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path)) as made:
        yield made


def order(desk: OpenCounter, count: int = 1) -> list[PrintJob]:
    found = [desk.counter.intake.receive(a_form(n), Outcome.ACCEPTED).print_job for n in range(count)]
    return [job for job in found if job is not None]


def state(desk: OpenCounter, job: PrintJob) -> PrintState:
    return desk.counter.printing_jobs.get(job.id).state


def test_job_goes_from_queued_over_printing_to_printed_and_is_not_given_again(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)

    claimed = jobs.claim("máy in A5")

    assert claimed is not None
    assert (claimed.id, claimed.state, claimed.printer) == (job.id, PrintState.PRINTING, "máy in A5")
    assert state(desk, job) is PrintState.PRINTING
    assert jobs.claim("máy khác") is None
    assert jobs.claim_job(job.id, "máy khác") is None
    jobs.settle(job.id, PrintState.PRINTED)
    assert state(desk, job) is PrintState.PRINTED
    assert jobs.claim_job(job.id, "máy khác") is None
    assert jobs.list_open() == ()


def test_jobs_are_claimed_in_the_order_they_were_ordered(desk: OpenCounter) -> None:
    ordered = [job.id for job in order(desk, 5)]

    assert [job.id for job in desk.counter.printing_jobs.list_open()] == ordered
    claimed = [desk.counter.printing_jobs.claim("x") for _ in range(5)]
    assert [job.id for job in claimed if job] == ordered


@pytest.mark.parametrize("ended", [PrintState.FAILED, PrintState.UNKNOWN])
def test_job_that_did_not_end_well_waits_for_a_person_and_never_prints_by_itself(
    desk: OpenCounter, ended: PrintState
) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)
    jobs.claim("x")
    jobs.settle(job.id, ended, error_code="print.out_of_paper")

    assert jobs.claim("x") is None
    (waiting,) = jobs.list_open()
    assert (waiting.state, waiting.error_code) == (ended, "print.out_of_paper")
    assert desk.counter.desk_status.read().open_print_jobs == 1
    again = jobs.claim_job(job.id, "y")
    assert again is not None
    assert (again.state, again.error_code, jobs.get(job.id).error_code) == (PrintState.PRINTING, "", "")


def test_many_threads_claiming_at_once_never_get_the_same_job(desk: OpenCounter) -> None:
    ordered = {job.id for job in order(desk, 12)}
    claimed: list[str] = []
    barrier = threading.Barrier(4)

    def printer(name: str) -> None:
        barrier.wait(30)
        while (job := desk.counter.printing_jobs.claim(name)) is not None:
            claimed.append(job.id)

    threads = [threading.Thread(target=printer, args=(f"p{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(claimed) == sorted(ordered)


def test_one_job_asked_for_by_two_threads_goes_to_one(desk: OpenCounter) -> None:
    for job in order(desk, 5):
        got: list[PrintJob | None] = []
        barrier = threading.Barrier(2)

        def ask(job_id: str, barrier: threading.Barrier, got: list[PrintJob | None]) -> None:
            barrier.wait(30)
            got.append(desk.counter.printing_jobs.claim_job(job_id, "x"))

        threads = [threading.Thread(target=ask, args=(job.id, barrier, got)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert [answer is None for answer in got].count(True) == 1


def test_job_that_was_printing_when_the_program_died_is_unknown_after_the_next_start(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as made:
        printing, queued = order(made, 2)
        made.counter.printing_jobs.claim("x")

    with at_work(folder) as made:
        assert made.counter.printing_jobs.recover() == 1
        assert made.counter.printing_jobs.recover() == 0
        found = made.counter.printing_jobs.get(printing.id)
        assert (found.state, found.error_code) == (PrintState.UNKNOWN, "print_job.interrupted")
        assert state(made, queued) is PrintState.QUEUED


def test_reprint_is_counted_carries_its_reason_and_is_journalled(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)
    before = desk.counter.desk_status.read().unsent

    first = jobs.order_reprint(job.dossier_code, Form.RECEIPT, reason=" công dân  làm mất ")
    second = jobs.order_reprint(job.dossier_code.lower(), Form.RECEIPT, reason="rách", copies=1)

    assert [(one.reprint, one.reason, one.copies) for one in (first, second)] == [
        (1, "công dân làm mất", 2),
        (2, "rách", 1),
    ]
    assert [jobs.get_slip(one.id).reprint for one in (job, first, second)] == [0, 1, 2]
    assert desk.counter.desk_status.read().unsent == before + 2
    assert desk.counter.verification.verify().is_sound


@pytest.mark.parametrize(
    ("code", "form", "reason", "refusal"),
    [
        (None, Form.RECEIPT, " ", "print_job.reason_missing"),
        ("H99.14-261123-9999", Form.RECEIPT, "rách", "dossier.unknown_code"),
        ("gì đó", Form.RECEIPT, "rách", "dossier.unknown_code"),
        (None, Form.REFUSAL, "rách", "print_job.never_ordered"),
    ],
)
def test_reprint_that_makes_no_sense_is_refused_and_orders_nothing(
    desk: OpenCounter, code: str | None, form: Form, reason: str, refusal: str
) -> None:
    (job,) = order(desk)
    before = desk.counter.printing_jobs.list_recent()

    with pytest.raises(UserError) as caught:
        desk.counter.printing_jobs.order_reprint(code or job.dossier_code, form, reason=reason)

    assert caught.value.code == refusal
    assert desk.counter.printing_jobs.list_recent() == before


def test_unknown_job_is_said(desk: OpenCounter) -> None:
    for ask in (desk.counter.printing_jobs.get, desk.counter.printing_jobs.get_slip):
        with pytest.raises(UserError, match=r"print_job\.unknown_job"):
            ask("no such job")
    assert desk.counter.printing_jobs.claim_job("no such job", "x") is None


def test_listeners_hear_of_every_step_after_it_is_on_disk(desk: OpenCounter) -> None:
    heard: list[int] = []

    def listen(topics: frozenset[Topic]) -> None:
        if Topic.PRINT_JOBS in topics:
            heard.append(len(desk.counter.printing_jobs.list_open()))

    desk.counter.announcer.subscribe(listen)
    (job,) = order(desk)
    desk.counter.printing_jobs.claim("x")
    desk.counter.printing_jobs.settle(job.id, PrintState.FAILED, error_code="print.jam")

    assert heard == [1, 0, 1]


def test_status_counts_what_is_received_today_and_what_is_left(desk: OpenCounter) -> None:
    before = desk.counter.desk_status.read()
    order(desk, 3)
    after = desk.counter.desk_status.read()

    assert (before.received_today, after.received_today) == (0, 3)
    assert before.numbers_left - after.numbers_left == 3
    assert after.unsent - before.unsent == 3
    assert (after.clerk_name, after.open_print_jobs) == ("Lê Thị Mai", 3)
    assert len(desk.counter.printing_jobs.list_recent(limit=100)) == DOSSIERS + 3
