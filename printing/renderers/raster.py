"""Pages of a PDF as pixels, for the preview and for printers that are fed with images."""

from collections.abc import Iterator

import msgspec

from counter_app.core.errors import BugError
from counter_app.core.pdfium import ONE_AT_A_TIME


class RasterPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page as 8-bit grey, row by row, `stride_bytes` a row; its size on paper in points (1/72 inch)."""

    width: int
    height: int
    stride_bytes: int
    grey: bytes
    width_points: float
    height_points: float


def iter_pages(pdf: bytes, *, dpi: int) -> Iterator[RasterPage]:
    """Yield the pages drawn on white at a resolution. Safe from any thread; pages are drawn as they are asked for.

    Raises:
        BugError: ``print.pages_unreadable``: no PDF, or one without pages.
    """
    import pypdfium2

    try:
        with ONE_AT_A_TIME:
            document = pypdfium2.PdfDocument(pdf)
            count = len(document)
    except pypdfium2.PdfiumError as exc:
        raise BugError("print.pages_unreadable") from exc
    try:
        if not count:
            raise BugError("print.pages_unreadable")
        for number in range(count):
            with ONE_AT_A_TIME:
                page = document[number]
                points = page.get_size()
                bitmap = page.render(scale=dpi / 72, grayscale=True, fill_color=(255, 255, 255, 255))
                drawn = RasterPage(
                    width=bitmap.width,
                    height=bitmap.height,
                    stride_bytes=bitmap.stride,
                    grey=bytes(bitmap.buffer),
                    width_points=points[0],
                    height_points=points[1],
                )
                bitmap.close()
                page.close()
            yield drawn
    finally:
        with ONE_AT_A_TIME:
            document.close()
