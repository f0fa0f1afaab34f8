"""Breaking text into lines that fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from printing.renderers.fonts import Face, text_width
from printing.renderers.marks import TextMark


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text in one face."""

    text: str
    face: Face


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    face: Face
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its pieces with their distance from the line's start, and its width."""

    pieces: tuple[tuple[float, str, Face], ...]
    width: float

    def marks_at(self, x: float, y: float, size: float) -> list[TextMark]:
        """Return the line's texts with their baseline starting at x, y."""
        return [TextMark(x + at, y, text, face, size) for at, text, face in self.pieces]


def _cut(word: str, face: Face, size: float, room: float) -> Iterator[_Word]:
    # A word wider than the column (an address on the web, a name typed without spaces) is cut where it must be.
    piece, width = "", 0.0
    for char in word:
        step = text_width(char, face, size)
        if piece and width + step > room:
            yield _Word(piece, face, width)
            piece, width = "", 0.0
        piece, width = piece + char, width + step
    yield _Word(piece, face, width)


def _words(spans: Sequence[Span], size: float, room: float) -> Iterator[_Word]:
    for span in spans:
        for word in span.text.split():
            width = text_width(word, span.face, size)
            if width <= room:
                yield _Word(word, span.face, width)
            else:
                yield from _cut(word, span.face, size, room)


def _line(words: Sequence[_Word], size: float) -> Line:
    pieces: list[tuple[float, str, Face]] = []
    at = end = 0.0
    for word in words:
        if pieces and pieces[-1][2] is word.face:
            start, text, face = pieces[-1]
            pieces[-1] = (start, f"{text} {word.text}", face)
        else:
            pieces.append((at, word.text, word.face))
        end = at + word.width
        at = end + text_width(" ", word.face, size)
    return Line(tuple(pieces), end)


def broken(spans: Sequence[Span], size: float, room: float) -> list[Line]:
    """Return the lines that a text takes in a column; never none, an empty text is one empty line."""
    lines: list[Line] = []
    current: list[_Word] = []
    used = 0.0
    for word in _words(spans, size, room):
        space = text_width(" ", current[-1].face, size) if current else 0.0
        if current and used + space + word.width > room:
            lines.append(_line(current, size))
            current, used, space = [], 0.0, 0.0
        current.append(word)
        used += space + word.width
    lines.append(_line(current, size))
    return lines


def dots(room: float, size: float) -> str:
    """Return as many dots to write on as the room holds."""
    return "." * max(0, int(room / text_width(".", Face.REGULAR, size)))
