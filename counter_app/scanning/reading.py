"""Files to pages: PDF, JPEG, PNG, TIFF, HEIC; bounded, so that no file can take the desk down."""

import contextlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

import cv2
import msgspec
import numpy as np

from counter_app.core.errors import UserError
from counter_app.core.pdfium import ONE_AT_A_TIME
from counter_app.core.text import nfc
from counter_app.scanning.files import (
    MOST_PAGES,
    Content,
    PageFile,
    check_effort,
    is_pdf,
    open_pdf,
    read_whole,
    spoilt,
)
from counter_app.scanning.page import Page, Pixels, as_pixels
from counter_app.scanning.ready import PageText, Word

_MOST_PIXELS = 120_000_000
_PDF_DPI = 300
_A4_LONG_INCHES, _A4_SHORT_INCHES = 11.69, 8.27
_MOST_CHARACTERS = 200_000
_STRIP_ROWS = 256


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a file. `text` is what a PDF written by a program says itself; such a page is straight already."""

    page: Page
    text: PageText | None = None


def iter_pages(files: Iterable[PageFile | None]) -> Iterator[FilePage | None]:
    """Yield the pages of files one after the other, and None for each None.

    Raises:
        UserError: as `iter_file_pages`.
    """
    for file in files:
        if file is None:
            yield None
        elif file.is_one_page:
            yield FilePage(page=decode_picture(read_whole(file.data, file.name), dpi=file.dpi, name=file.name))
        else:
            yield from iter_file_pages(file.data, name=file.name)


def iter_file_pages(content: Content, *, name: str) -> Iterator[FilePage]:
    """Yield the pages of a file, one in memory at a time; a page that was handed over is not held here.

    Raises:
        UserError: ``document.file_too_large``, ``document.unreadable_file``, ``document.locked_file``,
            ``document.too_many_pages``, each with the file's `name`.
    """
    data = read_whole(content, name)
    if is_pdf(data):
        yield from _iter_pdf(data, name)
    else:
        yield from _iter_pictures(data, name)


def decode_picture(data: bytes, *, dpi: int, name: str = "") -> Page:
    """Return the first page of a picture as a scanner gave it; `dpi` 0 where nobody knows.

    Raises:
        UserError: ``document.unreadable_file``.
    """
    found = next(_iter_pictures(data, name)).page
    return Page(pixels=found.pixels, dpi=dpi) if dpi else found


def _iter_pictures(data: bytes, name: str) -> Iterator[FilePage]:
    from PIL import Image, ImageSequence, TiffImagePlugin

    # By its module: for a kind that it has not loaded, Pillow loads every one there is, and the window waits for that.
    formats = ["JPEG", "PNG", TiffImagePlugin.TiffImageFile.format, "BMP", "PPM"]
    if data[4:8] == b"ftyp":  # ISO/IEC 14496-12: its library is large, and only telephones write such files
        from pillow_heif import register_heif_opener

        register_heif_opener()
        formats = ["HEIF"]
    alone: list[FilePage] = []
    try:
        with Image.open(BytesIO(data), formats=formats) as file:
            is_alone = getattr(file, "n_frames", 1) == 1
            for number, frame in enumerate(ImageSequence.Iterator(file)):
                if number >= MOST_PAGES:
                    raise UserError("document.too_many_pages", file=name, most=MOST_PAGES)
                if frame.width * frame.height > _MOST_PIXELS or min(frame.size) < 16:
                    raise UserError("document.unreadable_file", file=name)
                if is_alone:
                    alone.append(_file_page(frame))
                    break
                yield _file_page(frame)
    except spoilt() as exc:
        raise UserError("document.unreadable_file", file=name) from exc
    if alone:
        # While whoever reads this works on the page, the picture is not held a second time, nor the page itself.
        del file, frame
        yield alone.pop()


def _file_page(picture: Any) -> FilePage:
    return FilePage(page=_picture_page(_upright(picture), _stated_dpi(picture)))


def _upright(picture: Any) -> Any:
    """Return the picture as its camera says that it was held; itself, not a copy, where it says nothing."""
    from PIL import ExifTags, ImageOps

    turned = picture.getexif().get(ExifTags.Base.Orientation, 1)
    return picture if turned == 1 else ImageOps.exif_transpose(picture)


def _picture_page(picture: Any, stated_dpi: int) -> Page:
    if picture.mode in ("1", "L", "I;16", "LA"):
        pixels = np.asarray(picture.convert("L"), dtype=np.uint8)
    else:
        if "A" in picture.getbands() or picture.mode == "P":
            picture = _on_white(picture.convert("RGBA"))
        pixels = _in_colours(picture if picture.mode == "RGB" else picture.convert("RGB"))
    return Page(pixels=np.ascontiguousarray(pixels), dpi=stated_dpi or _likely_dpi(*picture.size))


def _in_colours(picture: Any) -> Pixels:
    """Return the pixels of a picture, taken over in strips: at once they would be held three times."""
    width, height = picture.size
    pixels = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        strip = np.asarray(picture.crop((0, top, width, min(height, top + _STRIP_ROWS))))
        pixels[top : top + _STRIP_ROWS] = cv2.cvtColor(strip, cv2.COLOR_RGB2BGR)
    return pixels


def _on_white(picture: Any) -> Any:
    from PIL import Image

    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    return paper


def _stated_dpi(picture: Any) -> int:
    """Return the dots an inch that the file states, 0 where it states none that a scanner or camera could mean."""
    stated = picture.info.get("dpi", (0, 0))
    with contextlib.suppress(TypeError, ValueError, OverflowError, ZeroDivisionError):
        dpi = round(float(stated[0]))
        likely = _likely_dpi(*picture.size)
        # Cameras write 72 for anything: then an A4 page would be a metre long.
        if 100 <= dpi <= 2400 and likely / 8 <= dpi:
            return dpi
    return 0


def _likely_dpi(width: int, height: int) -> int:
    """Return the resolution that an A4 page would have at this size."""
    return max(72, round(max(width, height) / _A4_LONG_INCHES))


def _iter_pdf(data: bytes, name: str) -> Iterator[FilePage]:
    check_effort(data, name)
    with ONE_AT_A_TIME:
        document = open_pdf(data, name)
        count = len(document)
    try:
        for number in range(count):
            with ONE_AT_A_TIME:
                found = [_pdf_page(document, number, name)]
            yield found.pop()
    finally:
        with ONE_AT_A_TIME:
            document.close()


def _pdf_page(document: Any, number: int, name: str) -> FilePage:
    import pypdfium2

    try:
        page = document[number]
        width, height = page.get_size()
        scale = _PDF_DPI / 72
        if min(width, height) < 4 or width * height * scale * scale > _MOST_PIXELS:
            raise UserError("document.unreadable_file", file=name)
        picture = page.render(scale=scale).to_numpy()
        text = _own_text(page, height) if page.get_rotation() == 0 else None
    except pypdfium2.PdfiumError as exc:
        raise UserError("document.unreadable_file", file=name) from exc
    pixels = np.ascontiguousarray(picture[:, :, :3]) if picture.ndim == 3 else np.ascontiguousarray(picture)
    return FilePage(page=Page(pixels=as_pixels(pixels), dpi=_PDF_DPI), text=text)


def _own_text(page: Any, height: float) -> PageText | None:
    """Return the words of a page that a program wrote, None for a page that is only a picture."""
    reader = page.get_textpage()
    try:
        count = reader.count_chars()
        if not 0 < count <= _MOST_CHARACTERS:
            return None
        # Each letter is asked for by its place: the whole text leaves out letters without a shape, and places shift.
        letters = [reader.get_text_range(place, 1) for place in range(count)]
        words, ends, first = [], [], 0
        for place in range(count + 1):
            letter = letters[place] if place < count else "\n"
            if letter and not letter.isspace():
                continue
            if first < place:
                words.append(_word(reader, letters, first, place, height))
            if "\n" in letter and words:
                ends.append(len(words) - 1)
            first = place + 1
    finally:
        reader.close()
    return PageText(words=tuple(words), line_ends=frozenset(ends)) if words else None


def _word(reader: Any, letters: list[str], first: int, last: int, height: float) -> Word:
    boxes = [reader.get_charbox(place) for place in range(first, last)]
    scale = _PDF_DPI / 72
    return Word(
        text=nfc("".join(letters[first:last])),
        left=round(min(box[0] for box in boxes) * scale),
        top=round((height - max(box[3] for box in boxes)) * scale),
        right=round(max(box[2] for box in boxes) * scale),
        bottom=round((height - min(box[1] for box in boxes)) * scale),
        confidence=100,
    )
