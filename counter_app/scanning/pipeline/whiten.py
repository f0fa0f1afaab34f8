"""Making paper white again without touching what stands on it: stamps and seals keep their red."""

import dataclasses

import cv2
import numpy as np

from counter_app.scanning.page import Page, Pixels, as_pixels

_WORKING_DPI = 50
_LEAST_PAPER = 120
_SPECK_MM = 0.25


def whiten(page: Page) -> Page:
    """Divide every channel by the paper's own shade around it, so that grey and yellowed paper and shadows go.

    A dark photograph or a coloured cover is no paper: where the shade is darker than paper can be, nothing changes.
    """
    pixels = page.pixels if not page.is_grey else page.pixels[:, :, None]
    shade = _paper_shade(pixels, page.dpi)
    lightened = as_pixels(cv2.divide(pixels, shade, scale=252))
    return dataclasses.replace(page, pixels=lightened[:, :, 0] if lightened.ndim == 3 and page.is_grey else lightened)


def _paper_shade(pixels: Pixels, dpi: int) -> Pixels:
    """Return for each place and channel the shade of the paper around it."""
    scale = min(1.0, _WORKING_DPI / dpi)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = small.reshape(*small.shape[:2], -1)
    # The lightest of a neighbourhood wider than a letter is the paper between the letters.
    shade = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21).reshape(small.shape)
    overall = np.percentile(small.reshape(-1, small.shape[2]), 90, axis=0).astype(np.uint8)
    # All channels together, or a grey photo would come out in colours.
    is_paper = shade.max(axis=2, keepdims=True) >= _LEAST_PAPER
    shade = np.where(is_paper, shade, overall).astype(np.uint8)
    height, width = pixels.shape[:2]
    return as_pixels(cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)).reshape(pixels.shape)


def despeckle(page: Page) -> Page:
    """Take away lonely dark dots that are smaller than any dot of print; a mark over a letter is larger."""
    side = max(1, round(_SPECK_MM * page.dpi / 25.4 / 2))
    grey = page.grey()
    dark = (grey < 160).astype(np.uint8)
    count, labels, stats, _centres = cv2.connectedComponentsWithStats(dark, connectivity=8)
    if count < 2:
        return page
    small = stats[:, cv2.CC_STAT_AREA] <= side * side
    small[0] = False
    if not small.any():
        return page
    # A dot with print near it may be part of a letter (the dot under a vowel in a thin face).
    print_near = cv2.dilate((~small[labels] & (labels > 0)).astype(np.uint8), np.ones((6 * side + 1,) * 2, np.uint8))
    specks = small[labels] & (print_near == 0)
    pixels = page.pixels.copy()
    pixels[cv2.dilate(specks.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 255
    return dataclasses.replace(page, pixels=pixels)
