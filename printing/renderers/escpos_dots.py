"""A page's dots for a printer of some width, and as commands.

Slow printers and slow lines are spared: white is skipped, and dots go in bands that fit the smallest receive buffers
(4 KB, https://github.com/mike42/escpos-php/issues/206).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from printing.profiles import ReceiptProfile
from printing.renderers import escpos_commands as commands
from printing.renderers.raster import RasterPage

if TYPE_CHECKING:
    from PIL.Image import Image

_LEAST_SKIP = 16
"""Fewer white rows than this cost less as dots than as a command between two bands."""


def dots_of(page: RasterPage, profile: ReceiptProfile) -> Image | None:
    """Return the ink of a page as a 1-bit picture as wide as the printer, cut to its ink in height; None for no ink."""
    from PIL import Image

    grey = Image.frombuffer("L", (page.width, page.height), page.grey, "raw", "L", page.stride_bytes, 1)
    ink = _burnt(grey, profile)
    box = ink.getbbox()
    if box is None:
        return None
    if box[2] - box[0] > profile.width_dots:
        height = max(1, round((box[3] - box[1]) * profile.width_dots / (box[2] - box[0])))
        return _burnt(grey.resize((profile.width_dots, height), Image.Resampling.LANCZOS, box), profile)
    left = _left_edge(box[0], box[2], page.width, profile.width_dots)
    return ink.crop((left, box[1], left + profile.width_dots, box[3]))


def _burnt(grey: Image, profile: ReceiptProfile) -> Image:
    return grey.point([255 if value < profile.density else 0 for value in range(256)], "1")


def _left_edge(first: int, past: int, page_width: int, width: int) -> int:
    """Return where the printed part begins: in the middle of the page, or as near to it as the ink allows.

    Negative where the page is narrower than the printer; a picture is white outside its edges.
    """
    middle = (page_width - width) // 2
    return min(max(middle, past - width), first)


def iter_dots(ink: Image, profile: ReceiptProfile) -> Iterator[bytes]:
    """Yield the commands for a 1-bit picture that is as wide as the printer: bands of dots, and feeds for the white."""
    row_bytes = profile.width_dots // 8
    dots, white = ink.tobytes(), bytes(row_bytes)
    rows = [dots[start : start + row_bytes] for start in range(0, len(dots), row_bytes)]
    pending: list[bytes] = []
    for is_white, run in groupby(rows, key=lambda row: row == white):
        found = list(run)
        if is_white and len(found) >= _LEAST_SKIP:
            yield from _bands(pending, profile)
            yield commands.feed_dots(len(found), profile)
            pending = []
        else:
            pending.extend(found)
    yield from _bands(pending, profile)


def _bands(rows: list[bytes], profile: ReceiptProfile) -> Iterator[bytes]:
    for start in range(0, len(rows), profile.band_rows):
        yield commands.raster(b"".join(rows[start : start + profile.band_rows]), profile.width_dots // 8)
