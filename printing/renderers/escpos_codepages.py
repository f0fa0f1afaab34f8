"""Vietnamese as the bytes of a printer's code page. No letter ever becomes a question mark."""

import unicodedata
from collections.abc import Callable
from typing import Protocol

from printing.profiles import ReceiptProfile, TextMode
from printing.renderers import escpos_commands as commands

# Typography that printers' fonts lack, in letters that every page has.
_PLAIN = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "‑": "-",
        "−": "-",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "·": "-",
        "•": "-",
        "→": "->",
        "×": "x",
        "⁄": "/",
        "₫": "đ",
        "Ð": "Đ",
        "ð": "đ",
        "\u00a0": " ",
    }
)

_VIETNAMESE = frozenset("ăâêôơưđ" + "ăâêôơưđ".upper()) | {
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
    for tone in "\u0300\u0309\u0303\u0301\u0323"
}

# Windows code page 1258 has most vowels without tone only, and the five tone marks as bytes of their own that follow.
_TONES_1258 = {"\u0300": 0xCC, "\u0309": 0xD2, "\u0303": 0xDE, "\u0301": 0xEC, "\u0323": 0xF2}

# TCVN 5712:1993, VN3: small letters, in the order of the standard's chart.
_SMALL = (
    (0xA8, "ăâêôơưđ"),
    (0xB5, "àảãáạ"),
    (0xBB, "ằẳẵắ"),
    (0xC6, "ặầẩẫấậè"),
    (0xCE, "ẻẽéẹềểễếệìỉ"),
    (0xDC, "ĩíịò"),
    (0xE1, "ỏõóọồổỗốộờởỡớợù"),
    (0xF1, "ủũúụừửữứựỳỷỹýỵ"),
)
_TCVN_SMALL = {letter: first + place for first, letters in _SMALL for place, letter in enumerate(letters)}
# VN3 has no capitals with tones: fonts and printers keep them on a second page, at the places of their small letters.
# Of the seven without a tone Epson's chart of page 31 has three where VN3 has them (escpos-printer-db, TCVN-3-2).
_TCVN_CAPITAL = {letter.upper(): code for letter, code in _TCVN_SMALL.items()} | {"Ă": 0xA1, "Â": 0xA2, "Đ": 0xA7}


class UnprintableError(Exception):
    """The page has no byte for a character, nor for what it is made of. Which one is not said: it may be a person's."""


class CodePage(Protocol):
    """One way to write Vietnamese in bytes."""

    def fold(self, text: str) -> str:
        """Return the text in characters the page has, one column each.

        Raises:
            UnprintableError: a character has no likeness on it.
        """
        ...

    def encode(self, line: str) -> bytes:
        """Return the bytes of a line that `fold` returned."""
        ...

    def select(self) -> bytes:
        """Return what is sent before the first line."""
        ...


def _fold(text: str, has: Callable[[str], bool]) -> str:
    composed = unicodedata.normalize("NFC", " ".join(text.split())).translate(_PLAIN)
    return "".join(char if has(char) else _likeness(char, has) for char in composed)


def _likeness(char: str, has: Callable[[str], bool]) -> str:
    parts = unicodedata.normalize("NFKD", char).translate(_PLAIN)
    base = "".join(part for part in parts if not unicodedata.combining(part))
    if not base or not all(has(part) for part in base):
        raise UnprintableError
    return base


def _is_ascii(char: str) -> bool:
    return " " <= char <= "~"


class Cp1258Page:
    """Windows code page 1258: a tone mark follows its vowel; the printer sets it over the letter before."""

    def __init__(self, number: int) -> None:
        self._number = number

    def fold(self, text: str) -> str:
        """See `CodePage`."""
        return _fold(text, lambda char: _is_ascii(char) or char in _VIETNAMESE)

    def encode(self, line: str) -> bytes:
        """See `CodePage`."""
        return b"".join(map(_byte_1258, line))

    def select(self) -> bytes:
        """See `CodePage`."""
        return commands.code_page(self._number)


def _byte_1258(char: str) -> bytes:
    try:
        return char.encode("cp1258")
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", char)
        tone = next(part for part in parts if part in _TONES_1258)
        vowel = unicodedata.normalize("NFC", parts.replace(tone, ""))
        return vowel.encode("cp1258") + bytes([_TONES_1258[tone]])


class Tcvn3Page:
    """TCVN-3 on two pages: small letters on one, capitals on the other; ASCII is on both."""

    def __init__(self, small: int, capital: int) -> None:
        self._small = commands.code_page(small)
        self._capital = commands.code_page(capital)

    def fold(self, text: str) -> str:
        """See `CodePage`."""
        return _fold(text, lambda char: _is_ascii(char) or char in _TCVN_SMALL or char in _TCVN_CAPITAL)

    def encode(self, line: str) -> bytes:
        """See `CodePage`. The page of small letters is selected before and after."""
        out, is_capital = bytearray(), False
        for char in line:
            wants_capital = char in _TCVN_CAPITAL or (is_capital and _is_ascii(char))
            if wants_capital != is_capital:
                out += self._capital if wants_capital else self._small
                is_capital = wants_capital
            out.append(_TCVN_CAPITAL.get(char) or _TCVN_SMALL.get(char) or ord(char))
        return bytes(out) + (self._small if is_capital else b"")

    def select(self) -> bytes:
        """See `CodePage`."""
        return self._small


def get_code_page(profile: ReceiptProfile) -> CodePage:
    """Return the page of a profile that prints text."""
    if profile.text is TextMode.CP1258:
        return Cp1258Page(profile.code_pages[0])
    return Tcvn3Page(profile.code_pages[0], profile.code_pages[1])
