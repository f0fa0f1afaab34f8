"""Pages of a kept PDF in another order, turned or left out, and as pictures to look at; words stay with their page."""

from collections.abc import Sequence
from io import BytesIO, RawIOBase
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.pdfium import ONE_AT_A_TIME


class PagePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the file as it is, from 1, and the quarter turns to the right it gets."""

    number: int
    turned: int = 0


class PagePicture(msgspec.Struct, frozen=True, kw_only=True):
    """A page as pixels: rows of red, green, blue, 8 bits each, `stride_bytes` from one row to the next."""

    width: int
    height: int
    stride_bytes: int
    rgb: bytes


def rearrange(pdf: bytes, places: Sequence[PagePlace]) -> bytes:
    """Return the same PDF with the given pages in the given order; what is not named is left out.

    Raises:
        UserError: ``document.bad_pages`` for no page at all, one named twice, or one that is not there.
    """
    import pikepdf

    numbers = [place.number for place in places]
    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document:
        if (
            not numbers
            or len(set(numbers)) != len(numbers)
            or not set(numbers) <= set(range(1, len(document.pages) + 1))
        ):
            raise UserError("document.bad_pages")
        pages = list(document.pages)
        del document.pages[:]
        for place in places:
            page = pages[place.number - 1]
            page.rotate(90 * (place.turned % 4), relative=True)
            document.pages.append(page)
        document.save(target, deterministic_id=True)
    return target.getvalue()


def replace_page(pdf: bytes, number: int, page: bytes) -> bytes:
    """Return the same PDF with one page, from 1, replaced by the first page of another PDF.

    Raises:
        UserError: ``document.bad_pages``.
    """
    import pikepdf

    target = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as document, pikepdf.open(BytesIO(page)) as other:
        if not 1 <= number <= len(document.pages):
            raise UserError("document.bad_pages")
        document.pages[number - 1] = other.pages[0]
        document.save(target, deterministic_id=True)
    return target.getvalue()


def draw_page(pdf: bytes | RawIOBase, number: int, *, longest: int) -> PagePicture:
    """Return one page of a PDF (its bytes, or an open file), its longer side `longest` pixels.

    Slow (10 to 100 ms): for a pool; any thread.

    Raises:
        UserError: ``document.bad_pages``.
    """
    import pypdfium2

    with ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            if not 1 <= number <= len(document):
                raise UserError("document.bad_pages")
            document.init_forms()  # the visible mark of a signature belongs to a form field
            page = document[number - 1]
            bitmap = page.render(scale=longest / max(page.get_size()), rev_byteorder=True)
            # Three bytes a pixel: the page is drawn on white, and nothing asks for a fourth.
            return PagePicture(
                width=bitmap.width, height=bitmap.height, stride_bytes=bitmap.stride, rgb=bytes(bitmap.buffer)
            )
        finally:
            document.close()


def draw_preview(picture: bytes, *, longest: int) -> PagePicture:
    """Return a camera's picture (JPEG) small; quick, for it is done many times a second."""
    import cv2
    import numpy as np

    pixels = cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_REDUCED_COLOR_2)
    if pixels is None:
        raise UserError("document.unreadable_file", file="")
    return draw_picture(pixels, longest=longest)


def draw_picture(pixels: Any, *, longest: int) -> PagePicture:
    """Return a page as a scanner gave it (as OpenCV has pixels), its longer side `longest` pixels at most."""
    import cv2

    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    rgb = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB if small.ndim == 2 else cv2.COLOR_BGR2RGB)
    return PagePicture(width=size[0], height=size[1], stride_bytes=size[0] * 3, rgb=rgb.tobytes())
