"""Jobs for an emulated receipt printer, and what its paper must show."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from counter_app.domain.forms.kinds import Form
from counter_app.services.answers.printing import Condition, PrinterState
from printing.backends import Ticket, Watch
from printing.backends.receipt_printer import ReceiptPrinter, Timing
from printing.profiles import ReceiptProfile, get_profile
from printing.renderers.escpos import render_escpos
from printing.renderers.escpos_dots import dots_of
from printing.renderers.raster import RasterPage, iter_pages
from tests.fakes.escpos_emulator import EscposPrinter, PaperTicket
from tests.fakes.escpos_lines import PtyLine, TcpLine

CODE = "H99.15-261122-0001"
TICKET = Ticket("job-1", CODE, Form.RECEIPT, 0)
QUICK = Timing(answer_s=1.0, between_s=0.02, again_s=0.02, stalled_s=0.3, silent_s=0.8, unanswered_s=8)

PLAIN = get_profile("generic-80")
EPSON = get_profile("epson-tm-t82iii")
SMALL = get_profile("generic-58")

LINES = pytest.mark.parametrize("line", [PtyLine, TcpLine], ids=["serial", "tcp"])
PROFILES = pytest.mark.parametrize("profile", [PLAIN, EPSON], ids=lambda profile: profile.name)
Line = type[PtyLine] | type[TcpLine]


@contextmanager
def plugged_in(
    line: Line,
    profile: ReceiptProfile = PLAIN,
    *,
    unplug_after: int | None = None,
    timing: Timing = QUICK,
    **printer_is: object,
) -> Iterator[tuple[ReceiptPrinter, EscposPrinter, PtyLine | TcpLine]]:
    printer = EscposPrinter(width_dots=profile.width_dots, dpi=profile.dpi, **printer_is)  # type: ignore[arg-type]
    with line(printer, unplug_after=unplug_after) as plug:
        backend = ReceiptPrinter(plug.address, plug.open_stream, profile, name="Quầy 1", timing=timing)
        yield backend, printer, plug


class Eye:
    """A watch that remembers what it was told, and may be told to cancel."""

    def __init__(self) -> None:
        self.told: list[tuple[Condition, ...]] = []
        self.is_cancelled = threading.Event()
        self.changed = threading.Event()

    @property
    def watch(self) -> Watch:
        return Watch(waiting=self._hear, is_cancelled=self.is_cancelled.is_set)

    def _hear(self, conditions: tuple[Condition, ...]) -> None:
        self.told.append(conditions)
        self.changed.set()

    def wait_for(self, conditions: tuple[Condition, ...], timeout_s: float = 10) -> None:
        while not self.told or self.told[-1] != conditions:
            assert self.changed.wait(timeout_s), f"told only {self.told}"
            self.changed.clear()


class Sent:
    """A job on its way in a thread of its own."""

    def __init__(self, backend: ReceiptPrinter, content: bytes, eye: Eye) -> None:
        self.where = ""
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(backend, content, eye))
        self._thread.start()

    def _run(self, backend: ReceiptPrinter, content: bytes, eye: Eye) -> None:
        try:
            self.where = backend.send(content, TICKET, eye.watch)
        except Exception as error:  # noqa: BLE001 - handed to the test's thread
            self.error = error

    def ended(self) -> "Sent":
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self


def a_roll_pdf(width_mm: float) -> bytes:
    """A page as a roll's layout makes it: margins, Vietnamese, a QR."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    from printing.barcodes import get_qr
    from resources.fonts import read_font

    registerFont(TTFont("Tinos-Regular", BytesIO(read_font("Tinos-Regular"))))
    mm = 72 / 25.4
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width_mm * mm, 120 * mm))
    canvas.setFont("Tinos-Regular", 9)
    for number, text in enumerate(("GIẤY TIẾP NHẬN HỒ SƠ", "Nguyễn Thị Hường · Lý A Páo", f"Mã hồ sơ {CODE}")):
        canvas.drawCentredString(width_mm * mm / 2, (110 - 5 * number) * mm, text)
    grid, module = get_qr(CODE), 1.0 * mm
    left, top = (width_mm * mm - grid.columns * module) / 2, 90 * mm
    for run in grid.runs:
        canvas.rect(
            left + run.column * module, top - (run.row + 1) * module, run.length * module, module, stroke=0, fill=1
        )
    for number in range(8):
        canvas.drawString(6 * mm, (50 - 5 * number) * mm, f"Dòng {number}: Thôn Đá Bạc, xã Suối Mơ")
    canvas.save()
    return file.getvalue()


def pages(profile: ReceiptProfile) -> list[RasterPage]:
    return list(iter_pages(a_roll_pdf(80 if profile.width_dots > 400 else 58), dpi=profile.dpi))


def content_for(profile: ReceiptProfile, *, open_drawer: bool = False) -> bytes:
    return render_escpos(pages(profile), profile, open_drawer=open_drawer)


def expected(profile: ReceiptProfile) -> Image.Image:
    dots = dots_of(pages(profile)[0], profile)
    assert dots is not None
    return dots.point(lambda bit: 0 if bit else 255)


def assert_whole(ticket: PaperTicket, profile: ReceiptProfile) -> None:
    """The paper shows the page once, whole, dot for dot, and nothing below it."""
    picture = expected(profile)
    assert ticket.image.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()
    below = ticket.image.crop((0, picture.height, picture.width, ticket.image.height))
    assert below.getcolors() == [(below.width * below.height, 255)]


def scanned(ticket: PaperTicket, folder: Path) -> list[str]:
    file = folder / "ticket.png"
    ticket.image.convert("L").save(file)
    found = subprocess.run(["zbarimg", "-q", "--raw", str(file)], capture_output=True, text=True, check=False)
    return found.stdout.split()


FAULTS: list[tuple[str, Callable[[EscposPrinter], None], PrinterState, tuple[Condition, ...], str]] = [
    (
        "paper out",
        lambda one: one.refill(0),
        PrinterState.STOPPED,
        (Condition.PAPER_OUT,),
        "paper_out",
    ),
    ("cover", lambda one: one.set_cover(is_open=True), PrinterState.STOPPED, (Condition.COVER_OPEN,), "cover_open"),
    ("knife", lambda one: one.set_knife_stuck(is_stuck=True), PrinterState.STOPPED, (Condition.JAM,), "jam"),
    ("off line", lambda one: one.set_paused(is_paused=True), PrinterState.OFFLINE, (), "offline"),
]
