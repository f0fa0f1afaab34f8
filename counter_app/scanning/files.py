"""Files with pages, as far as can be told without drawing any; nothing here loads a library for pictures by itself."""

import struct
from io import BytesIO
from typing import Any

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.pdfium import ONE_AT_A_TIME

MOST_FILE_BYTES = 300 * 1024 * 1024
MOST_PAGES = 2_000


class PageFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose pages are wanted. Of a picture that a scanner gave (`is_one_page`) `dpi` is known, or 0."""

    data: bytes
    name: str = ""
    dpi: int = 0
    is_one_page: bool = False


def is_pdf(data: bytes) -> bool:
    """Whether a file says that it is a PDF; ISO 32000-1 lets its first line come late."""
    return data[:1024].lstrip().startswith(b"%PDF")


def count_pages(data: bytes, *, name: str) -> int:
    """Return how many pages a file has, without drawing any; 1 for what will turn out to be no picture.

    Raises:
        UserError: as `iter_file_pages`, for a PDF.
    """
    if is_pdf(data):
        with ONE_AT_A_TIME:
            document = open_pdf(data, name)
            count = len(document)
            document.close()
            return count
    return _count_pictures(data)


class SignedPdf(msgspec.Struct, frozen=True, kw_only=True):
    """A PDF with a signature of its own."""

    pages: int
    text_chars: int


def find_signed_pdf(data: bytes, *, name: str) -> SignedPdf | None:
    """Return what is known of a PDF that carries a signature, None for any other file.

    Such a file is evidence as it is: made anew it would lose its signature. Whether that holds is another question;
    but there must be a signature, words that look like one do not keep a file from being made fit for the archive.

    Raises:
        UserError: as `iter_file_pages`.
    """
    if len(data) > MOST_FILE_BYTES:
        raise UserError("document.file_too_large", file=name)
    if not is_pdf(data) or b"/ByteRange" not in data:
        return None
    import pypdfium2

    check_effort(data, name)
    with ONE_AT_A_TIME:
        document = open_pdf(data, name)
        try:
            if pypdfium2.raw.FPDF_GetSignatureCount(document.raw) < 1:
                return None
            chars = sum(document[number].get_textpage().count_chars() for number in range(len(document)))
            return SignedPdf(pages=len(document), text_chars=chars)
        except pypdfium2.PdfiumError as exc:
            raise UserError("document.unreadable_file", file=name) from exc
        finally:
            document.close()


def _count_pictures(data: bytes) -> int:
    from PIL import Image, TiffImagePlugin

    try:
        with Image.open(BytesIO(data), formats=(TiffImagePlugin.TiffImageFile.format,)) as file:
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


def open_pdf(data: bytes, name: str) -> Any:
    """Return a PDF open; whoever asks holds `ONE_AT_A_TIME` and closes it.

    Raises:
        UserError: ``document.unreadable_file``, ``document.locked_file``, ``document.too_many_pages``.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        code = "document.locked_file" if "password" in str(exc).lower() else "document.unreadable_file"
        raise UserError(code, file=name) from exc
    if not 0 < len(document) <= MOST_PAGES:
        code = "document.too_many_pages" if len(document) else "document.unreadable_file"
        document.close()
        raise UserError(code, file=name, most=MOST_PAGES)
    return document
