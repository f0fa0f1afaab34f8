"""What was read on a paper: words with their places, and stretches of them in which rules look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec

from counter_app.core.text import fold

# Ordinary blanks are below 2 % of a page's width, columns of a letter head stand further apart (NĐ 30/2020, phụ lục I).
_COLUMN_GAP = 0.035


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A place on a page as parts of its width and height, 0 to 1, from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        """Half way from left to right."""
        return (self.left + self.right) / 2


class ReadWord(msgspec.Struct, frozen=True, kw_only=True):
    """One word, NFC, its place, and how sure the reader is, 0 to 100."""

    text: str
    box: Box
    confidence: int


class ReadCode(msgspec.Struct, frozen=True, kw_only=True):
    """A QR or bar code: its text and its place."""

    text: str
    box: Box


class ReadPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, from 1, as lines of words from the top down, and its codes."""

    number: int
    lines: tuple[tuple[ReadWord, ...], ...] = ()
    codes: tuple[ReadCode, ...] = ()


class FactField(StrEnum):
    """What is looked for; the values name fields of `DocumentFacts`."""

    NUMBER_SYMBOL = "number_symbol"
    ISSUED_ON = "issued_on"
    ISSUER = "issuer"
    OWNER_NAME = "owner_name"
    OWNER_ID_NUMBER = "owner_id_number"
    VALID_UNTIL = "valid_until"

    @property
    def is_day(self) -> bool:
        """Whether its value is a day, written as ISO 8601."""
        return self in (FactField.ISSUED_ON, FactField.VALID_UNTIL)


class FactSource(StrEnum):
    """Where a value came from."""

    TEXT = "text"
    CODE = "code"
    TYPED = "typed"


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A value that a rule found. `is_plain`: nothing but the reader's own doubt speaks against it."""

    field: FactField
    value: str
    confidence: int
    page: int
    box: Box
    is_plain: bool
    source: FactSource = FactSource.TEXT


class Run:
    """Neighbouring words as one text. `flat` is the text without marks, letter for letter as long as `text`."""

    def __init__(self, words: Sequence[ReadWord]) -> None:
        self.words = tuple(words)
        self.text = " ".join(word.text for word in words)
        self.flat = flatten(self.text)

    @property
    def box(self) -> Box:
        """The place of all words."""
        return around(self.words)

    def words_at(self, start: int, end: int) -> tuple[ReadWord, ...]:
        """Return the words that a stretch of the text touches."""
        found, at = [], 0
        for word in self.words:
            if at < end and at + len(word.text) > start:
                found.append(word)
            at += len(word.text) + 1
        return tuple(found)

    def candidate(self, field: FactField, value: str, span: tuple[int, int], page: int, *, is_plain: bool) -> Candidate:
        """Return a value found at a stretch of the text, as sure as its least sure word."""
        words = self.words_at(*span)
        return Candidate(
            field=field,
            value=value,
            confidence=min(word.confidence for word in words),
            page=page,
            box=around(words),
            is_plain=is_plain,
        )


def around(words: Sequence[ReadWord]) -> Box:
    """Return the smallest place that holds every word."""
    boxes = [word.box for word in words]
    return Box(
        left=min(box.left for box in boxes),
        top=min(box.top for box in boxes),
        right=max(box.right for box in boxes),
        bottom=max(box.bottom for box in boxes),
    )


def iter_runs(page: ReadPage) -> Iterator[Run]:
    """Yield every line, split where columns stand side by side."""
    for line in page.lines:
        first = 0
        for place in range(1, len(line) + 1):
            is_end = place == len(line) or line[place].box.left - line[place - 1].box.right > _COLUMN_GAP
            if is_end:
                yield Run(line[first:place])
                first = place


def flatten(text: str) -> str:
    """Return the text in lower case without marks, every letter in its place."""
    return "".join(_flat(letter) for letter in text)


def _flat(letter: str) -> str:
    folded = fold(letter)
    return folded if len(folded) == 1 else " " if letter.isspace() else letter
