"""Joins an identity card's machine-readable zone that a reader sends line by line."""

import re

GAP_MS = 2_000
"""Readers that read line by line leave well under a second between two lines."""

Reading = bytes | str

# ICAO Doc 9303 part 5, TD1: three lines of 30 characters; the document code of a card begins with A, C or I.
_LINE = re.compile(r"[A-Z0-9<]{30}")
_FIRST_LETTERS = frozenset("ACI")
_LINES = 3


class MrzLines:
    """Keeps the lines that have come so far. Times are milliseconds of any steady clock. One thread only."""

    def __init__(self) -> None:
        self._lines: list[Reading] = []
        self._last_ms = 0

    @property
    def is_waiting(self) -> bool:
        """Whether the rest of a card is expected: call `give_up` when `GAP_MS` have passed."""
        return bool(self._lines)

    def take(self, reading: Reading, at_ms: int) -> tuple[Reading, ...]:
        """Take a reading and return what is complete now: a joined card, or readings that are no part of one."""
        late = self.give_up() if at_ms - self._last_ms > GAP_MS else ()
        if not self._continues(reading):
            return (*late, *self.give_up(), reading)
        self._lines.append(reading)
        self._last_ms = at_ms
        if len(self._lines) < _LINES:
            return late
        return (*late, "\n".join(_text(line) for line in self._take_lines()))

    def give_up(self) -> tuple[Reading, ...]:
        """Return the lines of a card that did not become complete, each as it was read."""
        return tuple(self._take_lines())

    def _continues(self, reading: Reading) -> bool:
        text = _text(reading)
        return bool(_LINE.fullmatch(text)) and (bool(self._lines) or text[0] in _FIRST_LETTERS)

    def _take_lines(self) -> list[Reading]:
        lines, self._lines = self._lines, []
        return lines


def _text(reading: Reading) -> str:
    text = reading.decode("ascii", errors="replace") if isinstance(reading, bytes) else reading
    return text.strip()
