"""The table of papers: rows as pieces, its head drawn again on every page."""

from collections.abc import Iterator, Sequence

from printing.blocks import PaperRow, PaperTable
from printing.renderers.fonts import Face
from printing.renderers.lines import Line, Span, broken
from printing.renderers.marks import Chunk, Mark, RuleMark

_SIZE = 9.2
_NOTE_SIZE = 8.4
_LEADING = 10.6
_PAD = 2.2
_SIDE = 3.5
_NUMBER_WIDTH = 22.0
_COUNT_WIDTH = 46.0
_HEAD_SIZE = 8.8
_RULE = 0.5
# A row taller than this is parted: no page could hold it.
_MOST_LINES = 30


def _columns(width: float) -> list[float]:
    counts = width - 3 * _COUNT_WIDTH
    return [0, _NUMBER_WIDTH, counts, counts + _COUNT_WIDTH, counts + 2 * _COUNT_WIDTH, width]


def _centred(text: str, face: Face, left: float, right: float, middle: float) -> list[Mark]:
    size = _HEAD_SIZE if face is Face.BOLD else _SIZE
    lines = broken([Span(text, face)], size, right - left - 2)
    top = middle - len(lines) * _LEADING / 2
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        x = left + (right - left - line.width) / 2
        marks += line.marks_at(x, top + number * _LEADING + size * 0.93, size)
    return marks


def _head(table: PaperTable, xs: Sequence[float]) -> Chunk:
    upper = _LEADING + 2 * _PAD
    labels = (table.original, table.certified, table.copy)
    tallest = max(len(broken([Span(label, Face.BOLD)], _HEAD_SIZE, _COUNT_WIDTH - 2)) for label in labels)
    height = upper + tallest * _LEADING + 2 * _PAD
    marks = _centred(table.number, Face.BOLD, xs[0], xs[1], height / 2)
    marks += _centred(table.name, Face.BOLD, xs[1], xs[2], height / 2)
    marks += _centred(table.counts, Face.BOLD, xs[2], xs[5], upper / 2)
    for label, left, right in zip(labels, xs[2:5], xs[3:6], strict=True):
        marks += _centred(label, Face.BOLD, left, right, (upper + height) / 2)
    marks += [RuleMark(xs[0], y, xs[5], y, _RULE) for y in (0, height)]
    marks.append(RuleMark(xs[2], upper, xs[5], upper, _RULE))
    marks += [RuleMark(x, upper if x in xs[3:5] else 0, x, height, _RULE) for x in xs]
    return Chunk(height, marks, gap=3, keeps_next=True)


def _name_lines(row: PaperRow, room: float) -> list[tuple[Line, float]]:
    lines = [(line, _SIZE) for line in broken([Span(row.name, Face.REGULAR)], _SIZE, room)]
    if row.note:
        note = broken([Span(f"({row.note})", Face.ITALIC)], _NOTE_SIZE, room)
        lines += [(line, _NOTE_SIZE) for line in note]
    return lines


def _part(lines: Sequence[tuple[Line, float]], cells: Sequence[str], xs: Sequence[float]) -> Chunk:
    height = len(lines) * _LEADING + 2 * _PAD
    marks: list[Mark] = []
    for number, (line, size) in enumerate(lines):
        marks += line.marks_at(xs[1] + _SIDE, _PAD + number * _LEADING + _SIZE * 0.93, size)
    lefts, rights = (xs[0], *xs[2:5]), (xs[1], *xs[3:6])
    for cell, left, right in zip(cells, lefts, rights, strict=True):
        if cell:
            marks += _centred(cell, Face.REGULAR, left, right, height / 2)
    marks.append(RuleMark(xs[0], height, xs[5], height, _RULE))
    marks += [RuleMark(x, 0, x, height, _RULE) for x in xs]
    return Chunk(height, marks)


def _row_chunks(row: PaperRow, xs: Sequence[float]) -> Iterator[Chunk]:
    lines = _name_lines(row, xs[2] - xs[1] - 2 * _SIDE)
    cells: Sequence[str] = (row.number, row.original, row.certified, row.copy)
    for start in range(0, len(lines), _MOST_LINES):
        yield _part(lines[start : start + _MOST_LINES], cells, xs)
        cells = ("", "", "", "")


def table_chunks(table: PaperTable, width: float) -> Iterator[Chunk]:
    """Return the head and the rows of a table as wide as given."""
    xs = _columns(width)
    head = _head(table, xs)
    yield head
    for row in table.rows:
        for chunk in _row_chunks(row, xs):
            chunk.head = head
            yield chunk
