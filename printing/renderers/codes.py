"""Codes to scan on each kind of sheet: as large as they are read best, with the white around them that readers need.

Quiet zones: 10 modules beside a Code 128 (ISO/IEC 15417), 4 around a QR (ISO/IEC 18004).
"""

from collections.abc import Iterator

from printing.barcodes import LARGEST_QR, ModuleGrid, find_code128, get_qr
from printing.blocks import CodeBlock, Label, ScanTexts, Title
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import DOT, MM, Geometry
from printing.renderers.heading import title_marks
from printing.renderers.lines import Line, Span, baseline, broken, centred, limited, shortened, text_lines
from printing.renderers.marks import Chunk, GridMark, Mark, moved

_BAR_QUIET = 10
_QR_QUIET = 4
_SHORT_QR = 29
"""Columns of the largest QR that holds a plain code and keeps the small side."""
_SHORT_SIDE = 15 * MM
_MOST_SIDE = 25 * MM
_MOST_SCAN_SIDE = 45 * MM
_PRINTER_STEP = 72 / 300
_MOST_CODE_LINES = 12
_LEAST_LABEL_MODULE = 4
_LEAST_LABEL_SIZE = 6.0


def _find_qr(*texts: str) -> ModuleGrid | None:
    """Return the QR of the first text that one of readable size holds."""
    for text in texts:
        if text and len(text) <= LARGEST_QR.characters:
            grid = get_qr(text)
            if grid.columns <= LARGEST_QR.columns:
                return grid
    return None


def _grid(grid: ModuleGrid, x: float, y: float, module: float, height: float, quiet: tuple[float, float]) -> GridMark:
    rects = ((x + run.column * module, y + run.row * height, run.length * module, height) for run in grid.runs)
    return GridMark(tuple(rects), quiet)


def _bars(grid: ModuleGrid, x: float, y: float, module: float, height: float) -> GridMark:
    return _grid(grid, x, y, module, height, (_BAR_QUIET * module, 0.0))


def _qr(grid: ModuleGrid, x: float, y: float, module: float) -> GridMark:
    return _grid(grid, x, y, module, module, (_QR_QUIET * module, _QR_QUIET * module))


def _qr_module(grid: ModuleGrid, g: Geometry) -> float:
    """Return the module: whole dots of a print head; on a page dots of a 300 dpi printer, or the plain code's 15 mm."""
    if g.dot:
        return max(3, min(6, int(_MOST_SIDE / DOT) // grid.columns)) * DOT
    if grid.columns <= _SHORT_QR:
        return _SHORT_SIDE / grid.columns
    return min(6, int(_MOST_SIDE / grid.columns / _PRINTER_STEP)) * _PRINTER_STEP


def _bar_module(grid: ModuleGrid, g: Geometry, room: float) -> float:
    """Return how wide the thinnest bar may be, 0 where none is wide enough to be read."""
    module = g.down(min(g.bar, room / grid.columns))
    if g.dot:
        module = min(module, g.down(g.width / (grid.columns + 2 * _BAR_QUIET)))
    return module if module >= g.least_bar - 1e-6 else 0.0


def _code_words(block: CodeBlock, g: Geometry, room: float) -> list[Line]:
    words = [Span(block.label, Face.REGULAR), Span(block.code, Face.BOLD)]
    return broken(words, g.body.size + 0.5, room)[:_MOST_CODE_LINES]


def code_chunks(block: CodeBlock, title: Title | None, g: Geometry) -> Iterator[Chunk]:
    """Return the codes and the title of the paper, which stands beside a tall QR to save the room below."""
    if g.is_roll:
        yield _column(block, g)
        beside = None
    else:
        qr = _find_qr(block.scan_text, block.code)
        beside = title if qr is not None and qr.columns > _SHORT_QR else None
        yield _beside_qr(block, qr, beside, g, is_titled=title is not None)
    if title is not None and beside is None:
        marks, height = title_marks(title, g, g.content_width)
        yield Chunk(height, marks, gap=5 * g.unit, keeps_next=True)


def _beside_qr(block: CodeBlock, qr: ModuleGrid | None, title: Title | None, g: Geometry, *, is_titled: bool) -> Chunk:
    room, marks, least = g.content_width, list[Mark](), 0.0
    if qr is not None:
        module = _qr_module(qr, g)
        side = module * qr.columns
        marks.append(_qr(qr, room - side, 0, module))
        # A title below brings white of its own.
        least = side if is_titled and title is None else side + _QR_QUIET * module
        room -= side + (24 if qr.columns <= _SHORT_QR else 12)
    written, height = _bars_and_words(block, g, room)
    marks += written
    if title is not None:
        named, taken = title_marks(title, g, room)
        marks += moved(named, 0, height + 6 * g.unit)
        height += 6 * g.unit + taken
    return Chunk(max(least, height), marks, gap=7 * g.unit, keeps_next=True)


def _bars_and_words(block: CodeBlock, g: Geometry, room: float) -> tuple[list[Mark], float]:
    marks: list[Mark] = []
    bars, top = find_code128(block.code), 0.0
    if bars is not None and (module := _bar_module(bars, g, room)):
        marks.append(_bars(bars, 0, 0, module, g.bar_height))
        top = g.bar_height + 4 * g.unit
    for line in _code_words(block, g, room):
        marks += line.marks_at(0, top + baseline(g.body.size + 0.5), g.body.size + 0.5)
        top += g.body.leading
    return marks, top


def _middle(width: float, g: Geometry) -> float:
    return g.down((g.content_width - width) / 2)


def _column(block: CodeBlock, g: Geometry) -> Chunk:
    """Return bars, code and QR one below the other in the middle."""
    marks, top = list[Mark](), 0.0
    bars, qr = find_code128(block.code), _find_qr(block.scan_text, block.code)
    if bars is not None and (module := _bar_module(bars, g, g.content_width)):
        marks.append(_bars(bars, _middle(bars.columns * module, g), 0, module, g.bar_height))
        top = g.bar_height + 4
    words = _code_words(block, g, g.content_width)
    marks += centred(words, 0, top, g.content_width, g.body.size + 0.5, g.body.leading)
    top += len(words) * g.body.leading
    if qr is not None:
        module = _qr_module(qr, g)
        side, top = module * qr.columns, g.up(top + _QR_QUIET * module)
        marks.append(_qr(qr, _middle(side, g), top, module))
        top += side + _QR_QUIET * module
    return Chunk(top, marks, gap=6, keeps_next=True)


def _scan_module(columns: int, g: Geometry) -> float:
    if g.dot:
        return max(2, min(4, int(g.content_width / DOT) // (columns + 2 * _QR_QUIET))) * DOT
    return max(3, min(6, int(_MOST_SCAN_SIDE / columns / _PRINTER_STEP))) * _PRINTER_STEP


def scan_chunks(block: ScanTexts, g: Geometry) -> Iterator[Chunk]:
    """Return rows of QRs, as many side by side as the sheet takes, each with its place below."""
    label = text_lines(block.label, Face.REGULAR, g.body.size, g.content_width)
    for number, line in enumerate(label):
        marks: list[Mark] = list(line.marks_at(0, baseline(g.body.size), g.body.size))
        yield Chunk(g.body.leading, marks, gap=0.0 if number else 8 * g.unit, keeps_next=True)
    grids = [get_qr(text) for text in block.texts]
    columns = max(grid.columns for grid in grids)
    module = _scan_module(columns, g)
    side = g.up((columns + 2 * _QR_QUIET) * module)
    most = max(1, int(g.content_width / side))
    for start in range(0, len(grids), most):
        marks = []
        for place, grid in enumerate(grids[start : start + most]):
            x = place * side
            marks.append(_qr(grid, x + _QR_QUIET * module, _QR_QUIET * module, module))
            said = text_lines(f"{start + place + 1}/{len(grids)}", Face.REGULAR, g.body.size, side)
            marks += centred(said, x, side, side, g.body.size, g.body.leading)
        yield Chunk(side + g.body.leading, marks, gap=2 * g.unit)


def label_chunk(block: Label, g: Geometry) -> Chunk:
    """Return the whole of a sticker; on any other sheet the same marks as a piece of it."""
    words, height = _label_words(block, g)
    room = (g.content_height - height if g.is_label else _MOST_SIDE) - 4 * DOT
    marks, top = _label_code(block, g, room)
    spare = max(0.0, g.content_height - top - height) / 2 if g.is_label else 0.0
    down = g.down(spare)
    all_marks = moved(marks, 0, down) + moved(words, 0, down + top)
    return Chunk(g.content_height if g.is_label else top + height, all_marks, gap=8 * g.unit)


def _label_code(block: Label, g: Geometry, room: float) -> tuple[list[Mark], float]:
    """Return bars, else a QR, else nothing, in the middle, and where the letters below may begin."""
    bars = find_code128(block.code)
    if bars is not None and (module := _bar_module(bars, g, g.content_width)):
        high = g.down(min(g.bar_height, room))
        return [_bars(bars, _middle(bars.columns * module, g), 0, module, high)], high + 4 * DOT
    for text in (block.scan_text, block.code):
        qr = _find_qr(text)
        if qr is not None and (found := _label_qr(qr, g, room)) is not None:
            return found
    return [], 0.0


def _label_qr(qr: ModuleGrid, g: Geometry, room: float) -> tuple[list[Mark], float] | None:
    margin = min(g.top, g.left) if g.is_label else 0.0
    for dots in range(8, _LEAST_LABEL_MODULE - 1, -1):
        module = dots * DOT
        top = g.up(max(0.0, _QR_QUIET * module - margin))
        side = module * qr.columns
        below = top + side + _QR_QUIET * module
        if below <= room + 4 * DOT and side + 2 * _QR_QUIET * module <= g.width:
            return [_qr(qr, _middle(side, g), top, module)], below
    return None


def _label_words(block: Label, g: Geometry) -> tuple[list[Mark], float]:
    """Return the code in bold, smaller or on two lines where it is long, and each line cut where the sticker ends."""
    room = g.content_width
    size = min(g.title.size, max(_LEAST_LABEL_SIZE, room / max(1.0, text_width(block.code, Face.BOLD, 1.01))))
    code = limited(block.code, Face.BOLD, size, room, 2)
    marks = centred(code, 0, 0, room, size, size * 1.2)
    height = len(code) * size * 1.2
    most = max(1, int(g.content_height * 0.3 / g.body.leading))
    lines = [shortened(line, Face.REGULAR, g.body.size, room) for line in block.lines[:most]]
    marks += centred(lines, 0, height, room, g.body.size, g.body.leading)
    return marks, height + len(lines) * g.body.leading
