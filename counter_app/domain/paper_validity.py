"""Until when a digitised paper is valid: what the paper says goes before what its kind allows."""

from calendar import monthrange
from datetime import date

from counter_app.domain.document import DocumentFacts


def find_valid_until(facts: DocumentFacts, *, valid_months: int, digitised_on: date) -> date | None:
    """Return the last day on which a paper is valid as far as anything says, None where nothing does.

    `valid_months` is the validity of its kind from the day of issue, 0 where none is known. Without that day it is
    counted from the day of digitising: by then the paper existed, so it is surely not valid for longer.
    """
    if facts.valid_until is not None or not valid_months:
        return facts.valid_until
    return _months_after(facts.issued_on or digitised_on, valid_months)


def _months_after(day: date, months: int) -> date:
    """Return the same day of a later month, its last one where it is shorter (Civil Code 2015, article 148)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
