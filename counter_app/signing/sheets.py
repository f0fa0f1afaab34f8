"""Looking at a page before it is stamped: its visible box, its rotation, and the marks it has."""

from typing import Any

from counter_app.core.errors import UserError
from counter_app.signing.stamp import Sheet

_MOST_DEPTH = 60
_MOST_MARKS = 40


def read_sheet(reader: Any, page: int) -> tuple[int, Sheet]:
    """Return the page's number from 0 and what a stamp must know of it; -1 is the last page.

    Raises:
        UserError: ``signing.no_such_page``, ``signing.not_a_pdf``.
    """
    try:
        count = int(reader.root["/Pages"]["/Count"])
        number = _number(page, count)
        found = reader.find_page_for_modification(number)[0].get_object()
        left, bottom, right, top = _box(found)
        rotation = int(_inherited(found, "/Rotate") or 0) % 360
        marks = _count_marks(found)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as exc:
        raise UserError("signing.not_a_pdf") from exc
    if right - left < 1 or top - bottom < 1 or rotation % 90:
        raise UserError("signing.not_a_pdf")
    return number, Sheet(left=left, bottom=bottom, right=right, top=top, rotation=rotation, marks=marks)


def _number(page: int, count: int) -> int:
    number = page if page >= 0 else count + page
    if not 0 <= number < count:
        raise UserError("signing.no_such_page", page=page + 1)
    return number


def _box(page: Any) -> tuple[float, float, float, float]:
    box = _inherited(page, "/CropBox") or _inherited(page, "/MediaBox") or (0, 0, 595, 842)
    x1, y1, x2, y2 = (float(value) for value in box)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _inherited(page: Any, name: str) -> Any:
    """Return an entry of a page or of the nodes above it (ISO 32000-1, 7.7.3.4)."""
    node = page
    for _ in range(_MOST_DEPTH):
        if name in node:
            return node[name]
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _count_marks(page: Any) -> int:
    """Return how many visible signatures the page carries, so that the next mark does not cover them."""
    if "/Annots" not in page:
        return 0
    marks = 0
    for annotation in list(page["/Annots"])[:_MOST_MARKS]:
        entry = annotation.get_object()
        if "/FT" in entry and entry["/FT"] == "/Sig" and "/Rect" in entry:
            left, _, right, _ = (float(value) for value in entry["/Rect"])
            marks += abs(right - left) > 1
    return marks
