"""Vietnamese text: one form at the border, one folding for search, one order for lists."""

import re
import unicodedata
from collections.abc import Callable

# Control characters, lone surrogates (neither store nor paper can hold them) and invisible format characters
# (Unicode category Cf: bidirectional marks, zero-width joiners), which make two names that look alike differ.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)


class _Learning(dict[int, str]):
    """A table for `str.translate` that works out what becomes of a character when it first meets it."""

    def __init__(self, become: Callable[[str], str]) -> None:
        super().__init__()
        self._become = become

    def __missing__(self, code: int) -> str:
        self[code] = self._become(chr(code))
        return self[code]


def _without_mark(char: str) -> str:
    if char in "đĐ":
        return "d" if char == "đ" else "D"
    return "" if unicodedata.combining(char) or _UNPRINTABLE.match(char) else char


_WITHOUT_MARKS = _Learning(_without_mark)

# Alphabet order of Vietnamese (a ă â b c d đ e ê ... o ô ơ ... u ư ...), as ICU's `vi` collation has it.
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_LETTER_RANK = {letter: index for index, letter in enumerate(_LETTERS, start=64)}
_LETTER_MARKS = {"\u0306", "\u0302", "\u031b"}  # breve, circumflex, horn make another letter, not a tone
_LEVEL_TONE = 1
_TONES = {"\u0300": 2, "\u0309": 3, "\u0303": 4, "\u0301": 5, "\u0323": 6}  # huyền hỏi ngã sắc nặng
_FOREIGN_MARK = 7
_FIRST_FOREIGN = 128


def nfc(text: str) -> str:
    """Return the text composed (NFC), without control and invisible characters, with single spaces between words."""
    return " ".join(unicodedata.normalize("NFC", _UNPRINTABLE.sub("", text)).split())


def fold(text: str) -> str:
    """Return the text for searching: lower case, without tones and marks, đ as d, single spaces.

    SQLite's own tokenizer keeps đ apart from d, so search columns hold this form.
    """
    return " ".join(unicodedata.normalize("NFD", text).translate(_WITHOUT_MARKS).lower().split())


def sort_key(text: str) -> bytes:
    """Return the bytes that put texts into Vietnamese dictionary order when compared.

    Letters decide first, tones only between texts of the same letters. Signs and digits come before letters, letters of
    other scripts after them in the order of their code points.
    """
    composed = unicodedata.normalize("NFC", text.lower())
    return f"{composed.translate(_LETTERS_OF)}\x00{composed.translate(_TONES_OF)}".encode("latin-1")


def name_key(full_name: str) -> bytes:
    """Return the bytes that put people into the order of Vietnamese name lists: given name, then family and middle.

    The given name is the last word. All of An stand before all of Án, whatever their families.
    """
    *others, given = nfc(full_name).split(" ")
    return sort_key(given) + b"\x00" + sort_key(" ".join(others))


def _weigh(char: str) -> tuple[bytes, int]:
    """Return the letter and the tone of a composed character; a mark that stands alone is a tone of no letter."""
    parts = unicodedata.normalize("NFD", char)
    base, marks = parts[0], parts[1:]
    if unicodedata.combining(base):
        return b"", _TONES.get(base, _FOREIGN_MARK)
    tone = _LEVEL_TONE
    for mark in marks:
        marked = unicodedata.normalize("NFC", base + mark) if mark in _LETTER_MARKS else ""
        if marked in _LETTER_RANK:
            base = marked
        else:
            tone = max(tone, _TONES.get(mark, _FOREIGN_MARK))
    return _letter_weight(base), tone


def _letter_weight(base: str) -> bytes:
    rank = _LETTER_RANK.get(base)
    if rank is not None:
        return bytes((rank,))
    if base.isspace():
        return b"\x01"
    if base.isascii():
        return bytes((2 + min(ord(base), 61),))
    return bytes((_FIRST_FOREIGN,)) + ord(base).to_bytes(3, "big")


# Latin-1 has one character for each byte: `str.translate` then weighs a text far quicker than a loop over it.
_LETTERS_OF = _Learning(lambda char: _weigh(char)[0].decode("latin-1"))
_TONES_OF = _Learning(lambda char: chr(_weigh(char)[1]))
