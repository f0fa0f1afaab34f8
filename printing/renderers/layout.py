"""Blocks become pieces with a size: the look of a paper on its sheet."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from printing.blocks import (
    Block,
    CodeBlock,
    Cover,
    Field,
    FieldLine,
    Label,
    NationalHeader,
    Notes,
    PageBreak,
    ScanTexts,
    Sentence,
    Signature,
    Signatures,
    Table,
    Title,
)
from printing.renderers.codes import code_chunks, label_chunk, scan_chunks
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import Geometry
from printing.renderers.heading import frame, header_chunks, title_chunks
from printing.renderers.lines import Line, Span, balanced, baseline, broken, centred, dots, limited, text_lines
from printing.renderers.marks import Chunk, Mark, RuleMark, moved
from printing.renderers.table import table_chunks
from printing.renderers.text import block_lines

_MOST_SIGNER_LINES = 6
"""A signer's title, hint and name end in … beyond this; a page is no place for a text of that length."""
_MOST_SIGNED_NAME_LINES = 16
_NARROWEST_SIGNATURE = 68.0
_COVER_FACTORS = (1.0, 0.8, 0.6, 0.45)

Known = dict[tuple[Block, Title | None], list[Chunk]]
"""The pieces of blocks that were laid out before, with the title that stands in them."""


def _text_chunks(
    lines: Sequence[Line], g: Geometry, *, introduces: bool = False, is_centred: bool = False
) -> Iterator[Chunk]:
    size = g.body.size
    for number, line in enumerate(lines, start=1):
        x = (g.content_width - line.width) / 2 if is_centred else 0.0
        marks: list[Mark] = list(line.marks_at(x, baseline(size), size))
        gap = g.field_gap if number == 1 else 0.0
        yield Chunk(g.body.leading, marks, gap=gap, keeps_next=introduces and number == len(lines))


def _value_face(field: Field) -> Face:
    return Face.BOLD if field.strong else Face.REGULAR


def _field_width(field: Field, size: float) -> float:
    label = text_width(f"{field.label} ", Face.REGULAR, size)
    return label + text_width(field.value or "." * 20, _value_face(field), size)


def _blank(field: Field, size: float, room: float) -> list[Line]:
    label = broken([Span(field.label, Face.REGULAR)], size, room)
    last = label[-1]
    left = room - last.width - text_width(" ", Face.REGULAR, size)
    end = Line((*last.pieces, (room - left, dots(left, size), Face.REGULAR)), room)
    return [*label[:-1], end]


def _field_lines(field: Field, size: float, room: float) -> list[Line]:
    if not field.value:
        return _blank(field, size, room)
    return broken([Span(field.label, Face.REGULAR), Span(field.value, _value_face(field))], size, room)


def _fields(block: FieldLine, g: Geometry) -> Iterator[Chunk]:
    size, count = g.body.size, max(1, len(block.fields))
    share = g.content_width / count
    room = share - 8 if count > 1 else share
    if count > 1 and all(_field_width(field, size) <= room for field in block.fields):
        marks: list[Mark] = []
        for number, field in enumerate(block.fields):
            at_end = number == count - 1
            line = _field_lines(field, size, share if at_end else room)[0]
            marks += line.marks_at(number * share, baseline(size), size)
        yield Chunk(g.body.leading, marks, gap=g.field_gap)
        return
    for field in block.fields:
        yield from _text_chunks(_field_lines(field, size, g.content_width), g)


def _signer_lines(one: Signature, g: Geometry, room: float) -> tuple[list[Line], list[Line], list[Line]]:
    return (
        balanced(one.title, Face.BOLD, g.body.size, room, _MOST_SIGNER_LINES),
        limited(one.hint, Face.ITALIC, g.body.size - 0.8 * g.unit, room, _MOST_SIGNER_LINES),
        limited(one.name, Face.BOLD, g.body.size, room, _MOST_SIGNED_NAME_LINES),
    )


def _signature_row(row: Sequence[Signature], g: Geometry, top: float) -> tuple[list[Mark], float]:
    """Return signatures side by side, their names on one level."""
    size, leading = g.body.size, g.body.leading
    places = len(row) if len(row) > 1 or g.is_roll else 2
    share = g.content_width / places
    found = [_signer_lines(one, g, share - 8) for one in row]
    below = top + max(len(title) + len(hint) for title, hint, _name in found) * leading + g.sign_space
    marks: list[Mark] = []
    for place, (title, hint, name) in enumerate(found, start=places - len(row)):
        x = place * share + 4
        marks += centred(title, x, top, share - 8, size, leading)
        marks += centred(hint, x, top + len(title) * leading, share - 8, size - 0.8 * g.unit, leading)
        marks += centred(name, x, below, share - 8, size, leading)
    return marks, below + max(len(name) for _title, _hint, name in found) * leading


def _signed_on(text: str, g: Geometry, count: int) -> tuple[list[Mark], float]:
    """Return place and date above the last column, moved to the left where they are wider than it."""
    if not text:
        return [], 0.0
    size, width = g.body.size, g.content_width
    share = width / max(count, 1 if g.is_roll else 2)
    lines = limited(text, Face.ITALIC, size, max(share, width * 0.55), 4)
    room = max(share, *(line.width for line in lines))
    height = len(lines) * g.body.leading + 2 * g.unit
    return centred(lines, width - room, 0, room, size, g.body.leading), height


def _signature_rows(block: Signatures, g: Geometry) -> Iterator[tuple[Signature, ...]]:
    most = max(1, int(g.content_width / (_NARROWEST_SIGNATURE * g.unit)))
    for start in range(0, len(block.columns), most):
        yield block.columns[start : start + most]


def _signatures(block: Signatures, g: Geometry) -> Iterator[Chunk]:
    rows = list(_signature_rows(block, g))
    for number, row in enumerate(rows, start=1):
        is_last = number == len(rows)
        marks, top = _signed_on(block.place_date if is_last else "", g, len(row))
        drawn, height = _signature_row(row, g, top)
        yield Chunk(height, marks + drawn, gap=9 * g.unit, keeps_next=not is_last)


def _notes(block: Notes, g: Geometry) -> Iterator[Chunk]:
    size, leading = g.notes.size, g.notes.leading
    for note_number, note in enumerate(block.lines):
        for number, line in enumerate(text_lines(note, Face.ITALIC, size, g.content_width)):
            first = note_number == number == 0
            top = 3 * g.unit if first else 0.0
            marks: list[Mark] = list(line.marks_at(0, top + baseline(size), size))
            if first:
                marks.append(RuleMark(0, 0, g.content_width * 0.25, 0, 0.4))
            yield Chunk(top + leading, marks, gap=2 * top)


def _sentence(block: Sentence, g: Geometry) -> Iterator[Chunk]:
    lines = text_lines(block.text, Face.BOLD if block.strong else Face.REGULAR, g.body.size, g.content_width)
    return _text_chunks(lines, g, introduces=block.introduces, is_centred=block.centred)


def _cover_text(block: Cover, g: Geometry, factor: float, room: float) -> tuple[list[Mark], float]:
    title, line = g.title.size * 2 * factor, g.body.size * 1.25 * factor
    found = balanced(block.title, Face.BOLD, title, room, 8)
    marks, height = centred(found, 0, 0, room, title, title * 1.3), len(found) * title * 1.3 + line
    for text in block.lines:
        wrapped = balanced(text, Face.REGULAR, line, room, 4)
        if height + len(wrapped) * line * 1.35 > g.content_height - 24 and factor == _COVER_FACTORS[-1]:
            break
        marks += centred(wrapped, 0, height, room, line, line * 1.35)
        height += (len(wrapped) * 1.35 + 0.4) * line
    return marks, height


def _cover(block: Cover, g: Geometry) -> Iterator[Chunk]:
    if g.is_roll:
        marks, height = _cover_text(block, g, _COVER_FACTORS[2], g.content_width)
        yield Chunk(height, marks, gap=6)
        return
    width, height, inset = g.content_width, g.content_height, 20 * g.unit
    marks, taken = _cover_text(block, g, 1.0, width - 2 * inset)
    for factor in _COVER_FACTORS[1:]:
        if taken <= height - 24:
            break
        marks, taken = _cover_text(block, g, factor, width - 2 * inset)
    top = max(8.0, (height - taken) * 0.42)
    written = moved(marks, inset, top)
    rules = frame(0.8, 0.8, width - 0.8, height - 0.8, 1.6) + frame(4, 4, width - 4, height - 4, 0.5)
    yield Chunk(0, turns=True)
    yield Chunk(height, written + rules, bare=True)
    yield Chunk(0, turns=True)


def _break(g: Geometry) -> Iterator[Chunk]:
    if g.is_roll:
        yield Chunk(12, [RuleMark(0, 6, g.content_width, 6, 0.8)], gap=6)
    else:
        yield Chunk(0, turns=True)


def _label(block: Label, g: Geometry) -> Iterator[Chunk]:
    if g.is_label:
        yield Chunk(0, turns=True)
    yield label_chunk(block, g)
    if g.is_label:
        yield Chunk(0, turns=True)


def _on_sticker(block: Block, g: Geometry) -> Iterator[Chunk]:
    """Return what is no label as lines: a sticker has no room for its shape, and nothing may be lost."""
    for text in block_lines(block):
        if text:
            yield from _text_chunks(text_lines(text, Face.REGULAR, g.body.size, g.content_width), g)


def _chunks_of(block: Block, title: Title | None, g: Geometry) -> Iterator[Chunk]:  # noqa: C901, PLR0911, PLR0912 -- one line per kind of block
    if g.is_label and not isinstance(block, Label | PageBreak):
        return _on_sticker(block, g)
    match block:
        case NationalHeader():
            return header_chunks(block, g)
        case CodeBlock():
            return code_chunks(block, title, g)
        case ScanTexts():
            return scan_chunks(block, g)
        case Title():
            return title_chunks(block, g)
        case FieldLine():
            return _fields(block, g)
        case Sentence():
            return _sentence(block, g)
        case Table():
            return table_chunks(block, g)
        case Signatures():
            return _signatures(block, g)
        case Notes():
            return _notes(block, g)
        case Cover():
            return _cover(block, g)
        case PageBreak():
            return _break(g)
        case Label():
            return _label(block, g)


def _with_titles(blocks: Sequence[Block], g: Geometry) -> Iterator[tuple[Block, Title | None]]:
    """Yield the blocks, a title together with the codes before it: both share the room beside a tall QR."""
    taken = False
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if taken:
            taken = False
        elif isinstance(block, CodeBlock) and isinstance(following, Title) and not g.is_label:
            taken = True
            yield block, following
        else:
            yield block, None


def laid_out(blocks: Sequence[Block], g: Geometry, known: Known | None) -> list[Chunk]:
    """Return the pieces of a copy from top to bottom.

    `known` carries the pieces of one copy to the next: copies differ in a line or two. None for a single copy.

    Raises:
        UserError: ``print.logo_unreadable``.
    """
    chunks: list[Chunk] = []
    after_table = False
    for block, title in _with_titles(blocks, g):
        new = None if known is None else known.get((block, title))
        if new is None:
            new = list(_chunks_of(block, title, g))
            if known is not None:
                known[block, title] = new
        if after_table and new:
            new = [replace(new[0], gap=max(g.after_table, new[0].gap)), *new[1:]]
        after_table = isinstance(block, Table)
        if isinstance(block, Signatures) and chunks and not chunks[-1].turns:
            # Signatures alone on a page could be put under anything.
            chunks[-1] = replace(chunks[-1], keeps_next=True)
        chunks += new
    return chunks
