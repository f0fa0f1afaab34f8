"""Flagging pages that carry nothing. A flag is advice: the clerk sees the page and may keep it."""

import dataclasses

import cv2
import numpy as np

from counter_app.scanning.page import Page

_WORKING_DPI = 75
# A border of the page shows the feeder's shadow, punch holes and staples.
_BORDER = 0.04
# The sparsest real page of the trial corpus has forty times as much ink as the dirtiest blank one.
_MOST_INK = 0.0004
_LEAST_CONTRAST = 28


def flag_blank(page: Page) -> Page:
    """Say whether the page is blank. Expects it cropped; straight or not is no matter."""
    return dataclasses.replace(page, is_blank=ink_share(page) < _MOST_INK)


def ink_share(page: Page) -> float:
    """Return which part of the page, its border left out, is darker than its surroundings by what print is.

    Grain and what shines through from the other side stay below the contrast; a coloured mark counts by the channel
    that it darkens most.
    """
    scale = min(1.0, _WORKING_DPI / page.dpi)
    small = cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    darkest = small if small.ndim == 2 else small.min(axis=2)
    rows, columns = (max(1, int(_BORDER * length)) for length in darkest.shape)
    inner = np.ascontiguousarray(darkest[rows:-rows, columns:-columns])
    if inner.size == 0:
        return 0.0
    paper = cv2.medianBlur(inner, 31)
    marks = cv2.subtract(paper, inner) > _LEAST_CONTRAST
    return float(np.count_nonzero(marks)) / float(inner.size)
