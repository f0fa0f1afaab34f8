"""Text and numbers as foreign files carry them, made into what the product keeps."""

import re
from collections.abc import Iterator

from counter_app.core.text import nfc

MAX_TEXT_CHARS = 20_000
"""Longer texts are cut: no field of a published procedure comes near it except the description of the steps."""

# "a)", "1.", "(ii)", "-", "+", "•" and the like before the words; "02 ảnh" and "3x4" keep their numbers.
_LIST_MARK = re.compile(
    r"^(?:[-+*•·–—▪●○➢✓]+|\([a-zđ0-9]{1,4}\)|[a-zđ]\)|\d{1,2}[.)](?!\d)|\d{1,2}-(?=\D))\s*", re.IGNORECASE
)
_TAIL = ";,:. \t-–"


def clean_text(value: object) -> str:
    """Return a text or number as one NFC line without control and invisible characters; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    raw = str(value)[:MAX_TEXT_CHARS]
    hidden = [char for char in set(raw) if not char.isprintable() and not char.isspace()]
    return nfc(raw.translate(dict.fromkeys(map(ord, hidden))) if hidden else raw)


def clean_name(value: object) -> str:
    """Return the name of a paper or a case: no list marks before, no punctuation after, first letter large."""
    text = clean_text(value)
    while (shorter := _LIST_MARK.sub("", text, count=1)) != text:
        text = shorter
    text = text.rstrip(_TAIL)
    return text[:1].upper() + text[1:]


def whole_number(value: object) -> int | None:
    """Return a whole number not below zero, from a number or a text of digits; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        digits = value.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 12 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() and 0 <= value < 1e12 else None
    return value if isinstance(value, int) and 0 <= value < 10**12 else None


def read_list(value: object) -> list[object]:
    """Return the list, or the single object the source put in its place as a list of one; nothing for null."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def iter_tables(value: object) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the objects of a list with their positions; what is no object is passed over."""
    for position, item in enumerate(read_list(value)):
        if isinstance(item, dict):
            yield position, {str(key): content for key, content in item.items()}
