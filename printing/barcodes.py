"""Codes to scan, as plain geometry: runs of dark modules, no drawing.

Code 128 is encoded by python-barcode (ISO/IEC 15417), QR by segno (ISO/IEC 18004).
"""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class DarkRun:
    """A run of dark modules: column and row of its first one, and how many."""

    column: int
    row: int
    length: int


@dataclass(frozen=True, slots=True)
class ModuleGrid:
    """A code as dark runs on a grid of so many columns and rows, without its quiet zone."""

    columns: int
    rows: int
    runs: tuple[DarkRun, ...]


@dataclass(frozen=True, slots=True)
class QrSize:
    """A QR's version, its columns, and how many characters it holds at most: digits at level L."""

    version: int
    columns: int
    characters: int


LARGEST_QR = QrSize(version=10, columns=57, characters=652)
"""The largest QR that is printed: on 25 mm its modules are three dots of a receipt printer (ISO/IEC 18004, table 7)."""
_MOST_AT_M = 513
"""Digits that version 10 holds at level M: a longer text need not be tried there."""


def _runs_of(row: str, row_number: int) -> list[DarkRun]:
    runs: list[DarkRun] = []
    start = row.find("1")
    while start >= 0:
        end = row.find("0", start)
        end = len(row) if end < 0 else end
        runs.append(DarkRun(start, row_number, end - start))
        start = row.find("1", end)
    return runs


@lru_cache(maxsize=64)
def find_code128(text: str) -> ModuleGrid | None:
    """Return the bars of a text, or None where Code 128 has no sign for a letter of it."""
    import barcode
    from barcode.errors import IllegalCharacterError

    if not text or not text.isascii() or not text.isprintable():
        return None
    try:
        modules = barcode.Code128(text).build()[0]
    except IllegalCharacterError:
        return None
    return ModuleGrid(len(modules), 1, tuple(_runs_of(modules, 0)))


@lru_cache(maxsize=64)
def get_qr(text: str) -> ModuleGrid:
    """Return the QR of a text: error correction M, or L where only that keeps it at version 10 or below.

    A level that costs no larger QR is taken higher still. Capital letters, digits and ``$%*+-./:`` take two thirds of
    the room of other letters. The mask is fixed: searching the best of eight takes five times as long, and any mask
    is readable.

    Raises:
        ValueError: longer than any QR holds.
    """
    import segno

    code = segno.make(text, error="m", micro=False, mask=3) if len(text) <= _MOST_AT_M else None
    if code is None or int(code.version) > LARGEST_QR.version:
        code = segno.make(text, error="l", micro=False, mask=3)
    rows = ["".join("1" if module else "0" for module in row) for row in code.matrix]
    runs = [run for number, row in enumerate(rows) for run in _runs_of(row, number)]
    return ModuleGrid(len(rows[0]), len(rows), tuple(runs))
