"""Whether everything on a page is where people can read it: inside the printable part, nothing on anything else."""

from collections.abc import Iterator
from typing import NamedTuple

from printing.blocks import Document
from printing.renderers.fonts import text_width
from printing.renderers.geometry import DOT, Geometry, geometry_of
from printing.renderers.marks import GridMark, ImageMark, Mark, RuleMark, TextMark
from printing.renderers.pages import Page, pages_of

_DESK_PRINTER_MARGIN = 18.0  # points; about the strip that desk printers cannot reach
_LABEL_MARGIN = 10 * DOT
_ROUNDING = 0.02


class Box(NamedTuple):
    """What a mark covers, and what it says."""

    what: str
    left: float
    top: float
    right: float
    bottom: float


def box_of(mark: Mark) -> Box | None:
    """Return what a mark covers, None for a text without letters."""
    match mark:
        case TextMark():
            if not mark.text.strip():
                return None
            width = text_width(mark.text, mark.face, mark.size)
            return Box(mark.text, mark.x, mark.y - 0.66 * mark.size, mark.x + width, mark.y + 0.1 * mark.size)
        case GridMark():
            rects = mark.rects
            return Box(
                "code",
                min(rect[0] for rect in rects),
                min(rect[1] for rect in rects),
                max(rect[0] + rect[2] for rect in rects),
                max(rect[1] + rect[3] for rect in rects),
            )
        case RuleMark():
            xs, ys = sorted((mark.x0, mark.x1)), sorted((mark.y0, mark.y1))
            return Box("rule", xs[0], ys[0], xs[1], ys[1])
        case ImageMark():
            return Box("image", mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)


def texts_on(page: Page) -> list[str]:
    """Return the texts of a page in the order they were put there."""
    return [mark.text for mark in page.marks if isinstance(mark, TextMark)]


def _margins(g: Geometry) -> Box:
    """Return how far from each edge nothing may stand; feet stand in the lower margin."""
    if g.is_roll:
        return Box("margins", g.left, g.top, g.right, g.bottom)
    if g.is_label:
        return Box("margins", g.left, _LABEL_MARGIN, g.right, _LABEL_MARGIN)
    side = _DESK_PRINTER_MARGIN
    return Box("margins", side, side, side, side / 2)


def _outside(page: Page, boxes: list[Box], g: Geometry) -> Iterator[str]:
    margins = _margins(g)
    for box in boxes:
        if (
            box.left < margins.left - _ROUNDING
            or box.top < margins.top - _ROUNDING
            or box.right > page.width - margins.right + _ROUNDING
            or box.bottom > page.height - margins.bottom + _ROUNDING
        ):
            yield f"outside: {box}"


def _overlapping(boxes: list[Box]) -> Iterator[str]:
    boxes = sorted(boxes, key=lambda box: box.top)
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            if other.top >= one.bottom:
                break
            if one.what == other.what == "rule":
                continue
            if one.left < other.right - 1e-6 and other.left < one.right - 1e-6:
                yield f"overlapping: {one} and {other}"


def _disturbed(page: Page, boxes: list[Box]) -> Iterator[str]:
    for mark in page.marks:
        if not isinstance(mark, GridMark):
            continue
        code, (wide, high) = box_of(mark), mark.quiet
        assert code is not None
        for other in boxes:
            if other != code and (
                other.left < code.right + wide - _ROUNDING
                and other.right > code.left - wide + _ROUNDING
                and other.top < code.bottom + high - _ROUNDING
                and other.bottom > code.top - high + _ROUNDING
            ):
                yield f"in the quiet zone: {other}"


def page_problems(document: Document) -> list[str]:
    """Return what is cut, overlaps or stands in the quiet zone of a code; nothing for a good document."""
    g = geometry_of(document.sheet)
    found: list[str] = []
    for page in pages_of(document):
        boxes = [box for box in map(box_of, page.marks) if box is not None]
        found += [*_outside(page, boxes, g), *_overlapping(boxes), *_disturbed(page, boxes)]
    return found
