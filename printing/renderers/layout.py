"""Blocks become pieces with a size: the look of an A5 slip.

Sizes are points. The proportions follow Nghị định 30/2020/NĐ-CP, phụ lục I, made smaller for A5.
"""

from collections.abc import Iterator, Sequence

from printing.barcodes import ModuleGrid, find_code128, get_qr
from printing.blocks import (
    Block,
    CodeBlock,
    Field,
    FieldLine,
    NationalHeader,
    Notes,
    Sentence,
    Signature,
    Signatures,
    Title,
)
from printing.blocks import PaperTable as TableBlock
from printing.renderers.fonts import Face, text_width
from printing.renderers.lines import Line, Span, broken, dots
from printing.renderers.marks import Chunk, GridMark, Mark, RuleMark
from printing.renderers.table import table_chunks

MM = 72 / 25.4
CONTENT_WIDTH = 148 * MM - 15 * MM - 10 * MM

_SIZE = 9.6
_LEADING = 11.1
_FIELD_GAP = 0.4
_AFTER_TABLE = 4.0
_HEADER_SIZE = 8.9
_HEADER_LEADING = 10.8
_LEFT_SHARE = 0.455
_BAR_WIDTH = 0.72
"""0.254 mm: two dots at 200 dpi, three at 300, six at 600, so bars keep their proportions on every printer."""
_NARROWEST_BAR = 0.5
_BAR_HEIGHT = 21.0
_QR_SIDE = 15 * MM
_SIGN_SPACE = 29.0
_MOST_LINES = 24
"""A heading or a signer's name ends in … beyond this; a page is no place for a text of that length."""


def _baseline(size: float) -> float:
    # Tinos rises 0.891 of its size above the baseline.
    return size * 0.9


def _centred(lines: Sequence[Line], x: float, y: float, room: float, size: float, leading: float) -> list[Mark]:
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        at = x + (room - line.width) / 2
        marks.extend(line.marks_at(at, y + number * leading + _baseline(size), size))
    return marks


def _limited(text: str, face: Face, size: float, room: float) -> list[Line]:
    lines = broken([Span(text, face)], size, room)
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 1], *broken([Span("…", face)], size, room)]


def _balanced(text: str, face: Face, size: float, room: float) -> list[Line]:
    """Return as few lines as fit, about equally long: a heading that ends in one lonely word looks broken."""
    lines = _limited(text, face, size, room)
    narrow, wide = 0.0, room
    for _step in range(6 if 1 < len(lines) <= 4 else 0):
        middle = (narrow + wide) / 2
        tried = _limited(text, face, size, middle)
        if len(tried) == len(lines):
            wide, lines = middle, tried
        else:
            narrow = middle
    return lines


def _agency_marks(block: NationalHeader, room: float) -> tuple[list[Mark], float]:
    parent = _balanced(block.parent_name, Face.REGULAR, _HEADER_SIZE, room) if block.parent_name else []
    agency = _balanced(block.agency_name, Face.BOLD, _HEADER_SIZE, room)
    lines = [*parent, *agency]
    marks = _centred(lines, 0, 0, room, _HEADER_SIZE, _HEADER_LEADING)
    below = len(lines) * _HEADER_LEADING + 1.5
    # The rule is a third to a half as long as the name above it and stands in its middle.
    length = max(line.width for line in agency) * 0.45
    marks.append(RuleMark((room - length) / 2, below, (room + length) / 2, below, 0.6))
    return marks, below + 1


def _nation_marks(block: NationalHeader, x: float, room: float) -> tuple[list[Mark], float]:
    widest = text_width(block.nation, Face.BOLD, 1)
    size = min(_HEADER_SIZE, room / widest)
    marks = _centred(broken([Span(block.nation, Face.BOLD)], size, room + 1), x, 0, room, size, _HEADER_LEADING)
    motto = broken([Span(block.motto, Face.BOLD)], size + 0.8, room)
    marks += _centred(motto, x, _HEADER_LEADING, room, size + 0.8, _HEADER_LEADING)
    below = 2 * _HEADER_LEADING + 2
    middle, half = x + room / 2, motto[0].width / 2
    marks.append(RuleMark(middle - half, below, middle + half, below, 0.6))
    date = _limited(block.place_date, Face.ITALIC, _SIZE, room)
    marks += _centred(date, x, below + 5, room, _SIZE, _LEADING)
    return marks, below + 5 + len(date) * _LEADING


def _header(block: NationalHeader) -> Iterator[Chunk]:
    left = CONTENT_WIDTH * _LEFT_SHARE
    agency, left_height = _agency_marks(block, left - 8)
    nation, right_height = _nation_marks(block, left, CONTENT_WIDTH - left)
    yield Chunk(max(left_height, right_height), agency + nation, keeps_next=True)


def _grid(grid: ModuleGrid, x: float, y: float, module: float, height: float) -> GridMark:
    return GridMark(
        tuple((x + run.column * module, y + run.row * height, run.length * module, height) for run in grid.runs)
    )


def _code(block: CodeBlock) -> Iterator[Chunk]:
    qr = get_qr(block.code)
    marks: list[Mark] = [
        _grid(qr, CONTENT_WIDTH - _QR_SIDE, 0, _QR_SIDE / qr.columns, _QR_SIDE / qr.rows),
    ]
    room = CONTENT_WIDTH - _QR_SIDE - 24
    bars = find_code128(block.code)
    top = 0.0
    if bars is not None and (width := min(_BAR_WIDTH, room / bars.columns)) >= _NARROWEST_BAR:
        marks.append(_grid(bars, 0, top, width, _BAR_HEIGHT))
        top += _BAR_HEIGHT + 4
    words = [Span(block.label, Face.REGULAR), Span(block.code, Face.BOLD)]
    lines = broken(words, _SIZE + 0.5, room)[:_MOST_LINES]
    for line in lines:
        marks += line.marks_at(0, top + _baseline(_SIZE + 0.5), _SIZE + 0.5)
        top += _LEADING
    yield Chunk(max(_QR_SIDE, top), marks, gap=7, keeps_next=True)


def _title(block: Title) -> Iterator[Chunk]:
    lines = _balanced(block.text, Face.BOLD, 12.6, CONTENT_WIDTH)
    marks = _centred(lines, 0, 0, CONTENT_WIDTH, 12.6, 15.2)
    height = len(lines) * 15.2
    if block.copy_mark:
        mark = _limited(block.copy_mark, Face.ITALIC, _SIZE, CONTENT_WIDTH)
        marks += _centred(mark, 0, height, CONTENT_WIDTH, _SIZE, _LEADING)
        height += len(mark) * _LEADING
    if block.reprint_mark:
        mark = _limited(block.reprint_mark, Face.BOLD, _SIZE, CONTENT_WIDTH)
        marks += _centred(mark, 0, height + 4, CONTENT_WIDTH, _SIZE, _LEADING)
        marks += _frame(CONTENT_WIDTH / 2, mark[0].width / 2 + 8, height + 1.5, height + 18)
        height += 19
    yield Chunk(height, marks, gap=5, keeps_next=True)


def _frame(middle: float, half: float, top: float, bottom: float) -> list[Mark]:
    left, right = middle - half, middle + half
    return [
        RuleMark(left, top, right, top, 0.8),
        RuleMark(left, bottom, right, bottom, 0.8),
        RuleMark(left, top, left, bottom, 0.8),
        RuleMark(right, top, right, bottom, 0.8),
    ]


def _text_chunks(lines: Sequence[Line], *, introduces: bool = False) -> Iterator[Chunk]:
    for number, line in enumerate(lines, start=1):
        marks: list[Mark] = list(line.marks_at(0, _baseline(_SIZE), _SIZE))
        gap = _FIELD_GAP if number == 1 else 0.0
        yield Chunk(_LEADING, marks, gap=gap, keeps_next=introduces and number == len(lines))


def _value_face(field: Field) -> Face:
    return Face.BOLD if field.strong else Face.REGULAR


def _field_width(field: Field) -> float:
    label = text_width(f"{field.label} ", Face.REGULAR, _SIZE)
    return label + text_width(field.value or "." * 20, _value_face(field), _SIZE)


def _blank(field: Field, room: float) -> list[Line]:
    label = broken([Span(field.label, Face.REGULAR)], _SIZE, room)
    last = label[-1]
    left = room - last.width - text_width(" ", Face.REGULAR, _SIZE)
    end = Line((*last.pieces, (room - left, dots(left, _SIZE), Face.REGULAR)), room)
    return [*label[:-1], end]


def _field_lines(field: Field, room: float) -> list[Line]:
    if not field.value:
        return _blank(field, room)
    return broken([Span(field.label, Face.REGULAR), Span(field.value, _value_face(field))], _SIZE, room)


def _fields(block: FieldLine) -> Iterator[Chunk]:
    share = CONTENT_WIDTH / len(block.fields)
    room = share - 8 if len(block.fields) > 1 else share
    if len(block.fields) > 1 and all(_field_width(field) <= room for field in block.fields):
        marks: list[Mark] = []
        for number, field in enumerate(block.fields):
            at_end = number == len(block.fields) - 1
            line = _field_lines(field, share if at_end else room)[0]
            marks += line.marks_at(number * share, _baseline(_SIZE), _SIZE)
        yield Chunk(_LEADING, marks, gap=_FIELD_GAP)
        return
    for field in block.fields:
        yield from _text_chunks(_field_lines(field, CONTENT_WIDTH))


def _signature(one: Signature, x: float, room: float) -> tuple[list[Mark], float]:
    title = _limited(one.title, Face.BOLD, _SIZE, room)
    hint = _limited(one.hint, Face.ITALIC, _SIZE - 0.8, room)
    name = _limited(one.name, Face.BOLD, _SIZE, room)
    marks = _centred(title, x, 0, room, _SIZE, _LEADING)
    below = len(title) * _LEADING
    marks += _centred(hint, x, below, room, _SIZE - 0.8, _LEADING)
    below += len(hint) * _LEADING + _SIGN_SPACE
    marks += _centred(name, x, below, room, _SIZE, _LEADING)
    return marks, below + len(name) * _LEADING


def _signatures(block: Signatures) -> Iterator[Chunk]:
    share = CONTENT_WIDTH / 2
    marks: list[Mark] = []
    height = 0.0
    for place, one in zip((0, 1) if len(block.columns) > 1 else (1,), block.columns, strict=True):
        drawn, taken = _signature(one, place * share + 4, share - 8)
        marks += drawn
        height = max(height, taken)
    yield Chunk(height, marks, gap=9)


def _notes(block: Notes) -> Iterator[Chunk]:
    size, leading = 8.1, 9.5
    for note_number, note in enumerate(block.lines):
        for number, line in enumerate(broken([Span(note, Face.ITALIC)], size, CONTENT_WIDTH)):
            first = note_number == number == 0
            marks: list[Mark] = list(line.marks_at(0, _baseline(size), size))
            if first:
                marks.append(RuleMark(0, -3, CONTENT_WIDTH * 0.25, -3, 0.4))
            yield Chunk(leading, marks, gap=9 if first else 0)


def _sentence(block: Sentence) -> Iterator[Chunk]:
    lines = broken([Span(block.text, Face.REGULAR)], _SIZE, CONTENT_WIDTH)
    return _text_chunks(lines, introduces=block.introduces)


def _chunks_of(block: Block) -> Iterator[Chunk]:  # noqa: PLR0911 -- one line per kind of block
    match block:
        case NationalHeader():
            return _header(block)
        case CodeBlock():
            return _code(block)
        case Title():
            return _title(block)
        case FieldLine():
            return _fields(block)
        case Sentence():
            return _sentence(block)
        case TableBlock():
            return table_chunks(block, CONTENT_WIDTH)
        case Signatures():
            return _signatures(block)
        case Notes():
            return _notes(block)


def laid_out(blocks: Sequence[Block], known: dict[Block, list[Chunk]]) -> list[Chunk]:
    """Return the pieces of a copy from top to bottom.

    `known` carries the pieces of one copy to the next: copies differ in a line or two.
    """
    chunks: list[Chunk] = []
    after_table = False
    for block in blocks:
        new = known.get(block) or known.setdefault(block, list(_chunks_of(block)))
        if after_table:
            new[0].gap = _AFTER_TABLE
        after_table = isinstance(block, TableBlock)
        if isinstance(block, Signatures) and chunks:
            # Signatures alone on a page could be put under anything.
            chunks[-1].keeps_next = True
        chunks += new
    return chunks
