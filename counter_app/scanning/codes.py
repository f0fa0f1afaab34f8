"""Codes on a page: the slip that opens a dossier's pile, a sheet that names a component (zxing-cpp)."""

from typing import Any

from counter_app.core.text import nfc
from counter_app.scanning.page import Page, as_pixels
from counter_app.scanning.ready import PageCode

_READING_DPI = 200
_LONGEST_TEXT = 4_000


def find_codes(page: Page) -> tuple[PageCode, ...]:
    """Return the readable QR and Code 128 codes of a page, from the top down.

    The first look is at 200 dpi, where a slip's QR reads well (SEEN: 2.7 pixels a module), a second at full size.
    """
    found = _read(page, min(1.0, _READING_DPI / page.dpi))
    return found or _read(page, 1.0)


def _read(page: Page, scale: float) -> tuple[PageCode, ...]:
    import cv2
    import zxingcpp

    grey = page.grey()
    if scale < 1.0:
        grey = as_pixels(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128])
    # No slip is printed white on black: looking for that too takes another copy of the page.
    found = zxingcpp.read_barcodes(grey, formats=formats, text_mode=zxingcpp.TextMode.Plain, try_invert=False)
    results = sorted(found, key=lambda result: result.position.top_left.y)
    return tuple(
        PageCode(
            text=nfc(result.text)[:_LONGEST_TEXT],
            is_qr=result.format == zxingcpp.BarcodeFormat.QRCode,
            turned=round(-result.orientation / 90) % 4,
            place=_place(result.position, scale),
        )
        for result in results
        if result.valid
    )


def _place(position: Any, scale: float) -> tuple[int, int, int, int]:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    across, down = [corner.x for corner in corners], [corner.y for corner in corners]
    edges = (min(across), min(down), max(across), max(down))
    left, top, right, bottom = (round(edge / scale) for edge in edges)
    return left, top, right, bottom
