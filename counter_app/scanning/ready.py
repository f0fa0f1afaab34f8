"""A page that went through the pipeline, as it is kept and passed on. Nothing here loads a library for pictures."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class ColourMode(StrEnum):
    """How a page is kept."""

    COLOUR = "colour"
    GREY = "grey"
    BITONAL = "bitonal"


class EncodedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`data` is a JPEG file, or for `mode` bitonal a bare Group 4 stream (ITU-T T.6) in which 1 is white."""

    data: bytes
    mode: ColourMode
    width: int
    height: int
    dpi: int


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """One word with its box in pixels of the page, and how sure the reader is, 0 to 100. NFC."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: int


class PageText(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a page in reading order; `line_ends` are the places in `words` after which a line ends."""

    words: tuple[Word, ...] = ()
    line_ends: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The page as plain text, a line each."""
        pieces = []
        for place, word in enumerate(self.words):
            pieces.append(word.text)
            pieces.append("\n" if place in self.line_ends else " ")
        return "".join(pieces).strip()


NO_TEXT = PageText()


class PageCode(msgspec.Struct, frozen=True, kw_only=True):
    """One code: its text, whether it is a QR or a bar code, and the turns to the right that set it upright.

    `place` is its left, top, right and bottom edge in pixels of the page.
    """

    text: str
    is_qr: bool
    turned: int
    place: tuple[int, int, int, int] = (0, 0, 0, 0)


class PdfPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a PDF and its words; their boxes are in pixels at `words_dpi`."""

    picture: EncodedPage
    words: Sequence[Word] = ()
    words_dpi: int = 0


class ReadyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page fit to keep. `text_dpi` is what the boxes of its words are in.

    `turned` (quarter turns to the right) and `skew_deg` say how it was straightened, for the clerk to see.
    """

    picture: EncodedPage
    text: PageText
    text_dpi: int
    is_blank: bool
    codes: tuple[PageCode, ...] = ()
    turned: int = 0
    skew_deg: float = 0.0

    def as_pdf_page(self) -> PdfPage:
        """Return it as a page of a PDF."""
        return PdfPage(picture=self.picture, words=self.text.words, words_dpi=self.text_dpi)
