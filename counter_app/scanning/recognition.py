"""Reading the text of a page, and from it which way up the page is (Tesseract, Vietnamese model)."""

import os
import threading
from typing import Any

import cv2
import numpy as np

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.text import nfc
from counter_app.scanning.page import Page, Pixels, as_pixels
from counter_app.scanning.ready import PageText, Word
from counter_app.scanning.text_model import LANGUAGE, find_model

_READING_DPI = 300
_TURNING_DPI = 200
# Upside down, short words come out of anything; long ones that the reader is sure of do not.
_LEAST_CONFIDENCE, _LEAST_WORD = 70, 3
_MOST_PIXELS = 12_000

_own = threading.local()


def read_text(page: Page) -> PageText:
    """Return the words of a page. Slow (1 to 4 s a page): for a pool at low priority.

    Raises:
        EnvironmentFailure: ``document.no_recognition`` when the model is missing.
    """
    scale = min(1.0, _READING_DPI / page.dpi)
    grey = _scaled(page, scale)
    reader = _reader()
    _show(reader, grey, dpi=round(page.dpi * scale))
    reader.Recognize()
    words, ends = _collect(reader, scale)
    reader.Clear()
    return PageText(words=words, line_ends=frozenset(ends))


def letters_read(page: Page, quarter_turns: int) -> int:
    """Return how many letters are surely read on the densest part of the page when it is turned to the right so."""
    scale = min(1.0, _TURNING_DPI / page.dpi)
    strip = _strip(as_pixels(np.rot90(_scaled(page, scale), -quarter_turns)))
    reader = _reader()
    import tesserocr

    # Left to itself the engine reads text that lies on its side as well.
    reader.SetPageSegMode(tesserocr.PSM.SINGLE_BLOCK)
    _show(reader, strip, dpi=_TURNING_DPI)
    reader.Recognize()
    words, _ends = _collect(reader, 1.0)
    reader.Clear()
    reader.SetPageSegMode(tesserocr.PSM.AUTO)
    sure = (word.text for word in words if word.confidence >= _LEAST_CONFIDENCE)
    return sum(len(text) for text in sure if len(text) >= _LEAST_WORD and text.isalpha())


def _scaled(page: Page, scale: float) -> Pixels:
    grey = page.grey()
    if max(grey.shape) * scale > _MOST_PIXELS:
        scale = _MOST_PIXELS / max(grey.shape)
    if scale == 1.0:
        return grey
    return as_pixels(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


def _strip(grey: Pixels) -> Pixels:
    """Return the seventh of the page with the most strokes: enough lines to tell, quick to read.

    Strokes begin and end; a photograph is dark, but smooth.
    """
    height = max(1, grey.shape[0] // 7)
    dark = grey < 140
    strokes = (dark[:, 1:] != dark[:, :-1]).sum(axis=1, dtype=np.int64)
    sums = np.convolve(strokes, np.ones(height, dtype=np.int64), mode="valid")
    top = int(np.argmax(sums))
    return np.ascontiguousarray(grey[top : top + height])


def _show(reader: Any, grey: Pixels, *, dpi: int) -> None:
    data = np.ascontiguousarray(grey)
    reader.SetImageBytes(data.tobytes(), data.shape[1], data.shape[0], 1, data.shape[1])
    reader.SetSourceResolution(max(70, dpi))


def _collect(reader: Any, scale: float) -> tuple[tuple[Word, ...], list[int]]:
    import tesserocr

    level = tesserocr.RIL
    words: list[Word] = []
    ends: list[int] = []
    walk = reader.GetIterator()
    if walk is None:
        return (), []
    while True:
        if not walk.Empty(level.WORD):
            text = nfc((walk.GetUTF8Text(level.WORD) or "").strip())
            box = walk.BoundingBox(level.WORD)
            if text and box is not None:
                left, top, right, bottom = (round(value / scale) for value in box)
                sure = int(walk.Confidence(level.WORD))
                words.append(Word(text=text, left=left, top=top, right=right, bottom=bottom, confidence=sure))
            if words and walk.IsAtFinalElement(level.TEXTLINE, level.WORD):
                ends.append(len(words) - 1)
        if not walk.Next(level.WORD):
            return tuple(words), ends


def _reader() -> Any:
    """Return this thread's own reader: an engine may not be shared, and making one costs a tenth of a second."""
    reader = getattr(_own, "reader", None)
    if reader is None:
        model = find_model()
        if model is None:
            raise EnvironmentFailure("document.no_recognition")
        # One thread each: pages run side by side already, and Tesseract's own threads gain nothing (OMP).
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        import tesserocr

        tesserocr.set_leptonica_log_level(tesserocr.LeptLogLevel.NONE)
        reader = tesserocr.PyTessBaseAPI(path=str(model.parent), lang=LANGUAGE, psm=tesserocr.PSM.AUTO)
        _own.reader = reader
    return reader
