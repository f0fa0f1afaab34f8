"""Files with pages, as far as can be told without drawing any; nothing here loads a library for pictures by itself."""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.pdfium import ONE_AT_A_TIME
from counter_app.core.reading import read_at_most

MOST_FILE_BYTES = 300 * 1024 * 1024
MOST_PAGES = 2_000
_PIECE_BYTES = 1_000_000
_HEAD_BYTES = 1_024
_SIGNED = b"/ByteRange"

Content = bytes | Path
"""What a file holds, or where it lies on this machine: the window then never holds it as a whole."""


class PageFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose pages are wanted. Of a picture that a scanner gave (`is_one_page`) `dpi` is known, or 0."""

    data: Content
    name: str = ""
    dpi: int = 0
    is_one_page: bool = False


@contextmanager
def opened(content: Content, name: str) -> Iterator[tuple[BinaryIO, int]]:
    """Give a file open at its beginning, and its size.

    Raises:
        UserError: ``document.file_too_large``, ``document.unreadable_file``, also while it is read.
    """
    try:
        with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size > MOST_FILE_BYTES:
                raise UserError("document.file_too_large", file=name)
            file.seek(0)
            yield file, size
    except OSError as exc:
        raise UserError("document.unreadable_file", file=name) from exc


def iter_pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield what comes next in an open file, so many bytes together, fewer where it ends before."""
    left = size
    while left and (piece := file.read(min(_PIECE_BYTES, left))):
        yield piece
        left -= len(piece)


def read_whole(content: Content, name: str) -> bytes:
    """Return all of a file.

    Raises:
        UserError: ``document.file_too_large``, ``document.unreadable_file``.
    """
    try:
        data = content if isinstance(content, bytes) else read_at_most(content, MOST_FILE_BYTES)
    except OSError as exc:
        raise UserError("document.unreadable_file", file=name) from exc
    if data is None or len(data) > MOST_FILE_BYTES:
        raise UserError("document.file_too_large", file=name)
    return data


def is_pdf(data: bytes) -> bool:
    """Whether a file says that it is a PDF; ISO 32000-1 lets its first line come late."""
    return data[:_HEAD_BYTES].lstrip().startswith(b"%PDF")


def count_pages(content: Content, *, name: str) -> int:
    """Return how many pages a file has, without drawing any; 1 for what will turn out to be no picture.

    Raises:
        UserError: as `iter_file_pages`, for a PDF.
    """
    with opened(content, name) as (file, _size):
        if not is_pdf(file.read(_HEAD_BYTES)):
            file.seek(0)
            return _count_pictures(file)
    with ONE_AT_A_TIME:
        document = open_pdf(content, name)
        count = len(document)
        document.close()
        return count


class SignedPdf(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF with a signature of its own, and its bytes as they were looked at."""

    data: bytes
    pages: int
    text_chars: int


def find_signed_pdf(content: Content, *, name: str) -> SignedPdf | None:
    """Return what is known of a PDF that carries a signature, None for any other file.

    Such a file is evidence as it is: made anew it would lose its signature. Whether that holds is another question;
    but there must be a signature, words that look like one do not keep a file from being made fit for the archive.

    Raises:
        UserError: as `iter_file_pages`.
    """
    if not _may_be_signed(content, name):
        return None
    import pypdfium2

    data = read_whole(content, name)
    check_effort(data, name)
    with ONE_AT_A_TIME:
        document = open_pdf(data, name)
        try:
            if pypdfium2.raw.FPDF_GetSignatureCount(document.raw) < 1:
                return None
            chars = sum(document[number].get_textpage().count_chars() for number in range(len(document)))
            return SignedPdf(data=data, pages=len(document), text_chars=chars)
        except pypdfium2.PdfiumError as exc:
            raise UserError("document.unreadable_file", file=name) from exc
        finally:
            document.close()


def _may_be_signed(content: Content, name: str) -> bool:
    with opened(content, name) as (file, size):
        before = b""
        for piece in iter_pieces(file, size):
            if not before and not is_pdf(piece):
                return False
            if _SIGNED in before + piece:
                return True
            before = piece[-len(_SIGNED) :]
    return False


def _count_pictures(picture: BinaryIO) -> int:
    from PIL import Image, TiffImagePlugin

    try:
        with Image.open(picture, formats=(TiffImagePlugin.TiffImageFile.format,)) as file:
            return int(getattr(file, "n_frames", 1))
    except spoilt():
        return 1


def spoilt() -> tuple[type[Exception], ...]:
    """Return what Pillow's readers raise at files that were cut or altered: fuzzing found more than it documents."""
    from PIL import Image

    kinds = (OSError, ValueError, TypeError, SyntaxError, EOFError, LookupError, ArithmeticError, AttributeError)
    return (*kinds, RuntimeError, struct.error, Image.DecompressionBombError)


def check_effort(data: bytes, name: str) -> None:
    """Return unless drawing a PDF could take for ever.

    Raises:
        UserError: ``document.too_much_to_draw``.
    """
    # Drawing holds the one lock of all PDFs: what never ends would stop every preview of the program with it.
    from counter_app.scanning.pdf_effort import is_too_much

    if is_too_much(data):
        raise UserError("document.too_much_to_draw", file=name)


def open_pdf(content: Content, name: str) -> Any:
    """Return a PDF open; whoever asks holds `ONE_AT_A_TIME` and closes it.

    Raises:
        UserError: ``document.unreadable_file``, ``document.locked_file``, ``document.too_many_pages``.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as exc:
        code = "document.locked_file" if "password" in str(exc).lower() else "document.unreadable_file"
        raise UserError(code, file=name) from exc
    if not 0 < len(document) <= MOST_PAGES:
        code = "document.too_many_pages" if len(document) else "document.unreadable_file"
        document.close()
        raise UserError(code, file=name, most=MOST_PAGES)
    return document
