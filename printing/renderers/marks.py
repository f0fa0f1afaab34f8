"""What is put on a page: texts, rules, dark rectangles and pictures, in points from the upper left corner."""

from collections.abc import Callable, Sequence
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
    """Dark rectangles of a code to scan: (x, y of the upper edge, width, height) each.

    `quiet` is how much white the code needs around it to be read.
    """

    rects: tuple[tuple[float, float, float, float], ...]
    quiet: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture without transparency: 8-bit RGB, row by row."""

    columns: int
    rows: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class ImageMark:
    """A picture stretched to a rectangle whose upper left corner is x, y."""

    x: float
    y: float
    width: float
    height: float
    picture: Picture


Mark = TextMark | RuleMark | GridMark | ImageMark


@dataclass(frozen=True, slots=True)
class Running:
    """What a table repeats: its head above the first row of each page, its page total below the last one.

    `total` makes the page total from how many rows begin on the page and how many began up to its end; None for none.
    """

    head: "Chunk | None" = None
    total: Callable[[int, int], "Chunk"] | None = None
    total_height: float = 0.0


@dataclass(slots=True)
class Chunk:
    """A piece that is never parted between pages: its marks are relative to its own upper left corner.

    `gap` is the space above it, dropped at the head of a page. `keeps_next` binds it to the piece after it.
    `running` is the table it is a row of, `rows` how many rows begin in it. Where `closes`, the table's last page
    total stands. `turns` begins a new page, `bare` stands on a page without foot.
    """

    height: float
    marks: list[Mark] = field(default_factory=list)
    gap: float = 0.0
    keeps_next: bool = False
    running: Running | None = None
    rows: int = 0
    closes: bool = False
    turns: bool = False
    bare: bool = False


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
                rects = tuple((x + dx, y + dy, w, h) for x, y, w, h in mark.rects)
                result.append(GridMark(rects, mark.quiet))
            case ImageMark():
                result.append(ImageMark(mark.x + dx, mark.y + dy, mark.width, mark.height, mark.picture))
    return result
