"""A table on a roll too narrow for its columns: each row as lines, what is usually beside stands below."""

from collections.abc import Iterator, Sequence

from printing.blocks import Cell, Column, Row, Table
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import MM, Geometry
from printing.renderers.lines import Line, Span, baseline, broken, dots
from printing.renderers.marks import Chunk, Mark, RuleMark

_RULE = 0.4
_BELOW_RULE = 1.5
_BETWEEN = " · "
_SHORT_VALUE = 4


def stacked_chunks(table: Table, g: Geometry) -> Iterator[Chunk]:
    """Return a line between rules for each row and its further cells, then the totals."""
    for row in table.rows:
        yield from _row(table.columns, row, g)
    if table.page_total:
        words = table.page_total.format(rows=len(table.rows), so_far=table.rows_before + len(table.rows))
        yield from _lines(broken([Span(words, Face.ITALIC)], g.cell.size, g.content_width), 0, g, is_first=True)
    if table.total is not None:
        yield from _lines(_total(table.columns, table.total, g), 0, g, is_first=True)
    yield Chunk(2, [RuleMark(0, 1, g.content_width, 1, _RULE)])


def split_row(columns: Sequence[Column], row: Row) -> tuple[str, Cell, list[tuple[Column, Cell]]]:
    """Return a row's running number, "" for none, the cell it is about, and what the others say under their heads."""
    pairs = list(zip(columns, row.cells, strict=False)) or [(Column(""), Cell())]
    first = pairs[0][1].text
    is_numbered = len(pairs) > 1 and (not first or first.isdigit())
    about = pairs[1 if is_numbered else 0][1]
    others = [pair for pair in pairs[2 if is_numbered else 1 :] if pair[1].text or pair[1].note]
    return (first if is_numbered else ""), about, others


def said(column: Column, cell: Cell) -> str:
    """Return what stands before a cell's text when it leaves its column: ``Bản chính``, with a colon before words."""
    return column.label if len(cell.text) <= _SHORT_VALUE else f"{column.label}:"


def _row(columns: Sequence[Column], row: Row, g: Geometry) -> Iterator[Chunk]:
    number, about, others = split_row(columns, row)
    prefix = f"{number}. " if number else ""
    indent = min(text_width(prefix, Face.REGULAR, g.cell.size), g.content_width / 4)
    face = Face.BOLD if about.strong else Face.REGULAR
    blank = "" if about.note or others else dots(g.content_width - indent - 4, g.cell.size)
    main = broken([Span(prefix, Face.REGULAR), Span(about.text or blank, face)], g.cell.size, g.content_width)
    yield from _lines(main, 0, g, is_first=True)
    if about.note:
        yield from _lines(broken([Span(about.note, Face.ITALIC)], g.cell.size, g.content_width - indent), indent, g)
    if others:
        yield from _lines(broken(list(_spans(others)), g.cell.size, g.content_width - indent), indent, g)
    if row.least_mm:
        yield Chunk(min(row.least_mm * MM, g.content_height))


def _spans(others: Sequence[tuple[Column, Cell]]) -> Iterator[Span]:
    for number, (column, cell) in enumerate(others):
        yield Span((_BETWEEN if number else "") + said(column, cell), Face.REGULAR)
        yield Span(cell.text, Face.BOLD if cell.strong else Face.REGULAR)
        if cell.note:
            yield Span(cell.note, Face.ITALIC)


def _total(columns: Sequence[Column], row: Row, g: Geometry) -> list[Line]:
    texts = [
        cell.text if number == 0 else f"{said(column, cell)} {cell.text}"
        for number, (column, cell) in enumerate(
            pair for pair in zip(columns, row.cells, strict=False) if pair[1].text or pair[1].note
        )
    ]
    return broken([Span(_BETWEEN.join(texts), Face.BOLD)], g.cell.size, g.content_width)


def _lines(lines: Sequence[Line], x: float, g: Geometry, *, is_first: bool = False) -> Iterator[Chunk]:
    for number, line in enumerate(lines):
        opens = is_first and number == 0
        top = _BELOW_RULE if opens else 0.0
        marks: list[Mark] = list(line.marks_at(x, top + baseline(g.cell.size), g.cell.size))
        if opens:
            marks.append(RuleMark(0, 0, g.content_width, 0, _RULE))
        yield Chunk(top + g.cell.leading, marks, gap=2.0 if opens else 0.0)
