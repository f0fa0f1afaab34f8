from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.clock import SystemClock, from_millis, local_date, to_local, to_millis
from counter_app.core.ids import new_id

INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(st.integers(-(10**12), 32 * 10**12))
def test_milliseconds_come_back_exactly(millis: int) -> None:
    assert to_millis(from_millis(millis)) == millis


@given(INSTANTS)
def test_instant_comes_back_to_the_millisecond_it_lies_in(instant: datetime) -> None:
    assert timedelta() <= instant - from_millis(to_millis(instant)) < timedelta(milliseconds=1)


@given(INSTANTS, st.integers(-12, 14))
def test_zone_of_an_instant_does_not_matter(instant: datetime, hours: int) -> None:
    elsewhere = instant.astimezone(timezone(timedelta(hours=hours)))

    assert to_millis(elsewhere) == to_millis(instant)
    assert local_date(elsewhere) == local_date(instant)


def test_day_in_viet_nam_begins_at_five_in_the_afternoon_utc() -> None:
    evening = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)

    assert local_date(evening) == date(2026, 11, 23)
    assert local_date(evening + timedelta(seconds=1)) == date(2026, 11, 24)


@pytest.mark.parametrize("convert", [to_local, to_millis, local_date])
def test_naive_time_is_refused(convert: object) -> None:
    with pytest.raises(ValueError, match="naive"):
        convert(datetime(2026, 1, 1))  # type: ignore[operator]  # noqa: DTZ001 - naive is the case


def test_clock_is_aware_and_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(500)]

    assert SystemClock().now().tzinfo is UTC
    assert ids == sorted(set(ids))
    assert {len(one) for one in ids} == {36}
