from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.clock import VIETNAM
from counter_app.domain.acknowledgement import acknowledge_by
from counter_app.domain.unit import DEFAULT_TIMETABLE, Span, Timetable
from counter_app.domain.working_time import WorkingCalendar

ORDINARY = WorkingCalendar(DEFAULT_TIMETABLE)
MORNINGS = WorkingCalendar(Timetable(days=((Span(time(8), time(12)),),) * 7))
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 30), timezones=st.just(VIETNAM))  # noqa: DTZ001


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("handed_in", "by"),
    [
        ("2026-11-25T09:00", "2026-11-26T09:00"),
        ("2026-11-25T07:00", "2026-11-25T17:00"),
        ("2026-11-25T12:15", "2026-11-26T11:30"),
        ("2026-11-23T09:00", "2026-11-25T09:00"),  # the 24th is a holiday
        ("2026-11-27T22:40", "2026-11-30T17:00"),  # a Friday night
    ],
)
def test_eight_working_hours_end_within_the_units_own_time(handed_in: str, by: str) -> None:
    assert acknowledge_by(local(handed_in), ORDINARY) == local(by)


def test_a_unit_that_works_mornings_has_two_days() -> None:
    assert acknowledge_by(local("2026-11-25T08:00"), MORNINGS) == local("2026-11-26T12:00")


@given(INSTANTS, st.sampled_from([ORDINARY, MORNINGS]))
def test_exactly_eight_hours_of_work_lie_between(handed_in: datetime, calendar: WorkingCalendar) -> None:
    by = acknowledge_by(handed_in, calendar)

    assert by.tzinfo is UTC
    assert calendar.working_time_between(handed_in, by) == timedelta(hours=8)
