"""Finding a procedure while the clerk types: nicknames, initials, starts of words, codes; no diacritics needed."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from counter_app.core.text import fold
from counter_app.domain.procedure import Procedure

_WORD = re.compile(r"[a-z0-9]+")
_CODE = re.compile(r"[0-9][0-9a-z.]*")

# Ranks of an answer; the smaller one stands higher.
_EXACT_NICKNAME, _NICKNAME_START, _CODE_MATCH, _INITIALS, _NAME_START, _NAME_WORDS, _ELSEWHERE = range(7)


class _Entry(msgspec.Struct, frozen=True):
    procedure: Procedure
    code: str
    nicknames: tuple[str, ...]
    initials: tuple[str, ...]
    words: tuple[str, ...]
    other_words: tuple[str, ...]


class ProcedureIndex:
    """An index over one state of the catalogue. Built once, then read from any thread.

    A catalogue of 500 procedures answers in under 2 ms.
    """

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        self._entries = tuple(_entry_of(procedure) for procedure in procedures)

    def find(self, words: str, limit: int, recent: Sequence[str] = ()) -> list[Procedure]:
        """Return at most `limit` procedures, best first.

        An exact nickname comes first, then the start of a nickname, a code or its digits, initials, all words at the
        start of the name, words anywhere in it, and words in field or results. `recent` holds codes, the latest first:
        it breaks ties, and with no words typed it is the answer, followed by the catalogue in its order.
        """
        typed = fold(words)
        latest = {code: position for position, code in enumerate(recent)}
        found: list[tuple[int, int, int, Procedure]] = []
        pieces = tuple(_WORD.findall(typed))
        for position, entry in enumerate(self._entries):
            rank = _rank(entry, typed, pieces) if typed else _EXACT_NICKNAME
            if rank is not None:
                found.append((rank, latest.get(entry.procedure.code, len(latest)), position, entry.procedure))
        found.sort(key=lambda answer: answer[:3])
        return [procedure for _, _, _, procedure in found[: max(limit, 0)]]


def _entry_of(procedure: Procedure) -> _Entry:
    words = tuple(_WORD.findall(fold(procedure.name)))
    nicknames = tuple(fold(nickname) for nickname in procedure.nicknames)
    others = " ".join((procedure.field_name, *procedure.results, *procedure.nicknames))
    first_letters = "".join(word[0] for word in words)
    spoken = tuple("".join(word[0] for word in nickname.split()) for nickname in nicknames if " " in nickname)
    return _Entry(
        procedure=procedure,
        code=procedure.code.lower(),
        nicknames=nicknames,
        initials=(first_letters, *spoken),
        words=words,
        other_words=tuple(dict.fromkeys(_WORD.findall(fold(others)))),
    )


def _rank(entry: _Entry, typed: str, pieces: tuple[str, ...]) -> int | None:
    if typed in entry.nicknames:
        return _EXACT_NICKNAME
    if any(nickname.startswith(typed) for nickname in entry.nicknames):
        return _NICKNAME_START
    if _CODE.fullmatch(typed) and _matches_code(entry.code, typed):
        return _CODE_MATCH
    if len(pieces) == 1 and len(typed) >= 2 and any(letters.startswith(typed) for letters in entry.initials):
        return _INITIALS
    if not pieces:
        return None
    return _rank_by_words(entry, pieces)


def _matches_code(code: str, typed: str) -> bool:
    """The start of the code, or the digits after the zeros: 1193 for 1.001193."""
    if code.startswith(typed):
        return True
    national = ".".join(code.split(".")[:2])
    return len(typed) >= 3 and national.endswith(typed)


def _rank_by_words(entry: _Entry, pieces: tuple[str, ...]) -> int | None:
    if _starts_in_order(entry.words[: len(pieces)], pieces):
        return _NAME_START
    if all(any(word.startswith(piece) for word in entry.words) for piece in pieces):
        return _NAME_WORDS
    everything = entry.words + entry.other_words
    if all(any(word.startswith(piece) for word in everything) for piece in pieces):
        return _ELSEWHERE
    return None


def _starts_in_order(words: tuple[str, ...], pieces: tuple[str, ...]) -> bool:
    return len(words) == len(pieces) and all(word.startswith(piece) for word, piece in zip(words, pieces, strict=True))
