"""Which parts of what a row shows were meant by the typed words, so that they can be marked."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from counter_app.core.text import fold
from counter_app.domain.search.query import FEWEST_DIGITS, Query, is_number, number_of
from counter_app.domain.search.terms import spellings_of, split_words


class Span(msgspec.Struct, frozen=True, order=True):
    """A part of a shown text, from `start` up to but without `end`, counted in characters."""

    start: int
    end: int


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The parts of a row's texts that were meant; in order, never overlapping."""

    code: tuple[Span, ...] = ()
    applicant_name: tuple[Span, ...] = ()
    procedure_name: tuple[Span, ...] = ()


@lru_cache(maxsize=1_024)  # a list paints the same rows again with every move of its selection
def find_match(query: Query, *, code: str, applicant_name: str, procedure_code: str, procedure_name: str) -> Match:
    """Return what to mark in one row. A row found by something it does not show, such as a year, has less marked."""
    is_named = procedure_code in query.procedures
    return Match(
        code=_merged(_in_code(code, query.words)),
        applicant_name=_merged(_in_name(applicant_name, query.words)),
        procedure_name=(Span(0, len(procedure_name)),) if is_named else (),
    )


class Piece(msgspec.Struct, frozen=True):
    """One word of a shown text: folded, and for each folded letter where its character ends in the text."""

    start: int
    folded: str
    ends: tuple[int, ...]

    def first(self, count: int) -> Span:
        """Return where its first folded letters stand."""
        return Span(self.start, self.ends[count - 1])

    def last(self, count: int) -> Span:
        """Return where its last folded letters stand."""
        return Span(self.ends[-count - 1] if count < len(self.ends) else self.start, self.ends[-1])


_bare = lru_cache(maxsize=1_024)(fold)


def pieces_of(text: str) -> list[Piece]:
    """Return the words of a text, in order."""
    found: list[Piece] = []
    start, folded, ends = 0, "", []
    for place, char in enumerate([*text, " "]):
        bare = _bare(char)
        if bare.isalnum():
            start = start if folded else place
            folded += bare
            ends += [place + 1] * len(bare)
        elif folded and (bare or char.isspace()):
            found.append(Piece(start, folded, tuple(ends)))
            folded, ends = "", []
        elif folded:  # a mark of its own belongs to the letter before it
            ends[-1] = place + 1
    return found


def _in_name(name: str, words: Sequence[str]) -> Iterator[Span]:
    pieces = pieces_of(name)
    for word in words:
        in_words = [
            piece.first(len(asked))
            for asked in split_words(word)
            for piece in pieces
            if any(spelling.startswith(asked) for spelling in spellings_of(piece.folded))
        ]
        yield from in_words or _in_initials(pieces, word)


def _in_initials(pieces: Sequence[Piece], word: str) -> list[Span]:
    initials = "".join(piece.folded[0] for piece in pieces)
    is_meant = len(word) > 1 and word.isalpha() and initials.startswith(word)
    return [piece.first(1) for piece in pieces[: len(word)]] if is_meant else []


def _in_code(code: str, words: Sequence[str]) -> Iterator[Span]:
    pieces = pieces_of(code)
    for word in words:
        if not any(char.isdigit() for char in word):
            continue
        if is_number(word) and len(number_of(word)) < FEWEST_DIGITS:
            continue
        yield from _at_end(pieces, "".join(split_words(word))) or _at_start(pieces, split_words(word))


def _at_end(pieces: Sequence[Piece], wanted: str) -> list[Span]:
    if not "".join(piece.folded for piece in pieces).endswith(wanted):
        return []
    spans, left = [], len(wanted)
    for piece in reversed(pieces):
        if left <= 0:
            break
        taken = min(left, len(piece.folded))
        spans.append(piece.last(taken))
        left -= taken
    return spans


def _at_start(pieces: Sequence[Piece], asked: Sequence[str]) -> list[Span]:
    whole = {piece.folded: piece for piece in pieces}
    last = next((piece for piece in pieces if piece.folded.startswith(asked[-1])), None)
    if last is None or any(word not in whole for word in asked[:-1]):
        return []
    return [*(whole[word].first(len(word)) for word in asked[:-1]), last.first(len(asked[-1]))]


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
