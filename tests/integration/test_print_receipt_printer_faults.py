"""Receipt printers that run out of paper, are opened, stopped and unplugged in the middle of a slip."""

import pytest
from PIL import Image

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.printing import Condition, PrinterState
from printing.backends import PrintCancelled, PrinterNotReady, PrintInterrupted, Watch
from printing.profiles import ReceiptProfile
from printing.renderers.escpos import render_escpos
from printing.renderers.raster import RasterPage
from tests.fakes.escpos_emulator import PaperTicket
from tests.fakes.receipt_jobs import (
    EPSON,
    FAULTS,
    LINES,
    PLAIN,
    PROFILES,
    TICKET,
    Eye,
    Line,
    Sent,
    assert_whole,
    content_for,
    expected,
    plugged_in,
)


@LINES
@PROFILES
def test_paper_that_runs_out_in_the_middle_is_waited_for_and_the_slip_comes_out_once(
    line: Line, profile: ReceiptProfile
) -> None:
    eye = Eye()
    with plugged_in(line, profile, paper_rows=300) as (backend, printer, _):
        sent = Sent(backend, content_for(profile), eye)
        eye.wait_for((Condition.PAPER_OUT,))
        assert printer.printed_rows == 300
        printer.refill()
        sent.ended()

        assert (sent.error, sent.where) == (None, "Quầy 1")
        assert eye.told == [(Condition.PAPER_OUT,), ()]
        assert len(printer.tickets) == 1
        assert_whole(printer.tickets[0], profile)


@LINES
def test_paper_that_runs_out_with_the_line_full_is_waited_for_too(line: Line) -> None:
    eye = Eye()
    black = Image.new("L", (576, 3000), 0)
    page = RasterPage(
        width=576, height=3000, stride_bytes=576, grey=black.tobytes(), width_points=204.3, height_points=1064.0
    )
    with plugged_in(line, paper_rows=100, buffer_bytes=256) as (backend, printer, _):
        sent = Sent(backend, render_escpos([page], PLAIN), eye)
        eye.wait_for((Condition.PAUSED,))
        printer.refill()
        sent.ended()

        assert sent.error is None
        assert eye.told[-1] == ()
        assert printer.tickets[0].image.crop((0, 0, 576, 3000)).getcolors() == [(576 * 3000, 0)]
        assert printer.errors == []


@LINES
@pytest.mark.parametrize("fault", FAULTS[1:3], ids=lambda fault: fault[0])
def test_a_hand_in_the_printer_in_the_middle_is_waited_for(line: Line, fault: tuple) -> None:  # type: ignore[type-arg]
    _, happen, _, conditions, _ = fault
    eye = Eye()
    with plugged_in(line, EPSON, row_s=0.001) as (backend, printer, _):
        sent = Sent(backend, content_for(EPSON), eye)
        printer.wait_until(lambda: printer.printed_rows > 50)
        happen(printer)
        eye.wait_for(conditions)
        printer.set_cover(is_open=False)
        printer.set_knife_stuck(is_stuck=False)
        sent.ended()

        assert sent.error is None
        assert_whole(printer.tickets[0], EPSON)


@LINES
@PROFILES
def test_a_job_cancelled_while_the_printer_waits_is_interrupted(line: Line, profile: ReceiptProfile) -> None:
    eye = Eye()
    with plugged_in(line, profile, paper_rows=300) as (backend, printer, _):
        sent = Sent(backend, content_for(profile), eye)
        eye.wait_for((Condition.PAPER_OUT,))
        eye.is_cancelled.set()
        sent.ended()

        assert isinstance(sent.error, PrintInterrupted)
        assert printer.tickets == ()


@LINES
def test_a_job_cancelled_while_the_line_is_full_is_interrupted(line: Line) -> None:
    eye = Eye()
    with plugged_in(line, paper_rows=10, buffer_bytes=256, answers=False) as (backend, _, _):
        sent = Sent(backend, content_for(PLAIN), eye)
        eye.wait_for((Condition.PAUSED,))
        eye.is_cancelled.set()
        sent.ended()

        assert isinstance(sent.error, PrintInterrupted)


@LINES
def test_after_a_job_cancelled_on_the_way_the_next_one_comes_out_whole(line: Line) -> None:
    eye = Eye()
    with plugged_in(line, row_s=0.001, buffer_bytes=4096) as (backend, printer, _):
        sent = Sent(backend, content_for(PLAIN), eye)
        printer.wait_until(lambda: printer.printed_rows > 50)
        eye.is_cancelled.set()
        sent.ended()
        printer.wait_until(lambda: printer.is_idle)
        begun = printer.printed_rows
        backend.send(content_for(PLAIN), TICKET, Watch())

        assert isinstance(sent.error, PrintInterrupted)
        assert printer.errors == []
        (ticket,) = printer.tickets
        assert 50 < begun < expected(PLAIN).height
        whole = ticket.image.crop((0, begun, ticket.image.width, ticket.image.height))
        assert_whole(PaperTicket(whole, (), ""), PLAIN)


@LINES
def test_a_job_cancelled_before_it_began_prints_nothing(line: Line) -> None:
    eye = Eye()
    eye.is_cancelled.set()
    with plugged_in(line) as (backend, printer, _):
        with pytest.raises(PrintCancelled):
            backend.send(content_for(PLAIN), TICKET, eye.watch)

        assert printer.received_bytes == 0


@LINES
def test_a_plug_pulled_before_the_job_leaves_nothing_printed_and_the_job_can_be_tried_again(line: Line) -> None:
    with plugged_in(line) as (backend, printer, plug):
        assert backend.status().state is PrinterState.READY
        plug.unplug()

        assert backend.status().can_print is False
        with pytest.raises(PrinterNotReady) as caught:
            backend.send(content_for(PLAIN), TICKET, Watch())
        assert caught.value.retryable
        assert printer.printed_rows == 0


@LINES
def test_a_plug_pulled_between_the_question_and_the_first_byte_leaves_nothing_printed(line: Line) -> None:
    with plugged_in(line) as (backend, printer, plug):

        class PullsThePlug:
            calls = 0

            def __call__(self) -> bool:
                self.calls += 1
                if self.calls == 2:
                    plug.unplug()
                return False

        watch = Watch(is_cancelled=PullsThePlug())
        with pytest.raises(EnvironmentFailure) as caught:
            backend.send(content_for(PLAIN), TICKET, watch)

        assert (caught.value.code, caught.value.retryable) == ("print.printer_unavailable", True)
        assert printer.printed_rows == 0


@LINES
@PROFILES
@pytest.mark.parametrize("after", [200, 5_000, 20_000])
def test_a_plug_pulled_in_the_middle_leaves_it_to_a_person(line: Line, profile: ReceiptProfile, after: int) -> None:
    content = content_for(profile)
    assert len(content) > 20_000
    with plugged_in(line, profile, unplug_after=after) as (backend, printer, plug):
        with pytest.raises(PrintInterrupted):
            backend.send(content, TICKET, Watch())

        assert plug.is_pulled
        assert printer.tickets == ()


@LINES
def test_a_plug_pulled_after_the_last_byte_leaves_it_to_a_person(line: Line) -> None:
    eye = Eye()
    with plugged_in(line, EPSON, row_s=0.002) as (backend, printer, plug):
        content = content_for(EPSON)
        sent = Sent(backend, content, eye)
        printer.wait_until(lambda: printer.received_bytes >= len(content))
        plug.unplug()
        sent.ended()

        assert isinstance(sent.error, PrintInterrupted)


@LINES
def test_a_printer_that_falls_silent_in_the_middle_leaves_it_to_a_person(line: Line) -> None:
    with plugged_in(line, EPSON, paper_rows=300) as (backend, printer, _):
        eye = Eye()
        sent = Sent(backend, content_for(EPSON), eye)
        eye.wait_for((Condition.PAPER_OUT,))
        printer.set_answering(is_answering=False)
        sent.ended()

        assert isinstance(sent.error, PrintInterrupted)


@LINES
def test_answers_that_the_dots_themselves_provoke_confuse_nobody(line: Line) -> None:
    row = bytes([0x10, 0x04, 0x01, 0xFF, 0x10, 0x04, 0x04]).ljust(72, b"\x0f")
    black = Image.frombytes("1", (576, 900), row * 900).point(lambda bit: 0 if bit else 255).convert("L")
    page = RasterPage(
        width=576, height=900, stride_bytes=576, grey=black.tobytes(), width_points=204.3, height_points=319.2
    )
    with plugged_in(line, EPSON) as (backend, printer, _):
        backend.send(render_escpos([page], EPSON), TICKET, Watch())

        assert printer.questions > 1800
        assert printer.tickets[0].image.crop((0, 0, 576, 900)).convert("L").tobytes() == black.tobytes()
