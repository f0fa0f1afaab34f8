"""Until when a paper says that it is valid.

Labels as on identity cards ("Có giá trị đến / Date of expiry"), licences and certificates; read in public samples. A
paper that says for how long, from when, or that it has no end, is left to the clerk: nothing is worked out here.
"""

import re
from collections.abc import Iterator
from datetime import date

from counter_app.domain.paper_facts.reading import Candidate, FactField, ReadPage, Run, iter_runs

_LABEL = (
    r"(?:co (?:gia tri|hieu luc)(?: su dung)?(?: ke tu ngay)? den|gia tri su dung den|(?:thoi )?han su dung den|"
    r"het han(?: su dung)?(?: vao)?|ngay het han|date of expiry)"
)
_BETWEEN = r"(?: het)?[ ,:/.]{0,3}(?:ngay\b|date of expiry|[ ,:/.]){0,4}"
_IN_DIGITS = re.compile(rf"{_LABEL}{_BETWEEN}(\d{{1,2}})\s?[/.-]\s?(\d{{1,2}})\s?[/.-]\s?(\d{{4}})(?!\d)")
_IN_WORDS = re.compile(rf"{_LABEL}{_BETWEEN}(\d{{1,2}}) thang (\d{{1,2}}) nam (\d{{4}})(?!\d)")
_FIRST_YEAR, _LAST_YEAR = 1945, 2199


def iter_ends(page: ReadPage) -> Iterator[Candidate]:
    """Yield the days behind a label that says until when the paper is valid."""
    for run in iter_runs(page):
        for pattern in (_IN_DIGITS, _IN_WORDS):
            for found in pattern.finditer(run.flat):
                yield from _candidate(run, found, page.number)


def _candidate(run: Run, found: re.Match[str], page: int) -> Iterator[Candidate]:
    try:
        day = date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return
    if _FIRST_YEAR <= day.year <= _LAST_YEAR:
        yield run.candidate(FactField.VALID_UNTIL, day.isoformat(), found.span(), page, is_plain=True)
