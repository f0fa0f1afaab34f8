"""What typed words ask for, as an expression of SQLite's FTS5 over the terms of `terms.py`.

Every word must be met, each by any kind of term it may be: "nva 85 ks" is initials, a year and a procedure. Whatever is
typed stands inside quotes and without quotes of its own: no text becomes an operator.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from counter_app.core.text import fold
from counter_app.domain.search.terms import Term, TermKind, digits_of, procedure_term, spellings_of, split_words

_LONGEST_TEXT = 200
_MOST_WORDS = 10
_MOST_JOINED = 5
_FEWEST_SIGNS = 2
#: Fewer digits than these are a year or part of a name: half of all numbers would begin or end with them.
FEWEST_DIGITS = 3
_LONGEST_NICKNAME = 6
_YEAR_DIGITS = 4
_LONG_NUMBER = 8
_NUMBER = re.compile(r"\+?[0-9][0-9.\-/]*")
_FOREIGN_NUMBER = re.compile(r"84[0-9]{9}")


class CodesNamed(Protocol):
    """What the catalogue knows of nicknames."""

    def __call__(self, words: Sequence[str], *, is_growing: bool) -> tuple[str, ...]:
        """Return the codes of the procedures that folded words name; the last word may still be growing."""
        ...


class Query(msgspec.Struct, frozen=True):
    """What is asked for: FTS5 expressions, of which the first that finds anything is the answer; none ask nothing."""

    tries: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Folded, as typed."""
    procedures: tuple[str, ...] = ()
    """Codes of the procedures that the words name."""


NOTHING = Query()


def read_query(text: str, codes_named: CodesNamed) -> Query:
    """Return what a text asks for. A text of one letter asks for nothing; words past the tenth are not looked at."""
    folded = fold(text[:_LONGEST_TEXT])
    words = tuple(word for word in folded.split() if any(char.isalnum() for char in word))[:_MOST_WORDS]
    if sum(char.isalnum() for word in words for char in word) < _FEWEST_SIGNS:
        return NOTHING
    groups: list[_Group] = []
    left: Sequence[str] = words
    while left:
        groups.append(_next_group(left, codes_named))
        left = left[groups[-1].length :]
    tries = (_all(group.likelier or group.asked for group in groups), _all(group.asked for group in groups))
    procedures = dict.fromkeys(code for group in groups for code in group.procedures)
    return Query(tuple(dict.fromkeys(tries)), words, tuple(procedures))


def is_number(word: str) -> bool:
    """Whether a typed word is a number, with whatever people write between digits."""
    return _NUMBER.fullmatch(word) is not None


def number_of(word: str) -> str:
    """Return the digits of a typed number; 84 before a whole telephone number is the 0 of the national form."""
    digits = digits_of(word)
    return f"0{digits[2:]}" if _FOREIGN_NUMBER.fullmatch(digits) else digits


class _Group(msgspec.Struct, frozen=True):
    """So many words that belong together, and what they ask for; `likelier` where one reading is tried alone first."""

    length: int
    asked: str
    likelier: str = ""
    procedures: tuple[str, ...] = ()


def _next_group(words: Sequence[str], codes_named: CodesNamed) -> _Group:
    """Return what the first words ask for together."""
    numbers = next((place for place, word in enumerate(words) if not is_number(word)), len(words))
    if numbers:
        return _numbers(words[:numbers])
    for length in range(min(len(words), _LONGEST_NICKNAME), 0, -1):
        codes = codes_named(words[:length], is_growing=length == len(words))
        if codes:
            alone = _all(_word(word) for word in words[:length])
            named = (_term(TermKind.PROCEDURE, procedure_term(code)) for code in codes)
            return _Group(length, _any([*named, alone]), procedures=codes)
    return _Group(1, _word(words[0]))


def _word(word: str) -> str:
    """A word that is no number: of a name, initials, or a part of a code."""
    if is_number(word):
        return _number(word)
    pieces = split_words(word)
    asked = [_all(_name(piece) for piece in pieces)]
    if len(pieces) == 1 and len(pieces[0]) >= _FEWEST_SIGNS:
        asked.append(_start(TermKind.INITIALS, pieces[0]))
    if any(char.isdigit() for char in word):
        asked += [_code_start(pieces), _start(TermKind.CODE_END, "".join(pieces)[::-1]), *_procedure_code(word)]
    return _any(asked)


def _procedure_code(word: str) -> list[str]:
    return [_term(TermKind.PROCEDURE, procedure_term(word))] if "." in word else []


def _name(piece: str) -> str:
    """A name word by its start. One spelling is enough: the index holds both."""
    return _start(TermKind.NAME, spellings_of(piece)[0])


def _numbers(words: Sequence[str]) -> _Group:
    """Numbers one after the other: each by itself, or those at one end as one number written with blanks.

    A number that comes out long is tried first and alone: chance finds no such number, and the others one by one fit
    so many dossiers that asking for them takes time.
    """
    joined: list[tuple[str, ...]] = []
    if len(words) <= _MOST_JOINED:
        joined += [(*words[:place], "".join(words[place:])) for place in range(len(words) - 1)]
        joined += [("".join(words[:place]), *words[place:]) for place in range(2, len(words))]
    long_ones = [way for way in joined if max(len(number_of(word)) for word in way) >= _LONG_NUMBER]
    short_ones = [tuple(words), *(way for way in joined if way not in long_ones)]
    return _Group(len(words), _ways(short_ones), _ways(long_ones) if long_ones else "")


def _ways(ways: Iterable[Sequence[str]]) -> str:
    return _any(_all(_number(word) for word in way) for way in ways)


def _number(word: str) -> str:
    """A number: a year, the start or end of an identity or telephone number, a part or the end of a code, a name."""
    digits, pieces = number_of(word), split_words(word)
    asked = [_all(_name(piece) for piece in pieces)]
    if len(digits) <= _YEAR_DIGITS:
        asked.append(_start(TermKind.BIRTH_YEAR, digits))
    if len(digits) >= FEWEST_DIGITS:
        asked += [
            _start(TermKind.NUMBER_START, digits),
            _start(TermKind.NUMBER_END, digits[::-1]),
            _start(TermKind.CODE_END, digits[::-1]),
            _code_start(pieces),
            *_procedure_code(word),
        ]
    return _any(asked)


def _code_start(pieces: Sequence[str]) -> str:
    whole = (_term(TermKind.CODE_PART, piece) for piece in pieces[:-1])
    return _all([*whole, _start(TermKind.CODE_PART, pieces[-1])])


def _term(kind: TermKind, text: str) -> str:
    return f'"{Term(kind, text).token}"'


def _start(kind: TermKind, text: str) -> str:
    return f"{_term(kind, text)}*"


def _all(parts: Iterable[str]) -> str:
    return _joined(" AND ", parts)


def _any(parts: Iterable[str]) -> str:
    return _joined(" OR ", parts)


def _joined(word: str, parts: Iterable[str]) -> str:
    wanted = tuple(dict.fromkeys(parts))
    return wanted[0] if len(wanted) == 1 else f"({word.join(wanted)})"
