"""The separator sheets of a pile: a component sheet says which checklist line the pages after it belong to."""

import re

_MARK = "QMC-TP-"
_SHAPE = re.compile(rf"{_MARK}([1-9][0-9]?)")

MOST_COMPONENTS = 99


def component_code(number: int) -> str:
    """Return the text of the code on the sheet of a checklist line, counted from 1."""
    if not 1 <= number <= MOST_COMPONENTS:
        raise ValueError(number)
    return f"{_MARK}{number}"


def find_component(text: str) -> int | None:
    """Return the line's number, None for a text that is no component sheet's."""
    found = _SHAPE.fullmatch(text.strip().upper())
    return int(found[1]) if found else None
