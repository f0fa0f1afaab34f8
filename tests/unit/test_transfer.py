"""When the paper of another unit's dossier has to be on its way: to the minute, and for any two instants."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.clock import VIETNAM
from counter_app.domain.transfer import accepted_until
from counter_app.domain.unit import DEFAULT_TIMETABLE, Span, Timetable
from counter_app.domain.working_time import DayOverride, WorkingCalendar
from tests.fakes.worklists import goes_at

CALENDAR = WorkingCalendar(DEFAULT_TIMETABLE)
# Monday the 23rd of November 2026; the 24th is a holiday, the 28th and 29th a week-end.
INSTANTS = st.datetimes(datetime(2026, 11, 16), datetime(2026, 12, 14)).map(  # noqa: DTZ001 -- made aware below
    lambda at: at.replace(tzinfo=VIETNAM, microsecond=0)
)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, second, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("accepted", "now", "has_to_go"),
    [
        (at(23, 9), at(23, 14, 59, 59), False),
        (at(23, 9), at(23, 15), True),
        (at(23, 15), at(23, 15), True),
        (at(23, 15, 0, 1), at(23, 16, 59), False),
        (at(25, 15, 1), at(26, 6, 59, 59), False),
        (at(25, 15, 1), at(26, 7), True),
        (at(23, 15, 1), at(24, 9), False),
        (at(23, 15, 1), at(25, 7), True),
        (at(27, 15, 1), at(28, 12), False),
        (at(27, 15, 1), at(30, 6, 59), False),
        (at(27, 15, 1), at(30, 7), True),
        (at(28, 9), at(30, 7), True),
        (at(26, 6, 30), at(26, 7), False),
        (at(26, 6, 30), at(26, 15), True),
    ],
)
def test_paper_goes_at_three_or_when_work_begins_again(accepted: datetime, now: datetime, has_to_go: bool) -> None:
    assert (accepted <= accepted_until(now, CALENDAR)) is has_to_go


@given(accepted=INSTANTS, now=INSTANTS)
def test_what_has_to_go_is_what_was_accepted_up_to_one_instant(accepted: datetime, now: datetime) -> None:
    if accepted <= now:
        assert (accepted <= accepted_until(now, CALENDAR)) is (goes_at(accepted, CALENDAR) <= now)


def test_day_that_ends_before_three_has_its_own_end() -> None:
    *worked, _saturday, sunday = DEFAULT_TIMETABLE.days
    week = (*worked, (Span(time(7), time(11)),), sunday)
    calendar = WorkingCalendar(Timetable(days=week), [DayOverride(date(2026, 11, 30), working=False, name="Nghỉ bù")])

    assert accepted_until(at(28, 10, 59), calendar) < at(28, 7)
    assert accepted_until(at(28, 11), calendar) == at(28, 11).astimezone(UTC)
    assert accepted_until(at(30, 12), calendar) == at(28, 11)
    assert accepted_until(at(30, 12) + timedelta(days=1), calendar) > at(30, 12)
