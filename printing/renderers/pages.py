"""Pieces become pages: what fits, what stays together, what is said at the foot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from printing.blocks import Block, Copy, Slip
from printing.renderers.fonts import Face, text_width
from printing.renderers.layout import CONTENT_WIDTH, MM, laid_out
from printing.renderers.marks import Chunk, Mark, RuleMark, TextMark, moved

PAGE_WIDTH = 148 * MM
PAGE_HEIGHT = 210 * MM
_LEFT = 15 * MM
_TOP = 9 * MM
_BOTTOM = PAGE_HEIGHT - 12 * MM
_FOOT_SIZE = 7.6
_MOST_STRETCH = 4.5


@dataclass(slots=True)
class Page:
    """The marks of one page, in points from its upper left corner."""

    marks: list[Mark] = field(default_factory=list)


class _Flow:
    def __init__(self, stretch: float) -> None:
        self.pages: list[Page] = [Page()]
        self._stretch = stretch
        self._y = _TOP
        self._fresh = True

    def _needed(self, chunks: Sequence[Chunk]) -> float:
        total = sum(self._gap(chunk) + chunk.height for chunk in chunks)
        return total - self._gap(chunks[0]) if self._fresh else total

    def _gap(self, chunk: Chunk) -> float:
        return chunk.gap + self._stretch if chunk.gap else 0.0

    def _turn(self) -> None:
        self.pages.append(Page())
        self._y, self._fresh = _TOP, True

    def _put(self, chunk: Chunk) -> None:
        if not self._fresh:
            self._y += self._gap(chunk)
        self.pages[-1].marks += moved(chunk.marks, _LEFT, self._y)
        self._y += chunk.height
        self._fresh = False

    def add(self, group: Sequence[Chunk]) -> None:
        """Put a group on this page, or on the next when it does not fit; part it only if no page holds it."""
        if not self._fresh and self._y + self._needed(group) > _BOTTOM:
            self._turn()
        for chunk in group:
            if not self._fresh and self._y + self._needed([chunk]) > _BOTTOM:
                self._turn()
            if self._fresh and chunk.head is not None:
                self._put(chunk.head)
            self._put(chunk)


def _groups(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    group: list[Chunk] = []
    for chunk in chunks:
        group.append(chunk)
        if not chunk.keeps_next:
            yield group
            group = []
    if group:
        yield group


def _foot(copy: Copy, page_words: str) -> list[Mark]:
    y = _BOTTOM + 14
    marks: list[Mark] = [RuleMark(_LEFT, y - 9, _LEFT + CONTENT_WIDTH, y - 9, 0.4)]
    widths = [text_width(text, Face.REGULAR, _FOOT_SIZE) for text in (copy.foot_left, copy.foot_middle, page_words)]
    right = _LEFT + CONTENT_WIDTH
    marks.append(TextMark(_LEFT, y, copy.foot_left, Face.REGULAR, _FOOT_SIZE))
    marks.append(TextMark(right - widths[2], y, page_words, Face.REGULAR, _FOOT_SIZE))
    between = CONTENT_WIDTH - widths[0] - widths[2]
    if widths[1] + 12 <= between:
        x = _LEFT + widths[0] + (between - widths[1]) / 2 if copy.foot_left else _LEFT
        marks.append(TextMark(x, y, copy.foot_middle, Face.REGULAR, _FOOT_SIZE))
    else:
        marks.append(TextMark(_LEFT, y + 9, copy.foot_middle, Face.REGULAR, _FOOT_SIZE))
    return marks


def _stretch(chunks: Sequence[Chunk]) -> float:
    """Return how much wider each gap becomes when everything fits one page: a short paper need not be crammed."""
    left = _BOTTOM - _TOP - sum(chunk.gap + chunk.height for chunk in chunks)
    gaps = sum(1 for chunk in chunks if chunk.gap)
    return min(left * 0.9 / gaps, _MOST_STRETCH) if left > 0 and gaps else 0.0


def pages_of(slip: Slip) -> list[Page]:
    """Return all pages of all copies; each copy counts its own pages."""
    pages: list[Page] = []
    known: dict[Block, list[Chunk]] = {}
    for copy in slip.copies:
        chunks = laid_out(copy.blocks, known)
        flow = _Flow(_stretch(chunks))
        for group in _groups(chunks):
            flow.add(group)
        for number, page in enumerate(flow.pages, start=1):
            words = slip.page_wording.format(page=number, pages=len(flow.pages))
            page.marks += _foot(copy, words)
        pages += flow.pages
    return pages
