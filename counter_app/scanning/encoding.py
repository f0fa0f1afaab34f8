"""A page as it is kept in a PDF: a JPEG where there are colours or shades, CCITT Group 4 where there is only ink."""

import dataclasses
from io import BytesIO

import cv2

from counter_app.core.errors import BugError
from counter_app.scanning.page import Page, Pixels, as_pixels
from counter_app.scanning.ready import ColourMode, EncodedPage

# NĐ 30/2020, appendix: at least 200 dpi. More only makes colour pages larger; ink alone is kept as scanned.
KEPT_DPI = 200
INK_DPI = 300
_JPEG_QUALITY = 72


def encode_page(page: Page) -> EncodedPage:
    """Return the page as it is kept. A page scanned with fewer dots than asked for is never blown up."""
    if page.mode is ColourMode.BITONAL:
        return _encode_ink(reduced(page, INK_DPI))
    return _encode_tones(reduced(page, KEPT_DPI))


def reduced(page: Page, dpi: int) -> Page:
    """Return the page with at most so many dots an inch; what is known of it stays."""
    if page.dpi <= dpi:
        return page
    scale = dpi / page.dpi
    pixels = as_pixels(cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    return dataclasses.replace(page, pixels=pixels, dpi=dpi)


def _encode_tones(page: Page) -> EncodedPage:
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
    is_done, data = cv2.imencode(".jpg", page.pixels, options)
    if not is_done:
        raise BugError("document.not_encoded")
    return _encoded(page, data.tobytes())


def _encode_ink(page: Page) -> EncodedPage:
    from PIL import Image, TiffImagePlugin

    _limit, ink = cv2.threshold(page.grey(), 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    target = BytesIO()
    one_strip = TiffImagePlugin.ImageFileDirectory_v2()
    one_strip[TiffImagePlugin.ROWSPERSTRIP] = page.height
    Image.fromarray(as_pixels(ink)).convert("1").save(target, "TIFF", compression="group4", tiffinfo=one_strip)
    with Image.open(target) as written:
        tags = written.tag_v2  # type: ignore[attr-defined]
        (start,), (length,) = tags[TiffImagePlugin.STRIPOFFSETS], tags[TiffImagePlugin.STRIPBYTECOUNTS]
    return _encoded(page, target.getvalue()[start : start + length])


def _encoded(page: Page, data: bytes) -> EncodedPage:
    return EncodedPage(data=data, mode=page.mode, width=page.width, height=page.height, dpi=page.dpi)


def thumbnail(page: Page, longest: int) -> Pixels:
    """Return the page small, its longer side `longest` pixels."""
    scale = min(1.0, longest / max(page.width, page.height))
    return as_pixels(cv2.resize(page.pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
