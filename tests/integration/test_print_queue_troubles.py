"""Queues in trouble: a store that refuses, a stop that does not wait, a cancel at an awkward moment, a dead process."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.printing import (
    PrintState,
)
from tests.fakes.desks import at_work
from tests.fakes.printing_hall import A5, PATIENCE_S, THERMAL, Hall, choose, open_hall


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with open_hall(tmp_path) as made:
        yield made


class Troubles(logging.Handler):
    """Counts how often a queue said that it could not go on."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._said = threading.Semaphore(0)

    def emit(self, record: logging.LogRecord) -> None:
        if "could not go on" in record.getMessage():
            self._said.release()

    def wait(self) -> None:
        assert self._said.acquire(timeout=PATIENCE_S), "nothing was said in time"


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    logger, made = logging.getLogger("counter_app.printing.queue"), Troubles()
    logger.addHandler(made)
    yield made
    logger.removeHandler(made)


def test_outcome_the_store_would_not_take_is_written_once_it_does_and_the_paper_comes_out_once(
    hall: Hall, troubles: Troubles
) -> None:
    choose(hall, A5)
    job = hall.order()
    hall.refuse("NEW.state = 'printed'")
    hall.spooler.start()
    for _ in range(3):
        troubles.wait()
    assert hall.job(job.id).state is PrintState.PRINTING

    hall.accept()
    hall.wait_settled(job)

    assert hall.job(job.id).state is PrintState.PRINTED
    assert hall.printers[A5].papers == [job.id]


def test_handing_on_that_the_store_would_not_take_is_done_once_it_does(hall: Hall, troubles: Troubles) -> None:
    choose(hall, A5, THERMAL)
    hall.printers[A5].error = EnvironmentFailure("print.printer_unavailable", retryable=True, printer=A5)
    job = hall.order()
    hall.refuse("OLD.state = 'printing'")
    hall.spooler.start()
    troubles.wait()

    hall.accept()
    hall.wait_settled(job)

    assert (hall.job(job.id).state, hall.job(job.id).printer) == (PrintState.PRINTED, THERMAL)


def test_paper_whose_handing_on_is_not_written_yet_can_be_cancelled_and_goes_to_no_other(
    hall: Hall, troubles: Troubles
) -> None:
    choose(hall, A5, THERMAL)
    hall.printers[A5].error = EnvironmentFailure("print.printer_unavailable", retryable=True, printer=A5)
    job = hall.order()
    hall.refuse("OLD.state = 'printing'")
    hall.spooler.start()
    troubles.wait()

    hall.spooler.cancel(job.id)
    hall.accept()
    hall.wait_settled(job)

    assert (hall.job(job.id).state, hall.job(job.id).error_code) == (PrintState.FAILED, "print.cancelled")
    assert hall.printers[THERMAL].papers == []


def test_queue_whose_claim_failed_goes_on_by_itself(hall: Hall, troubles: Troubles) -> None:
    choose(hall, A5)
    job = hall.order()
    hall.refuse("NEW.state = 'printing'")
    hall.spooler.start()
    for _ in range(2):
        troubles.wait()

    hall.accept()
    hall.wait_settled(job)

    assert hall.printers[A5].papers == [job.id]


def test_queue_starts_again_after_a_stop_that_timed_out(hall: Hall) -> None:
    choose(hall, A5)
    hall.printers[A5].let_go.clear()
    queue = hall.queue(A5)
    first, second = hall.order(1), hall.order(2)
    queue.start()
    assert hall.printers[A5].busy.wait(PATIENCE_S)
    assert queue.stop(timeout_s=0.01) is False
    assert queue.stop(timeout_s=0.01) is False

    hall.printers[A5].let_go.set()
    hall.wait_settled(first)
    queue.start()
    hall.wait_settled(second)

    assert hall.printers[A5].papers == [first.id, second.id]
    assert queue.stop(timeout_s=PATIENCE_S)
    third = hall.order(3)
    queue.start()
    hall.wait_settled(third)
    assert queue.stop(timeout_s=PATIENCE_S)


def test_paper_cancelled_while_its_printer_is_opened_is_not_sent_and_the_next_one_is(hall: Hall) -> None:
    choose(hall, A5)
    hall.may_open.clear()
    first, second = hall.order(1), hall.order(2)
    hall.spooler.start()
    hall.wait(lambda: hall.job(first.id).state is PrintState.PRINTING)
    assert hall.opening.wait(PATIENCE_S)

    hall.spooler.cancel(first.id)
    hall.may_open.set()
    hall.wait_settled(first, second)

    assert (hall.job(first.id).state, hall.job(first.id).error_code) == (PrintState.FAILED, "print.cancelled")
    assert hall.printers[A5].papers == [second.id]


def test_paper_cancelled_once_is_printed_when_it_is_sent_again(hall: Hall) -> None:
    choose(hall, A5)
    hall.printers[A5].let_go.clear()
    job = hall.order()
    hall.spooler.start()
    assert hall.printers[A5].busy.wait(PATIENCE_S)
    hall.spooler.cancel(job.id)
    hall.wait_settled(job)

    hall.printers[A5].let_go.set()
    hall.desk.counter.printing_jobs.requeue(job.id)
    hall.spooler.wake()
    hall.wait_settled(job)

    assert hall.printers[A5].papers == [job.id]


def test_queue_finds_what_a_dead_process_left_under_way(hall: Hall) -> None:
    choose(hall, A5)
    left, waiting = hall.order(1), hall.order(2)
    with at_work(hall.desk.folder) as other:
        assert other.counter.printing_jobs.claim_job(left.id, A5) is not None

    hall.spooler.start()
    hall.wait_settled(left, waiting)

    assert hall.job(left.id).state is PrintState.UNKNOWN
    assert hall.printers[A5].papers == [waiting.id]
