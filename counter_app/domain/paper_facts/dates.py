"""When a paper was issued.

Nghị định 30/2020/NĐ-CP, phụ lục I, mục II.4: place, comma, "ngày 05 tháng 11 năm 2026", level with the number; on
papers of civil status and requests it stands above the signature. Cards and certificates write dd/mm/yyyy after
"Ngày cấp".
"""

import re
from collections.abc import Iterator
from datetime import date

from counter_app.domain.paper_facts.reading import Candidate, FactField, ReadPage, Run, iter_runs

_IN_WORDS = re.compile(r"ngay\s*(\d{1,2})\s*thang\s*(\d{1,2})\s*nam\s*(\d{4})(?!\d)")
_IN_DIGITS = re.compile(
    r"(?:ngay,? ?(?:thang, ?nam )?(?:cap|ky|ban hanh)|date of issue)[^\d]{0,40}?"
    r"(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?(\d{4})(?!\d)"
)
_PLACE = re.compile(r"[^\W\d_][\w .'-]{1,40},\s*")
_FIRST_YEAR = 1945
_LEVEL = 0.025


def iter_dates(page: ReadPage, today: date) -> Iterator[Candidate]:
    """Yield the days on which the paper may have been issued; none after today.

    Days inside a sentence (of laws, of births) are left alone: only a line that says nothing else counts.
    """
    runs = list(iter_runs(page))
    level = next((run.box.top for run in runs if re.match(r"s[o0]\s?[:.;]?\s?\d", run.flat)), None)
    found = [candidate for run in runs if (candidate := _of_line(run, page.number, today)) is not None]
    beside = [one for one in found if level is not None and abs(one.box.top - level) < _LEVEL and page.number == 1]
    # Level with the number stands the day of the paper itself; one further down is that of a certification.
    yield from beside or found
    for run in runs:
        digits = _IN_DIGITS.search(run.flat)
        day = _day(digits, today) if digits else None
        if digits and day is not None:
            yield run.candidate(FactField.ISSUED_ON, day.isoformat(), digits.span(), page.number, is_plain=True)


def _of_line(run: Run, page: int, today: date) -> Candidate | None:
    found = _IN_WORDS.search(run.flat)
    day = _day(found, today) if found else None
    if found is None or day is None or re.search(r"\w", run.flat[found.end() :]):
        return None
    before = run.text[: found.start()].strip()
    if before and not (_PLACE.fullmatch(before + " ") and before[0].isupper()):
        return None
    return run.candidate(FactField.ISSUED_ON, day.isoformat(), (0, len(run.text)), page, is_plain=True)


def _day(found: re.Match[str], today: date) -> date | None:
    try:
        day = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    return day if day.year >= _FIRST_YEAR and day <= today else None
