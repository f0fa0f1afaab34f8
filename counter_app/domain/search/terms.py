"""What a dossier is found by: one term for each name word, number, year and so on, each kind with its own mark.

The index keeps a term as one token, its mark before it, so that a year is never found as a name. Marks are signs that
no folded word holds; the index's tokenizer must leave `SIGNS` inside a token.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from urllib.parse import quote

import msgspec

from counter_app.core.text import fold
from counter_app.domain.dossier import Dossier, parties_of
from counter_app.domain.person import Party

#: ``quote`` below writes a procedure's code with the last three.
SIGNS = "~=$><#&.-_%"
_WORD = re.compile(r"[^\W_]+")
_NO_DIGITS = re.compile(r"[^0-9]+")
# What stands before a final y or i that is written either way: Ý, Hy, Kỳ, Lý, Mỹ, Sỹ, Tý, Vy, Quý.
_BEFORE_Y_OR_I = frozenset({"", "h", "k", "l", "m", "s", "t", "v", "qu"})


class TermKind(StrEnum):
    """The kinds of terms; the values are their marks."""

    NAME = ""
    INITIALS = "~"
    BIRTH_YEAR = "="
    PROCEDURE = "$"
    NUMBER_START = ">"
    """Identity number, tax code or telephone number, read from its start."""
    NUMBER_END = "<"
    """The same numbers, read from their end."""
    CODE_PART = "#"
    """One part of the dossier's code: of its unit, its day, its number."""
    CODE_END = "&"
    """The dossier's code, read from its end."""


_MARKS = {kind: kind.value for kind in TermKind}
# A kind and a text: thousands of terms are written in a rebuild, and a struct for each would cost most of it.
_Told = tuple[TermKind, str]


class Term(msgspec.Struct, frozen=True, order=True):
    """One thing a dossier is found by; `text` holds no white space."""

    kind: TermKind
    text: str

    @property
    def token(self) -> str:
        """What stands in the index."""
        return f"{self.kind.value}{self.text}"


def terms_of(*, code: str, procedure_code: str, parties: Iterable[Party]) -> frozenset[Term]:
    """Return what a dossier is found by: its code, its procedure and its parties."""
    return frozenset(Term(kind, text) for kind, text in _iter_terms(code, procedure_code, parties) if text)


def index_words(dossier: Dossier) -> str:
    """Return what the search index takes for a dossier; equal dossiers give equal words."""
    parties = parties_of(dossier).values()
    terms = _iter_terms(dossier.code, dossier.procedure_code, parties)
    return " ".join(sorted({_MARKS[kind] + text for kind, text in terms if text}))


def written_terms(terms: Iterable[Term]) -> str:
    """Return terms as the search index takes them."""
    return " ".join(sorted(term.token for term in terms))


def _iter_terms(code: str, procedure_code: str, parties: Iterable[Party]) -> Iterator[_Told]:
    yield TermKind.PROCEDURE, procedure_term(procedure_code)
    yield from _code_terms(code)
    for party in parties:
        yield from _party_terms(party)


def split_words(text: str) -> list[str]:
    """Return the folded words of a text; whatever is neither letter nor digit divides them."""
    return _WORD.findall(fold(text))


def spellings_of(word: str) -> tuple[str, ...]:
    """Return a folded name word and, where y and i at its end are one sound, its other spelling (Lý, Lí)."""
    head, last = word[:-1], word[-1:]
    if last not in {"y", "i"} or head not in _BEFORE_Y_OR_I:
        return (word,)
    return word, head + ("i" if last == "y" else "y")


def initials_of(words: list[str]) -> str:
    """Return the first letters of a name's words, "" where there is only one word."""
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def procedure_term(code: str) -> str:
    """Return a procedure's code as one token; any text may be a code."""
    return quote(code.strip().casefold(), safe="", errors="replace")


def digits_of(text: str) -> str:
    """Return the digits of a number as written; +84 at its start is the 0 of the national form."""
    national = text.replace("+84", "0", 1) if text.lstrip().startswith("+84") else text
    return _NO_DIGITS.sub("", national)


def _party_terms(party: Party) -> Iterator[_Told]:
    words = split_words(party.full_name)
    for word in words:
        yield from ((TermKind.NAME, spelling) for spelling in spellings_of(word))
    yield TermKind.INITIALS, initials_of(words)
    year = party.birth_on.year if party.birth_on else party.birth_year
    if year is not None:
        yield TermKind.BIRTH_YEAR, f"{year:04d}"
        yield TermKind.BIRTH_YEAR, f"{year % 100:02d}"
    for written in filter(None, (party.id_number, party.old_id_number, party.tax_code, party.phone)):
        number = digits_of(written)
        yield TermKind.NUMBER_START, number
        yield TermKind.NUMBER_END, number[::-1]


def _code_terms(code: str) -> Iterator[_Told]:
    parts = split_words(code)
    yield from ((TermKind.CODE_PART, part) for part in parts)
    yield TermKind.CODE_END, "".join(parts)[::-1]
