"""A morning at the printers: a real print server and IPP printer, a receipt printer, and what fails between them."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.changes import Topic
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.printing import Condition, PrintJob, PrintState
from printing.workshop import Workshop
from tests.fakes.cups import CupsServer, PrinterEmulator
from tests.fakes.daemons import service_discovery
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.escpos_emulator import EscposPrinter
from tests.fakes.escpos_lines import TcpLine

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


class Morning:
    """A desk whose slips go to a print server's queue, and to a receipt printer when that cannot print."""

    def __init__(self, desk: OpenCounter, laser: PrinterEmulator, roll: EscposPrinter) -> None:
        self.desk, self.laser, self.roll = desk, laser, roll
        self.workshop = Workshop.of(desk)
        self._changed = threading.Condition()
        desk.counter.announcer.subscribe(self._on_change)

    def _on_change(self, topics: frozenset[Topic]) -> None:
        if Topic.PRINT_JOBS in topics:
            with self._changed:
                self._changed.notify_all()

    def receive(self, number: int) -> PrintJob:
        job = self.desk.counter.intake.receive(a_form(number), Outcome.ACCEPTED).print_job
        assert job is not None
        self.workshop.wake()
        return job

    def job(self, job: PrintJob) -> PrintJob:
        return self.desk.counter.printing_jobs.get(job.id)

    def wait(self, reached: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(reached, PATIENCE_S), "not in time"

    def wait_printed(self, job: PrintJob) -> PrintJob:
        self.wait(lambda: self.job(job).state is PrintState.PRINTED)
        return self.job(job)

    def laser_documents(self) -> list[str]:
        return [codes_of(document) for document in self.laser.documents]


def codes_of(document: Path) -> str:
    picture = document.with_suffix("")
    subprocess.run(["pdftoppm", "-r", "300", "-gray", "-png", "-singlefile", document, picture], check=True)
    return read_codes(picture.with_suffix(".png"))


def read_codes(picture: Path) -> str:
    return subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True, check=True).stdout


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    roll = EscposPrinter()
    with (
        service_discovery() as discovery,
        CupsServer() as cups,
        PrinterEmulator(discovery) as laser,
        TcpLine(roll) as line,
        at_work(sample_desk(tmp_path)) as desk,
    ):
        cups.add_queue("slips", laser.uri)
        desk.settings.set("print.slip.printer", cups.uri("slips"))
        desk.settings.set("print.slip.fallback", f"{line.address}?profile=epson-tm-t82iii")
        made = Morning(desk, laser, roll)
        made.workshop.start()
        yield made
        assert made.workshop.stop()


def test_every_receipt_comes_out_once_whatever_the_printers_do(morning: Morning, tmp_path: Path) -> None:
    first = morning.receive(1)
    assert morning.wait_printed(first).printer == morning.desk.settings.get("print.slip.printer")
    assert [first.dossier_code in codes for codes in morning.laser_documents()] == [True]

    # Paper runs out while a receipt is on its way: it waits, says so, and comes out by itself.
    morning.laser.set_fault("media-empty")
    second = morning.receive(2)
    morning.wait(lambda: morning.job(second).error_code == f"print.waiting.{Condition.PAPER_OUT.value}")
    assert morning.job(second).state is PrintState.PRINTING
    morning.laser.clear_fault()
    morning.wait_printed(second)

    # Switched off: the receipt printer takes over at once.
    morning.laser.switch_off()
    third = morning.receive(3)
    assert morning.wait_printed(third).printer == morning.desk.settings.get("print.slip.fallback")
    tickets = morning.roll.tickets
    assert len(tickets) == third.copies
    picture = tmp_path / "ticket.png"
    tickets[0].image.save(picture)
    assert third.dossier_code in read_codes(picture)

    # That one's cover is open too: a file, and the paper is owed until a printer is back.
    morning.roll.set_cover(is_open=True)
    fourth = morning.receive(4)
    assert morning.wait_printed(fourth).owed
    assert [job.id for job in morning.desk.counter.printing_jobs.list_owed()] == [fourth.id]
    morning.laser.switch_on()
    morning.desk.counter.printing_jobs.queue_owed()
    morning.workshop.wake()
    morning.wait(lambda: not morning.job(fourth).owed)

    assert morning.roll.errors == []
    assert morning.job(fourth).reprint == 0
    arrived = morning.laser_documents()
    assert [[job.dossier_code in codes for job in (first, second, third, fourth)] for codes in arrived] == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, False, True],
    ]
