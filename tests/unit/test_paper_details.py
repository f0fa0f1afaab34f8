from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.forms.details import NO_DETAILS, Details
from counter_app.domain.forms.kinds import KINDS
from ui.printing.typed import find_amount, find_moment, read_details, write_details

HALF_PAST_FOUR = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["16:30 5/12/2026", "5/12/2026 16:30", "16h30 05122026", " 16 giờ 30  5-12-2026 ", "05.12.2026 16:30"]
)
def test_hour_and_day_are_read_in_either_order(text: str) -> None:
    assert find_moment(text) == HALF_PAST_FOUR


@pytest.mark.parametrize(
    "text", ["", "mai", "5/12/2026", "16:30", "25:00 5/12/2026", "16:30 31/2/2026", "16:75 5/12/2026"]
)
def test_what_is_no_hour_and_day_is_none(text: str) -> None:
    assert find_moment(text) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [("50000", 50_000), ("50.000", 50_000), ("50 000 đ", 50_000), ("1.250.000 đồng", 1_250_000), ("0", 0)],
)
def test_amount_is_read_as_people_write_it(text: str, amount: int) -> None:
    assert find_amount(text) == amount


@pytest.mark.parametrize("text", ["", "năm mươi", "50,5", "50.00", "-5", "１２", "9" * 40])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert find_amount(text) is None


def test_empty_fields_stay_empty_and_unreadable_ones_are_named() -> None:
    values = {"number": " 12/PXL ", "new_due_at": "mai", "reason": "", "result_on": "5/12/2026"}

    details, problems = read_details(values, ("number", "reason", "new_due_at", "result_on"))

    assert details == Details(number="12/PXL", result_on=date(2026, 12, 5))
    assert problems == {"new_due_at": "ui.paper.bad_moment"}


@given(
    st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - made aware below
    st.integers(min_value=0, max_value=10**11),
)
def test_details_that_are_written_out_are_read_back(moment: datetime, amount: int) -> None:
    aware = moment.replace(second=0, microsecond=0, tzinfo=UTC)
    details = Details(new_due_at=aware, amount=amount, reason="Dòng một\ndòng hai", result_on=aware.date())
    fields = ("new_due_at", "amount", "reason", "result_on")

    assert read_details(write_details(details, fields), fields) == (details, {})


def test_every_field_that_a_form_asks_for_is_one_of_the_details_and_can_be_typed() -> None:
    asked = {field for kind in KINDS.values() for field in kind.asks}

    assert all(getattr(NO_DETAILS, field) in ("", None) for field in asked)
