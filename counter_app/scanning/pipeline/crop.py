"""Cutting away what is not paper: the dark of an open lid, the bed around a small slip."""

import dataclasses

import cv2
import numpy as np

from counter_app.scanning.page import Page, Pixels

_WORKING_DPI = 50
_LEAST_SHARE = 0.02
_LEAST_DIFFERENCE = 40


def crop_to_paper(page: Page) -> Page:
    """Return the part of the picture that is paper, where its surroundings are clearly darker; else the page as is."""
    scale = min(1.0, _WORKING_DPI / page.dpi)
    small = cv2.resize(page.grey(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = _paper_box(np.asarray(small, dtype=np.uint8))
    if box is None:
        return page
    left, top, right, bottom = (int(value / scale) for value in box)
    return dataclasses.replace(page, pixels=np.ascontiguousarray(page.pixels[top:bottom, left:right]))


def _paper_box(grey: Pixels) -> tuple[float, float, float, float] | None:
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.percentile(grey, 90))
    # The scanner's lid is white as a rule: then the edge of the picture is as light as the paper and nothing is cut.
    dark = float(np.percentile(edge, 30))
    if paper - dark < _LEAST_DIFFERENCE:
        return None
    bright = (grey > (paper + dark) / 2).astype(np.uint8)
    closed = cv2.morphologyEx(bright, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    contours, _tree = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    largest = max(contours, key=cv2.contourArea)
    if cv2.contourArea(largest) < _LEAST_SHARE * grey.size:
        return None
    left, top, width, height = cv2.boundingRect(largest)
    if width * height > 0.995 * grey.size:
        return None
    return left, top, left + width, top + height
