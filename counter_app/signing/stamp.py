"""The visible mark of a signature: who signed, for which unit, when (Vietnamese time).

Drawn by reportlab with the fonts of our papers: pyHanko's own text stamp writes glyph widths that break PDF/A-2b
(ISO 19005-2, 6.2.11.5). Nghị định 30/2020/NĐ-CP, phụ lục I, puts the mark of a digitised copy in the top right corner
of its first page; not compared with the signed text.
"""

import threading
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.clock import to_local
from counter_app.core.text import nfc
from resources.fonts import read_font
from resources.texts import Language, text

_WIDTH, _MARGIN, _PADDING = 178.0, 14.0, 4.0
_SIZE, _LINE = 8.0, 10.0
_MOST_LINES = 3
_FONT = "StampTinos"  # one face only: each further one would add some 17 kB to every signature
_fonts = threading.Lock()


class Corner(StrEnum):
    """Where on the page, as the page is read."""

    TOP_RIGHT = "top_right"
    TOP_LEFT = "top_left"
    BOTTOM_RIGHT = "bottom_right"
    BOTTOM_LEFT = "bottom_left"


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What the mark says besides the time, and where it goes. `page` counts from 0, -1 is the last one."""

    name: str
    unit: str
    page: int = 0
    corner: Corner = Corner.TOP_RIGHT


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A page to be stamped: its visible box in points, its rotation, and how many marks it has already."""

    left: float
    bottom: float
    right: float
    top: float
    rotation: int = 0
    marks: int = 0


class DrawnStamp(msgspec.Struct, frozen=True, kw_only=True):
    """A one-page PDF, and the rectangle it fills on the page, in the page's own coordinates."""

    pdf: bytes
    box: tuple[float, float, float, float]


def draw_stamp(stamp: Stamp, at: datetime, sheet: Sheet) -> DrawnStamp:
    """Return the mark for a page; it stands upright for the reader also on a turned page. Takes a few milliseconds."""
    _register_font()
    lines = _lines(stamp, at)
    width, height = _WIDTH, 2 * _PADDING + len(lines) * _LINE
    seen_width, seen_height = sheet.right - sheet.left, sheet.top - sheet.bottom
    if sheet.rotation in (90, 270):
        seen_width, seen_height = seen_height, seen_width
    scale = min(1.0, max(0.1, (seen_width - 2) / width), max(0.1, (seen_height - 2) / height))
    width, height = width * scale, height * scale
    left, bottom = _place(stamp.corner, seen_width, seen_height, width, height, sheet.marks)
    return DrawnStamp(
        pdf=_draw(lines, width, height, scale, sheet.rotation),
        box=_to_page(sheet, left, bottom, left + width, bottom + height),
    )


def _lines(stamp: Stamp, at: datetime) -> list[str]:
    """Return the lines; a long name or unit is wrapped, what is still too long is cut."""
    who = _words("signing.stamp.name", name=stamp.name)
    unit = _words("signing.stamp.unit", unit=stamp.unit)
    when = _words("signing.stamp.time", time=f"{to_local(at):%d/%m/%Y %H:%M}")
    return [*_wrap(who), *_wrap(unit), when]


def _words(key: str, **facts: str) -> str:
    """Return a line of the mark, always in Vietnamese, "" when it would say nothing."""
    if not all(facts.values()):
        return ""
    return nfc(text(key, Language.VIETNAMESE, **{name: value.replace("\n", " ") for name, value in facts.items()}))


def _wrap(words: str) -> list[str]:
    from reportlab.lib.utils import simpleSplit

    return [str(line) for line in simpleSplit(words, _FONT, _SIZE, _WIDTH - 2 * _PADDING)][:_MOST_LINES]


def _place(
    corner: Corner, page_width: float, page_height: float, width: float, height: float, marks: int
) -> tuple[float, float]:
    """Return the lower left corner of the mark as the page is read; further marks stand below or above the first."""
    at_left = corner in (Corner.TOP_LEFT, Corner.BOTTOM_LEFT)
    left = _MARGIN if at_left else page_width - _MARGIN - width
    step = marks * (height + _PADDING)
    at_top = corner in (Corner.TOP_LEFT, Corner.TOP_RIGHT)
    bottom = page_height - _MARGIN - height - step if at_top else _MARGIN + step
    return _within(left, page_width - width), _within(bottom, page_height - height)


def _within(value: float, most: float) -> float:
    return max(0.0, min(value, most))


def _to_page(sheet: Sheet, x1: float, y1: float, x2: float, y2: float) -> tuple[float, float, float, float]:
    """Turn a rectangle of the page as it is read into the page's own coordinates (ISO 32000-1, 7.7.3.3, Rotate)."""
    width, height = sheet.right - sheet.left, sheet.top - sheet.bottom
    match sheet.rotation:
        case 90:
            x1, y1, x2, y2 = width - y2, x1, width - y1, x2
        case 180:
            x1, y1, x2, y2 = width - x2, height - y2, width - x1, height - y1
        case 270:
            x1, y1, x2, y2 = y1, height - x2, y2, height - x1
        case _:
            pass
    return sheet.left + x1, sheet.bottom + y1, sheet.left + x2, sheet.bottom + y2


def _draw(lines: list[str], width: float, height: float, scale: float, rotation: int) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    target = BytesIO()
    size = (height, width) if rotation in (90, 270) else (width, height)
    # An own first font: reportlab's default names Helvetica, which is not embedded and would break PDF/A.
    canvas = Canvas(target, pagesize=size, initialFontName=_FONT, invariant=1)
    _turn(canvas, rotation, width, height)
    canvas.scale(scale, scale)
    _draw_lines(canvas, lines, width / scale, height / scale)
    canvas.save()
    return target.getvalue()


def _turn(canvas: Any, rotation: int, width: float, height: float) -> None:
    """Turn the drawing against the page's own rotation."""
    match rotation:
        case 90:
            canvas.transform(0, 1, -1, 0, height, 0)
        case 180:
            canvas.transform(-1, 0, 0, -1, width, height)
        case 270:
            canvas.transform(0, -1, 1, 0, 0, width)
        case _:
            pass


def _draw_lines(canvas: Any, lines: list[str], width: float, height: float) -> None:
    canvas.setStrokeColorRGB(0.72, 0.05, 0.05)
    canvas.setFillColorRGB(0.72, 0.05, 0.05)
    canvas.setLineWidth(0.8)
    canvas.rect(0.4, 0.4, width - 0.8, height - 0.8, stroke=1, fill=0)
    baseline = height - _PADDING - _SIZE
    canvas.setFont(_FONT, _SIZE)
    for line in lines:
        canvas.drawString(_PADDING, baseline, line)
        baseline -= _LINE


def _register_font() -> None:
    """Make our face known to reportlab under a name of its own, once."""
    from reportlab.pdfbase.pdfmetrics import getRegisteredFontNames, registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    with _fonts:
        if _FONT not in getRegisteredFontNames():
            registerFont(TTFont(_FONT, BytesIO(read_font("Tinos-Regular"))))
