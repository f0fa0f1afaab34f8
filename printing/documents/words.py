"""Dates, limits and amounts in the words of Vietnamese office papers.

Numbers below ten are written with a leading zero so that nothing can be put in front of them; of months only
1 and 2 (Nghị định 30/2020/NĐ-CP, phụ lục I, phần I, mục II.4).
"""

from datetime import date, datetime

from counter_app.core.clock import local_date, to_local
from counter_app.core.text import nfc
from counter_app.domain.forms.facts import HandTime
from counter_app.domain.time_limit import TimeLimit, TimeUnit
from resources.forms import common_wording


def day_words(day: date | None) -> str:
    """Return ``ngày 05 tháng 9 năm 2026``, or "" for none."""
    if day is None:
        return ""
    month = f"{day.month:02}" if day.month <= 2 else str(day.month)
    return common_wording().date.format(day=f"{day.day:02}", month=month, year=day.year)


def date_words(instant: datetime | None) -> str:
    """Return the Vietnamese local date of an instant as `day_words`, or "" for none."""
    return day_words(local_date(instant)) if instant is not None else ""


def short_day(day: date | None) -> str:
    """Return ``05/09/2026``, as tables have it, or "" for none."""
    if day is None:
        return ""
    return common_wording().short_date.format(day=f"{day.day:02}", month=f"{day.month:02}", year=day.year)


def short_date(instant: datetime | None) -> str:
    """Return the Vietnamese local date of an instant as `short_day`, or "" for none."""
    return short_day(local_date(instant)) if instant is not None else ""


def moment_words(instant: datetime | None) -> str:
    """Return ``08 giờ 05 phút, ngày ...`` in Vietnamese local time, or "" for none."""
    if instant is None:
        return ""
    local = to_local(instant)
    return common_wording().moment.format(
        hour=f"{local.hour:02}", minute=f"{local.minute:02}", date=date_words(instant)
    )


def limit_words(limit: TimeLimit | None) -> str:
    """Return ``03 ngày làm việc``, or "" where the procedure states no limit."""
    if limit is None:
        return ""
    if limit.unit is not TimeUnit.SAME_DAY and limit.amount <= 0:
        return nfc(limit.text)
    return common_wording().limit[limit.unit.value].format(amount=f"{limit.amount:02}")


def dotted(amount: int) -> str:
    """Return a whole number with dots between thousands: ``1.150.000``."""
    return f"{amount:,}".replace(",", ".")


def amount_words(amount: int) -> str:
    """Return whole đồng as ``1.150.000 đồng``."""
    return common_wording().money.amount.format(amount=dotted(amount))


def count_words(count: int | None) -> str:
    """Return ``03`` for a number of pieces, "" for none and for nought."""
    return f"{count:02}" if count else ""


def kept_words(time: HandTime) -> str:
    """Return how a hand kept its share of the time: on time, early, or late by how much."""
    wording = common_wording()
    words = wording.hand_time["late" if time.kept == "late" else "kept"]
    return words.format(
        kept=wording.kept_time[time.kept],
        allowed=_duration_words(time.allowed_minutes),
        late=_duration_words(time.took_minutes - time.allowed_minutes),
    )


def _duration_words(amount: int) -> str:
    hours, minutes = divmod(amount, 60)
    key = "hours_minutes" if hours and minutes else "minutes" if minutes else "hours"
    return common_wording().hand_time[key].format(hours=hours, minutes=minutes)
