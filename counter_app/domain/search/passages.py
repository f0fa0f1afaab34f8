"""Finding words inside papers: what typed words ask of the index of pages, and the passage that shows them.

Words are compared as everywhere else: without tones and marks, đ as d. Vietnamese words are syllables with blanks
between them, so words side by side count before words that merely stand on the same page.
"""

import re
from collections.abc import Sequence

import msgspec

from counter_app.core.text import fold
from counter_app.domain.search.spans import Piece, Span, pieces_of
from counter_app.domain.search.terms import split_words

_LONGEST_TEXT = 200
_MOST_WORDS = 10
_FEWEST_SIGNS = 3
_BEFORE, _AFTER = 1, 12
_BLANKS = re.compile(r"\s+")


class InsideQuery(msgspec.Struct, frozen=True):
    """What is asked of the index of pages: FTS5 expressions, the closer fitting first; none ask nothing."""

    tries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """Some words of a page around what was looked for; `marks` are the parts that were meant."""

    text: str
    marks: tuple[Span, ...]


def read_inside_query(text: str) -> InsideQuery:
    """Return what a text asks for: its words in this order, the last as the start of one; or all of them on one page.

    Fewer than three letters and digits ask for nothing: half of all pages would answer.
    """
    words = tuple(split_words(text[:_LONGEST_TEXT]))[:_MOST_WORDS]
    if sum(map(len, words)) < _FEWEST_SIGNS or not all(word.isascii() for word in words):
        return InsideQuery()
    # Whatever is typed stands inside quotes, and a word holds none: no text becomes an operator.
    phrase = f'"{" ".join(words)}" *'
    each = " AND ".join([*(f'"{word}"' for word in words[:-1]), f'"{words[-1]}" *'])
    return InsideQuery(tuple(dict.fromkeys((phrase, each))), words)


def written_words(text: str) -> str:
    """Return a page's words as the index takes them."""
    return " ".join(split_words(text))


def count_phrase(text: str, words: Sequence[str]) -> int:
    """Return how often the words stand side by side in a text."""
    return fold(text).count(" ".join(words))


def find_passage(text: str, words: Sequence[str]) -> Passage:
    """Return the words of a page around the first place where what was looked for stands, else its first words."""
    line = _BLANKS.sub(" ", text).strip()
    pieces = pieces_of(line)
    first, length = _find_place(pieces, words)
    shown = pieces[max(0, first - _BEFORE) : first + length + _AFTER]
    if not shown:
        return Passage(text="", marks=())
    start, end = shown[0].start, shown[-1].ends[-1]
    head = "… " if start else ""
    tail = " …" if end < len(line) else ""
    shift = len(head) - start
    marked = [_meant(piece, words) for piece in pieces[first : first + length]] if length else []
    marks = tuple(Span(span.start + shift, span.end + shift) for span in marked if span is not None)
    return Passage(text=f"{head}{line[start:end]}{tail}", marks=marks)


def _find_place(pieces: Sequence[Piece], words: Sequence[str]) -> tuple[int, int]:
    """Return the place and number of the words to show: all side by side, else the first word that is one of them."""
    count = len(words)
    if not count:
        return 0, 0
    for place in range(len(pieces) - count + 1):
        if _stands(pieces[place : place + count], words):
            return place, count
    place = next((place for place, piece in enumerate(pieces) if _meant(piece, words) is not None), -1)
    return (place, 1) if place >= 0 else (0, 0)


def _stands(pieces: Sequence[Piece], words: Sequence[str]) -> bool:
    whole = all(piece.folded == word for piece, word in zip(pieces, words[:-1], strict=False))
    return whole and pieces[-1].folded.startswith(words[-1])


def _meant(piece: Piece, words: Sequence[str]) -> Span | None:
    if piece.folded in words:
        return piece.first(len(piece.folded))
    begun = words[-1]
    return piece.first(len(begun)) if piece.folded.startswith(begun) else None
