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
    """Return the QR of a text, error correction M.

    The mask is fixed: searching the best of eight takes five times as long, and any mask is readable.
    """
    import segno

    matrix = segno.make(text, error="m", micro=False, mask=3).matrix
    rows = ["".join("1" if module else "0" for module in row) for row in matrix]
    runs = [run for number, row in enumerate(rows) for run in _runs_of(row, number)]
    return ModuleGrid(len(rows[0]), len(rows), tuple(runs))
