"""A kept PDF read again for what its pages say: words with their places and how sure the reader is, and codes."""

from collections.abc import Iterator
from itertools import islice

from counter_app.domain.paper_facts.reading import Box, ReadCode, ReadPage, ReadWord
from counter_app.scanning.codes import find_codes
from counter_app.scanning.reading import iter_file_pages
from counter_app.scanning.ready import NO_TEXT, PageText
from counter_app.scanning.recognition import read_text
from counter_app.scanning.text_model import can_read


def find_read_page(pdf: bytes, number: int) -> ReadPage | None:
    """Return a page by its number from 1, None behind the last. Slow (1 to 4 s): for a pool.

    The text layer of the file does not say how sure its reader was, so the page is read anew. Where no text can be
    read the layer's own words come with no confidence at all.

    Raises:
        UserError: as `iter_file_pages`.
    """
    found = next(islice(iter_file_pages(pdf, name="PDF"), number - 1, number), None)
    if found is None:
        return None
    page = found.page
    height, width = page.pixels.shape[:2]
    text = read_text(page) if can_read() else found.text or NO_TEXT
    lines = tuple(_lines(text, width, height, is_sure=can_read()))
    codes = tuple(ReadCode(text=code.text, box=_box(code.place, width, height)) for code in find_codes(page))
    return ReadPage(number=number, lines=lines, codes=codes)


def _lines(text: PageText, width: int, height: int, *, is_sure: bool) -> Iterator[tuple[ReadWord, ...]]:
    line: list[ReadWord] = []
    for place, word in enumerate(text.words):
        box = _box((word.left, word.top, word.right, word.bottom), width, height)
        line.append(ReadWord(text=word.text, box=box, confidence=word.confidence if is_sure else 0))
        if place in text.line_ends:
            yield tuple(line)
            line = []
    if line:
        yield tuple(line)


def _box(place: tuple[int, int, int, int], width: int, height: int) -> Box:
    sides = (width, height, width, height)
    left, top, right, bottom = (min(max(edge / side, 0.0), 1.0) for edge, side in zip(place, sides, strict=True))
    return Box(left=left, top=top, right=right, bottom=bottom)
