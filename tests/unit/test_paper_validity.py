"""Until when a paper is valid: what it says itself, else what its kind allows from its day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.document import DocumentFacts
from counter_app.domain.paper_validity import find_valid_until

DIGITISED = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("facts", "months", "until"),
    [
        (DocumentFacts(), 0, None),
        (DocumentFacts(issued_on=date(2026, 8, 31)), 0, None),
        (DocumentFacts(issued_on=date(2026, 8, 31)), 6, date(2027, 2, 28)),
        (DocumentFacts(issued_on=date(2026, 11, 23)), 1, date(2026, 12, 23)),
        (DocumentFacts(), 6, date(2027, 5, 23)),
        (DocumentFacts(issued_on=date(2026, 1, 1), valid_until=date(2030, 1, 1)), 6, date(2030, 1, 1)),
        (DocumentFacts(issued_on=date(9999, 12, 1)), 6, date.max),
    ],
)
def test_the_paper_goes_before_its_kind(facts: DocumentFacts, months: int, until: date | None) -> None:
    assert find_valid_until(facts, valid_months=months, digitised_on=DIGITISED) == until


@given(st.dates(date(1900, 1, 1), date(2900, 1, 1)), st.integers(1, 600))
def test_more_months_never_end_earlier_and_the_day_of_the_month_is_never_passed(issued: date, months: int) -> None:
    facts = DocumentFacts(issued_on=issued)
    shorter = find_valid_until(facts, valid_months=months, digitised_on=DIGITISED)
    longer = find_valid_until(facts, valid_months=months + 1, digitised_on=DIGITISED)
    assert shorter is not None
    assert longer is not None
    assert issued < shorter < longer
    assert shorter.day <= issued.day
