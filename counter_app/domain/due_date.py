"""When a result is due, and why: the days that count, the days that do not, and the rules that moved either end.

Terms in days and months follow the Civil Code 2015, articles 147 and 148: the day of receipt is not counted, the
term ends at the end of its last day, and a last day off moves it to the end of the next working day. Terms in
working days keep the time of day of the receipt, as provincial systems do (unverified in a decree). The 15:00 rule
of terms within the day is that of the published civil-status procedures (for example 1.001193: received after
15:00, the result is given on the next working day).
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import assert_never

import msgspec

from counter_app.core.clock import VIETNAM, local_date, to_local
from counter_app.core.errors import UserError
from counter_app.domain.dossier import CountedDay, DueDate, SkippedDay
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from counter_app.domain.working_time import WorkingCalendar, checked_local

_DAY = timedelta(days=1)
_LATEST_RECEIPT = time(15, 0)
_MOST_UNITS = 1000
_MOST_MONTHS = 120
_LONGEST_PAUSE = timedelta(days=3660)

OUTSIDE_HOURS = "due.rule.outside_hours"
AFTER_THREE_PM = "due.rule.after_three_pm"
MOVED = "due.rule.moved_to_working_day"
PAUSED = "due.rule.paused"
EXTENDED = "due.rule.extended"
_REASON_PAUSED = "due.reason.paused"

_SortedDays = tuple[tuple[CountedDay, ...], tuple[SkippedDay, ...]]
Step = tuple[str, dict[str, str | int]]


def compute_due(limit: TimeLimit, at: datetime, calendar: WorkingCalendar) -> DueDate:
    """Return when a dossier received at an aware instant is due, with its explanation.

    Received outside working time, it counts from the next opening. The due date is always within working time or at its
    edge, never earlier for a later receipt, a larger amount or one more holiday. `counted`, `skipped`, the day the
    count starts on and, when moved, the day it is due on are all the days there are, each once.

    Raises:
        UserError: ``due.bad_limit`` for an amount outside 1..1000 (months 1..120; nought or more for the same day);
            ``due.bad_date`` for a year that is surely mistyped; ``due.no_working_time`` when the unit never opens.
    """
    _check_limit(limit)
    received_at = checked_local(at).astimezone(UTC)
    starts_at = calendar.next_opening(received_at)
    rules = (OUTSIDE_HOURS,) if starts_at != received_at else ()
    first_skipped = tuple(_not_working(local_date(received_at), local_date(starts_at), calendar))
    due = _due_from(limit, received_at, starts_at, calendar)
    return msgspec.structs.replace(due, skipped=first_skipped + due.skipped, rules=rules + due.rules)


def _check_limit(limit: TimeLimit) -> None:
    least = 0 if limit.unit is TimeUnit.SAME_DAY else 1
    most = _MOST_MONTHS if limit.unit is TimeUnit.MONTH else _MOST_UNITS
    if not least <= limit.amount <= most:
        raise UserError("due.bad_limit", amount=limit.amount, least=least, most=most)


def _due_from(limit: TimeLimit, received_at: datetime, starts_at: datetime, calendar: WorkingCalendar) -> DueDate:
    match limit.unit:
        case TimeUnit.WORKING_HOUR:
            return _due_in_working_hours(limit, starts_at, calendar)
        case TimeUnit.WORKING_DAY:
            return _due_in_working_days(limit, starts_at, calendar)
        case TimeUnit.CALENDAR_DAY:
            last_day = local_date(starts_at) + timedelta(days=limit.amount)
            return _due_on_last_day(limit, starts_at, last_day, calendar)
        case TimeUnit.MONTH:
            return _due_on_last_day(limit, starts_at, _months_after(local_date(starts_at), limit.amount), calendar)
        case TimeUnit.SAME_DAY:
            return _due_same_day(limit, received_at, starts_at, calendar)
        case _:
            assert_never(limit.unit)


def _due_in_working_hours(limit: TimeLimit, starts_at: datetime, calendar: WorkingCalendar) -> DueDate:
    due_at = calendar.add_working_hours(starts_at, limit.amount)
    counted, skipped = _sorted_days(local_date(starts_at), local_date(due_at), calendar)
    return DueDate(due_at=due_at, limit=limit, starts_at=starts_at, counted=counted, skipped=skipped)


def _due_in_working_days(limit: TimeLimit, starts_at: datetime, calendar: WorkingCalendar) -> DueDate:
    day = first = local_date(starts_at) + _DAY
    for _ in range(limit.amount):
        day = calendar.next_working_day(day) + _DAY
    last = day - _DAY
    counted, skipped = _sorted_days(first, last, calendar)
    due_at = _clip(last, to_local(starts_at).time(), calendar)
    return DueDate(due_at=due_at, limit=limit, starts_at=starts_at, counted=counted, skipped=skipped)


def _clip(day: date, wanted: time, calendar: WorkingCalendar) -> datetime:
    """Return that time of day, the next opening when it falls into a break, the last closing when it is too late."""
    at = datetime.combine(day, wanted, VIETNAM).astimezone(UTC)
    return min(calendar.next_opening(at), calendar.end_of_work(day))


def _due_on_last_day(
    limit: TimeLimit, starts_at: datetime, last_day: date, calendar: WorkingCalendar, *, after: date | None = None
) -> DueDate:
    """Return a due date whose last day is known; days count from the one after `after`, else after the start."""
    first = (after or local_date(starts_at)) + _DAY
    due_at = calendar.end_of_work(last_day)
    due_day = local_date(due_at)
    return DueDate(
        due_at=due_at,
        limit=limit,
        starts_at=starts_at,
        counted=tuple(CountedDay(day) for day in _days(first, last_day)),
        skipped=tuple(_not_working(last_day + _DAY, due_day, calendar)),
        rules=(MOVED,) if due_day != last_day else (),
    )


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _due_same_day(limit: TimeLimit, received_at: datetime, starts_at: datetime, calendar: WorkingCalendar) -> DueDate:
    received, start_day = to_local(received_at), local_date(starts_at)
    late = received.date() == start_day and received.time() > _LATEST_RECEIPT
    due_at = calendar.end_of_work(start_day + _DAY if late else start_day)
    due_day = local_date(due_at)
    return DueDate(
        due_at=due_at,
        limit=limit,
        starts_at=starts_at,
        counted=(CountedDay(due_day),),
        skipped=tuple(_not_working(start_day + _DAY, due_day, calendar)),
        rules=(AFTER_THREE_PM,) if late else (),
    )


def nth_working_day_after(day: date, count: int, calendar: WorkingCalendar) -> date:
    """Return the n-th working day after a day.

    Raises:
        UserError: ``due.no_working_time``.
    """
    found = day
    for _ in range(count):
        found = calendar.next_working_day(found + _DAY)
    return found


def extend_for_pause(due: DueDate, paused_at: datetime, resumed_at: datetime, calendar: WorkingCalendar) -> DueDate:
    """Return the due date after a wait for a supplement or a payment, during which the clock stood.

    Working hours, working days and terms within the day carry their remaining working time over to the resumption;
    calendar days and months carry their remaining days. A pause outside working time or after the due date changes
    nothing; a longer one is never due earlier. Can be applied again for a further pause.

    Raises:
        UserError: ``due.bad_pause`` when it ends before it begins or lasts over ten years; ``due.bad_date``;
            ``due.no_working_time``.
    """
    checked_local(paused_at)
    checked_local(resumed_at)
    if not timedelta() <= resumed_at - paused_at <= _LONGEST_PAUSE:
        raise UserError("due.bad_pause")
    stopped_at = max(paused_at.astimezone(UTC), due.starts_at)
    resumes_at = max(resumed_at.astimezone(UTC), stopped_at)
    if stopped_at >= due.due_at or resumes_at == stopped_at:
        return due
    if due.limit.unit in {TimeUnit.CALENDAR_DAY, TimeUnit.MONTH}:
        extended = _extend_by_days(due, local_date(stopped_at), local_date(resumes_at), calendar)
    else:
        extended = _extend_by_working_time(due, stopped_at, resumes_at, calendar)
    return extended if extended.due_at > due.due_at else due


def _extend_by_days(due: DueDate, paused_on: date, resumed_on: date, calendar: WorkingCalendar) -> DueDate:
    left = sum(1 for counted in due.counted if counted.day > paused_on)
    rest = _due_on_last_day(due.limit, due.starts_at, resumed_on + timedelta(days=left), calendar, after=resumed_on)
    # A due date that was moved to a working day stands on a day of its own: a pause on it begins with that day.
    told = {day.day for day in due.counted} | {day.day for day in due.skipped} | {local_date(due.starts_at)}
    first_paused = paused_on + _DAY if paused_on in told else paused_on
    paused = tuple(SkippedDay(day, _REASON_PAUSED) for day in _days(first_paused, resumed_on))
    return _joined(due, paused_on, rest, paused)


def _extend_by_working_time(
    due: DueDate, stopped_at: datetime, resumes_at: datetime, calendar: WorkingCalendar
) -> DueDate:
    left = calendar.working_time_between(stopped_at, due.due_at)
    due_at = calendar.add_working_time(resumes_at, left)
    paused_on, resumed_on = local_date(stopped_at), local_date(resumes_at)
    midnight_after = datetime.combine(resumed_on + _DAY, time(), VIETNAM)
    ran_again = calendar.working_time_between(resumes_at, min(midnight_after, due_at)) > timedelta()
    first_again = resumed_on if ran_again and resumed_on > paused_on else resumed_on + _DAY
    paused = tuple(SkippedDay(day, _REASON_PAUSED) for day in _days(paused_on + _DAY, first_again - _DAY))
    counted, skipped = _sorted_days(first_again, local_date(due_at), calendar)
    rest = DueDate(due_at=due_at, limit=due.limit, starts_at=due.starts_at, counted=counted, skipped=skipped)
    return _joined(due, paused_on, rest, paused)


def _joined(due: DueDate, paused_on: date, rest: DueDate, paused: tuple[SkippedDay, ...]) -> DueDate:
    """Return the explanation as it was up to the pause, then the pause, then the rest."""
    rules = tuple(rule for rule in due.rules if rule not in {PAUSED, MOVED})
    return msgspec.structs.replace(
        rest,
        counted=tuple(day for day in due.counted if day.day <= paused_on) + rest.counted,
        skipped=tuple(day for day in due.skipped if day.day <= paused_on) + paused + rest.skipped,
        rules=(*rules, PAUSED, *rest.rules),
    )


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _not_working(first: date, before: date, calendar: WorkingCalendar) -> Iterator[SkippedDay]:
    for day in _days(first, before - _DAY):
        reason = calendar.reason_not_working(day)
        if reason is not None:
            yield reason


def _sorted_days(first: date, last: date, calendar: WorkingCalendar) -> _SortedDays:
    skipped = tuple(_not_working(first, last + _DAY, calendar))
    off = {entry.day for entry in skipped}
    return tuple(CountedDay(day) for day in _days(first, last) if day not in off), skipped


def describe_steps(due: DueDate) -> tuple[Step, ...]:
    """Return the explanation as text codes with their context, in the order in which to say it.

    Dates are dd/MM/yyyy and instants HH:mm dd/MM/yyyy, local; runs of counted days are one step.
    """
    limit: Step = (f"due.limit.{due.limit.unit.value}", {"amount": due.limit.amount})
    before: list[Step] = [
        (rule, {"at": _say(due.starts_at)}) for rule in due.rules if rule in {OUTSIDE_HOURS, AFTER_THREE_PM}
    ]
    after: list[Step] = [
        (rule, {"day": _say_day(local_date(due.due_at))}) for rule in due.rules if rule in {MOVED, PAUSED, EXTENDED}
    ]
    starts: Step = ("due.step.starts", {"at": _say(due.starts_at)})
    ends: Step = ("due.step.due", {"at": _say(due.due_at)})
    return (limit, *before, starts, *_day_steps(due), *after, ends)


def _day_steps(due: DueDate) -> Iterator[Step]:
    counted = [entry.day for entry in due.counted]
    runs: list[list[date]] = []
    for day in counted:
        if runs and day - runs[-1][-1] == _DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    steps = [(run[0], _counted_step(run)) for run in runs] + [(skip.day, _skipped_step(skip)) for skip in due.skipped]
    for _, step in sorted(steps, key=lambda dated: dated[0]):
        yield step


def _counted_step(run: list[date]) -> Step:
    if len(run) == 1:
        return "due.step.counted", {"day": _say_day(run[0])}
    return "due.step.counted_run", {"first": _say_day(run[0]), "last": _say_day(run[-1]), "count": len(run)}


def _skipped_step(skip: SkippedDay) -> Step:
    return skip.reason.replace("due.reason.", "due.skipped.", 1), {"day": _say_day(skip.day), "detail": skip.detail}


def _say_day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _say(instant: datetime) -> str:
    return f"{to_local(instant):%H:%M %d/%m/%Y}"
