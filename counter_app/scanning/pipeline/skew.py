"""Straightening: text lines and rules lie level afterwards."""

import dataclasses
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from counter_app.scanning.page import Page, Pixels, as_pixels

# Papers in a feeder lean by a degree or two; more than this is a page laid in by hand, which the clerk turns.
MOST_DEG = 7.0
_COARSE_DEG, _FINE_DEG = 0.5, 0.05
_WORKING_DPI = 100
_COLUMNS = 4
# Below a tenth of a degree nobody sees a lean, and turning a page costs sharpness.
_LEAST_DEG = 0.1


def straighten(page: Page) -> Page:
    """Turn a leaning page level, its own background filling the corners. Expects the page upright."""
    angle = find_skew(page)
    if abs(angle) < _LEAST_DEG:
        return page
    return dataclasses.replace(page, pixels=_rotate(page.pixels, angle), skew_deg=page.skew_deg + angle)


def find_skew(page: Page) -> float:
    """Return by how many degrees the page is to be turned clockwise to be level; 0 where nothing tells.

    The angle under which the rows of ink are most unlike each other (projection profile; Postl, "Detection of linear
    oblique structures and skew scan in digitized documents", ICPR 1986).
    """
    ink = _narrow(_ink(page))
    if int(ink.sum()) < 150:
        return 0.0
    coarse = _best(ink, np.arange(-MOST_DEG, MOST_DEG + _COARSE_DEG / 2, _COARSE_DEG))
    fine = np.arange(coarse - _COARSE_DEG, coarse + _COARSE_DEG + _FINE_DEG / 2, _FINE_DEG)
    return _best(ink, fine)


def is_sideways(page: Page) -> bool:
    """Whether lines of ink run up and down the page rather than across it, whatever its lean."""
    ink = _ink(page)
    angles = np.arange(-MOST_DEG, MOST_DEG + 0.5, 1.0)
    ways = (_narrow(ink), _narrow(np.rot90(ink)))
    across, along = (max(_sharpness(way, float(angle)) for angle in angles) for way in ways)
    return along > across


def _ink(page: Page) -> NDArray[np.float32]:
    scale = min(1.0, _WORKING_DPI / page.dpi)
    small = cv2.resize(page.grey(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    # Against the neighbourhood, so that neither a shadow nor a photo counts as ink.
    dark = cv2.adaptiveThreshold(small, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 31, 15)
    border = max(2, int(0.02 * min(dark.shape)))
    return np.asarray(dark[border:-border, border:-border], dtype=np.float32)


def _narrow(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Add up neighbouring columns: within so few a lean moves nothing by a pixel, and a trial costs a quarter."""
    kept = ink.shape[1] // _COLUMNS * _COLUMNS
    return np.ascontiguousarray(ink[:, :kept].reshape(ink.shape[0], -1, _COLUMNS).sum(axis=2))


def _best(ink: NDArray[np.float32], angles: NDArray[np.float64]) -> float:
    scores = [_sharpness(ink, float(angle)) for angle in angles]
    return float(angles[int(np.argmax(scores))])


def _sharpness(ink: NDArray[np.float32], angle: float) -> float:
    """Return how much neighbouring rows differ when every column is moved down as a lean by `angle` would have it.

    A column stands for `_COLUMNS` of the page.
    """
    height, width = ink.shape
    slope = _COLUMNS * math.tan(math.radians(angle))
    shear = np.array([[1.0, 0.0, 0.0], [slope, 1.0, -slope * width / 2]])
    moved = cv2.warpAffine(ink, shear, (width, height), flags=cv2.INTER_LINEAR)
    rows = moved.sum(axis=1)
    return float(np.square(np.diff(rows)).sum())


def _rotate(pixels: Pixels, clockwise_deg: float) -> Pixels:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -clockwise_deg, 1.0)
    background = tuple(float(value) for value in _background(pixels))
    return as_pixels(cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=background))


def _background(pixels: Pixels) -> list[int]:
    """Return the paper's own colour: the commonest light value of each channel."""
    channels = pixels.reshape(-1, 1 if pixels.ndim == 2 else 3)[::97]
    return [int(np.percentile(channels[:, place], 90)) for place in range(channels.shape[1])]
