"""A table with rules: rows as pieces, its head drawn again on every page, its page total below the last row of each.

What a row costs does not depend on how many there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from printing.blocks import Align, Cell, Column, Row, Table
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import MM, Geometry
from printing.renderers.lines import Line, limited, text_lines
from printing.renderers.marks import Chunk, Mark, RuleMark, Running
from printing.renderers.stacked_table import stacked_chunks

_RULE = 0.5
_PAD = 2.2
_SIDE = 3.5
_HEAD_SIDES = 3.0
_NARROWEST = 20.0
_MOST_LINES = 30
"""A row with more lines is parted: one that is moved whole to the next page would leave a hole."""
_MOST_ROLL_COLUMNS = 3
_MOST_TOTAL_LINES = 3

_Sized = tuple[Line, float]


@dataclass(frozen=True, slots=True)
class _Frame:
    """A table's columns on a sheet: `edges` are their borders, one more than there are columns."""

    columns: tuple[Column, ...]
    edges: tuple[float, ...]
    g: Geometry

    @property
    def spans(self) -> Iterator[tuple[Column, float, float]]:
        return zip(self.columns, self.edges, self.edges[1:], strict=False)

    @property
    def pad(self) -> float:
        return _PAD * self.g.unit


def _edges(columns: Sequence[Column], g: Geometry) -> tuple[float, ...]:
    """Return the borders of the columns. Where all would be too wide, those that can give way do."""
    width = g.content_width
    shares = sum(max(0.01, column.share) for column in columns if not column.width_mm)
    left = max(0.0, width - sum(column.width_mm * MM for column in columns))
    least = min(_NARROWEST * g.unit, width / len(columns))
    widths = [max(least, column.width_mm * MM or left * max(0.01, column.share) / shares) for column in columns]
    spare, room = sum(widths) - least * len(widths), width - least * len(widths)
    if spare > room:
        widths = [least + (one - least) * room / spare for one in widths]
    edges = [0.0]
    for one in widths:
        edges.append(edges[-1] + one)
    return tuple(edges)


def _side(left: float, right: float) -> float:
    return min(_SIDE, (right - left) * 0.12)


def _head_size(frame: _Frame) -> float:
    """Return a size at which no word of the head is cut, but not less than three quarters of the usual one."""
    usual = frame.g.cell_head_size
    factor = 1.0
    for column, left, right in frame.spans:
        longest = max((text_width(word, Face.BOLD, usual) for word in column.label.split()), default=0.0)
        factor = min(factor, (right - left - _HEAD_SIDES) / max(longest, 1.0))
    return usual * max(0.75, factor)


def _centred(
    lines: Sequence[Line], size: float, leading: float, span: tuple[float, float], middle: float
) -> list[Mark]:
    top = middle - len(lines) * leading / 2
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        x = span[0] + (span[1] - span[0] - line.width) / 2
        marks += line.marks_at(x, top + number * leading + size * 0.93, size)
    return marks


def _groups(frame: _Frame) -> Iterator[tuple[str, list[int], float, float]]:
    """Yield neighbours under one head: its words, their numbers, left and right border."""
    start = 0
    for group, found in groupby(frame.columns, key=lambda column: column.group):
        count = len(list(found))
        numbers = list(range(start, start + count))
        yield group, numbers, frame.edges[start], frame.edges[start + count]
        start += count


def _head(frame: _Frame) -> Chunk:
    size, leading, pad = _head_size(frame), frame.g.cell.leading, frame.pad
    most = min(12, max(1, int(frame.g.content_height * 0.2 / leading)))

    def lines(text: str, left: float, right: float) -> list[Line]:
        return limited(text, Face.BOLD, size, right - left - _HEAD_SIDES, most)

    labels = [lines(column.label, left, right) for column, left, right in frame.spans]
    groups = [(lines(name, left, right), name, numbers, left, right) for name, numbers, left, right in _groups(frame)]
    upper = max((len(found) * leading + 2 * pad for found, name, *_rest in groups if name), default=0.0)
    grouped = [len(label) for label, column in zip(labels, frame.columns, strict=True) if column.group]
    lower = max(grouped) * leading + 2 * pad if grouped else 0.0
    alone = [len(label) for label, column in zip(labels, frame.columns, strict=True) if not column.group]
    height = max(upper + lower, max(alone) * leading + 2 * pad if alone else 0.0)
    first, last = frame.edges[0], frame.edges[-1]
    marks: list[Mark] = [RuleMark(first, y, last, y, _RULE) for y in (0, height)]
    tall = {first, last}
    for found, name, numbers, left, right in groups:
        tall |= {left, right} if name else {frame.edges[number] for number in numbers}
        top = upper if name else 0.0
        if name:
            marks += _centred(found, size, leading, (left, right), upper / 2)
            marks.append(RuleMark(left, upper, right, upper, _RULE))
        for number in numbers:
            span = (frame.edges[number], frame.edges[number + 1])
            marks += _centred(labels[number], size, leading, span, (top + height) / 2)
    marks += [RuleMark(x, 0 if x in tall else upper, x, height, _RULE) for x in frame.edges]
    return Chunk(height, marks, gap=3 * frame.g.unit, keeps_next=True)


def _cell_lines(cell: Cell, room: float, g: Geometry, *, strong: bool) -> list[_Sized]:
    face = Face.BOLD if strong or cell.strong else Face.REGULAR
    lines = [(line, g.cell.size) for line in text_lines(cell.text, face, g.cell.size, room)] if cell.text else []
    if cell.note:
        note = text_lines(cell.note, Face.ITALIC, g.cell_note_size, room)
        lines += [(line, g.cell_note_size) for line in note]
    return lines


def _cell_marks(
    lines: Sequence[_Sized], align: Align, left: float, right: float, height: float, frame: _Frame
) -> Iterator[Mark]:
    """Yield a cell's texts: to the left from the top, else in the middle of the row."""
    leading, side = frame.g.cell.leading, _side(left, right)
    top = frame.pad if align is Align.LEFT else (height - len(lines) * leading) / 2
    for number, (line, size) in enumerate(lines):
        x = left + side
        if align is Align.CENTRE:
            x = left + (right - left - line.width) / 2
        elif align is Align.RIGHT:
            x = right - side - line.width
        yield from line.marks_at(x, top + number * leading + frame.g.cell.size * 0.93, size)


def _part(cells: Sequence[Sequence[_Sized]], least: float, frame: _Frame, running: Running) -> Chunk:
    height = max(least, max(len(lines) for lines in cells) * frame.g.cell.leading + 2 * frame.pad)
    marks: list[Mark] = []
    for lines, (column, left, right) in zip(cells, frame.spans, strict=False):
        if lines:
            marks += _cell_marks(lines, column.align, left, right, height, frame)
    edges = frame.edges
    marks.append(RuleMark(edges[0], height, edges[-1], height, _RULE))
    marks += [RuleMark(x, 0, x, height, _RULE) for x in edges]
    return Chunk(height, marks, running=running)


def _row_chunks(row: Row, frame: _Frame, running: Running, room: float, *, strong: bool = False) -> Iterator[Chunk]:
    """Yield a row in parts that each fit the room of a page below the head."""
    cells = [
        _cell_lines(cell, right - left - 2 * _side(left, right), frame.g, strong=strong)
        for cell, (_column, left, right) in zip(row.cells, frame.spans, strict=False)
    ] or [[]]
    # A row is never lower than one line, also where nothing stands in it.
    tallest = max(1, *(len(lines) for lines in cells))
    step = max(1, min(_MOST_LINES, int((room - 2 * frame.pad) / frame.g.cell.leading)))
    one_line = frame.g.cell.leading + 2 * frame.pad
    least = min(max(row.least_mm * MM, one_line), room)
    for start in range(0, tallest, step):
        yield _part([lines[start : start + step] for lines in cells], least, frame, running)
        least = one_line


def _total(wording: str, frame: _Frame, most: int, before: int, rows: int, so_far: int) -> Chunk:
    g, width, side = frame.g, frame.edges[-1], min(_SIDE, frame.edges[-1] * 0.12)
    lines = limited(wording.format(rows=rows, so_far=before + so_far), Face.ITALIC, g.cell.size, width - 2 * side, most)
    height = most * g.cell.leading + 2 * frame.pad
    marks: list[Mark] = [RuleMark(0, height, width, height, _RULE)]
    marks += [RuleMark(x, 0, x, height, _RULE) for x in (0.0, width)]
    for number, line in enumerate(lines):
        marks += line.marks_at(side, frame.pad + number * g.cell.leading + g.cell.size * 0.93, g.cell.size)
    return Chunk(height, marks)


def _running(table: Table, frame: _Frame, head: Chunk) -> Running:
    if not table.page_total:
        return Running(head)
    sample = table.page_total.format(rows=9999, so_far=999_999)
    width = frame.edges[-1] - 2 * _SIDE
    needed = len(text_lines(sample, Face.ITALIC, frame.g.cell.size, width))
    make = partial(_total, table.page_total, frame, min(_MOST_TOTAL_LINES, needed), table.rows_before)
    return Running(head, make, make(0, 0).height)


def _fits_roll(table: Table, g: Geometry) -> bool:
    if len(table.columns) > _MOST_ROLL_COLUMNS or any(column.group for column in table.columns):
        return False
    edges = _edges(table.columns, g)
    return all(
        text_width(word, Face.BOLD, g.cell_head_size) <= right - left - _HEAD_SIDES
        for column, left, right in zip(table.columns, edges, edges[1:], strict=False)
        for word in column.label.split()
    )


def table_chunks(table: Table, g: Geometry) -> Iterator[Chunk]:
    """Return the head, the rows and the totals; rows as stacked lines where a roll is too narrow for the columns."""
    if not table.columns:
        return
    if g.is_roll and not _fits_roll(table, g):
        yield from stacked_chunks(table, g)
        return
    frame = _Frame(table.columns, _edges(table.columns, g), g)
    head = _head(frame)
    running = _running(table, frame, head)
    yield head
    yield from _body(table, frame, running, g.content_height - head.height - running.total_height)


def _body(table: Table, frame: _Frame, running: Running, room: float) -> Iterator[Chunk]:
    ends_below = running.total is not None or table.total is not None
    for number, row in enumerate(table.rows, start=1):
        parts = list(_row_chunks(row, frame, running, room))
        parts[0].rows = 1
        parts[-1].keeps_next = ends_below and number == len(table.rows)
        yield from parts
    if running.total is not None:
        yield Chunk(running.total_height, running=running, closes=True, keeps_next=table.total is not None)
    if table.total is not None:
        yield from _row_chunks(table.total, frame, Running(running.head), room, strong=True)
