"""What stands above the text of a paper: agency, national header, the paper's name."""

from collections.abc import Iterator
from itertools import pairwise

from printing.blocks import NationalHeader, Title
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import Geometry
from printing.renderers.lines import balanced, centred, limited
from printing.renderers.marks import Chunk, ImageMark, Mark, RuleMark, moved
from printing.renderers.pictures import get_picture

_MOST_NAME_LINES = 14
_MOST_TITLE_LINES = 8
_MOST_MARK_LINES = 4


def _names(block: NationalHeader, g: Geometry, room: float) -> tuple[list[Mark], float]:
    size, leading = g.head.size, g.head.leading
    parent = balanced(block.parent_name, Face.REGULAR, size, room, _MOST_NAME_LINES) if block.parent_name else []
    agency = balanced(block.agency_name, Face.BOLD, size, room, _MOST_NAME_LINES)
    lines = [*parent, *agency]
    marks = centred(lines, 0, 0, room, size, leading)
    below = len(lines) * leading + 1.5 * g.unit
    # The rule is a third to a half as long as the name above it and stands in its middle.
    length = max(line.width for line in agency) * 0.45
    marks.append(RuleMark((room - length) / 2, below, (room + length) / 2, below, 0.6))
    return marks, below + 1


def _agency(block: NationalHeader, g: Geometry, room: float) -> tuple[list[Mark], float]:
    """Return the agency's names, the logo above or beside them: wherever it makes the header lower."""
    marks, height = _names(block, g, room)
    if not block.logo:
        return marks, height
    picture = get_picture(block.logo)
    factor = min(g.logo_height / picture.rows, room / picture.columns)
    wide, high = picture.columns * factor, picture.rows * factor
    above = high + 2.5 * g.unit
    beside, lower = _names(block, g, room - wide - 5) if wide <= room / 3 else ([], above + height)
    if g.is_roll or max(lower, high) >= above + height:
        return [ImageMark((room - wide) / 2, 0, wide, high, picture), *moved(marks, 0, above)], above + height
    down = max(0.0, (high - lower) / 2)
    image = ImageMark(0, max(0.0, (lower - high) / 2), wide, high, picture)
    return [image, *moved(beside, wide + 5, down)], max(lower, high)


def _nation(block: NationalHeader, g: Geometry, x: float, room: float) -> tuple[list[Mark], float]:
    """Return quốc hiệu, on one line where the sheet is no roll, and tiêu ngữ with its rule."""
    leading, widest = g.head.leading, max(1.0, text_width(block.nation, Face.BOLD, 1))
    size = g.head.size if g.is_roll else min(g.head.size, (room - 0.01) / widest)
    nation = balanced(block.nation, Face.BOLD, size, room, 2)
    motto = balanced(block.motto, Face.BOLD, size + 0.8 * g.unit, room, 2)
    marks = centred(nation, x, 0, room, size, leading)
    marks += centred(motto, x, len(nation) * leading, room, size + 0.8 * g.unit, leading)
    below = (len(nation) + len(motto)) * leading + 2 * g.unit
    middle, half = x + room / 2, motto[-1].width / 2
    marks.append(RuleMark(middle - half, below, middle + half, below, 0.6))
    return marks, below


def header_chunks(block: NationalHeader, g: Geometry) -> Iterator[Chunk]:
    """Return the header: agency beside nation, one below the other on a roll."""
    yield from _stacked(block, g) if g.is_roll else _side_by_side(block, g)


def _side_by_side(block: NationalHeader, g: Geometry) -> Iterator[Chunk]:
    left = g.content_width * g.left_share
    agency, left_height = _agency(block, g, left - 8 * g.unit)
    right = g.content_width - left
    nation, below = _nation(block, g, left, right)
    marks, date_top = agency + nation, below + 5 * g.unit
    if block.number:
        # Nghị định 30/2020/NĐ-CP has number and date on one level.
        date_top = max(date_top, left_height + 3 * g.unit)
        number = limited(block.number, Face.REGULAR, g.body.size, left - 8 * g.unit, _MOST_MARK_LINES)
        marks += centred(number, 0, date_top, left - 8 * g.unit, g.body.size, g.body.leading)
        left_height = date_top + len(number) * g.body.leading
    date = limited(block.place_date, Face.ITALIC, g.body.size, right, _MOST_MARK_LINES)
    marks += centred(date, left, date_top, right, g.body.size, g.body.leading)
    yield Chunk(max(left_height, date_top + len(date) * g.body.leading), marks, keeps_next=True)


def _stacked(block: NationalHeader, g: Geometry) -> Iterator[Chunk]:
    agency, height = _agency(block, g, g.content_width)
    yield Chunk(height, agency, keeps_next=True)
    if block.number:
        yield _line(block.number, Face.REGULAR, g, gap=1.0)
    nation, height = _nation(block, g, 0, g.content_width)
    yield Chunk(height, nation, gap=5, keeps_next=True)
    if block.place_date:
        yield _line(block.place_date, Face.ITALIC, g, gap=4.0)


def _line(text: str, face: Face, g: Geometry, *, gap: float) -> Chunk:
    lines = limited(text, face, g.body.size, g.content_width, _MOST_MARK_LINES)
    marks = centred(lines, 0, 0, g.content_width, g.body.size, g.body.leading)
    return Chunk(len(lines) * g.body.leading, marks, gap=gap, keeps_next=True)


def title_marks(block: Title, g: Geometry, room: float) -> tuple[list[Mark], float]:
    """Return the name of the paper and the lines below it, centred in a room, and how high they are."""
    lines = balanced(block.text, Face.BOLD, g.title.size, room, _MOST_TITLE_LINES)
    marks = centred(lines, 0, 0, room, g.title.size, g.title.leading)
    height = len(lines) * g.title.leading
    for text, face in ((block.subtitle, Face.BOLD), (block.copy_mark, Face.ITALIC)):
        if text:
            below = balanced(text, face, g.body.size, room, _MOST_MARK_LINES)
            marks += centred(below, 0, height, room, g.body.size, g.body.leading)
            height += len(below) * g.body.leading
    if block.reprint_mark:
        framed, taken = _framed(block.reprint_mark, g, room, height)
        marks += framed
        height += taken
    return marks, height


def _framed(text: str, g: Geometry, room: float, top: float) -> tuple[list[Mark], float]:
    lines = balanced(text, Face.BOLD, g.body.size, room - 16 * g.unit, _MOST_MARK_LINES)
    marks = centred(lines, 0, top + 4 * g.unit, room, g.body.size, g.body.leading)
    inner = 5.4 * g.unit + len(lines) * g.body.leading
    half = max(line.width for line in lines) / 2 + 8 * g.unit
    marks += frame(room / 2 - half, top + 1.5 * g.unit, room / 2 + half, top + 1.5 * g.unit + inner, 0.8)
    return marks, inner + 2.5 * g.unit


def frame(left: float, top: float, right: float, bottom: float, width: float) -> list[Mark]:
    """Return the four sides of a rectangle."""
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return [RuleMark(*one, *other, width) for one, other in pairwise(corners)]


def title_chunks(block: Title, g: Geometry) -> Iterator[Chunk]:
    """Return the name of the paper as a piece of its own."""
    marks, height = title_marks(block, g, g.content_width)
    yield Chunk(height, marks, gap=5 * g.unit, keeps_next=True)
