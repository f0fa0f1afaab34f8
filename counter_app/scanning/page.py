"""One page as pixels on its way through the pipeline, and what the steps found out about it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counter_app.scanning.ready import ColourMode

Pixels = NDArray[np.uint8]
"""Rows by columns (grey, 0 is black), or rows by columns by 3 (blue, green, red, as OpenCV has them)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Immutable: a step returns another one. `dpi` holds along both sides.

    `turned` are the quarter turns to the right and `skew_deg` the degrees (positive: it leaned to the left, it was
    turned clockwise) by which a step straightened the page; `is_blank` flags a page, nothing drops it.
    """

    pixels: Pixels
    dpi: int
    turned: int = 0
    skew_deg: float = 0.0
    is_blank: bool = False
    mode: ColourMode = ColourMode.COLOUR

    @property
    def width(self) -> int:
        """Pixels in a row."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def is_grey(self) -> bool:
        """Whether there is one value a pixel."""
        return self.pixels.ndim == 2

    def grey(self) -> Pixels:
        """Return one value a pixel."""
        import cv2

        return self.pixels if self.is_grey else as_pixels(cv2.cvtColor(self.pixels, cv2.COLOR_BGR2GRAY))


def as_pixels(array: object) -> Pixels:
    """Return OpenCV's answer as what it is; its own types say less."""
    return np.asarray(array, dtype=np.uint8)
