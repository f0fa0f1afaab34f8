"""When a unit works: its weekly timetable, public holidays, swapped days and the table that overrules them all.

Holidays and swapped days come from the ``holidays`` package (Labour Code 2019, article 112, and the yearly decisions
it knows). Those decisions reach a package late, so a unit's own table of day overrides always wins.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import MappingProxyType

import msgspec

from counter_app.core.clock import VIETNAM, to_local
from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.dossier import SkippedDay
from counter_app.domain.unit import Span, Timetable
from resources.texts import Language

_SATURDAY = 5
# The holidays package knows the lunar calendar to 2099; the longest limit and pause of a receipt stay below that.
_EARLIEST_YEAR, _LATEST_YEAR = 1990, 2099
LATEST_RECEIPT_YEAR = 2075
# The longest stretch without work that still makes sense; a table that closes a unit for longer is a mistake.
_LONGEST_CLOSURE = timedelta(days=400)
_MOST_ROWS = 5000
_WORDS_FOR_WORKING = {"1", "true", "yes", "x", "co", "lam viec", "di lam"}
_WORDS_FOR_OFF = {"0", "false", "no", "khong", "nghi"}
_PACKAGE_LANGUAGE = {Language.VIETNAMESE: "vi", Language.ENGLISH: "en_US"}


class DayOverride(msgspec.Struct, frozen=True):
    """One line of a unit's own table: that day is worked or not, whatever the week and the holidays say.

    `name` is the reason in the words of the table ("Hoán đổi ngày nghỉ Tết Dương lịch").
    """

    day: date
    working: bool
    name: str


@cache
def _holidays_of(year: int, language: Language) -> MappingProxyType[date, str]:
    import holidays

    found = holidays.VN(years=[year], language=_PACKAGE_LANGUAGE[language])
    return MappingProxyType({day: nfc(name) for day, name in found.items() if day.year == year})


@cache
def _swapped_workdays_of(year: int) -> frozenset[date]:
    import holidays

    return frozenset(day for day in holidays.VN(years=[year]).weekend_workdays if day.year == year)


def find_holiday_name(day: date, language: Language) -> str | None:
    """Return the name of a public holiday or of a day off given by a swap, None on any other day."""
    return _holidays_of(day.year, language).get(day)


class WorkingCalendar:
    """Answers whether, when and how long a unit works. Immutable; safe from any thread.

    Days and hours are those of Việt Nam; instants are aware and returned in UTC.

    Raises:
        UserError: ``due.bad_timetable`` when the timetable is not seven days of ordered stretches without overlap,
            ``due.no_working_time`` when it has no working stretch at all.
    """

    def __init__(
        self,
        timetable: Timetable,
        overrides: Iterable[DayOverride] = (),
        *,
        language: Language = Language.VIETNAMESE,
    ) -> None:
        _check_timetable(timetable)
        self._week = timetable.days
        self._overrides = {override.day: override for override in overrides}
        self._language = language
        ordinary = next((spans for spans in self._week if spans), None)
        if ordinary is None:
            raise UserError("due.no_working_time")
        self._ordinary = ordinary

    def is_working_day(self, day: date) -> bool:
        """Whether the unit works at all on that day."""
        return self.reason_not_working(day) is None

    def reason_not_working(self, day: date) -> SkippedDay | None:
        """Return the day with the reason why it is not worked, or None when it is.

        The unit's table wins over swapped days, these over holidays, these over the week.
        """
        override = self._overrides.get(day)
        if override is not None:
            return None if override.working else SkippedDay(day, "due.reason.override", override.name)
        if day in _swapped_workdays_of(day.year):
            return None
        holiday = find_holiday_name(day, self._language)
        if holiday is not None:
            return SkippedDay(day, "due.reason.holiday", holiday)
        if self._week[day.weekday()]:
            return None
        return SkippedDay(day, "due.reason.weekend" if day.weekday() >= _SATURDAY else "due.reason.no_hours")

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """Return the working stretches of a day in order; none on a day that is not worked.

        A Saturday worked in exchange for another day has the hours of the first worked weekday.
        """
        if not self.is_working_day(day):
            return ()
        return self._week[day.weekday()] or self._ordinary

    def next_working_day(self, day: date) -> date:
        """Return the first working day on or after a day.

        Raises:
            UserError: ``due.no_working_time`` when the table leaves none within 400 days.
        """
        last = day + _LONGEST_CLOSURE
        found = day
        while not self.is_working_day(found):
            found += timedelta(days=1)
            if found > last:
                raise UserError("due.no_working_time")
        return found

    def end_of_work(self, day: date) -> datetime:
        """Return the closing instant of a working day; on another day, that of the next working day."""
        worked = self.next_working_day(day)
        return _instant(worked, self.spans_on(worked)[-1], at_close=True)

    def next_opening(self, instant: datetime) -> datetime:
        """Return the instant itself within working time (closing times included), else when work next begins.

        Raises:
            UserError: ``due.bad_date`` for a year outside 1990-2099; ``due.no_working_time``.
        """
        for opens, closes in self._stretches_from(instant):
            if instant <= closes:
                return max(instant.astimezone(UTC), opens)
        raise UserError("due.no_working_time")  # pragma: no cover - the stretches never end

    def add_working_time(self, instant: datetime, amount: timedelta) -> datetime:
        """Return the instant after that much working time; a nought amount gives the next opening.

        An amount that is used up on the stroke of closing ends there, not at the next opening.

        Raises:
            UserError: as `next_opening`.
        """
        left = amount
        for opens, closes in self._stretches_from(instant):
            begins = max(instant.astimezone(UTC), opens)
            if begins > closes:
                continue
            if left <= closes - begins:
                return begins + left
            left -= closes - begins
        raise UserError("due.no_working_time")  # pragma: no cover - the stretches never end

    def add_working_hours(self, instant: datetime, hours: int) -> datetime:
        """Return the instant after so many working hours; raises as `next_opening`."""
        return self.add_working_time(instant, timedelta(hours=hours))

    def working_time_between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two instants; nought when the end is not after the start."""
        total = timedelta()
        if end <= start:
            return total
        for opens, closes in self._stretches_from(start):
            if opens >= end:
                break
            total += max(min(closes, end) - max(opens, start), timedelta())
        return total

    def _stretches_from(self, instant: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = checked_local(instant, latest_year=_LATEST_YEAR).date()
        while True:
            day = self.next_working_day(day)
            for span in self.spans_on(day):
                yield _instant(day, span, at_close=False), _instant(day, span, at_close=True)
            day += timedelta(days=1)


def checked_local(instant: datetime, *, latest_year: int = LATEST_RECEIPT_YEAR) -> datetime:
    """Return an aware instant in local time.

    Raises:
        UserError: ``due.bad_date`` for a year before 1990 or after `latest_year`: mistyped, not one to count from.
    """
    # Near the ends of the calendar even the conversion to local time would overflow.
    year = instant.year if instant.year in {1, 9999} else to_local(instant).year
    if not _EARLIEST_YEAR <= year <= latest_year:
        raise UserError("due.bad_date", year=year, earliest=_EARLIEST_YEAR, latest=latest_year)
    return to_local(instant)


def _instant(day: date, span: Span, *, at_close: bool) -> datetime:
    clock_time = span.closes if at_close else span.opens
    return datetime.combine(day, clock_time, VIETNAM).astimezone(UTC)


def _check_timetable(timetable: Timetable) -> None:
    if len(timetable.days) != 7:
        raise UserError("due.bad_timetable", weekday=len(timetable.days))
    for number, spans in enumerate(timetable.days, start=1):
        edges = [edge for span in spans for edge in (span.opens, span.closes)]
        ordered = all(span.opens < span.closes for span in spans)
        if not ordered or edges != sorted(edges):
            raise UserError("due.bad_timetable", weekday=number)


def parse_overrides(text: str) -> tuple[DayOverride, ...]:
    """Return the overrides of a table ``date,working,name``, in order of day, all of them or none.

    Dates are dd/MM/yyyy or ISO; `working` is 1/0, true/false, có/không, làm việc/nghỉ; a header line is allowed, and
    semicolons instead of commas, as Vietnamese Excel writes them.

    Raises:
        UserError: ``due.bad_calendar_row`` naming the line that cannot be read, has no name or repeats a day;
            ``due.calendar_too_long`` beyond 5000 lines.
    """
    plain = text.removeprefix("\ufeff")
    first_line = plain.lstrip().partition("\n")[0]
    delimiter = ";" if ";" in first_line and "," not in first_line else ","
    found: dict[date, DayOverride] = {}
    for row, cells in _numbered_rows(plain, delimiter):
        override = _parse_row(row, cells)
        if override.day in found:
            raise UserError("due.bad_calendar_row", row=row)
        found[override.day] = override
    return tuple(found[day] for day in sorted(found))


def _numbered_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        for count, cells in enumerate(reader):
            if count > _MOST_ROWS:
                raise UserError("due.calendar_too_long", rows=_MOST_ROWS)
            trimmed = [nfc(cell) for cell in cells]
            is_header = count == 0 and trimmed[:1] and fold(trimmed[0]) in {"date", "ngay"}
            if any(trimmed) and not is_header:
                yield reader.line_num, trimmed
    except csv.Error as error:
        raise UserError("due.bad_calendar_row", row=reader.line_num) from error


def _parse_row(row: int, cells: list[str]) -> DayOverride:
    if len(cells) != 3 or not cells[2]:
        raise UserError("due.bad_calendar_row", row=row)
    day, working = _parse_day(cells[0]), fold(cells[1])
    if day is None or working not in _WORDS_FOR_WORKING | _WORDS_FOR_OFF:
        raise UserError("due.bad_calendar_row", row=row)
    return DayOverride(day, working in _WORDS_FOR_WORKING, cells[2])


def _parse_day(text: str) -> date | None:
    for shape in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            found = datetime.strptime(text, shape).replace(tzinfo=VIETNAM).date()
        except ValueError:
            continue
        return found if _EARLIEST_YEAR <= found.year <= _LATEST_YEAR else None
    return None
