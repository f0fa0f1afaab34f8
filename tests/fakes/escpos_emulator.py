"""A receipt printer that is not there: ESC/POS in, paper as pictures and text out.

Written from Epson's ESC/POS command reference, apart from what the program sends: whatever is not in here is an error
that the test sees. Data waits in a buffer and is printed row by row by a thread of its own; real-time commands are
carried out as they arrive, also in the middle of other data, as real printers do.
"""

import contextlib
import threading
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image

from tests.fakes import escpos_glyphs as rom


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """A piece of paper that was cut off, or hangs in the printer: white 255, black 0."""

    image: Image.Image
    lines: tuple[str, ...]
    cut: str


@dataclass(slots=True)
class _Symbol:
    model: int = 0
    size: int = 3
    level: str = "L"
    data: bytes = b""


@dataclass(slots=True)
class _Look:
    align: int = 0
    bold: bool = False
    width: int = 1
    height: int = 1
    page: str = ""
    is_kanji: bool = False
    bar_height: int = 162
    bar_width: int = 3
    line_dots: int = 0
    step: float = 0.5
    symbol: _Symbol = field(default_factory=_Symbol)


class EscposPrinter:
    """The printer behind its plug. `receive` is called by the line's thread; all else from any thread."""

    def __init__(
        self,
        *,
        width_dots: int = 576,
        dpi: int = 203,
        pages: dict[int, str] | None = None,
        starts_in_kanji: bool = True,
        buffer_bytes: int = 65536,
        row_s: float = 0.0,
        paper_rows: int | None = None,
        understands_process_id: bool = True,
        answers: bool = True,
    ) -> None:
        self.width_dots, self.dpi = width_dots, dpi
        self.answer: Callable[[bytes], None] = lambda _answer: None
        self.errors: list[str] = []
        self.pulses: list[tuple[int, int, int]] = []
        self.stray_pulses = 0
        self.received_bytes = 0
        self.questions = 0
        self._pages = {94: rom.CP1258, 52: rom.CP1258, 30: rom.TCVN_SMALL, 31: rom.TCVN_CAPITAL, **(pages or {})}
        self._starts_in_kanji = starts_in_kanji
        self._buffer_bytes, self._row_s = buffer_bytes, row_s
        self._paper_rows = paper_rows
        self._understands_process_id, self._answers = understands_process_id, answers
        self._is_paper_low = self._is_cover_open = self._is_paused = self._is_knife_stuck = False
        self._can_be_kicked = True
        self._changed = threading.Condition()
        self._buffer = bytearray()
        self._recent = b""
        self._rows: list[bytes] = []
        self._lines: list[str] = []
        self._tickets: list[PaperTicket] = []
        self._look = _Look()
        self._reset()
        self._is_off = False
        self._is_idle = True
        self._thread = threading.Thread(target=self._run, name="escpos-emulator", daemon=True)
        self._thread.start()

    def refill(self, rows: int | None = None) -> None:
        """Put in a new roll."""
        self._set(_paper_rows=rows)

    def set_cover(self, *, is_open: bool) -> None:
        """Open or close the lid."""
        self._set(_is_cover_open=is_open)

    def set_paused(self, *, is_paused: bool) -> None:
        """Take it off line, as with its feed button."""
        self._set(_is_paused=is_paused)

    def set_paper_low(self, *, is_low: bool) -> None:
        """Let the near-end sensor see the end."""
        self._set(_is_paper_low=is_low)

    def set_knife_stuck(self, *, is_stuck: bool) -> None:
        """Jam the cutter."""
        self._set(_is_knife_stuck=is_stuck)

    def set_answering(self, *, is_answering: bool) -> None:
        """Cut the wire it answers on."""
        self._set(_answers=is_answering)

    def _set(self, **values: object) -> None:
        with self._changed:
            for name, value in values.items():
                setattr(self, name, value)
            self._changed.notify_all()

    def switch_off(self) -> None:
        """Stop; what was in the buffer is lost."""
        self._set(_is_off=True)
        self._thread.join(5)

    @property
    def tickets(self) -> tuple[PaperTicket, ...]:
        """What was cut off, in order."""
        with self._changed:
            return tuple(self._tickets)

    @property
    def hanging(self) -> PaperTicket:
        """What was printed since the last cut."""
        with self._changed:
            return self._as_ticket("")

    @property
    def printed_rows(self) -> int:
        """How many rows came out since the last cut."""
        with self._changed:
            return len(self._rows)

    @property
    def is_idle(self) -> bool:
        """Whether everything received has been printed."""
        with self._changed:
            return self._is_idle and not self._buffer

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
        """Wait until something can be seen."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the printer did not get there")
            with self._changed:
                self._changed.wait(0.02)

    def receive(self, data: bytes) -> None:
        """Take bytes from the line; waits while the buffer is full."""
        for byte in data:
            self._act_at_once(byte)
        with self._changed:
            self.received_bytes += len(data)
            while data and not self._is_off:
                room = self._buffer_bytes - len(self._buffer)
                self._buffer += data[:room]
                data = data[room:]
                self._changed.notify_all()
                if data:
                    self._changed.wait(0.05)

    def _act_at_once(self, byte: int) -> None:
        self._recent = (self._recent + bytes([byte]))[-5:]
        if self._recent[-3:-1] == b"\x10\x04" and 1 <= byte <= 4:
            self.questions += 1
            self._say(bytes([self._status(byte)]))
        if self._recent[:3] == b"\x10\x14\x01" and self._can_be_kicked and self._recent[3:] < b"\x02\x09":
            self.stray_pulses += 1

    def _say(self, answer: bytes) -> None:
        if self._answers:
            self.answer(answer)

    def _status(self, number: int) -> int:
        with self._changed:
            is_out, is_stopped = self._paper_rows == 0, self._why_not() is not None
            bits = {
                1: 0x08 if is_stopped else 0,
                2: (0x04 if self._is_cover_open else 0)
                | (0x20 if is_out else 0)
                | (0x40 if self._is_knife_stuck else 0),
                3: 0x08 if self._is_knife_stuck else 0,
                4: (0x60 if is_out else 0) | (0x0C if is_out or self._is_paper_low else 0),
            }
            return 0x12 | bits[number]

    def _why_not(self) -> str | None:
        reasons = {
            "cover": self._is_cover_open,
            "paper": self._paper_rows == 0,
            "knife": self._is_knife_stuck,
            "paused": self._is_paused,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)

    def _run(self) -> None:
        with contextlib.suppress(EOFError):
            while True:
                with self._changed:
                    self._is_idle = not self._buffer
                    self._changed.notify_all()
                self._command(self._take(1)[0])

    def _take(self, count: int) -> bytes:
        with self._changed:
            while len(self._buffer) < count or self._why_not() is not None:
                if self._is_off:
                    raise EOFError
                self._changed.wait()
            if self._is_off:
                raise EOFError
            self._is_idle = False
            taken = bytes(self._buffer[:count])
            del self._buffer[:count]
            self._changed.notify_all()
            return taken

    def _emit(self, row: bytes) -> None:
        """Burn one row; stands still without paper, with an open lid and so on."""
        width = self.width_dots // 8
        with self._changed:
            while self._why_not() is not None:
                if self._is_off:
                    raise EOFError
                self._changed.wait()
            if self._paper_rows is not None:
                self._paper_rows -= 1
            self._rows.append(row[:width].ljust(width, b"\0"))
            self._changed.notify_all()
            if self._row_s:
                deadline = time.monotonic() + self._row_s
                while (left := deadline - time.monotonic()) > 0 and not self._is_off:
                    self._changed.wait(left)

    def _reset(self) -> None:
        self._look = _Look(line_dots=round(self.dpi / 6), is_kanji=self._starts_in_kanji)
        self._cells: list[tuple[str, bool, int, int]] = []

    def _command(self, first: int) -> None:
        if first == 0x0A:
            self._end_line()
        elif first == 0x1B:
            self._escape(chr(self._take(1)[0]))
        elif first == 0x1D:
            self._group(chr(self._take(1)[0]))
        elif first == 0x1C:
            self._field(chr(self._take(1)[0]))
        elif first == 0x10:
            if self._take(2)[0] != 0x04:
                self._refuse("DLE")
        elif first < 0x20:
            if first:
                self._refuse(f"control {first:02x}")
        else:
            self._letter(first)

    def _refuse(self, what: str) -> None:
        self.errors.append(what)

    def _letter(self, byte: int) -> None:
        if byte >= 0x80 and self._look.is_kanji:
            self._take(1)
            self._refuse("half a Chinese character")
            return
        shown = rom.glyph(self._look.page, byte) if self._look.page or byte < 0x80 else None
        if shown is None:
            self._refuse(f"nothing at {byte:02x} on page {self._look.page or 'default'}")
            return
        look = self._look
        if unicodedata.combining(shown) and self._cells:
            before = self._cells[-1]
            self._cells[-1] = (unicodedata.normalize("NFC", before[0] + shown), *before[1:])
        else:
            self._cells.append((shown, look.bold, look.width, look.height))

    def _end_line(self) -> None:
        cells, self._cells = self._cells, []
        with self._changed:
            self._lines.append("".join(cell[0] for cell in cells))
        width = sum(rom.CELL[0] * cell[2] for cell in cells)
        if width > self.width_dots:
            self._refuse("line wider than the paper")
        height = max((rom.CELL[1] * cell[3] for cell in cells), default=0)
        image = Image.new("1", (self.width_dots, max(height, self._look.line_dots)), 0)
        x = self._left(width)
        for char, is_bold, wide, tall in cells:
            image.paste(
                rom.drawn(char, is_bold=is_bold, wide=wide, tall=tall), (x, max(0, height - rom.CELL[1] * tall))
            )
            x += rom.CELL[0] * wide
        self._burn(image)

    def _left(self, width: int) -> int:
        return max(0, (0, (self.width_dots - width) // 2, self.width_dots - width)[self._look.align])

    def _burn(self, image: Image.Image) -> None:
        data, width = image.tobytes(), (image.width + 7) // 8
        for start in range(0, len(data), width):
            self._emit(data[start : start + width])

    def _feed(self, dots: int) -> None:
        if self._cells:
            self._end_line()
        for _ in range(dots):
            self._emit(b"")

    def _escape(self, name: str) -> None:  # noqa: C901, PLR0912 - one case for each command
        look = self._look
        match name:
            case "@":
                self._reset()
            case "t":
                number = self._take(1)[0]
                look.page = self._pages.get(number, "")
                if not look.page:
                    self._refuse(f"no page {number}")
            case "a":
                if self._cells:
                    self._refuse("ESC a in the middle of a line")
                look.align = self._take(1)[0] % 48
            case "E":
                look.bold = bool(self._take(1)[0] & 1)
            case "!":
                mode = self._take(1)[0]
                look.bold, look.width, look.height = bool(mode & 8), 1 + (mode >> 5 & 1), 1 + (mode >> 4 & 1)
            case "d":
                count = self._take(1)[0]
                self._feed(count * look.line_dots)
            case "J":
                self._feed(round(self._take(1)[0] * look.step))
            case "2":
                look.line_dots = round(self.dpi / 6)
            case "3":
                look.line_dots = round(self._take(1)[0] * look.step)
            case "p":
                pin, on, off = self._take(3)
                self.pulses.append((5 if pin % 48 else 2, on * 2, off * 2))
            case "*":
                self._columns()
            case _:
                self._refuse(f"ESC {name!r}")

    def _columns(self) -> None:
        """ESC *: a picture as columns of 8 or 24 dots, here in the full resolution only."""
        mode, low, high = self._take(3)
        if mode not in (1, 33):
            self._refuse(f"ESC * {mode}")
        tall = 3 if mode == 33 else 1
        image = rom.column_picture(self._take(tall * (low + 256 * high)), tall, self.width_dots)
        if self._take(1) != b"\n":
            self._refuse("ESC * without a line feed after it")
        self._burn(image)

    def _field(self, name: str) -> None:
        if name not in ".&":
            self._refuse(f"FS {name!r}")
        self._look.is_kanji = name == "&"

    def _group(self, name: str) -> None:  # noqa: C901, PLR0912 - one case for each command
        look = self._look
        match name:
            case "!":
                size = self._take(1)[0]
                look.width, look.height = 1 + (size >> 4 & 7), 1 + (size & 7)
            case "v":
                self._raster()
            case "V":
                self._cut(self._take(1)[0])
            case "h":
                look.bar_height = self._take(1)[0]
            case "w":
                look.bar_width = self._take(1)[0]
            case "H" | "f":
                self._take(1)
            case "k":
                self._bars()
            case "P":
                _, vertical = self._take(2)
                look.step = self.dpi / vertical if vertical else 0.5
            case "a":
                if self._take(1) != b"\0":
                    self._refuse("GS a: unasked status is not emulated")
            case "r":
                self._say(bytes([self._paper_status(self._take(1)[0])]))
            case "(":
                self._extended()
            case _:
                self._refuse(f"GS {name!r}")

    def _paper_status(self, number: int) -> int:
        if number not in (1, 49):
            self._refuse(f"GS r {number}")
        with self._changed:
            return 0x03 if self._is_paper_low else 0

    def _raster(self) -> None:
        kind, mode, *size = self._take(6)
        width, rows = size[0] + 256 * size[1], size[2] + 256 * size[3]
        if kind != ord("0") or mode not in (0, 48) or not width or not rows:
            self._refuse(f"GS v {kind} {mode} {size}")
        if self._cells:
            self._refuse("GS v 0 in the middle of a line")
        if width * 8 > self.width_dots:
            self._refuse("picture wider than the paper")
        left, odd = divmod(self._left(width * 8), 8)
        for _ in range(rows):
            dots = int.from_bytes(self._take(width)) << (8 - odd)
            self._emit(bytes(left) + dots.to_bytes(width + 1))

    def _bars(self) -> None:
        kind, length = self._take(2)
        data = self._take(length)
        if kind != 73 or data[:2] != b"{B":
            self._refuse(f"GS k {kind} {data[:2]!r}")
            return
        modules = rom.code128_modules(data[2:].replace(b"{{", b"{").decode("ascii"))
        self._symbol_image(modules, self._look.bar_width, self._look.bar_height)

    def _symbol_image(self, modules: list[list[bool]], wide: int, tall: int) -> None:
        large = rom.enlarged(modules, wide, tall)
        if large.width > self.width_dots:
            self._refuse("code wider than the paper")
            return
        image = Image.new("1", (self.width_dots, large.height), 0)
        image.paste(large, (self._left(large.width), 0))
        self._burn(image)

    def _cut(self, kind: int) -> None:
        if kind in (65, 66):
            self._feed(round(self._take(1)[0] * self._look.step) + round(self.dpi / 2))
        if kind not in (0, 1, 48, 49, 65, 66):
            self._refuse(f"GS V {kind}")
        with self._changed:
            self._tickets.append(self._as_ticket("partial" if kind in (1, 49, 66) else "full"))
            self._rows, self._lines = [], []
            self._changed.notify_all()

    def _as_ticket(self, cut: str) -> PaperTicket:
        black = Image.frombytes("1", (self.width_dots, len(self._rows)), b"".join(self._rows))
        return PaperTicket(black.point(lambda bit: 0 if bit else 255), tuple(self._lines), cut)

    def _extended(self) -> None:
        name, low, high = self._take(3)
        data = self._take(low + 256 * high)
        match chr(name):
            case "k" if data[0] == ord("1"):
                self._qr(data[1], data[2:])
            case "H" if data[:2] == b"00" and len(data) == 6:
                if self._understands_process_id:
                    self._say(b"\x37\x22" + data[2:] + b"\0")
            case "D" if data[0] == 20:
                settings = dict(zip(data[1::2], data[2::2], strict=True))
                self._can_be_kicked = bool(settings.get(1, 1) % 48)
            case _:
                self._refuse(f"GS ( {chr(name)} {data[:4]!r}")

    def _qr(self, function: int, data: bytes) -> None:
        symbol = self._look.symbol
        match function:
            case 65:
                symbol.model = data[0] - 48
            case 67:
                symbol.size = data[0]
            case 69:
                symbol.level = "LMQH"[data[0] - 48]
            case 80:
                symbol.data = data[1:]
            case 81:
                self._print_qr(symbol)
            case _:
                self._refuse(f"GS ( k 49 {function}")

    def _print_qr(self, symbol: _Symbol) -> None:
        if symbol.model != 2 or not symbol.data:
            self._refuse("a QR of another model, or without data")
            return
        self._symbol_image(rom.qr_modules(symbol.data, symbol.level), symbol.size, symbol.size)
