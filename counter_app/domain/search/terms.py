"""What a dossier is found by: one term for each name word, number, year and so on, each kind with its own mark.

The index keeps a term as one token, its mark before it, so that a year is never found as a name. Marks are signs that
no folded word holds; the index's tokenizer must leave `SIGNS` inside a token.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
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


# The mark and a text: thousands of terms are written in a rebuild, and a struct for each would cost most of it.
_Told = tuple[str, str]
_INITIALS, _BIRTH_YEAR, _PROCEDURE = TermKind.INITIALS.value, TermKind.BIRTH_YEAR.value, TermKind.PROCEDURE.value
_NUMBER_START, _NUMBER_END = TermKind.NUMBER_START.value, TermKind.NUMBER_END.value
_NAME, _CODE_PART, _CODE_END = TermKind.NAME.value, TermKind.CODE_PART.value, TermKind.CODE_END.value


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
    return frozenset(Term(TermKind(mark), text) for mark, text in _list_terms(code, procedure_code, parties) if text)


def index_words(dossier: Dossier) -> str:
    """Return what the search index takes for a dossier; equal dossiers give equal words."""
    parties = parties_of(dossier).values()
    terms = _list_terms(dossier.code, dossier.procedure_code, parties)
    return " ".join(sorted({mark + text for mark, text in terms if text}))


def written_terms(terms: Iterable[Term]) -> str:
    """Return terms as the search index takes them."""
    return " ".join(sorted(term.token for term in terms))


def _list_terms(code: str, procedure_code: str, parties: Iterable[Party]) -> list[_Told]:
    terms = [(_PROCEDURE, procedure_term(procedure_code)), *_code_terms(code)]
    for party in parties:
        terms += _party_terms(party)
    return terms


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


@lru_cache(maxsize=1_000)
def procedure_term(code: str) -> str:
    """Return a procedure's code as one token; any text may be a code."""
    return quote(code.strip().casefold(), safe="", errors="replace")


def digits_of(text: str) -> str:
    """Return the digits of a number as written; +84 at its start is the 0 of the national form."""
    national = text.replace("+84", "0", 1) if text.lstrip().startswith("+84") else text
    return _NO_DIGITS.sub("", national)


def _party_terms(party: Party) -> list[_Told]:
    words = split_words(party.full_name)
    terms = [(_NAME, spelling) for word in words for spelling in spellings_of(word)]
    terms.append((_INITIALS, initials_of(words)))
    year = party.birth_on.year if party.birth_on else party.birth_year
    if year is not None:
        terms += ((_BIRTH_YEAR, f"{year:04d}"), (_BIRTH_YEAR, f"{year % 100:02d}"))
    for written in filter(None, (party.id_number, party.old_id_number, party.tax_code, party.phone)):
        number = digits_of(written)
        terms += ((_NUMBER_START, number), (_NUMBER_END, number[::-1]))
    return terms


def _code_terms(code: str) -> list[_Told]:
    parts = split_words(code)
    return [*((_CODE_PART, part) for part in parts), (_CODE_END, "".join(parts)[::-1])]
