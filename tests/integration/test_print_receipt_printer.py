"""The receipt printer's backend against an emulated printer, over a real pseudo terminal and a real TCP connection."""

import socket
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.printing import Condition, PrinterState
from printing.backends import Language, PrinterNotReady, Watch
from printing.backends.receipt_printer import ReceiptPrinter, Timing
from printing.backends.streams import SerialStream, StreamRefusedError, serial_stream, tcp_stream
from printing.profiles import Completion, ReceiptProfile, StatusSupport, get_profile
from tests.fakes.escpos_lines import PtyLine
from tests.fakes.receipt_jobs import (
    CODE,
    EPSON,
    FAULTS,
    LINES,
    PLAIN,
    PROFILES,
    SMALL,
    TICKET,
    Eye,
    Line,
    assert_whole,
    content_for,
    plugged_in,
    scanned,
)


@LINES
@pytest.mark.parametrize("profile", [PLAIN, EPSON, SMALL, get_profile("epson-tm-t88v")], ids=lambda one: one.name)
def test_a_receipt_comes_out_whole_and_its_qr_is_read(line: Line, profile: ReceiptProfile, tmp_path: Path) -> None:
    eye = Eye()
    with plugged_in(line, profile) as (backend, printer, _):
        where = backend.send(content_for(profile), TICKET, eye.watch)
        printer.wait_until(lambda: printer.is_idle)

        (ticket,) = printer.tickets or (printer.hanging,)
        assert (where, printer.errors, eye.told) == ("Quầy 1", [], [])
        assert_whole(ticket, profile)
        assert scanned(ticket, tmp_path) == [CODE]


@LINES
@PROFILES
def test_the_job_is_over_only_when_the_last_row_has_been_printed(line: Line, profile: ReceiptProfile) -> None:
    with plugged_in(line, profile, row_s=0.0005) as (backend, printer, _):
        backend.send(content_for(profile), TICKET, Watch())

        (ticket,) = printer.tickets
        assert_whole(ticket, profile)


@LINES
def test_the_drawer_opens_with_the_receipt(line: Line) -> None:
    with plugged_in(line) as (backend, printer, _):
        backend.send(content_for(PLAIN, open_drawer=True), TICKET, Watch())

        printer.wait_until(lambda: printer.pulses != [])
        assert printer.pulses == [(2, 100, 200)]


@LINES
def test_jobs_follow_each_other_on_the_same_printer(line: Line) -> None:
    with plugged_in(line) as (backend, printer, _):
        for _ in range(3):
            backend.send(content_for(PLAIN), TICKET, Watch())

        assert len(printer.tickets) == 3
        for ticket in printer.tickets:
            assert_whole(ticket, PLAIN)


@LINES
def test_a_slow_printer_with_a_small_buffer_gets_all_of_it(line: Line) -> None:
    eye = Eye()
    with plugged_in(line, row_s=0.001, buffer_bytes=1024) as (backend, printer, _):
        backend.send(content_for(PLAIN), TICKET, eye.watch)

        assert (printer.errors, [told for told in eye.told if told]) == ([], [])
        assert_whole(printer.tickets[0], PLAIN)


@LINES
def test_a_printer_that_never_answers_is_printed_on_and_is_unknown(line: Line) -> None:
    with plugged_in(line, answers=False) as (backend, printer, _):
        assert backend.status().state is PrinterState.UNKNOWN
        backend.send(content_for(PLAIN), TICKET, Watch())
        printer.wait_until(lambda: len(printer.tickets) == 1)

        assert_whole(printer.tickets[0], PLAIN)


@LINES
def test_a_printer_that_is_not_to_be_asked_is_not_asked(line: Line) -> None:
    mute = msgspec.structs.replace(PLAIN, status=StatusSupport.NO, completion=Completion.NONE)
    with plugged_in(line, mute) as (backend, printer, _):
        assert backend.status().state is PrinterState.UNKNOWN
        backend.send(content_for(mute), TICKET, Watch())
        printer.wait_until(lambda: len(printer.tickets) == 1)

        assert printer.questions == 0


@LINES
def test_a_printer_that_does_not_say_that_it_has_printed_is_believed_when_it_is_well(line: Line) -> None:
    timing = Timing(answer_s=0.3, unanswered_s=0.5)
    with plugged_in(line, EPSON, timing=timing, understands_process_id=False) as (backend, printer, _):
        assert backend.send(content_for(EPSON), TICKET, Watch()) == "Quầy 1"
        assert len(printer.tickets) == 1


@LINES
def test_a_ready_printer_says_so(line: Line) -> None:
    with plugged_in(line) as (backend, _, plug):
        status = backend.status()

        assert backend.language is Language.ESCPOS
        assert (status.state, status.conditions, status.can_print) == (PrinterState.READY, (), True)
        assert (status.address, status.name) == (plug.address, "Quầy 1")


@LINES
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault[0])
def test_a_printer_that_cannot_print_says_why_and_gets_nothing(line: Line, fault: tuple) -> None:  # type: ignore[type-arg]
    _, happen, state, conditions, reason = fault
    with plugged_in(line) as (backend, printer, _):
        happen(printer)
        status = backend.status()
        with pytest.raises(PrinterNotReady) as caught:
            backend.send(content_for(PLAIN), TICKET, Watch())

        assert (status.state, status.conditions, status.can_print) == (state, conditions, False)
        assert caught.value.code == f"print.not_ready.{reason}"
        printer.wait_until(lambda: printer.received_bytes == 3 * printer.questions)
        assert (printer.printed_rows, printer.tickets) == (0, ())


@LINES
def test_little_paper_is_said_and_printed_on(line: Line) -> None:
    with plugged_in(line) as (backend, printer, _):
        printer.set_paper_low(is_low=True)

        assert backend.status().conditions == (Condition.PAPER_LOW,)
        assert backend.send(content_for(PLAIN), TICKET, Watch()) == "Quầy 1"
        assert len(printer.tickets) == 1


@LINES
def test_a_printer_that_promises_to_answer_and_does_not_is_off(line: Line) -> None:
    with plugged_in(line, EPSON, answers=False) as (backend, printer, _):
        assert backend.status().state is PrinterState.OFFLINE
        with pytest.raises(PrinterNotReady) as caught:
            backend.send(content_for(EPSON), TICKET, Watch())

        assert caught.value.code == "print.not_ready.offline"
        assert (printer.tickets, printer.printed_rows) == ((), 0)


def test_a_port_that_is_not_there_is_missing() -> None:
    backend = ReceiptPrinter("serial:/dev/no-such-port", serial_stream("/dev/no-such-port", 9600), PLAIN)

    assert backend.status().state is PrinterState.MISSING
    with pytest.raises(PrinterNotReady, match="missing"):
        backend.send(b"", TICKET, Watch())


def test_a_port_that_another_program_holds_is_busy_and_the_job_can_be_tried_again() -> None:
    with plugged_in(PtyLine) as (backend, printer, plug):
        assert isinstance(plug, PtyLine)
        other = SerialStream(plug.port, baud=9600)
        try:
            assert backend.status().state is PrinterState.BUSY
            with pytest.raises(EnvironmentFailure) as caught:
                backend.send(content_for(PLAIN), TICKET, Watch())
        finally:
            other.close()

        assert (caught.value.code, caught.value.retryable) == ("print.printer_unavailable", True)
        assert backend.status().state is PrinterState.READY
        assert printer.printed_rows == 0


def test_a_network_printer_that_is_off_is_offline_and_an_unknown_name_is_missing() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        backend = ReceiptPrinter(f"tcp://127.0.0.1:{port}?profile=x", tcp_stream("127.0.0.1", port), PLAIN)

        status = backend.status()
        assert (status.state, status.name) == (PrinterState.OFFLINE, f"127.0.0.1:{port}")
    with pytest.raises(StreamRefusedError, match="missing"):
        tcp_stream("no-such-printer.invalid")()
