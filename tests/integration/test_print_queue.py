from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import (
    Condition,
    PaperRequest,
    PrinterState,
    PrinterStatus,
    PrintState,
)
from printing import render_form
from printing.backends import (
    PrintCancelled,
    PrinterNotReady,
    PrintInterrupted,
    Ticket,
    Watch,
)
from printing.backends.file import FileBackend
from printing.routes import FILES
from tests.fakes.printing_hall import A5, PATIENCE_S, THERMAL, Hall, choose, open_hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path) as made:
        yield made


def test_jobs_that_wait_at_start_and_jobs_ordered_later_are_all_printed(hall: Hall) -> None:
    first = hall.order(1)

    hall.spooler.start()
    hall.wait_settled(first)
    second = hall.order(2)
    hall.spooler.wake()
    hall.wait_settled(second)

    assert {hall.job(job.id).state for job in (first, second)} == {PrintState.PRINTED}
    names = sorted(path.name for path in hall.folder.iterdir())
    assert names == [f"{job.dossier_code}_receipt_{job.id[-6:]}.pdf" for job in (first, second)]
    assert hall.desk.counter.printing_jobs.list_owed() == ()


def test_what_is_printed_is_byte_for_byte_the_paper_of_the_job(hall: Hall) -> None:
    job = hall.order()
    data = hall.desk.counter.papers.get_data(job.id)

    delivery = hall.spooler.print_now(job.id, printer=FILES)

    assert Path(delivery.where).read_bytes() == render_form(data, copies=2, archive=True)


def test_a_job_is_not_printed_twice(hall: Hall) -> None:
    job = hall.order()
    hall.spooler.print_now(job.id, printer=FILES)

    with pytest.raises(UserError) as caught:
        hall.spooler.print_now(job.id, printer=FILES)

    assert caught.value.code == "print.job_taken"


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (
            EnvironmentFailure("print.printer_missing", retryable=True, printer="A"),
            PrintState.FAILED,
            "print.printer_missing",
        ),
        (PrintCancelled("A"), PrintState.FAILED, "print.cancelled"),
        (PrintInterrupted("A"), PrintState.UNKNOWN, "print.interrupted"),
        (RuntimeError("the driver broke"), PrintState.UNKNOWN, "print.interrupted"),
    ],
    ids=["nothing sent", "cancelled", "cut in the middle", "driver breaks"],
)
def test_a_failure_settles_the_job_by_whether_paper_may_have_moved(
    hall: Hall, error: Exception, state: PrintState, code: str
) -> None:
    job = hall.order()
    hall.printers[A5].error = error

    with pytest.raises(AppError) as caught:
        hall.spooler.print_now(job.id, printer=A5)

    assert caught.value.code == code
    assert (hall.job(job.id).state, hall.job(job.id).error_code) == (state, code)


def test_paper_in_doubt_is_printed_again_only_after_a_clerk_has_looked(hall: Hall) -> None:
    job = hall.order()
    hall.printers[A5].error = PrintInterrupted(A5)
    with pytest.raises(PrintInterrupted):
        hall.spooler.print_now(job.id, printer=A5)
    hall.printers[A5].error = None

    with pytest.raises(UserError, match="answer_first"):
        hall.spooler.print_now(job.id, printer=A5)
    hall.desk.counter.printing_jobs.answer(job.id, came_out=False)
    hall.spooler.print_now(job.id, printer=A5)

    assert hall.printers[A5].papers == [job.id]


def test_printer_that_cannot_print_hands_the_paper_to_the_next_and_none_is_owed(hall: Hall) -> None:
    choose(hall, A5, THERMAL)
    status = PrinterStatus(address=A5, name=A5, state=PrinterState.STOPPED, conditions=(Condition.PAPER_OUT,))
    hall.printers[A5].error = PrinterNotReady(status)
    job = hall.order()

    hall.spooler.start()
    hall.wait_settled(job)

    found = hall.job(job.id)
    assert (found.state, found.printer, found.owed) == (PrintState.PRINTED, THERMAL, False)
    assert (hall.printers[A5].papers, hall.printers[THERMAL].papers) == ([], [job.id])
    assert not hall.folder.exists()


def test_paper_that_no_printer_takes_becomes_a_file_is_owed_and_comes_out_once_a_printer_is_back(hall: Hall) -> None:
    choose(hall, A5, THERMAL)
    for printer in hall.printers.values():
        printer.error = EnvironmentFailure("print.printer_unavailable", retryable=True, printer=printer.name)
    job = hall.order()
    hall.spooler.start()
    hall.wait_settled(job)
    assert (hall.job(job.id).state, hall.job(job.id).owed) == (PrintState.PRINTED, True)
    assert [path.name for path in hall.folder.iterdir()] == [f"{job.dossier_code}_receipt_{job.id[-6:]}.pdf"]

    hall.printers[A5].error = None
    assert hall.desk.counter.printing_jobs.queue_owed() == 1
    hall.spooler.wake()
    hall.wait(lambda: not hall.job(job.id).owed)

    assert hall.printers[A5].papers == [job.id]
    assert hall.job(job.id).reprint == 0


def test_paper_in_doubt_is_never_handed_to_another_printer(hall: Hall) -> None:
    choose(hall, A5, THERMAL)
    hall.printers[A5].error = PrintInterrupted(A5)
    job = hall.order()

    hall.spooler.start()
    hall.wait_settled(job)

    assert hall.job(job.id).state is PrintState.UNKNOWN
    assert hall.printers[THERMAL].papers == []


def test_printer_asked_for_by_name_has_no_substitute(hall: Hall) -> None:
    choose(hall, A5, THERMAL)
    first = hall.order()
    hall.spooler.start()
    hall.wait_settled(first)
    hall.printers[THERMAL].error = EnvironmentFailure("print.printer_unavailable", retryable=True, printer=THERMAL)

    label = PaperRequest(form=Form.CONTROL_SLIP, codes=(first.dossier_code,), printer=THERMAL)
    job = hall.desk.counter.print_orders.order(label)
    hall.spooler.wake(THERMAL)
    hall.wait_settled(job)

    assert (hall.job(job.id).state, hall.job(job.id).error_code) == (PrintState.FAILED, "print.printer_unavailable")
    assert hall.printers[A5].papers == [first.id]


def test_slow_printer_holds_up_no_other(hall: Hall) -> None:
    choose(hall, A5)
    hall.desk.settings.set("print.label.printer", THERMAL)
    hall.printers[A5].let_go.clear()
    slip = hall.order()
    hall.spooler.start()
    assert hall.printers[A5].busy.wait(PATIENCE_S)

    label = hall.desk.counter.print_orders.order(PaperRequest(form=Form.LABEL, codes=(slip.dossier_code,)))
    hall.spooler.wake()
    hall.wait_settled(label)

    assert hall.job(label.id).state is PrintState.PRINTED
    assert hall.job(slip.id).state is PrintState.PRINTING
    hall.printers[A5].let_go.set()
    hall.wait_settled(slip)


def test_what_a_printer_waits_for_is_said_while_it_waits(hall: Hall) -> None:
    choose(hall, A5)
    hall.printers[A5].waits_for = (Condition.PAPER_OUT,)
    hall.printers[A5].let_go.clear()
    job = hall.order()
    hall.spooler.start()

    hall.wait(lambda: hall.job(job.id).error_code == "print.waiting.paper_out")

    assert hall.job(job.id).state is PrintState.PRINTING
    hall.printers[A5].let_go.set()
    hall.wait_settled(job)
    assert (hall.job(job.id).state, hall.job(job.id).error_code) == (PrintState.PRINTED, "")


def test_job_under_way_and_jobs_behind_it_can_be_cancelled(hall: Hall) -> None:
    choose(hall, A5)
    hall.printers[A5].let_go.clear()
    under_way, behind = hall.order(1), hall.order(2)
    hall.spooler.start()
    assert hall.printers[A5].busy.wait(PATIENCE_S)

    hall.spooler.cancel(behind.id)
    hall.spooler.cancel(under_way.id)
    hall.wait_settled(under_way, behind)

    assert {hall.job(job.id).error_code for job in (under_way, behind)} == {"print.cancelled"}
    assert hall.printers[A5].papers == []


def test_stop_finishes_the_page_in_hand_and_takes_no_further_job(hall: Hall) -> None:
    choose(hall, A5)
    hall.printers[A5].let_go.clear()
    one, two = hall.order(1), hall.order(2)
    hall.spooler.start()
    assert hall.printers[A5].busy.wait(PATIENCE_S)

    assert hall.spooler.stop(timeout_s=0.01) is False
    hall.printers[A5].let_go.set()

    assert hall.spooler.stop(timeout_s=PATIENCE_S) is True
    assert hall.printers[A5].papers == [one.id]
    assert hall.job(two.id).state is PrintState.QUEUED


def test_two_papers_of_one_form_have_a_file_each_and_one_sent_again_keeps_its_own(tmp_path: Path) -> None:
    backend = FileBackend(tmp_path / "out")
    tickets = [Ticket(f"0199-{n}", "H99.15-261122-0001", Form.SUPPLEMENT, 0) for n in ("aaaaaa", "bbbbbb")]

    for ticket in (*tickets, tickets[0]):
        backend.send(b"%PDF-", ticket, Watch())

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"H99.15-261122-0001_supplement_{end}.pdf" for end in ("aaaaaa", "bbbbbb")]


def test_an_unwritable_folder_is_named_plainly_and_leaves_no_file(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")

    with pytest.raises(EnvironmentFailure) as caught:
        FileBackend(blocked).send(b"%PDF-", Ticket("job-1", "H99.15-261122-0001", Form.RECEIPT, 0), Watch())

    assert caught.value.code == "print.folder_unwritable"
    assert caught.value.retryable
    assert [path.name for path in tmp_path.iterdir()] == ["blocked"]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("../../x", "_.._x_refusal_job-1.pdf"),
        ("H99:1*?", "H99_1___refusal_job-1.pdf"),
        ("", "job-1_refusal_job-1.pdf"),
    ],
)
def test_no_code_can_lead_a_file_out_of_its_folder(code: str, name: str, tmp_path: Path) -> None:
    where = FileBackend(tmp_path / "out").send(b"%PDF-", Ticket("job-1", code, Form.REFUSAL, 0), Watch())

    assert Path(where).parent == tmp_path / "out"
    assert Path(where).name == name
