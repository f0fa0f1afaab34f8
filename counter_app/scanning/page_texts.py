"""The words that a PDF holds, page by page: those that were read from scans, or a program's own."""

from collections.abc import Iterator
from typing import Any

from counter_app.core.errors import UserError
from counter_app.core.pdfium import ONE_AT_A_TIME
from counter_app.core.text import nfc

_MOST_PAGES = 2_000
_MOST_CHARACTERS = 50_000


def iter_page_texts(pdf: bytes) -> Iterator[str]:
    """Yield the text of each page, a blank between words; "" for a page without. Slow (1 to 10 ms a page).

    Raises:
        UserError: ``document.unreadable_file``.
    """
    import pypdfium2

    try:
        with ONE_AT_A_TIME:
            document = pypdfium2.PdfDocument(pdf)
            count = min(len(document), _MOST_PAGES)
    except pypdfium2.PdfiumError as exc:
        raise UserError("document.unreadable_file", file="") from exc
    try:
        for number in range(count):
            with ONE_AT_A_TIME:
                found = _text_of(document, number)
            yield found
    finally:
        with ONE_AT_A_TIME:
            document.close()


def _text_of(document: Any, number: int) -> str:
    import pypdfium2

    try:
        reader = document[number].get_textpage()
        text: str = (
            reader.get_text_range(0, min(reader.count_chars(), _MOST_CHARACTERS)) if reader.count_chars() else ""
        )
        reader.close()
    except pypdfium2.PdfiumError:
        return ""
    return nfc(text)
