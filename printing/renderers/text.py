"""Blocks as plain text: what a screen reader says and what a terminal shows."""

from collections.abc import Iterator, Sequence

from printing.blocks import (
    Block,
    Cell,
    CodeBlock,
    Column,
    Cover,
    Document,
    FieldLine,
    Label,
    NationalHeader,
    Notes,
    PageBreak,
    Row,
    ScanTexts,
    Sentence,
    Signatures,
    Table,
    Title,
)
from printing.renderers.stacked_table import said, split_row

_DOTS = "……"


def _said(column: Column, cell: Cell) -> str:
    return " ".join(part for part in (said(column, cell), cell.text, cell.note) if part)


def _row_lines(columns: Sequence[Column], row: Row) -> Iterator[str]:
    number, about, others = split_row(columns, row)
    is_numbered = len(columns) > 1 and (number or not (row.cells and row.cells[0].text))
    pieces = ", ".join(_said(column, cell) for column, cell in others)
    yield "  " + (f"{number or _DOTS}. " if is_numbered else "") + (about.text or _DOTS) + (pieces and f": {pieces}")
    if about.note:
        yield f"     {about.note}"


def _table_lines(table: Table) -> Iterator[str]:
    for row in table.rows:
        yield from _row_lines(table.columns, row)
    if table.page_total:
        yield "  " + table.page_total.format(rows=len(table.rows), so_far=table.rows_before + len(table.rows))
    if table.total is not None:
        yield "  " + " ".join(cell.text for cell in table.total.cells if cell.text)


def block_lines(block: Block) -> Iterator[str]:  # noqa: C901 -- one line per kind of block
    """Yield what a block says, line by line; some may be empty."""
    match block:
        case NationalHeader():
            yield from (block.parent_name, block.agency_name, block.number)
            yield from (block.nation, block.motto, block.place_date)
        case CodeBlock():
            yield f"{block.label} {block.code}"
        case ScanTexts():
            yield block.label
        case Title():
            yield from (block.text, block.subtitle, block.copy_mark, block.reprint_mark)
        case FieldLine():
            yield "  ".join(f"{field.label} {field.value or _DOTS}".strip() for field in block.fields)
        case Sentence():
            yield block.text
        case Table():
            yield from _table_lines(block)
        case Signatures():
            yield block.place_date
            yield from (f"{one.title} {one.hint} {one.name}".strip() for one in block.columns)
        case Notes():
            yield from block.lines
        case Cover():
            yield from (block.title, *block.lines)
        case Label():
            yield from (block.code, *block.lines)
        case PageBreak():
            yield ""


def render_text(document: Document) -> str:
    """Return every copy as lines of text; copies are parted by a form feed."""
    return "\f".join(
        "\n".join(line for block in copy.blocks for line in block_lines(block) if line) + "\n"
        for copy in document.copies
    )
