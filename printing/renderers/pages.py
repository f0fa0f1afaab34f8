"""Pieces become pages: what fits, what stays together, what is said at the foot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from printing.blocks import Copy, Document
from printing.renderers.fonts import Face
from printing.renderers.geometry import Geometry, find_tighter, geometry_of
from printing.renderers.layout import Known, laid_out
from printing.renderers.lines import shortened
from printing.renderers.marks import Chunk, Mark, RuleMark, Running, moved

_TOLERANCE = 0.01
_MOST_TIGHTENED = 1.18


@dataclass(slots=True)
class Page:
    """The marks of one page, its width and its height, in points from its upper left corner."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list)
    has_foot: bool = True


class _Flow:
    """Puts pieces below each other and turns the page. Tables run through it: each page ends with their total."""

    def __init__(self, g: Geometry, stretch: float) -> None:
        self.pages: list[Page] = []
        self._g = g
        self._stretch = stretch
        self._bottom = g.top + g.content_height + _TOLERANCE
        self._open: Running | None = None
        self._rows = self._rows_so_far = 0
        self._begin()

    def _begin(self) -> None:
        self.pages.append(Page(self._g.width, self._g.height, has_foot=self._g.foot_size > 0))
        self._y, self._fresh, self._rows = self._g.top, True, 0

    def _end(self) -> None:
        if self._open is not None and self._open.total is not None and self._rows_so_far:
            self._draw(self._open.total(self._rows, self._rows_so_far))
        if self._g.is_roll:
            self.pages[-1].height = self._g.up(self._y) + self._g.bottom

    def finish(self) -> list[Page]:
        """Return the pages; one that was begun for nothing is left out."""
        if self._fresh and len(self.pages) > 1:
            self.pages.pop()
        else:
            self._end()
        return self.pages

    def _turn(self) -> None:
        self._end()
        self._begin()

    def _gap(self, chunk: Chunk) -> float:
        return chunk.gap + self._stretch if chunk.gap else 0.0

    def _needed(self, chunks: Sequence[Chunk]) -> float:
        """Return the height of the pieces here, with the page total below them where a table goes on."""
        total = sum(self._gap(chunk) + chunk.height for chunk in chunks)
        if self._fresh:
            total -= self._gap(chunks[0])
        last = chunks[-1]
        return total + (last.running.total_height if last.running and not last.closes else 0.0)

    def _draw(self, chunk: Chunk) -> None:
        self._y = self._g.up(self._y)
        self.pages[-1].marks += moved(chunk.marks, self._g.left, self._y)
        self._y += chunk.height

    def _put(self, chunk: Chunk) -> None:
        if not self._fresh:
            self._y += self._gap(chunk)
        if chunk.bare:
            self.pages[-1].has_foot = False
        if chunk.running is not None:
            self._follow(chunk, chunk.running)
        if chunk.closes and chunk.running is not None and chunk.running.total is not None:
            self._draw(chunk.running.total(self._rows, self._rows_so_far))
        else:
            self._draw(chunk)
        self._fresh = False

    def _follow(self, chunk: Chunk, running: Running) -> None:
        if running is not self._open:
            self._rows = self._rows_so_far = 0
        self._rows += chunk.rows
        self._rows_so_far += chunk.rows
        self._open = None if chunk.closes or running.total is None else running

    def add(self, group: Sequence[Chunk]) -> None:
        """Put a group on this page, or on the next when it does not fit; part it only if no page holds it."""
        if group[0].turns:
            if not self._fresh:
                self._turn()
            return
        if not self._fresh and self._y + self._needed(group) > self._bottom:
            self._turn()
        for number, chunk in enumerate(group):
            if not self._fresh and self._y + self._needed(_bound(group, number)) > self._bottom:
                self._turn()
            if self._fresh and chunk.running is not None and chunk.running.head is not None:
                self._draw(chunk.running.head)
            self._put(chunk)


def _bound(group: Sequence[Chunk], number: int) -> Sequence[Chunk]:
    """Return a piece, the head of a table with its first row: a head without rows says nothing."""
    follows = group[number + 1] if number + 1 < len(group) else None
    is_head = follows is not None and follows.running is not None and group[number].running is None
    return group[number : number + 2] if is_head and follows is not None and follows.rows else [group[number]]


def _groups(chunks: Sequence[Chunk]) -> Iterator[list[Chunk]]:
    group: list[Chunk] = []
    for chunk in chunks:
        if chunk.turns and group:
            yield group
            group = []
        group.append(chunk)
        if not chunk.keeps_next:
            yield group
            group = []
    if group:
        yield group


def _foot(copy: Copy, page_words: str, g: Geometry) -> list[Mark]:
    size, left, right, width = g.foot_size, g.left, g.left + g.content_width, g.content_width
    y = g.height - g.bottom + 6.4 + size
    marks: list[Mark] = [RuleMark(left, y - 1.4 - size, right, y - 1.4 - size, 0.4)]
    number = shortened(page_words, Face.REGULAR, size, width * 0.3)
    first = shortened(copy.foot_left, Face.REGULAR, size, width - number.width - 12)
    middle = shortened(copy.foot_middle, Face.REGULAR, size, width)
    marks += first.marks_at(left, y, size)
    marks += number.marks_at(right - number.width, y, size)
    between = width - first.width - number.width
    if middle.width + 12 <= between:
        x = left + first.width + (between - middle.width) / 2 if copy.foot_left else left
        marks += middle.marks_at(x, y, size)
    else:
        marks += middle.marks_at(left, y + 1.4 + size, size)
    return marks


def _height(chunks: Sequence[Chunk]) -> float:
    return sum(chunk.gap + chunk.height for chunk in chunks)


def _stretch(chunks: Sequence[Chunk], g: Geometry) -> float:
    """Return how much wider each gap becomes when everything fits one page: a short paper need not be crammed."""
    if not g.most_stretch or any(chunk.turns for chunk in chunks):
        return 0.0
    left = g.content_height - _height(chunks)
    gaps = sum(1 for chunk in chunks if chunk.gap)
    return min(left * 0.9 / gaps, g.most_stretch) if left > 0 and gaps else 0.0


class _Press:
    """Lays out the copies of one document; what one copy needed is kept for the next, which says nearly the same."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._known: dict[Geometry, Known] = {}

    def _laid_out(self, copy: Copy, g: Geometry) -> list[Chunk]:
        known = self._known.setdefault(g, {}) if len(self._document.copies) > 1 else None
        return laid_out(copy.blocks, g, known)

    def _fitted(self, copy: Copy) -> tuple[Geometry, list[Chunk]]:
        """Return the pieces of a copy, a little tighter where they then fit one page."""
        usual = geometry_of(self._document.sheet)
        chunks, tight = self._laid_out(copy, usual), find_tighter(usual)
        over = _height(chunks) / usual.content_height
        if tight is None or not 1 < over < _MOST_TIGHTENED or any(chunk.turns for chunk in chunks):
            return usual, chunks
        tighter = self._laid_out(copy, tight)
        return (tight, tighter) if _height(tighter) <= tight.content_height else (usual, chunks)

    def pages(self, copy: Copy) -> list[Page]:
        """Return the pages of a copy."""
        g, chunks = self._fitted(copy)
        flow = _Flow(g, _stretch(chunks, g))
        for group in _groups(chunks):
            flow.add(group)
        pages = flow.finish()
        for number, page in enumerate(pages, start=1):
            if page.has_foot:
                page.marks += _foot(copy, self._document.page_wording.format(page=number, pages=len(pages)), g)
        return pages


def pages_of(document: Document) -> list[Page]:
    """Return all pages of all copies on the document's sheet; each copy counts its own pages.

    On a roll a copy is one page as long as its content, on labels each label is one.

    Raises:
        UserError: ``print.logo_unreadable``.
    """
    press = _Press(document)
    return [page for copy in document.copies for page in press.pages(copy)]
