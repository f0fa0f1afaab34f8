from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.clock import VIETNAM, local_date
from counter_app.domain.due_date import compute_due, extend_for_pause
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import DEFAULT_TIMETABLE, Span, Timetable
from counter_app.domain.working_time import DayOverride, WorkingCalendar

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 30), timezones=st.just(VIETNAM))  # noqa: DTZ001
PAUSES = st.timedeltas(timedelta(), timedelta(days=40))
FULL = (Span(time(7), time(11, 30)), Span(time(13, 30), time(17)))
HALF = (Span(time(8), time(11)),)
EVENING = (Span(time(9), time(12)), Span(time(15, 30), time(20)))
CALENDARS = st.sampled_from(
    [
        WorkingCalendar(DEFAULT_TIMETABLE),
        WorkingCalendar(Timetable(days=(*((FULL,) * 5), HALF, ()))),
        WorkingCalendar(Timetable(days=(FULL, EVENING, (), HALF, FULL, (), ()))),
        WorkingCalendar(Timetable(days=((), EVENING, (), (), (), (), HALF))),
    ]
)


@st.composite
def limits(draw: st.DrawFn) -> TimeLimit:
    unit = draw(st.sampled_from(TimeUnit))
    most = {TimeUnit.MONTH: 6, TimeUnit.SAME_DAY: 0}.get(unit, 40)
    return TimeLimit(amount=draw(st.integers(min(1, most), most)), unit=unit)


@settings(max_examples=150)
@given(limits(), INSTANTS, CALENDARS)
def test_due_is_within_working_time_and_not_before_the_receipt(
    limit: TimeLimit, at: datetime, calendar: WorkingCalendar
) -> None:
    due = compute_due(limit, at, calendar)

    assert due.due_at >= due.starts_at >= at
    assert calendar.is_working_day(local_date(due.due_at))
    assert calendar.next_opening(due.due_at) == due.due_at


@settings(max_examples=150)
@given(limits(), INSTANTS, CALENDARS)
def test_days_are_each_told_once_without_gaps(limit: TimeLimit, at: datetime, calendar: WorkingCalendar) -> None:
    due = compute_due(limit, at, calendar)
    told = [entry.day for entry in due.counted] + [entry.day for entry in due.skipped]
    every = sorted({*told, local_date(due.starts_at), local_date(due.due_at)})

    assert len(told) == len(set(told))
    assert every[-1] == local_date(due.due_at)
    assert len(every) == (every[-1] - every[0]).days + 1
    assert not {entry.day for entry in due.skipped} & {local_date(due.starts_at), local_date(due.due_at)}
    if limit.unit in {TimeUnit.WORKING_DAY, TimeUnit.CALENDAR_DAY}:
        assert len(due.counted) == limit.amount
    if limit.unit is TimeUnit.WORKING_DAY:
        assert all(calendar.is_working_day(entry.day) for entry in due.counted)


@settings(max_examples=200)
@given(limits(), INSTANTS, st.timedeltas(timedelta(), timedelta(days=4)), CALENDARS)
def test_later_receipt_is_never_due_earlier(
    limit: TimeLimit, at: datetime, later: timedelta, calendar: WorkingCalendar
) -> None:
    assert compute_due(limit, at, calendar).due_at <= compute_due(limit, at + later, calendar).due_at


@settings(max_examples=100)
@given(limits(), INSTANTS, CALENDARS)
def test_larger_amount_is_never_due_earlier(limit: TimeLimit, at: datetime, calendar: WorkingCalendar) -> None:
    larger = TimeLimit(amount=limit.amount + 1, unit=limit.unit)

    assert compute_due(limit, at, calendar).due_at <= compute_due(larger, at, calendar).due_at


@settings(max_examples=150)
@given(limits(), INSTANTS, st.lists(st.integers(0, 60), min_size=1, max_size=5, unique=True))
def test_more_days_off_are_never_due_earlier(limit: TimeLimit, at: datetime, offsets: list[int]) -> None:
    off = [DayOverride(at.date() + timedelta(days=n), working=False, name="Nghỉ") for n in offsets]
    stricter = WorkingCalendar(DEFAULT_TIMETABLE, off)

    ordinary = compute_due(limit, at, WorkingCalendar(DEFAULT_TIMETABLE))

    assert ordinary.due_at <= compute_due(limit, at, stricter).due_at


@settings(max_examples=100)
@given(limits(), INSTANTS, PAUSES, CALENDARS)
def test_pause_of_no_length_changes_nothing(
    limit: TimeLimit, at: datetime, offset: timedelta, calendar: WorkingCalendar
) -> None:
    due = compute_due(limit, at, calendar)

    assert extend_for_pause(due, at + offset, at + offset, calendar) == due


@settings(max_examples=200)
@given(limits(), INSTANTS, PAUSES, PAUSES, PAUSES, CALENDARS)
def test_longer_pause_is_never_due_earlier_and_tells_each_day_once(
    limit: TimeLimit,
    at: datetime,
    offset: timedelta,
    pause: timedelta,
    longer: timedelta,
    calendar: WorkingCalendar,
) -> None:
    due = compute_due(limit, at, calendar)
    short = extend_for_pause(due, at + offset, at + offset + pause, calendar)
    long = extend_for_pause(due, at + offset, at + offset + pause + longer, calendar)

    assert due.due_at <= short.due_at <= long.due_at
    told = [entry.day for entry in long.counted] + [entry.day for entry in long.skipped]
    every: set[date] = {*told, local_date(long.starts_at), local_date(long.due_at)}
    assert len(told) == len(set(told))
    assert len(every) == (max(every) - min(every)).days + 1
    assert calendar.next_opening(long.due_at) == long.due_at


@settings(max_examples=100)
@given(INSTANTS, st.integers(1, 30), PAUSES, PAUSES)
def test_calendar_days_lost_to_a_pause_are_given_back(
    at: datetime, amount: int, offset: timedelta, pause: timedelta
) -> None:
    calendar = WorkingCalendar(DEFAULT_TIMETABLE)
    due = compute_due(TimeLimit(amount=amount, unit=TimeUnit.CALENDAR_DAY), at, calendar)

    extended = extend_for_pause(due, at + offset, at + offset + pause, calendar)

    assert len(extended.counted) == amount
