import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.domain.dossier import DueDate
from counter_app.domain.due_date import compute_due, describe_steps, extend_for_pause, nth_working_day_after
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.unit import DEFAULT_TIMETABLE, Span, Timetable
from counter_app.domain.working_time import WorkingCalendar, parse_overrides
from resources.texts import Language, text

ORDINARY = WorkingCalendar(DEFAULT_TIMETABLE)


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=VIETNAM)


def due_of(amount: int, unit: str, at: str, calendar: WorkingCalendar = ORDINARY) -> DueDate:
    return compute_due(TimeLimit(amount=amount, unit=TimeUnit(unit)), local(at), calendar)


def skips(due: DueDate) -> list[tuple[int, str]]:
    return [(skip.day.day, skip.reason.removeprefix("due.reason.")) for skip in due.skipped]


@pytest.mark.parametrize(
    ("amount", "unit", "at", "due_at"),
    [
        (1, "working_day", "2026-11-19T09:15", "2026-11-20T09:15"),
        (1, "working_day", "2026-11-20T09:15", "2026-11-23T09:15"),
        (1, "working_day", "2026-11-23T09:15", "2026-11-25T09:15"),
        (1, "working_day", "2026-11-20T18:00", "2026-11-25T07:00"),
        (3, "working_day", "2026-08-28T10:00", "2026-09-07T10:00"),
        (1, "working_day", "2026-08-21T10:00", "2026-08-22T10:00"),
        (5, "working_day", "2025-04-25T14:00", "2025-05-06T14:00"),
        (2, "working_day", "2026-02-13T16:00", "2026-02-24T16:00"),
        (2, "working_day", "2027-02-03T08:00", "2027-02-12T08:00"),
        (4, "working_hour", "2026-11-20T15:00", "2026-11-23T09:00"),
        (8, "working_hour", "2026-11-20T12:00", "2026-11-23T11:30"),
        (10, "calendar_day", "2026-11-10T10:00", "2026-11-20T17:00"),
        (5, "calendar_day", "2026-11-17T10:00", "2026-11-23T17:00"),
        (1, "calendar_day", "2026-11-23T10:00", "2026-11-25T17:00"),
        (1, "month", "2026-01-30T10:00", "2026-03-02T17:00"),
        (1, "month", "2026-03-31T10:00", "2026-05-04T17:00"),
        (12, "month", "2026-03-10T10:00", "2027-03-10T17:00"),
        (0, "same_day", "2026-11-20T08:00", "2026-11-20T17:00"),
        (0, "same_day", "2026-11-20T15:00", "2026-11-20T17:00"),
        (0, "same_day", "2026-11-20T15:01", "2026-11-23T17:00"),
        (0, "same_day", "2026-11-20T19:00", "2026-11-23T17:00"),
        (0, "same_day", "2026-11-21T09:00", "2026-11-23T17:00"),
    ],
)
def test_due_at_of_known_receipts(amount: int, unit: str, at: str, due_at: str) -> None:
    due = due_of(amount, unit, at)

    assert due.due_at == local(due_at)
    assert due.due_at.tzinfo is UTC


def test_missing_swap_given_by_the_table_moves_the_due_date() -> None:
    table = parse_overrides("02/01/2026,0,Hoán đổi\n10/01/2026,1,Làm bù")
    calendar = WorkingCalendar(DEFAULT_TIMETABLE, table)

    assert due_of(1, "working_day", "2025-12-31T10:00").due_at == local("2026-01-02T10:00")
    assert due_of(1, "working_day", "2025-12-31T10:00", calendar).due_at == local("2026-01-05T10:00")
    assert due_of(1, "working_day", "2026-01-09T10:00", calendar).due_at == local("2026-01-10T10:00")


def test_every_day_is_counted_or_skipped_with_its_reason() -> None:
    due = due_of(3, "working_day", "2026-11-20T10:00")

    assert [entry.day.day for entry in due.counted] == [23, 25, 26]
    assert skips(due) == [(21, "weekend"), (22, "weekend"), (24, "holiday")]
    assert due.rules == ()
    assert due.starts_at == local("2026-11-20T10:00")


def test_receipt_outside_hours_says_so_and_starts_at_the_opening() -> None:
    due = due_of(1, "working_day", "2026-11-21T10:00")

    assert due.rules == ("due.rule.outside_hours",)
    assert due.starts_at == local("2026-11-23T07:00")
    assert skips(due) == [(21, "weekend"), (22, "weekend"), (24, "holiday")]


def test_term_ending_on_a_day_off_says_that_it_moved() -> None:
    due = due_of(4, "calendar_day", "2026-11-17T10:00")

    assert [entry.day.day for entry in due.counted] == [18, 19, 20, 21]
    assert skips(due) == [(22, "weekend")]
    assert due.rules == ("due.rule.moved_to_working_day",)


def test_receipt_after_three_says_so() -> None:
    due = due_of(0, "same_day", "2026-11-20T15:30")

    assert due.rules == ("due.rule.after_three_pm",)
    assert [entry.day.day for entry in due.counted] == [23]


def test_time_of_day_in_a_break_waits_for_the_opening_and_late_one_ends_with_the_work() -> None:
    long_day = (Span(time(7), time(18)),)
    split_day = (Span(time(8), time(11)), Span(time(14), time(16)))
    calendar = WorkingCalendar(Timetable(days=(long_day, split_day, long_day, long_day, long_day, (), ())))

    assert due_of(1, "working_day", "2026-11-16T12:00", calendar).due_at == local("2026-11-17T14:00")
    assert due_of(1, "working_day", "2026-11-16T17:30", calendar).due_at == local("2026-11-17T16:00")
    assert due_of(1, "working_day", "2026-11-16T07:00", calendar).due_at == local("2026-11-17T08:00")


@pytest.mark.parametrize(
    ("amount", "unit"),
    [(0, "working_day"), (-1, "working_hour"), (1001, "working_day"), (121, "month"), (-1, "same_day")],
)
def test_limit_without_bounds_is_refused(amount: int, unit: str) -> None:
    with pytest.raises(UserError, match=r"due\.bad_limit"):
        due_of(amount, unit, "2026-11-20T10:00")


@pytest.mark.parametrize(("amount", "unit"), [(1000, "working_day"), (1000, "working_hour"), (120, "month")])
def test_largest_limit_at_the_last_year_is_computed(amount: int, unit: str) -> None:
    assert due_of(amount, unit, "2075-12-31T10:00").due_at > local("2076-01-01T00:00")


def test_receipt_in_a_mistyped_year_is_refused() -> None:
    with pytest.raises(UserError, match=r"due\.bad_date"):
        due_of(1, "working_day", "2206-11-20T10:00")


@pytest.mark.parametrize(
    ("unit", "paused", "resumed", "due_at"),
    [
        ("working_day", "2026-11-11T10:00", "2026-11-13T10:00", "2026-11-17T10:00"),
        ("working_day", "2026-11-11T10:00", "2026-11-11T14:30", "2026-11-13T14:30"),
        ("working_day", "2026-11-14T08:00", "2026-11-15T20:00", "2026-11-13T10:00"),
        ("working_day", "2026-11-12T18:00", "2026-11-14T08:00", "2026-11-16T10:00"),
        ("calendar_day", "2026-11-11T10:00", "2026-11-13T10:00", "2026-11-16T17:00"),
        ("calendar_day", "2026-11-11T10:00", "2026-11-11T16:00", "2026-11-13T17:00"),
        ("calendar_day", "2026-11-11T10:00", "2026-11-17T10:00", "2026-11-19T17:00"),
    ],
)
def test_pause_carries_the_rest_over(unit: str, paused: str, resumed: str, due_at: str) -> None:
    due = due_of(3, unit, "2026-11-10T10:00")
    assert local_day(due) == date(2026, 11, 13)

    extended = extend_for_pause(due, local(paused), local(resumed), ORDINARY)

    assert extended.due_at == local(due_at)


def local_day(due: DueDate) -> date:
    return due.due_at.astimezone(VIETNAM).date()


def test_paused_days_are_skipped_as_paused_and_the_rule_is_said_once() -> None:
    due = due_of(3, "working_day", "2026-11-10T10:00")
    first = extend_for_pause(due, local("2026-11-11T10:00"), local("2026-11-13T10:00"), ORDINARY)
    second = extend_for_pause(first, local("2026-11-17T09:00"), local("2026-11-19T09:00"), ORDINARY)

    assert skips(first) == [(12, "paused"), (14, "weekend"), (15, "weekend")]
    assert [entry.day.day for entry in first.counted] == [11, 13, 16, 17]
    assert first.rules == ("due.rule.paused",)
    assert second.due_at == local("2026-11-19T10:00")
    assert skips(second) == [*skips(first), (18, "paused")]
    assert second.rules == ("due.rule.paused",)


def test_pause_of_calendar_days_skips_each_paused_day() -> None:
    due = due_of(10, "calendar_day", "2026-11-02T10:00")

    extended = extend_for_pause(due, local("2026-11-04T10:00"), local("2026-11-06T10:00"), ORDINARY)

    assert skips(extended) == [(5, "paused"), (6, "paused"), (15, "weekend")]
    assert len(extended.counted) == 10
    assert local_day(extended) == date(2026, 11, 16)
    assert extended.rules == ("due.rule.paused", "due.rule.moved_to_working_day")


def test_pause_after_the_due_date_changes_nothing() -> None:
    due = due_of(1, "working_day", "2026-11-10T10:00")

    assert extend_for_pause(due, local("2026-11-12T10:00"), local("2026-11-19T10:00"), ORDINARY) is due


@pytest.mark.parametrize("resumed", ["2026-11-10T09:00", "2037-11-10T10:00"])
def test_impossible_pause_is_refused(resumed: str) -> None:
    due = due_of(30, "working_day", "2026-11-09T10:00")

    with pytest.raises(UserError, match=r"due\.bad_pause"):
        extend_for_pause(due, local("2026-11-10T10:00"), local(resumed), ORDINARY)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("unit", TimeUnit)
def test_every_step_has_a_sentence_without_open_placeholders(unit: TimeUnit, language: Language) -> None:
    amount = 0 if unit is TimeUnit.SAME_DAY else 2
    due = compute_due(TimeLimit(amount=amount, unit=unit), local("2026-11-21T10:00"), ORDINARY)
    paused = extend_for_pause(due, due.starts_at, due.starts_at + timedelta(days=3), ORDINARY)

    said = [text(code, language, **context) for code, context in (*describe_steps(due), *describe_steps(paused))]

    assert all(line and not re.search(r"[{}]", line) for line in said)


def test_steps_come_in_the_order_of_days_with_runs_joined() -> None:
    steps = describe_steps(due_of(3, "working_day", "2026-11-20T10:00"))

    assert [code for code, _ in steps] == [
        "due.limit.working_day",
        "due.step.starts",
        "due.skipped.weekend",
        "due.skipped.weekend",
        "due.step.counted",
        "due.skipped.holiday",
        "due.step.counted_run",
        "due.step.due",
    ]
    assert steps[-2][1] == {"first": "25/11/2026", "last": "26/11/2026", "count": 2}
    assert steps[-1][1] == {"at": "10:00 26/11/2026"}


def test_pause_that_begins_on_the_day_a_due_date_was_moved_to_tells_that_day_too() -> None:
    due = due_of(5, "calendar_day", "2026-11-23T09:00")  # ends on Saturday the 28th, moved to Monday the 30th
    assert due.due_at.astimezone(VIETNAM).date() == date(2026, 11, 30)

    paused = extend_for_pause(due, local("2026-11-30T08:00"), local("2026-12-01T08:00"), ORDINARY)

    told = [entry.day for entry in paused.counted] + [entry.day for entry in paused.skipped]
    assert sorted(told) == [date(2026, 11, 24) + timedelta(days=n) for n in range(8)]


@pytest.mark.parametrize(
    ("day", "count", "last"),
    [
        (date(2026, 11, 25), 2, date(2026, 11, 27)),
        (date(2026, 11, 27), 2, date(2026, 12, 1)),  # a weekend between
        (date(2026, 11, 23), 1, date(2026, 11, 25)),  # the 24th is a holiday
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
    ],
)
def test_working_days_after_a_day_leave_out_weekends_and_holidays(day: date, count: int, last: date) -> None:
    assert nth_working_day_after(day, count, ORDINARY) == last
