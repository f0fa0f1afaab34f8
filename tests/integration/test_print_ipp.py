"""IPP against a real print server and real IPP printers on this computer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.forms.kinds import Form, Sheet
from counter_app.services.answers.printing import Condition, PrinterState
from printing.backends import PrintCancelled, PrinterNotReady, PrintInterrupted, Ticket, Watch
from printing.backends.ipp import find_cups_printer
from tests.fakes.cups import CupsServer, PrinterEmulator
from tests.fakes.daemons import free_port, service_discovery, wait_until
from tests.fakes.pages import BOTH_CODES, CODE, SIZES_MM, a_page, codes_on, page_sizes_mm
from tests.fakes.sending import A5, Sending, a_backend


@pytest.fixture(scope="module")
def discovery() -> Iterator[dict[str, str]]:
    with service_discovery() as env:
        yield env


@pytest.fixture(scope="module")
def cups() -> Iterator[CupsServer]:
    with CupsServer() as server:
        yield server


@pytest.fixture
def printer(discovery: dict[str, str]) -> Iterator[PrinterEmulator]:
    with PrinterEmulator(discovery) as made:
        yield made


@pytest.fixture
def queue(cups: CupsServer, printer: PrinterEmulator) -> str:
    """A queue for the printer; its name is its own in the whole run."""
    return cups.add_queue(f"queue-{printer.port}", printer.uri)


def test_a_page_sent_to_a_printer_arrives_once_as_readable_a5(printer: PrinterEmulator, tmp_path: Path) -> None:
    sending = Sending(a_backend(printer.uri, name="Máy in"))

    assert sending.result() == "Máy in"

    (arrived,) = printer.documents
    assert arrived.read_bytes() == a_page(Sheet.A5)
    assert codes_on(arrived, tmp_path) == BOTH_CODES
    assert sending.told in ([], [()])


def test_a_page_sent_over_tls_arrives_once_whoever_signed_the_printers_certificate(printer: PrinterEmulator) -> None:
    Sending(a_backend(printer.uri.replace("ipp:", "ipps:"))).result()

    assert len(printer.documents) == 1


def test_everything_the_job_needs_to_say_reaches_the_printer_and_nothing_about_people(printer: PrinterEmulator) -> None:
    Sending(a_backend(printer.uri)).result()

    job = printer.job_attributes(1)

    assert job["media"] == "iso_a5_148x210mm"
    assert job["sides"] == "one-sided"
    assert job["copies"] == "1"
    assert job["print-scaling"] == "none"
    assert job["job-name"] == A5.document_name
    assert job["job-originating-user-name"] == "counter-app"
    assert printer.formats == ("application/pdf",)


def test_a_page_sent_through_cups_arrives_once_as_readable_a5(
    queue: str, printer: PrinterEmulator, tmp_path: Path
) -> None:
    Sending(a_backend(queue)).result()

    (arrived,) = printer.documents
    assert page_sizes_mm(arrived) == [SIZES_MM[Sheet.A5]]
    assert codes_on(arrived, tmp_path) == BOTH_CODES


@pytest.mark.parametrize("sheet", [Sheet.A4, Sheet.A4_LANDSCAPE, Sheet.LABEL_50X30, Sheet.LABEL_100X50])
def test_every_sheet_keeps_its_size_through_cups(
    sheet: Sheet, queue: str, printer: PrinterEmulator, tmp_path: Path
) -> None:
    Sending(a_backend(queue), ticket=Ticket("job-2", CODE, Form.REGISTER, 0, sheet)).result()

    (arrived,) = printer.documents
    (size,) = page_sizes_mm(arrived)
    assert sorted(size) == sorted(SIZES_MM[sheet])
    assert f"QR-Code:{CODE}" in codes_on(arrived, tmp_path)


def test_a_printer_says_that_it_is_ready(printer: PrinterEmulator) -> None:
    status = a_backend(printer.uri, name="Máy in").status()

    assert (status.address, status.name, status.state) == (printer.uri, "Máy in", PrinterState.READY)
    assert status.can_print


@pytest.mark.parametrize("way", ["direct", "queue"])
def test_paper_that_runs_out_in_the_middle_is_told_and_refilling_prints_the_job_once(
    way: str, queue: str, printer: PrinterEmulator
) -> None:
    printer.set_fault("media-empty")
    sending = Sending(a_backend(printer.uri if way == "direct" else queue))
    sending.wait_for(Condition.PAPER_OUT)

    printer.clear_fault()
    sending.result()

    assert sending.told[-1] == ()
    assert len(printer.documents) == 1


def test_an_open_cover_and_a_jam_are_told_apart(printer: PrinterEmulator) -> None:
    printer.set_fault("cover-open,media-jam")
    sending = Sending(a_backend(printer.uri))

    sending.wait_for(Condition.COVER_OPEN, Condition.JAM)
    printer.clear_fault()
    sending.result()

    assert len(printer.documents) == 1


def test_paper_that_is_out_before_stops_the_job_before_anything_is_sent(
    cups: CupsServer, printer: PrinterEmulator
) -> None:
    # A second queue stands in for the printer: unlike the emulator it can report an error while it is idle.
    behind = cups.add_queue(f"behind-{printer.port}", printer.uri)
    front = cups.add_queue(f"front-{printer.port}", behind)
    cups.report(f"behind-{printer.port}", "media-low-warning", "media-empty-error")

    with pytest.raises(PrinterNotReady) as caught:
        Sending(a_backend(front)).result()

    assert caught.value.code == "print.not_ready.paper_out"
    assert caught.value.status.conditions == (Condition.PAPER_OUT, Condition.PAPER_LOW)
    assert printer.documents == ()


def test_a_queue_that_only_remembers_an_empty_tray_is_tried(cups: CupsServer, printer: PrinterEmulator) -> None:
    name = f"memory-{printer.port}"
    queue = cups.add_queue(name, f"file:///dev/null?{printer.port}", model="raw")
    cups.report(name, "media-empty-error")

    assert a_backend(queue).status().conditions == (Condition.PAPER_OUT,)
    Sending(a_backend(queue)).result()


@pytest.mark.parametrize("way", ["direct", "queue"])
def test_a_printer_that_is_switched_off_before_gets_nothing(way: str, queue: str, printer: PrinterEmulator) -> None:
    printer.switch_off()
    backend = a_backend(printer.uri if way == "direct" else queue)

    assert backend.status().state is PrinterState.OFFLINE
    with pytest.raises(PrinterNotReady) as caught:
        Sending(backend).result()
    printer.switch_on()

    assert caught.value.code == "print.not_ready.offline"
    assert printer.jobs_begun == 0


@pytest.mark.parametrize("way", ["direct", "queue"])
def test_a_printer_that_lost_its_power_in_the_middle_leaves_it_to_a_person(
    way: str, queue: str, printer: PrinterEmulator
) -> None:
    printer.set_fault("media-jam")
    sending = Sending(a_backend(printer.uri if way == "direct" else queue))
    sending.wait_for(Condition.JAM)
    printer.switch_off()
    sending.wait_for(Condition.OFFLINE)
    printer.clear_fault()
    printer.switch_on()

    with pytest.raises(PrintInterrupted):
        sending.result()

    assert printer.documents == ()


def test_a_printer_that_never_comes_back_is_asked_for_a_bounded_time(printer: PrinterEmulator) -> None:
    printer.set_fault("media-jam")
    sending = Sending(a_backend(printer.uri, lost_s=1.0))
    sending.wait_for(Condition.JAM)
    printer.switch_off()

    with pytest.raises(PrintInterrupted):
        sending.result(timeout_s=10)


def test_a_printer_that_was_out_of_reach_for_a_while_prints_the_job_once(printer: PrinterEmulator) -> None:
    printer.set_fault("media-empty")
    sending = Sending(a_backend(printer.uri))
    sending.wait_for(Condition.PAPER_OUT)
    printer.freeze()
    sending.wait_for(Condition.OFFLINE)
    printer.clear_fault()
    printer.thaw()

    sending.result()

    assert sending.told[-1] == ()
    assert len(printer.documents) == 1


def test_cancelling_a_job_that_the_printer_began_leaves_it_to_a_person(printer: PrinterEmulator) -> None:
    printer.set_fault("media-empty")
    sending = Sending(a_backend(printer.uri))
    sending.wait_for(Condition.PAPER_OUT)

    sending.is_cancelled.set()

    with pytest.raises(PrintInterrupted):
        sending.result()
    assert printer.documents == ()


def test_cancelling_through_cups_takes_the_job_from_printer_and_queue(queue: str, printer: PrinterEmulator) -> None:
    printer.set_fault("media-empty")
    sending = Sending(a_backend(queue))
    sending.wait_for(Condition.PAPER_OUT)

    sending.is_cancelled.set()
    with pytest.raises(PrintInterrupted):
        sending.result()
    printer.clear_fault()

    Sending(a_backend(queue)).result()
    assert len(printer.documents) == 1


@pytest.mark.parametrize("way", ["direct", "queue"])
def test_cancelling_a_job_that_waits_behind_another_surely_prints_nothing_of_it(
    way: str, queue: str, printer: PrinterEmulator
) -> None:
    backend = a_backend(printer.uri if way == "direct" else queue)
    printer.set_fault("media-empty")
    first = Sending(backend)
    first.wait_for(Condition.PAPER_OUT)
    second = Sending(backend)
    second.wait_for(Condition.PAPER_OUT)

    second.is_cancelled.set()
    with pytest.raises(PrintCancelled):
        second.result()
    printer.clear_fault()
    first.result()

    assert len(printer.documents) == 1


def test_a_busy_printer_takes_the_next_job_when_it_is_done(printer: PrinterEmulator) -> None:
    printer.set_fault("media-empty")
    first = Sending(a_backend(printer.uri))
    first.wait_for(Condition.PAPER_OUT)
    second = Sending(a_backend(printer.uri))
    second.wait_for(Condition.PAPER_OUT)
    printer.clear_fault()

    first.result()
    second.result()

    assert len(printer.documents) == 2


def test_a_printer_that_stays_busy_is_left_after_a_bounded_time(printer: PrinterEmulator) -> None:
    printer.set_fault("media-empty")
    first = Sending(a_backend(printer.uri))
    first.wait_for(Condition.PAPER_OUT)

    with pytest.raises(EnvironmentFailure) as caught:
        Sending(a_backend(printer.uri, lost_s=0.3)).result()
    printer.clear_fault()
    first.result()

    assert caught.value.code == "print.refused_by_printer"
    assert len(printer.documents) == 1


def test_what_is_cancelled_before_is_not_sent(printer: PrinterEmulator) -> None:
    backend = a_backend(printer.uri)

    with pytest.raises(PrintCancelled):
        backend.send(a_page(Sheet.A5), A5, Watch(is_cancelled=lambda: True))

    assert printer.jobs_begun == 0


def test_a_printer_that_gives_a_job_up_leaves_it_to_a_person(printer: PrinterEmulator) -> None:
    printer.set_broken()

    with pytest.raises(PrintInterrupted):
        Sending(a_backend(printer.uri)).result()


def test_a_paused_queue_takes_nothing_until_it_goes_on(cups: CupsServer, queue: str, printer: PrinterEmulator) -> None:
    name = queue.rpartition("/")[2]
    cups.pause(name)
    with pytest.raises(PrinterNotReady) as caught:
        Sending(a_backend(queue)).result()
    cups.resume(name)

    Sending(a_backend(queue)).result()

    assert caught.value.code == "print.not_ready.paused"
    assert len(printer.documents) == 1


def test_a_queue_paused_in_the_middle_says_so_and_goes_on(
    cups: CupsServer, queue: str, printer: PrinterEmulator
) -> None:
    printer.set_fault("media-empty")
    first, second = Sending(a_backend(queue)), Sending(a_backend(queue))
    first.wait_for(Condition.PAPER_OUT)
    second.wait_for(Condition.PAPER_OUT)
    cups.pause(queue.rpartition("/")[2])
    second.wait_for(Condition.PAUSED)
    # CUPS takes the first job back from the printer and sends it anew later.
    wait_until(lambda: printer.job_attributes(1)["job-state"] == "canceled", "the printer dropped the job")
    printer.clear_fault()
    cups.resume(queue.rpartition("/")[2])

    first.result()
    second.result()

    assert len(printer.documents) == 2


def test_a_queue_that_takes_no_jobs_is_not_asked_to(cups: CupsServer, queue: str, printer: PrinterEmulator) -> None:
    cups.reject(queue.rpartition("/")[2])

    with pytest.raises(PrinterNotReady) as caught:
        Sending(a_backend(queue)).result()

    assert caught.value.code == "print.not_ready.stopped"


def test_a_queue_or_a_path_that_does_not_exist_is_missing(cups: CupsServer, printer: PrinterEmulator) -> None:
    for uri in (cups.uri("nowhere"), f"ipp://localhost:{printer.port}/nowhere"):
        assert a_backend(uri).status().state is PrinterState.MISSING
        with pytest.raises(PrinterNotReady) as caught:
            Sending(a_backend(uri)).result()
        assert caught.value.code == "print.not_ready.missing"


def test_a_printer_without_pdf_is_named_as_such(discovery: dict[str, str]) -> None:
    with PrinterEmulator(discovery, formats="image/pwg-raster,image/urf") as raster_only:
        with pytest.raises(EnvironmentFailure) as caught:
            Sending(a_backend(raster_only.uri)).result()

        assert caught.value.code == "print.no_pdf"
        assert raster_only.jobs_begun == 0


def test_a_queue_of_this_computer_is_found_by_its_name(
    cups: CupsServer, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUPS_SERVER", cups.address)
    name = queue.rpartition("/")[2]

    found = find_cups_printer(name)

    assert found is not None
    assert (found.status().address, found.status().state) == (name, PrinterState.READY)
    assert find_cups_printer("nowhere") is None


def test_without_a_print_server_no_queue_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", f"localhost:{free_port()}")

    assert find_cups_printer("any") is None
