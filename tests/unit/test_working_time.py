from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.core.clock import VIETNAM
from counter_app.core.errors import UserError
from counter_app.domain.unit import DEFAULT_TIMETABLE, Span, Timetable
from counter_app.domain.working_time import DayOverride, WorkingCalendar, parse_overrides
from resources.texts import Language

ORDINARY = WorkingCalendar(DEFAULT_TIMETABLE)
INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 6, 30), timezones=st.just(VIETNAM))  # noqa: DTZ001


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("day", "reason", "detail"),
    [
        ("2025-01-01", "due.reason.holiday", "Tết Dương lịch"),
        ("2025-01-29", "due.reason.holiday", "Tết Nguyên Đán"),
        ("2025-04-07", "due.reason.holiday", "Ngày Giỗ Tổ Hùng Vương"),
        ("2025-05-02", "due.reason.holiday", "Ngày nghỉ (thay cho ngày 26/04/2025)"),
        ("2026-02-16", "due.reason.holiday", "Giao thừa Tết Nguyên Đán"),
        ("2026-02-17", "due.reason.holiday", "Tết Nguyên Đán"),
        ("2026-02-20", "due.reason.holiday", "Mùng bốn Tết Nguyên Đán"),
        ("2026-04-27", "due.reason.holiday", "Ngày Giỗ Tổ Hùng Vương (nghỉ bù)"),
        ("2026-08-31", "due.reason.holiday", "Ngày nghỉ (thay cho ngày 22/08/2026)"),
        ("2026-09-01", "due.reason.holiday", "Quốc khánh"),
        ("2026-11-24", "due.reason.holiday", "Ngày Văn hóa Việt Nam"),
        ("2027-05-03", "due.reason.holiday", "Ngày Quốc tế Lao động (nghỉ bù)"),
        ("2026-11-22", "due.reason.weekend", ""),
    ],
)
def test_published_day_off_is_not_worked_and_says_why(day: str, reason: str, detail: str) -> None:
    skipped = ORDINARY.reason_not_working(date.fromisoformat(day))

    assert skipped is not None
    assert (skipped.reason, skipped.detail) == (reason, detail)
    assert ORDINARY.spans_on(date.fromisoformat(day)) == ()


@pytest.mark.parametrize("day", ["2025-04-26", "2026-08-22", "2025-11-24", "2026-01-02", "2026-11-23"])
def test_swapped_saturday_and_ordinary_day_are_worked_with_ordinary_hours(day: str) -> None:
    spans = ORDINARY.spans_on(date.fromisoformat(day))

    assert [span.opens for span in spans] == [time(7), time(13, 30)]


def test_holiday_has_its_english_name_in_an_english_calendar() -> None:
    calendar = WorkingCalendar(DEFAULT_TIMETABLE, language=Language.ENGLISH)

    skipped = calendar.reason_not_working(date(2026, 11, 24))

    assert skipped is not None
    assert skipped.detail == "Vietnam Cultural Day"


def test_table_adds_the_swap_that_the_package_misses() -> None:
    table = parse_overrides(
        "date,working,name\n02/01/2026,0,Hoán đổi sang 10/01/2026\n2026-01-10,1,Làm bù cho 02/01/2026\n"
    )
    calendar = WorkingCalendar(DEFAULT_TIMETABLE, table)

    skipped = calendar.reason_not_working(date(2026, 1, 2))

    assert skipped is not None
    assert (skipped.reason, skipped.detail) == ("due.reason.override", "Hoán đổi sang 10/01/2026")
    assert calendar.is_working_day(date(2026, 1, 10))


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2026, 11, 22)])
def test_table_beats_holiday_and_weekend(day: date) -> None:
    calendar = WorkingCalendar(DEFAULT_TIMETABLE, [DayOverride(day, working=True, name="Trực")])

    assert calendar.is_working_day(day)


def test_table_beats_a_swapped_workday() -> None:
    day = date(2026, 8, 22)
    calendar = WorkingCalendar(DEFAULT_TIMETABLE, [DayOverride(day, working=False, name="Không làm bù")])

    assert not calendar.is_working_day(day)


def test_weekday_without_hours_is_not_called_a_weekend() -> None:
    morning = (Span(time(8), time(11)),)
    calendar = WorkingCalendar(Timetable(days=(morning, (), morning, morning, morning, (), ())))

    skipped = calendar.reason_not_working(date(2026, 11, 17))

    assert skipped is not None
    assert skipped.reason == "due.reason.no_hours"


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-23T06:00", "2026-11-23T07:00"),
        ("2026-11-23T09:30", "2026-11-23T09:30"),
        ("2026-11-23T11:30", "2026-11-23T11:30"),
        ("2026-11-23T12:00", "2026-11-23T13:30"),
        ("2026-11-23T17:00", "2026-11-23T17:00"),
        ("2026-11-23T17:01", "2026-11-25T07:00"),
        ("2026-02-13T18:00", "2026-02-23T07:00"),
    ],
)
def test_next_opening(at: str, opening: str) -> None:
    assert ORDINARY.next_opening(local(at)) == local(opening)


def test_working_hours_jump_over_lunch_night_and_holiday() -> None:
    assert ORDINARY.add_working_hours(local("2026-11-23T10:30"), 2) == local("2026-11-23T14:30")
    assert ORDINARY.add_working_hours(local("2026-11-23T16:00"), 2) == local("2026-11-25T08:00")


@given(INSTANTS, st.timedeltas(timedelta(), timedelta(hours=60)))
def test_added_working_time_is_measured_back_exactly(at: datetime, amount: timedelta) -> None:
    end = ORDINARY.add_working_time(at, amount)

    assert ORDINARY.working_time_between(at, end) == amount
    assert end.tzinfo is UTC


@given(INSTANTS)
def test_next_opening_is_a_fixed_point_within_working_time(at: datetime) -> None:
    opening = ORDINARY.next_opening(at)

    assert opening >= at
    assert ORDINARY.next_opening(opening) == opening
    assert ORDINARY.working_time_between(at, opening) == timedelta()


def test_unit_without_any_hours_is_refused() -> None:
    with pytest.raises(UserError, match=r"due\.no_working_time"):
        WorkingCalendar(Timetable(days=((),) * 7))


def test_table_that_closes_a_unit_for_years_ends_with_an_error() -> None:
    first = date(2026, 1, 1)
    closed = [DayOverride(first + timedelta(days=n), working=False, name="đóng") for n in range(1000)]

    with pytest.raises(UserError, match=r"due\.no_working_time"):
        WorkingCalendar(DEFAULT_TIMETABLE, closed).next_opening(local("2026-01-01T08:00"))


@pytest.mark.parametrize(
    "days",
    [
        ((Span(time(7), time(11)),),) * 6,
        ((Span(time(11), time(7)),),) * 7,
        ((Span(time(7), time(7)),),) * 7,
        ((Span(time(7), time(12)), Span(time(11), time(17))),) * 7,
    ],
    ids=["six days", "closes before it opens", "empty stretch", "overlap"],
)
def test_impossible_timetable_is_refused(days: tuple[tuple[Span, ...], ...]) -> None:
    with pytest.raises(UserError, match=r"due\.bad_timetable"):
        WorkingCalendar(Timetable(days=days))


@pytest.mark.parametrize("year", [1, 1969, 2150, 9999])
def test_mistyped_year_is_refused(year: int) -> None:
    with pytest.raises(UserError, match=r"due\.bad_date"):
        ORDINARY.next_opening(datetime(year, 12, 31, 23, 59, tzinfo=VIETNAM))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffNgày;Làm việc;Tên\r\n02/01/2026;nghỉ;Hoán đổi\r\n10/01/2026;có;Làm bù\r\n",
        "10/01/2026, 1, Làm bù\n\n2026-01-02, false, Hoán đổi",
    ],
    ids=["as Excel writes it", "plain, out of order"],
)
def test_table_is_read_in_either_shape(text: str) -> None:
    assert parse_overrides(text) == (
        DayOverride(date(2026, 1, 2), working=False, name="Hoán đổi"),
        DayOverride(date(2026, 1, 10), working=True, name="Làm bù"),
    )


@pytest.mark.parametrize(
    "row",
    [
        "31/02/2026,1,Tên",
        "02/01/26,1,Tên",
        "02/01/0026,1,Tên",
        "02/01/2026,maybe,Tên",
        "02/01/2026,1,",
        "02/01/2026,1",
        "02/01/2026,1,Tên,thừa",
        '02/01/2026,1,"Tên',
        "01/01/2026,1,Trùng ngày",
    ],
)
def test_unreadable_row_is_named_and_nothing_is_returned(row: str) -> None:
    with pytest.raises(UserError, match=r"due\.bad_calendar_row") as failure:
        parse_overrides(f"date,working,name\n01/01/2026,0,Tết Dương lịch\n{row}\n")

    assert failure.value.context == {"row": 3}


def test_endless_table_is_refused() -> None:
    with pytest.raises(UserError, match=r"due\.calendar_too_long"):
        parse_overrides("\n" * 6000)


@given(st.text(max_size=200))
def test_any_text_is_a_table_or_a_user_error(text: str) -> None:
    try:
        overrides = parse_overrides(text)
    except UserError as error:
        assert error.code in {"due.bad_calendar_row", "due.calendar_too_long"}  # noqa: PT017
    else:
        assert all(override.name for override in overrides)
