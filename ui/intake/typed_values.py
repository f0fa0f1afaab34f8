"""What a clerk types, read as values: dates without slashes, a year alone, whole numbers."""

import re
from datetime import date

_WITH_MARKS = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_WITHOUT_MARKS = re.compile(r"(\d{2})(\d{2})(\d{4})")
_YEAR = re.compile(r"\d{4}")
_OLDEST_YEAR = 1900


def find_date(text: str) -> date | None:
    """Return the date of ``ddMMyyyy`` or ``d/M/yyyy`` (also with ``-``, ``.`` or a blank); None for anything else."""
    found = _WITH_MARKS.fullmatch(text.strip()) or _WITHOUT_MARKS.fullmatch(text.strip())
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    if year < _OLDEST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def find_year(text: str) -> int | None:
    """Return the year when the text is a year alone, as people give who know no more of their birth."""
    bare = text.strip()
    if not _YEAR.fullmatch(bare) or int(bare) < _OLDEST_YEAR:
        return None
    return int(bare)


def find_count(text: str, *, most: int) -> int | None:
    """Return a whole number from 1 to `most`; None for anything else."""
    bare = text.strip()
    if not (bare.isascii() and bare.isdigit()) or len(bare) > 6:
        return None
    return int(bare) if 1 <= int(bare) <= most else None


def format_date(day: date | None) -> str:
    """Return dd/MM/yyyy, or "" for no date."""
    return f"{day.day:02}/{day.month:02}/{day.year:04}" if day else ""
