"""What is put on a page: texts, rules and dark rectangles, in points from the upper left corner."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from printing.renderers.fonts import Face


@dataclass(frozen=True, slots=True)
class TextMark:
    """A text whose baseline starts at x, y."""

    x: float
    y: float
    text: str
    face: Face
    size: float


@dataclass(frozen=True, slots=True)
class RuleMark:
    """A thin straight line."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float


@dataclass(frozen=True, slots=True)
class GridMark:
    """Dark rectangles of a code to scan: (x, y of the upper edge, width, height) each."""

    rects: tuple[tuple[float, float, float, float], ...]


Mark = TextMark | RuleMark | GridMark


@dataclass(slots=True)
class Chunk:
    """A piece that is never parted between pages: its marks are relative to its own upper left corner.

    `gap` is the space above it, dropped at the head of a page. `keeps_next` binds it to the piece after it.
    `head` is drawn again above it when it is the first on a page (the head of a table).
    """

    height: float
    marks: list[Mark] = field(default_factory=list)
    gap: float = 0.0
    keeps_next: bool = False
    head: "Chunk | None" = None


def moved(marks: Sequence[Mark], dx: float, dy: float) -> list[Mark]:
    """Return the marks moved right and down."""
    result: list[Mark] = []
    for mark in marks:
        match mark:
            case TextMark():
                result.append(TextMark(mark.x + dx, mark.y + dy, mark.text, mark.face, mark.size))
            case RuleMark():
                result.append(RuleMark(mark.x0 + dx, mark.y0 + dy, mark.x1 + dx, mark.y1 + dy, mark.width))
            case GridMark():
                result.append(GridMark(tuple((x + dx, y + dy, w, h) for x, y, w, h in mark.rects)))
    return result
