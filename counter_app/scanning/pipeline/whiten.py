"""Making paper white again without touching what stands on it: stamps and seals keep their red."""

import dataclasses
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from counter_app.scanning.page import Page, Pixels, as_pixels

_WORKING_DPI = 50
_LEAST_PAPER = 120
_DARK = 160
_NEAR_PIXELS = 7
_STRIP_ROWS = 256


def whiten(page: Page) -> Page:
    """Divide every channel by the paper's own shade around it, so that grey and yellowed paper and shadows go.

    A dark photograph or a coloured cover is no paper: where the shade is darker than paper can be, nothing changes.
    """
    pixels = page.pixels if not page.is_grey else page.pixels[:, :, None]
    small = _paper_shade(pixels, page.dpi)
    lightened = np.empty_like(page.pixels)
    height = page.height
    # In strips: the shade of every place at once would take as much memory as the page.
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(height, top + _STRIP_ROWS)
        shade = _stretched(small, pixels.shape, top, bottom)
        lightened[top:bottom] = as_pixels(cv2.divide(page.pixels[top:bottom], shade, scale=252))
    return dataclasses.replace(page, pixels=lightened)


def _paper_shade(pixels: Pixels, dpi: int) -> Pixels:
    """Return for each place and channel, at `_WORKING_DPI`, the shade of the paper around it."""
    scale = min(1.0, _WORKING_DPI / dpi)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = small.reshape(*small.shape[:2], -1)
    # The lightest of a neighbourhood wider than a letter is the paper between the letters.
    shade = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21).reshape(small.shape)
    overall = np.percentile(small.reshape(-1, small.shape[2]), 90, axis=0).astype(np.uint8)
    # All channels together, or a grey photo would come out in colours.
    is_paper = shade.max(axis=2, keepdims=True) >= _LEAST_PAPER
    return np.where(is_paper, shade, overall).astype(np.uint8)


def _stretched(small: Pixels, shape: Sequence[int], top: int, bottom: int) -> Pixels:
    """Return rows `top` to `bottom` of a small picture that is stretched to the height and width of a shape."""
    height, width = shape[:2]
    down, across = small.shape[0] / height, small.shape[1] / width
    # The middle of each pixel is looked up, hence the halves.
    lookup = np.array([[across, 0, across / 2 - 0.5], [0, down, (top + 0.5) * down - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return as_pixels(cv2.warpAffine(small, lookup, (width, bottom - top), flags=how, borderMode=cv2.BORDER_REPLICATE))


def despeckle(page: Page) -> Page:
    """Take away lonely dark dots: of one pixel at 300 dpi or less, where every dot of print has more."""
    specks = _specks(page)
    if not specks.any():
        return page
    pixels = page.pixels.copy()
    np.copyto(pixels, 255, where=specks if page.is_grey else specks[:, :, None])
    return dataclasses.replace(page, pixels=pixels)


def _specks(page: Page) -> NDArray[np.bool_]:
    dark = (page.grey() < _DARK).view(np.uint8)
    around = cv2.boxFilter(dark, cv2.CV_8U, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    lonely = dark & (around == 1)
    del around
    # A dot with print near it may be part of a letter (the dot under a vowel in a thin face).
    print_near = cv2.dilate(cv2.subtract(dark, lonely), np.ones((_NEAR_PIXELS,) * 2, np.uint8))
    del dark
    return cv2.dilate(cv2.subtract(lonely, print_near), np.ones((3, 3), np.uint8)).view(np.bool_)
