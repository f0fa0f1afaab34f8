"""Vietnamese text: one form at the border, one folding for search, one order for lists."""

import re
import unicodedata

# Control characters, lone surrogates (neither store nor paper can hold them) and invisible format characters
# (Unicode category Cf: bidirectional marks, zero-width joiners), which make two names that look alike differ.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)
_D_BAR = str.maketrans({"đ": "d", "Đ": "D"})

# Alphabet order of Vietnamese (a ă â b c d đ e ê ... o ô ơ ... u ư ...), as ICU's `vi` collation has it.
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: index for index, letter in enumerate(_LETTERS, start=64)}
_BASE_MARKS = {"\u0306", "\u0302", "\u031b"}  # breve, circumflex, horn make another letter, not a tone
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền hỏi ngã sắc nặng


def nfc(text: str) -> str:
    """Return the text composed (NFC), without control and invisible characters, with single spaces between words."""
    return " ".join(unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text)).split())


def fold(text: str) -> str:
    """Return the text for searching: lower case, without tones and marks, đ as d, single spaces.

    SQLite's own tokenizer keeps đ apart from d, so search columns hold this form.
    """
    decomposed = unicodedata.normalize("NFD", _UNPRINTABLE.sub("", text).translate(_D_BAR))
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.lower().split())


def sort_key(text: str) -> bytes:
    """Return the bytes that put texts into Vietnamese dictionary order when compared."""
    letters: list[int] = []
    tones: list[int] = []
    for cluster in unicodedata.normalize("NFC", text.lower()):
        parts = unicodedata.normalize("NFD", cluster)
        tone = next((_TONES[mark] for mark in parts if mark in _TONES), 0)
        base = unicodedata.normalize("NFC", "".join(c for c in parts if c not in _TONES or c in _BASE_MARKS))
        rank = _LETTER_RANK.get(base)
        if rank is None:
            rank = 1 if base.isspace() else 2 + (min(60, ord(base[0])))
        letters.append(min(rank, 255))
        tones.append(tone)
    return bytes(letters) + b"\x00" + bytes(tones)
