"""Breaking text into lines that fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from printing.renderers.fonts import Face, text_width
from printing.renderers.marks import Mark, TextMark

_BREAKS = frozenset("-./@_,;:+&=?")


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
    start, width = 0, 0.0
    for at, char in enumerate(word):
        step = text_width(char, face, size)
        if at > start and width + step > room:
            end = _break_before(word, start, at)
            yield _Word(word[start:end], face, text_width(word[start:end], face, size))
            start, width = end, text_width(word[end:at], face, size)
        width += step
    yield _Word(word[start:], face, width)


def _break_before(word: str, start: int, end: int) -> int:
    """Return where a line may end: after the last sign in its second half, else anywhere."""
    for at in range(end, (start + end) // 2, -1):
        if word[at - 1] in _BREAKS:
            return at
    return end


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


def text_lines(text: str, face: Face, size: float, room: float) -> list[Line]:
    """Return the lines of a text in one face: `broken`, without its work where the text plainly fits one line."""
    if text and text.isprintable() and "  " not in text and text[0] != " " != text[-1]:
        width = text_width(text, face, size)
        if width <= room:
            return [Line(((0.0, text, face),), width)]
    return broken([Span(text, face)], size, room)


def limited(text: str, face: Face, size: float, room: float, most: int) -> list[Line]:
    """Return at most so many lines; the last one ends in … when there would be more."""
    lines = text_lines(text, face, size, room)
    if len(lines) <= most:
        return lines
    rest = " ".join(piece for line in lines[most - 1 :][:2] for _at, piece, _face in line.pieces)
    return [*lines[: most - 1], shortened(f"{rest} …", face, size, room)]


def shortened(text: str, face: Face, size: float, room: float) -> Line:
    """Return one line, its end replaced by … where the text is wider than the room."""
    whole = " ".join(text.split())
    if text_width(whole, face, size) <= room:
        return text_lines(whole, face, size, room)[0]
    used = text_width("…", face, size)
    kept = 0
    for char in whole:
        used += text_width(char, face, size)
        if used > room:
            break
        kept += 1
    cut = whole[:kept].rstrip() + "…"
    return Line(((0.0, cut, face),), text_width(cut, face, size))


def balanced(text: str, face: Face, size: float, room: float, most: int) -> list[Line]:
    """Return as few lines as fit, about equally long: a heading that ends in one lonely word looks broken."""
    lines = limited(text, face, size, room, most)
    narrow, wide = 0.0, room
    for _step in range(6 if 1 < len(lines) <= 4 else 0):
        middle = (narrow + wide) / 2
        tried = limited(text, face, size, middle, most)
        if len(tried) == len(lines) and tried[-1].pieces[-1][1].endswith("…") == lines[-1].pieces[-1][1].endswith("…"):
            wide, lines = middle, tried
        else:
            narrow = middle
    return lines


def baseline(size: float) -> float:
    """Return how far below the top of a line its letters stand: Tinos rises 0.891 of its size."""
    return size * 0.9


def centred(lines: Sequence[Line], x: float, y: float, room: float, size: float, leading: float) -> list[Mark]:
    """Return lines one below the other, each in the middle of the room that begins at x, y."""
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        at = x + (room - line.width) / 2
        marks.extend(line.marks_at(at, y + number * leading + baseline(size), size))
    return marks


def dots(room: float, size: float) -> str:
    """Return as many dots to write on as the room holds."""
    return "." * max(0, int(room / text_width(".", Face.REGULAR, size)))
