"""Blocks as plain text: what a screen reader says and what a terminal shows."""

from collections.abc import Iterator

from printing.blocks import (
    Block,
    CodeBlock,
    FieldLine,
    NationalHeader,
    Notes,
    PaperTable,
    Sentence,
    Signatures,
    Slip,
    Title,
)

_DOTS = "……"


def _table_lines(table: PaperTable) -> Iterator[str]:
    heads = (table.original, table.certified, table.copy)
    for row in table.rows:
        counts = zip(heads, (row.original, row.certified, row.copy), strict=True)
        pieces = ", ".join(f"{head} {count}" for head, count in counts if count)
        yield f"  {row.number or _DOTS}. {row.name or _DOTS}" + (f": {pieces}" if pieces else "")
        if row.note:
            yield f"     ({row.note})"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case NationalHeader():
            yield from (block.parent_name, block.agency_name, block.nation, block.motto, block.place_date)
        case CodeBlock():
            yield f"{block.label} {block.code}"
        case Title():
            yield from (block.text, block.copy_mark, block.reprint_mark)
        case FieldLine():
            yield "  ".join(f"{field.label} {field.value or _DOTS}".strip() for field in block.fields)
        case Sentence():
            yield block.text
        case PaperTable():
            yield from _table_lines(block)
        case Signatures():
            yield from (f"{one.title} {one.hint} {one.name}".strip() for one in block.columns)
        case Notes():
            yield from block.lines


def render_text(slip: Slip) -> str:
    """Return every copy as lines of text; copies are parted by a form feed."""
    return "\f".join(
        "\n".join(line for block in copy.blocks for line in _lines(block) if line) + "\n" for copy in slip.copies
    )
