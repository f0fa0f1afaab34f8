"""How long a procedure may take, as its published text says it."""

from enum import StrEnum

import msgspec


class TimeUnit(StrEnum):
    """What a time limit counts."""

    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"
    SAME_DAY = "same_day"
    """Within the day; after 15:00, the next working day (Nghị định 23/2015/NĐ-CP, article 7). The amount is 0."""


class TimeLimit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many units; `text` keeps the words of the source."""

    amount: int
    unit: TimeUnit
    text: str = ""
