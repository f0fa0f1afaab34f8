"""When the paper of a dossier that another unit resolves has to be on its way (DOMAIN rule 4).

The same working day, or the beginning of the next when it was accepted after 15:00 (LAW R5: Nghị định 61/2018/NĐ-CP,
article 18; believed kept in article 18 of Nghị định 118/2025/NĐ-CP).
"""

from datetime import UTC, date, datetime, time, timedelta

from counter_app.core.clock import VIETNAM, local_date
from counter_app.core.errors import UserError
from counter_app.domain.working_time import WorkingCalendar

_LAST_OF_DAY = time(15, 0)
_MOST_DAYS_OFF = 400


def accepted_until(now: datetime, calendar: WorkingCalendar) -> datetime:
    """Return the last instant of acceptance whose paper should be on its way at an aware instant; UTC.

    From 15:00, or the end of a shorter day, that is what was accepted up to then; before it, and on days that are not
    worked, what was accepted up to that hour of the working day before, and from the opening everything of the days
    before. `calendar` is that of the unit that received it.

    Raises:
        UserError: ``due.no_working_time``.
    """
    today = local_date(now)
    if calendar.is_working_day(today):
        if now >= _last_hour(today, calendar):
            return _last_hour(today, calendar)
        if now >= calendar.next_opening(_start_of(today)):
            return _start_of(today) - timedelta(milliseconds=1)
    return _last_hour(_working_day_before(today, calendar), calendar)


def _working_day_before(day: date, calendar: WorkingCalendar) -> date:
    earlier = (day - timedelta(days=back) for back in range(1, _MOST_DAYS_OFF))
    found = next((one for one in earlier if calendar.is_working_day(one)), None)
    if found is None:
        raise UserError("due.no_working_time")
    return found


def _last_hour(day: date, calendar: WorkingCalendar) -> datetime:
    """Return 15:00 of a working day, or its end where that comes before."""
    return min(datetime.combine(day, _LAST_OF_DAY, VIETNAM).astimezone(UTC), calendar.end_of_work(day))


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM).astimezone(UTC)
