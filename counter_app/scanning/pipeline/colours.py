"""Choosing how a page is kept: colour only where there is colour, black and white only where nothing is lost."""

import dataclasses

import cv2
import numpy as np

from counter_app.scanning.page import Page
from counter_app.scanning.ready import ColourMode

_WORKING_DPI = 100
_LEAST_CHROMA = 45
# A seal of 3 cm covers a hundredth of an A4 page; a signature in blue ink a thousandth.
_COLOURED_SHARE = 0.0002
_TONE_SHARE = 0.015


def choose_mode(page: Page) -> Page:
    """Say how the page is to be kept, and turn it grey where it has no colour. Expects white paper."""
    if not page.is_grey and coloured_share(page) >= _COLOURED_SHARE:
        return dataclasses.replace(page, mode=ColourMode.COLOUR)
    grey = page.grey()
    mode = ColourMode.GREY if tone_share(page) >= _TONE_SHARE else ColourMode.BITONAL
    return dataclasses.replace(page, pixels=grey, mode=mode)


def coloured_share(page: Page) -> float:
    """Return which part of the page has a colour: the distance between its strongest and weakest channel."""
    scale = min(1.0, _WORKING_DPI / page.dpi)
    small = cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    strongest, weakest = small.max(axis=2).astype(np.int16), small.min(axis=2).astype(np.int16)
    coloured = (strongest - weakest > _LEAST_CHROMA).astype(np.uint8)
    # Colour fringes of a scanner are one pixel wide; a stamp's line is wider.
    solid = cv2.erode(coloured, np.ones((2, 2), np.uint8))
    return float(np.count_nonzero(solid)) / float(solid.size)


def tone_share(page: Page) -> float:
    """Return which part of the page is neither paper nor ink nor the edge of a letter: photos, shading, pencil."""
    scale = min(1.0, _WORKING_DPI / page.dpi)
    grey = cv2.resize(page.grey(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    middle = ((grey > 70) & (grey < 215)).astype(np.uint8)
    solid = cv2.erode(middle, np.ones((3, 3), np.uint8))
    return float(np.count_nonzero(solid)) / float(solid.size)
