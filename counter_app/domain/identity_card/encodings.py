"""From the bytes of a reader to text, repaired only when there is one way to read them.

Readers set to the wrong code page, keyboard emulation, serial bridges and office programs damage Vietnamese text in
known ways: UTF-8 shown as a Windows or DOS code page and encoded again, UTF-16, Windows-1258, and the encodings
from before Unicode. A damage is undone when exactly one reading is plausible Vietnamese; otherwise it is refused.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.identity_card.card import CardWarning
from counter_app.domain.identity_card.legacy_tables import TCVN3, decode_tcvn3, decode_viscii, decode_vni
from counter_app.domain.identity_card.syllables import (
    is_plausible_text,
    known_share,
    marked_words,
)

MAX_CHARS = 4000
"""Longer readings are no identity card: a code of one holds under 400 characters."""

# ISO/IEC 15424: a reader may be set to send "]Q1" and the like before the data.
_AIM_PREFIX = re.compile(r"^\s*\][A-Za-z][0-9A-Za-z](?=\S)")

_REPAIRED = CardWarning("card.warning.encoding_repaired", "text")
_CASE_LOST = CardWarning("card.warning.letter_case", "text")

_ENDS = "\ufeff\x00\x02\x03\r\n\t "
_WORD = re.compile(r"[^\W\d_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# A question mark or U+FFFD where a letter was: "Nguy?n", "Th?".
_LOST_LETTER = re.compile(r"\ufffd|\?[^\W\d_]|[^\W\d_]\?(?=[\s|,?]|$)")
# UTF-8 shown in a code page that looks otherwise clean: Ô or Ò as Ã and a quotation sign, à as Ã and a space.
_SHOWN_LEAD = re.compile("[ÃĂ][’‘–—“”…\u00a0]|[A-Z][ÃĂ](?= [A-Z]?[a-z])")
_LINE_END = re.compile(r"\r\n?|\n")
_SPACE_AFTER_LEAD = re.compile(r"(Ã|áº|á») ([a-z]*)")
_ENDINGS = frozenset({"c", "ch", "i", "m", "n", "ng", "nh", "o", "p", "t", "u", "y"})
# Letters whose capital TCVN3 cannot write: those with a tone.
_CASELESS = frozenset(letter for letter in TCVN3.values() if letter.upper() not in TCVN3.values())


class _Candidate(msgspec.Struct, frozen=True):
    """One way to read a damaged text.

    `case_lost`: its encoding cannot write some of the capitals. `must_have_marks`: it explains the damage only if it
    brings letters with marks back.
    """

    text: str
    case_lost: bool = False
    must_have_marks: bool = True


def decode_reading(raw: bytes) -> tuple[str, tuple[CardWarning, ...]]:
    """Return one reading as NFC text, with warnings for what had to be repaired.

    Raises:
        UserError: ``card.empty``; ``card.too_long``; ``card.damaged_text`` when no reading, or more than one, is
            plausible.
    """
    if len(raw) > 2 * MAX_CHARS:
        raise UserError("card.too_long", limit=MAX_CHARS)
    if not raw.strip(b"\x00\r\n\t "):
        raise UserError("card.empty")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw.strip(b"\x00"):
        return _only_reading(_from_utf16(raw))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _only_reading(_from_legacy(raw))
    return repair_text(text)


def without_prefix(text: str) -> str:
    """Return the text without the symbology identifier that a reader may send first."""
    return _AIM_PREFIX.sub("", text.lstrip("\ufeff\x00\x02"))


def repair_text(text: str) -> tuple[str, tuple[CardWarning, ...]]:
    """Return pasted or typed-in text as NFC, its code page damage undone, under the rules of `decode_reading`."""
    if len(text) > MAX_CHARS:
        raise UserError("card.too_long", limit=MAX_CHARS)
    kept = text.strip(_ENDS)
    if not kept:
        raise UserError("card.empty")
    if not _is_clean(kept):
        return _only_reading(_unshown(kept, depth=2))
    text = _composed(kept)
    return _better_reading(kept) if known_share(text) < 1 else (text, ())


def _better_reading(text: str) -> tuple[str, tuple[CardWarning, ...]]:
    """Return a clean text that has unknown words, unless an old encoding shown as Windows-1252 explains all of them.

    A whole card never comes here by mistake: its many words would all have to fit twice.
    """
    raw = _as_windows(text)
    candidates = tuple(_from_legacy(raw)) if raw is not None else ()
    explained = [one for one in candidates if _is_clean(one.text) and known_share(_composed(one.text)) == 1]
    return _only_reading(iter(explained)) if explained else (_composed(text), ())


def _composed(text: str) -> str:
    """Return NFC with single spaces, line breaks kept: a machine readable zone has three lines."""
    return "\n".join(map(nfc, _LINE_END.split(text)))


def _is_clean(text: str) -> bool:
    """Whether nothing in a text, not yet composed, speaks of damage."""
    if _CONTROL.search(text) or _LOST_LETTER.search(text) or _SHOWN_LEAD.search(text):
        return False
    return is_plausible_text(_composed(text))


def _only_reading(candidates: Iterator[_Candidate]) -> tuple[str, tuple[CardWarning, ...]]:
    """Return the one plausible candidate; refuse when there is none or a choice."""
    found: dict[str, bool] = {}
    for candidate in candidates:
        kept = candidate.text.strip(_ENDS)
        if kept and _is_clean(kept) and (marked_words(_composed(kept)) or not candidate.must_have_marks):
            text = _composed(kept)
            found[text] = candidate.case_lost and found.get(text, True)
    if len(found) > 1:
        found = _clearly_better(found)
    if len(found) != 1:
        raise UserError("card.damaged_text")
    text, case_lost = found.popitem()
    if known_share(text) < 0.6:
        raise UserError("card.damaged_text")
    return text, (_REPAIRED, _CASE_LOST) if case_lost else (_REPAIRED,)


def _clearly_better(found: dict[str, bool]) -> dict[str, bool]:
    """Return the texts of known words alone, where that proves something: four different marked words or more."""
    whole = {text: lost for text, lost in found.items() if known_share(text) == 1}
    return whole if all(len(set(marked_words(text))) >= 4 for text in whole) else found


def _from_utf16(raw: bytes) -> Iterator[_Candidate]:
    """Yield UTF-16 in both orders; a suffix cut off by the reader may have left half a character."""
    for part in (raw, raw[:-1], raw + b"\x00"):
        if len(part) % 2:
            continue
        for encoding in ("utf-16-le", "utf-16-be"):
            try:
                yield _Candidate(part.decode(encoding), must_have_marks=False)
            except UnicodeDecodeError:
                continue


def _from_legacy(raw: bytes) -> Iterator[_Candidate]:
    """Yield the bytes in each 8-bit encoding of Vietnamese."""
    yield _from_tcvn3(raw)
    yield _Candidate(decode_vni(raw))
    yield _Candidate(decode_viscii(raw))
    try:
        yield _Candidate(raw.decode("cp1258"))
    except UnicodeDecodeError:
        return


def _from_tcvn3(raw: bytes) -> _Candidate:
    """Return TCVN3 text with its capitals where the letters around prove them.

    The standard's capitals with tones are small letters in another font, so a word that begins with a small
    toned letter may have begun with a capital.
    """
    text = "|".join(_WORD.sub(_recased, _recased_field(field)) for field in decode_tcvn3(raw).split("|"))
    return _Candidate(text, case_lost=any(word[0] in _CASELESS for word in _WORD.findall(text)))


def _recased_field(field: str) -> str:
    sure = [letter for letter in field if letter.isalpha() and letter not in _CASELESS]
    return field.upper() if len(sure) > 2 and all(letter.isupper() for letter in sure) else field


def _recased(found: re.Match[str]) -> str:
    word = found.group()
    sure = [letter for letter in word if letter not in _CASELESS]
    return word.upper() if len(sure) > 1 and all(letter.isupper() for letter in sure) else word


def _unshown(text: str, *, depth: int) -> Iterator[_Candidate]:
    """Yield what the text was before a wrong code page showed it, up to `depth` times over."""
    for carry in _CARRIERS:
        raw = carry(text)
        if raw is None:
            continue
        try:
            inner = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if inner != text:
            yield _Candidate(inner)
            if depth > 1:
                yield from _unshown(inner, depth=depth - 1)
    raw = _as_windows(text)
    if raw is not None:
        yield from _from_legacy(raw)


def _as_windows(text: str) -> bytes | None:
    """Return the bytes that Windows-1252 shows as this text; its five holes stand for the C1 controls."""
    return _encode(text, "cp1252")


def _as_windows_spaced(text: str) -> bytes | None:
    """Return the same where the second byte of à, a no-break space, became an ordinary one or merged with the next."""
    return _encode(_SPACE_AFTER_LEAD.sub(_with_second_byte, text), "cp1252")


def _with_second_byte(found: re.Match[str]) -> str:
    lead, follows = found.groups()
    return f"{lead}\u00a0{follows}" if follows in _ENDINGS else f"{lead}\u00a0 {follows}"


def _as_vietnamese_windows(text: str) -> bytes | None:
    """Return the bytes that Windows-1258 shows as this text."""
    return _encode(text, "cp1258")


def _as_dos(text: str) -> bytes | None:
    """Return the bytes that code page 437 shows as this text: what Alt codes of keyboard emulation give."""
    return _encode(text, "cp437")


def _as_western_dos(text: str) -> bytes | None:
    """Return the bytes that code page 850 shows as this text."""
    return _encode(text, "cp850")


def _encode(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        pass
    out = bytearray()
    for letter in text:
        try:
            out += letter.encode(encoding)
        except UnicodeEncodeError:
            if not 0x80 <= ord(letter) <= 0x9F:
                return None
            out.append(ord(letter))
    return bytes(out)


_CARRIERS: tuple[Callable[[str], bytes | None], ...] = (
    _as_windows,
    _as_windows_spaced,
    _as_vietnamese_windows,
    _as_dos,
    _as_western_dos,
)
