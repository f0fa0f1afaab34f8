import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.changes import Topic
from counter_app.core.errors import UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.facts import ClosingData, HandoverData, RegisterData, SlipData
from counter_app.domain.forms.kinds import Form, FormSet, Sheet, Tray
from counter_app.services.answers.printing import PaperRequest, PrintJob, PrintState
from tests.fakes.desks import DOSSIERS, START, a_form, at_work, sample_desk


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
    if ended is PrintState.UNKNOWN:
        assert jobs.claim_job(job.id, "y") is None
        with pytest.raises(UserError, match="answer_first"):
            jobs.requeue(job.id)
        jobs.answer(job.id, came_out=False)
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
    orders = desk.counter.print_orders
    (job,) = order(desk)
    before = desk.counter.desk_status.read().unsent
    receipt = PaperRequest(form=Form.RECEIPT, codes=(job.dossier_code.lower(),), reason=" công dân  làm mất ")

    first = orders.order(receipt)
    second = orders.order(msgspec.structs.replace(receipt, reason="rách", copies=1))

    assert [(one.reprint, one.reason, one.copies) for one in (first, second)] == [
        (1, "công dân làm mất", 2),
        (2, "rách", 1),
    ]
    assert [desk.counter.papers.get_data(one.id).reprint for one in (job, first, second)] == [0, 1, 2]
    assert desk.counter.desk_status.read().unsent == before + 2
    assert desk.counter.verification.verify().is_sound


def test_first_printing_of_another_form_needs_no_reason_and_a_label_never_does(desk: OpenCounter) -> None:
    orders = desk.counter.print_orders
    (job,) = order(desk)

    slip = orders.order(PaperRequest(form=Form.CONTROL_SLIP, codes=(job.dossier_code,)))
    labels = [orders.order(PaperRequest(form=Form.LABEL, codes=(job.dossier_code,))) for _ in range(2)]

    assert (slip.reprint, [label.reprint for label in labels]) == (0, [0, 0])
    assert orders.was_ordered(job.dossier_code, Form.CONTROL_SLIP)
    assert not orders.was_ordered(job.dossier_code, Form.LABEL)


def test_what_a_clerk_states_for_a_paper_is_kept_and_said_again_on_its_reprint(desk: OpenCounter) -> None:
    (job,) = order(desk)
    due = datetime(2026, 12, 4, 9, 30, tzinfo=UTC)
    details = Details(reason="Chờ xác minh", new_due_at=due, signer_title="CHỦ TỊCH")

    first = desk.counter.print_orders.order(
        PaperRequest(form=Form.APOLOGY, codes=(job.dossier_code,), details=details, form_set=FormSet.TT01_2018)
    )
    again = desk.counter.print_orders.order_again(first.id, reason="rách")

    said = [desk.counter.papers.get_data(one.id) for one in (first, again)]
    stands = desk.counter.lookup.get_dossier(job.dossier_code).dossier.due
    assert stands is not None
    details = msgspec.structs.replace(details, issued_at=START, due_at=stands.due_at)
    assert [(one.details, one.form_set, one.reprint) for one in said if isinstance(one, SlipData)] == [
        (details, FormSet.TT01_2018, 0),
        (details, FormSet.TT01_2018, 1),
    ]
    assert desk.counter.verification.verify().is_sound


def test_papers_about_days_and_lists_are_counted_by_what_they_are_about(desk: OpenCounter) -> None:
    orders = desk.counter.print_orders
    codes = tuple(job.dossier_code for job in order(desk, 4))
    monday = PaperRequest(form=Form.REGISTER, first_day=date(2026, 11, 23))

    register = orders.order(monday)
    with pytest.raises(UserError, match="reason_missing"):
        orders.order(monday)
    other = orders.order(PaperRequest(form=Form.REGISTER, first_day=date(2026, 11, 24)))
    manifest = orders.order(PaperRequest(form=Form.MANIFEST, codes=codes))
    smaller = orders.order(PaperRequest(form=Form.MANIFEST, codes=codes[:2]))

    assert [one.reprint for one in (register, other, manifest, smaller)] == [0, 0, 0, 0]
    data = desk.counter.papers.get_data(register.id)
    assert isinstance(data, RegisterData)
    assert [row.code for row in data.rows] == list(codes)
    listed = desk.counter.papers.get_data(manifest.id)
    assert isinstance(listed, HandoverData)
    assert tuple(row.code for row in listed.rows) == codes
    assert desk.counter.verification.verify().is_sound


def test_day_closing_counts_the_day_and_names_the_journal_it_closes(desk: OpenCounter) -> None:
    codes = [job.dossier_code for job in order(desk, 3)]

    closing = desk.counter.papers.draft(PaperRequest(form=Form.DAY_CLOSING))

    assert isinstance(closing, ClosingData)
    assert (closing.accepted, closing.first_code, closing.last_code) == (3, codes[0], codes[-1])
    assert closing.journal_head is not None
    assert closing.journal_head.seq == desk.counter.verification.verify().entries


def test_batch_is_ordered_together_and_can_be_cancelled_as_far_as_it_waits(desk: OpenCounter) -> None:
    jobs, orders = desk.counter.printing_jobs, desk.counter.print_orders
    codes = [job.dossier_code for job in order(desk, 5)]
    for _ in codes:
        claimed = jobs.claim("x")
        assert claimed is not None
        jobs.settle(claimed.id, PrintState.PRINTED)
    steps: list[tuple[int, int]] = []

    batch = orders.order_many(
        [PaperRequest(form=Form.LABEL, codes=(code,)) for code in codes],
        progressed=lambda done, total: steps.append((done, total)),
    )
    first = jobs.claim("x")
    assert first is not None
    jobs.settle(first.id, PrintState.PRINTED)
    waiting = [job.id for job in jobs.list_of_batch(batch)]

    assert jobs.cancel(waiting) == 4
    assert steps == [(5, 5)]
    progress = jobs.read_batch(batch)
    assert (progress.total, progress.printed, progress.failed, progress.is_over) == (5, 1, 4, True)
    assert jobs.claim("x") is None


def test_cancelled_before_it_begins_a_batch_orders_nothing(desk: OpenCounter) -> None:
    codes = [job.dossier_code for job in order(desk, 2)]

    batch = desk.counter.print_orders.order_many(
        [PaperRequest(form=Form.LABEL, codes=(code,)) for code in codes], is_cancelled=lambda: True
    )

    assert desk.counter.printing_jobs.list_of_batch(batch) == ()


def test_job_for_a_printer_by_name_goes_to_no_other(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)
    jobs.claim("x")
    jobs.settle(job.id, PrintState.PRINTED)
    asked = desk.counter.print_orders.order(
        PaperRequest(form=Form.LABEL, codes=(job.dossier_code,), printer="tcp://127.0.0.1:9100")
    )

    assert jobs.claim("x") is None
    assert jobs.list_targets() == ("tcp://127.0.0.1:9100",)
    claimed = jobs.claim("tcp://127.0.0.1:9100", trays=())
    assert claimed is not None
    assert claimed.id == asked.id


def test_each_tray_goes_to_its_own_printer(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (receipt,) = order(desk)
    label = desk.counter.print_orders.order(PaperRequest(form=Form.LABEL, codes=(receipt.dossier_code,)))

    labels, slips = jobs.claim("nhãn", trays=(Tray.LABEL,)), jobs.claim("phiếu", trays=(Tray.SLIP, Tray.LIST))

    assert labels is not None
    assert slips is not None
    assert (labels.id, slips.id) == (label.id, receipt.id)


def test_paper_that_went_to_a_file_for_want_of_a_printer_is_owed_until_it_is_printed(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)
    jobs.claim("máy in")
    jobs.pass_on(job.id, "file:", error_code="print.not_ready.paper_out")
    jobs.claim("file:", trays=())
    jobs.settle(job.id, PrintState.PRINTED, owed=True)
    assert [one.id for one in jobs.list_owed()] == [job.id]
    assert desk.counter.desk_status.read().owed_papers == 1

    assert jobs.queue_owed() == 1
    again = jobs.claim("máy in")
    assert again is not None
    assert (again.id, again.reprint) == (job.id, 0)
    jobs.settle(job.id, PrintState.PRINTED)

    assert jobs.list_owed() == ()
    assert desk.counter.desk_status.read().owed_papers == 0


def test_clerks_word_settles_a_paper_in_doubt_and_only_such_a_paper(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    first, second = order(desk, 2)
    for job in (first, second):
        jobs.claim("x")
        jobs.settle(job.id, PrintState.UNKNOWN, error_code="print.interrupted")

    assert jobs.answer(first.id, came_out=True).state is PrintState.PRINTED
    assert jobs.answer(second.id, came_out=False).state is PrintState.QUEUED
    with pytest.raises(UserError, match="not_unknown"):
        jobs.answer(first.id, came_out=True)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reason": " "}, "print_job.reason_missing"),
        ({"codes": ("H99.14-261123-9999",)}, "dossier.unknown_code"),
        ({"codes": ("gì đó",)}, "dossier.unknown_code"),
        ({"codes": ()}, "print_job.no_dossier"),
        ({"codes": ("a", "b")}, "print_job.one_dossier"),
        ({"copies": 10}, "print_job.copies_out_of_range"),
        ({"form": Form.STOP, "form_set": FormSet.TT01_2018}, "print_job.form_not_in_set"),
        ({"sheet": Sheet.LABEL_50X30}, "print_job.sheet_unsuitable"),
        (
            {"form": Form.REGISTER, "first_day": date(2025, 12, 31), "last_day": date(2026, 1, 1)},
            "print_job.bad_period",
        ),
        ({"form": Form.MANIFEST, "codes": tuple(f"x{n}" for n in range(2001))}, "print_job.too_many_dossiers"),
    ],
)
def test_order_that_makes_no_sense_is_refused_and_orders_nothing(
    desk: OpenCounter, change: dict[str, Any], refusal: str
) -> None:
    (job,) = order(desk)
    before = desk.counter.printing_jobs.list_recent()
    request = PaperRequest(form=Form.RECEIPT, codes=(job.dossier_code,), reason="rách")

    with pytest.raises(UserError) as caught:
        desk.counter.print_orders.order(msgspec.structs.replace(request, **change))

    assert caught.value.code == refusal
    assert desk.counter.printing_jobs.list_recent() == before


def test_unknown_job_is_said(desk: OpenCounter) -> None:
    for ask in (desk.counter.printing_jobs.get, desk.counter.papers.get_data):
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


def test_owed_paper_that_is_under_way_is_not_queued_a_second_time(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    (job,) = order(desk)
    jobs.claim("file:")
    jobs.settle(job.id, PrintState.PRINTED, owed=True)
    jobs.queue_owed()
    assert jobs.requeue(job.id, printer="máy khác").asked == "máy khác"
    assert jobs.claim_job(job.id, "máy khác") is not None

    with pytest.raises(UserError) as caught:
        jobs.requeue(job.id)

    assert caught.value.code == "print.job_taken"
    assert state(desk, job) is PrintState.PRINTING


def test_owed_paper_in_its_file_can_be_queued_and_one_that_came_out_cannot(desk: OpenCounter) -> None:
    jobs = desk.counter.printing_jobs
    owed, out = order(desk, 2)
    for job in (owed, out):
        jobs.claim_job(job.id, "x")
        jobs.settle(job.id, PrintState.PRINTED, owed=job is owed)

    assert jobs.requeue(owed.id).state is PrintState.QUEUED
    with pytest.raises(UserError, match="job_taken"):
        jobs.requeue(out.id)


def test_only_who_claimed_a_job_says_how_it_goes_on(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as mine, at_work(folder) as other:
        (job,) = order(mine)
        mine.counter.printing_jobs.claim("x")

        theirs = other.counter.printing_jobs
        assert theirs.recover() == 0
        assert not theirs.note_waiting(job.id, "print.waiting.paper_out")
        assert not theirs.pass_on(job.id, "y", error_code="print.printer_missing")
        assert not theirs.settle(job.id, PrintState.FAILED, error_code="print.printer_missing")
        assert (state(mine, job), mine.counter.printing_jobs.get(job.id).error_code) == (PrintState.PRINTING, "")

        assert mine.counter.printing_jobs.settle(job.id, PrintState.PRINTED)
        assert not mine.counter.printing_jobs.settle(job.id, PrintState.FAILED)
        assert state(mine, job) is PrintState.PRINTED


def test_job_is_taken_from_a_process_that_was_killed_and_never_from_one_that_lives(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as desk:
        (job,) = order(desk)
        jobs = desk.counter.printing_jobs
        with printing_elsewhere(folder) as process:
            assert state(desk, job) is PrintState.PRINTING
            assert jobs.recover() == 0
            assert state(desk, job) is PrintState.PRINTING
            process.kill()
            process.wait(60)

        assert jobs.recover() == 1
        assert (state(desk, job), jobs.get(job.id).error_code) == (PrintState.UNKNOWN, "print_job.interrupted")
        assert list((folder.root / "printing").iterdir()) == []


def test_nothing_is_left_of_an_owner_who_closed_its_store(tmp_path: Path) -> None:
    folder = sample_desk(tmp_path)
    with at_work(folder) as desk:
        order(desk)
        desk.counter.printing_jobs.claim("x")
        assert (folder.root / "printing").is_dir()

    assert not (folder.root / "printing").exists()


_CLAIM = """
import sys
from pathlib import Path
from counter_app.core.paths import DataFolder
from tests.fakes.desks import at_work
with at_work(DataFolder(Path(sys.argv[1]), state_root=Path(sys.argv[2]))) as desk:
    print(desk.counter.printing_jobs.claim("x").id, flush=True)
    sys.stdin.read()
"""


@contextmanager
def printing_elsewhere(folder: DataFolder) -> Iterator["subprocess.Popen[str]"]:
    """Give another process that has a job in hand."""
    command = [sys.executable, "-c", _CLAIM, str(folder.root), str(folder.state_root)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path.cwd())},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip()
        yield process
