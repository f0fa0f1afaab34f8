"""Turning a page upright: what was fed upside down or sideways reads the right way afterwards."""

import dataclasses

import cv2
import numpy as np

from counter_app.scanning.page import Page, as_pixels
from counter_app.scanning.pipeline.skew import is_sideways
from counter_app.scanning.recognition import letters_read
from counter_app.scanning.text_model import can_read

# Letters of well-read words that must show before a turn is believed, and by how much it must lead.
_LEAST_LETTERS, _LEAD = 10, 1.5
# The wrong way never gave more than 40 in the trial corpus, where the right one gave 200 and more: no need to look.
_PLENTY = 100

_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


def turn_upright(page: Page) -> Page:
    """Turn the page as its text says; without text, or where the text does not tell clearly, it stays."""
    return turn(page, find_orientation(page))


def find_orientation(page: Page) -> int:
    """Return by how many quarter turns to the right the page becomes upright; 0 also where nothing tells."""
    if not can_read():
        return 0
    # A page of little text may look sideways by its codes and frames: then the other two ways are read as well.
    ways = ((1, 3), (0, 2)) if is_sideways(page) else ((0, 2), (1, 3))
    for pair in ways:
        scores = dict.fromkeys(pair, 0)
        for turns in pair:
            scores[turns] = letters_read(page, turns)
            if scores[turns] >= _PLENTY:
                return turns
        best, other = sorted(scores, key=lambda turns: -scores[turns])
        if scores[best] >= _LEAST_LETTERS and scores[best] > _LEAD * scores[other]:
            return best
    return 0


def turn(page: Page, quarter_turns: int) -> Page:
    """Return the page turned to the right by quarter turns."""
    quarter_turns %= 4
    if quarter_turns == 0:
        return page
    turned = np.ascontiguousarray(cv2.rotate(page.pixels, _TURNS[quarter_turns]))
    return dataclasses.replace(page, pixels=as_pixels(turned), turned=(page.turned + quarter_turns) % 4)
