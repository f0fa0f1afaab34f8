"""A desk with printers that do what a test says, for tests of the queues."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.core.changes import Topic
from counter_app.domain.dossier import Outcome
from counter_app.services.answers.printing import (
    Condition,
    PrinterState,
    PrinterStatus,
    PrintJob,
    PrintState,
)
from printing.backends import (
    Backend,
    Language,
    PrintCancelled,
    Ticket,
    Watch,
)
from printing.backends.file import FileBackend
from printing.press import Press
from printing.queue import PrintQueue
from printing.routes import FILES, Routes
from printing.spooler import Spooler
from tests.fakes.desks import a_form, at_work, sample_desk

PATIENCE_S = 20.0
A5, THERMAL = "Máy in A5", "Máy in nhiệt"


class ScriptedPrinter:
    """A printer that does what a test says: fails, holds the page, or takes it."""

    language = Language.PDF

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: Exception | None = None
        self.papers: list[str] = []
        self.busy, self.let_go = threading.Event(), threading.Event()
        self.let_go.set()
        self.waits_for: tuple[Condition, ...] = ()

    def status(self) -> PrinterStatus:
        return PrinterStatus(address=self.name, name=self.name, state=PrinterState.READY)

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:
        assert content.startswith(b"%PDF-")
        self.busy.set()
        if self.waits_for:
            watch.waiting(self.waits_for)
        while not self.let_go.wait(0.01):
            if watch.is_cancelled():
                raise PrintCancelled(self.name)
        if self.error is not None:
            raise self.error
        self.papers.append(ticket.job_id)
        return self.name


class Hall:
    """A desk with two printers and a folder, its spooler, and a way to wait for what the store says."""

    def __init__(self, desk: OpenCounter, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.printers = {name: ScriptedPrinter(name) for name in (A5, THERMAL)}
        self.opened: list[str] = []
        self.opening, self.may_open = threading.Event(), threading.Event()
        self.may_open.set()
        self.routes = Routes(desk.settings)
        self.spooler = Spooler(
            desk.counter.printing_jobs, Press(desk.counter.papers, self.routes), self.routes, self._open
        )
        self._changed = threading.Condition()
        desk.counter.announcer.subscribe(self._on_change)

    def _open(self, address: str) -> Backend:
        self.opened.append(address)
        self.opening.set()
        assert self.may_open.wait(PATIENCE_S)
        return FileBackend(self.folder) if address == FILES else self.printers[address]

    def _on_change(self, topics: frozenset[Topic]) -> None:
        if Topic.PRINT_JOBS in topics:
            with self._changed:
                self._changed.notify_all()

    def order(self, number: int = 0) -> PrintJob:
        job = self.desk.counter.intake.receive(a_form(number), Outcome.ACCEPTED).print_job
        assert job is not None
        return job

    def job(self, job_id: str) -> PrintJob:
        return self.desk.counter.printing_jobs.get(job_id)

    def queue(self, printer: str) -> PrintQueue:
        jobs = self.desk.counter.printing_jobs
        return PrintQueue(
            jobs, Press(self.desk.counter.papers, self.routes), self._open, printer=printer, routes=self.routes
        )

    def refuse(self, condition: str) -> None:
        """Let the store refuse every change of a print run that fits, as a full disk would."""
        self._store(
            f"CREATE TRIGGER refusal BEFORE UPDATE ON print_run WHEN {condition} "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )

    def accept(self) -> None:
        """Let the store take everything again."""
        self._store("DROP TRIGGER refusal")

    def _store(self, statement: str) -> None:
        with self.desk.desk.store.writing() as connection:
            connection.exec_driver_sql(statement)

    def wait(self, reached: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(reached, PATIENCE_S), "the spooler did not get there in time"

    def wait_settled(self, *jobs: PrintJob) -> None:
        moving = (PrintState.QUEUED, PrintState.PRINTING)
        self.wait(lambda: all(self.job(job.id).state not in moving for job in jobs))


@contextmanager
def open_hall(root: Path) -> Iterator[Hall]:
    """Give a hall that has not begun to print; afterwards every printer lets go and every thread has ended."""
    with at_work(sample_desk(root)) as desk:
        made = Hall(desk, root / "papers")
        yield made
        made.may_open.set()
        for printer in made.printers.values():
            printer.let_go.set()
        assert made.spooler.stop(timeout_s=PATIENCE_S)


def choose(hall: Hall, printer: str, fallback: str = "") -> None:
    hall.desk.settings.set("print.slip.printer", printer)
    hall.desk.settings.set("print.slip.fallback", fallback)
