"""The four faces of the paper as reportlab sees them, and how wide a text is in each."""

import threading
from enum import StrEnum
from io import BytesIO
from typing import Any

from resources.fonts import read_font


class Face(StrEnum):
    """A face of the typeface, by the name of its file."""

    REGULAR = "Tinos-Regular"
    BOLD = "Tinos-Bold"
    ITALIC = "Tinos-Italic"


_lock = threading.Lock()
_loaded: dict[Face, Any] = {}
_widths: dict[Face, dict[str, float]] = {face: {} for face in Face}


def get_font(face: Face) -> Any:
    """Return reportlab's font of a face, read and registered once. Safe from any thread."""
    font = _loaded.get(face)
    if font is None:
        with _lock:
            font = _loaded.get(face) or _load(face)
    return font


def _load(face: Face) -> Any:
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    # The bytes, not the path: the program may be packed into one file.
    font = TTFont(face.value, BytesIO(read_font(face.value)))
    registerFont(font)
    _loaded[face] = font
    return font


def text_width(text: str, face: Face, size: float) -> float:
    """Return the width of a text in points."""
    known = _widths[face]
    try:
        return sum([known[char] for char in text]) * size
    except KeyError:
        metrics = get_font(face).face
        for char in set(text):
            known[char] = metrics.getCharWidth(ord(char)) / 1000
        return sum([known[char] for char in text]) * size
