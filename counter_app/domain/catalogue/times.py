"""Reading time limits: numbers with a unit, and the words around them.

The portal's units are WORKING_DAY, CALENDAR_DAY or "ngày", HOUR, MONTH, YEAR and OTHER ("Khác"), where OTHER means that
the words of the procedure say it (observed on dichvucong.gov.vn, July 2026).
"""

import math
import re

import msgspec

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import whole_number
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.catalogue.sources import SourceWay
from counter_app.domain.procedure import Channel, ChannelTimeLimit
from counter_app.domain.time_limit import TimeLimit, TimeUnit

MAX_AMOUNT = 2000

_UNITS = {
    "working_day": TimeUnit.WORKING_DAY,
    "ngay lam viec": TimeUnit.WORKING_DAY,
    "calendar_day": TimeUnit.CALENDAR_DAY,
    "day": TimeUnit.CALENDAR_DAY,
    "ngay": TimeUnit.CALENDAR_DAY,
    "ngay lich": TimeUnit.CALENDAR_DAY,
    "hour": TimeUnit.WORKING_HOUR,
    "working_hour": TimeUnit.WORKING_HOUR,
    "gio": TimeUnit.WORKING_HOUR,
    "gio lam viec": TimeUnit.WORKING_HOUR,
    "month": TimeUnit.MONTH,
    "thang": TimeUnit.MONTH,
}
_YEARS = {"year", "nam"}
_OTHER = {"", "other", "khac"}

# Days a unit roughly lasts, only to tell which of two limits is the longer one.
_ROUGH_HOURS = {
    TimeUnit.SAME_DAY: 8.0,
    TimeUnit.WORKING_HOUR: 1.0,
    TimeUnit.WORKING_DAY: 8.0 * 1.4,
    TimeUnit.CALENDAR_DAY: 8.0,
    TimeUnit.MONTH: 8.0 * 30,
}
_SAID = re.compile(
    r"(?<![\d.,/])(\d{1,4})\s*(?:\([^)]{1,30}\)\s*)?(ngay lam viec|ngay|gio lam viec|gio|thang)"
    r"(?=\s|[.,;:)]|$)(?!\s*\d)"
)
_UNTIL_FIFTEEN = re.compile(
    r"(?:tiep )?nhan (?:du )?ho so sau 15 (?:gio|h)\b[^.;]{0,300}?(?:trong |vao )?ngay lam viec (?:tiep theo|ke tiep)"
)
_AT_ONCE = re.compile(
    r"(?:giai quyet|tra ket qua|thuc hien|thoi han|thoi gian)[^.;]{0,40}ngay trong ngay(?! lam viec tiep)"
)


class _Said(msgspec.Struct, frozen=True):
    amount: int
    unit: TimeUnit


def read_time_words(words: str) -> TimeLimit | None:
    """Return the one time limit a short text says ("03 ngày làm việc", "Ngay trong ngày"), None when not exactly one.

    The text is kept on the limit.
    """
    said = set(_said_in(words))
    folded = fold(words)
    if not said and (folded.startswith("trong ngay") or "ngay trong ngay" in folded):
        return TimeLimit(amount=0, unit=TimeUnit.SAME_DAY, text=words)
    if len(said) != 1:
        return None
    only = said.pop()
    return TimeLimit(amount=only.amount, unit=only.unit, text=words)


def says_same_day(words: str) -> bool:
    """Whether the words promise the result on the day of receipt, or the next working day after 15:00.

    This is the wording of Nghị định 23/2015/NĐ-CP, Điều 7 and of the civil status procedures.
    """
    folded = fold(words)
    return bool(_UNTIL_FIFTEEN.search(folded) or (_AT_ONCE.search(folded) and "15 gio" in folded))


def read_time_limits(
    ways: tuple[SourceWay, ...], steps: str, doubts: DoubtList
) -> tuple[tuple[ChannelTimeLimit, ...], dict[str, str]]:
    """Return one time limit per channel and the words they were read from (empty when taken as they are).

    Of two limits for one channel the longer is kept, with a doubt: the desk then never promises too early.
    """
    limits: dict[Channel, TimeLimit] = {}
    sources: dict[str, str] = {}
    for way in ways:
        channel = read_channel(way.channel)
        if channel is None:
            doubts.add(f"{way.place}.channel", "channel_unknown", way.channel)
            continue
        limit = _read_one(way, steps, doubts)
        if limit is None:
            sources[f"time.{channel}"] = way.time_text
            continue
        if (other := limits.get(channel)) is not None and (other.amount, other.unit) != (limit.amount, limit.unit):
            doubts.add(f"ways.{channel}", "time_two_limits", f"{other.text} | {limit.text}")
            sources[f"time.{channel}"] = f"{other.text} | {limit.text}"
            limit = max(other, limit, key=_rough_hours)
        limits[channel] = limit
    return tuple(ChannelTimeLimit(channel=channel, limit=limit) for channel, limit in limits.items()), sources


def read_channel(text: str) -> Channel | None:
    """Return the channel of a portal word (DIRECT, ONLINE, POSTAL), number (1, 2, 3) or Vietnamese name."""
    folded = fold(text)
    if folded in {"1", "direct"} or "truc tiep" in folded:
        return Channel.DIRECT
    if folded in {"2", "online"} or "truc tuyen" in folded:
        return Channel.ONLINE
    if folded in {"3", "postal", "post"} or "buu chinh" in folded or "buu dien" in folded:
        return Channel.POST
    return None


def _read_one(way: SourceWay, steps: str, doubts: DoubtList) -> TimeLimit | None:
    words = way.time_text
    unit_text = fold(way.time_unit)
    if unit_text in _OTHER or way.time_value is None:
        return _from_words(way, words, steps, doubts)
    unit, factor = (TimeUnit.MONTH, 12) if unit_text in _YEARS else (_UNITS.get(unit_text), 1)
    if unit is None or not 0 < way.time_value * factor <= MAX_AMOUNT:
        doubts.add(f"{way.place}.time", "time_not_understood", words)
        return None
    value = way.time_value * factor
    if value != int(value):
        doubts.add(f"{way.place}.time", "time_fraction", words)
    limit = TimeLimit(amount=math.ceil(value), unit=unit, text=words)
    _compare_with_note(way, limit, doubts)
    return limit


def _from_words(way: SourceWay, words: str, steps: str, doubts: DoubtList) -> TimeLimit | None:
    """The unit is "other": trust the words only where they leave one meaning.

    The steps name the days of every inner step too, so beside "same day" only the remark is believed.
    """
    stated = whole_number(way.time_value)
    if stated in {None, 1} and says_same_day(f"{way.note}. {steps}"):
        return TimeLimit(amount=0, unit=TimeUnit.SAME_DAY, text=words)
    if stated is None:
        near = read_time_words(way.time_text) or read_time_words(way.note)
        if near is not None:
            if fold(way.time_text) not in _OTHER:
                words = way.time_text
            doubts.add(f"{way.place}.time", "time_from_words", words or way.note)
            return TimeLimit(amount=near.amount, unit=near.unit, text=words or way.note)
    else:
        units = {said.unit for said in _said_in(way.note) if said.amount == stated}
        if len(units) == 1:
            doubts.add(f"{way.place}.time", "time_from_words", words)
            return TimeLimit(amount=stated, unit=units.pop(), text=words)
    doubts.add(f"{way.place}.time", "time_not_understood", words)
    return None


def _compare_with_note(way: SourceWay, limit: TimeLimit, doubts: DoubtList) -> None:
    """The remark beside a number often names other limits for other cases; people should read it."""
    said = set(_said_in(way.note))
    if said - {_Said(limit.amount, limit.unit)}:
        doubts.add(f"{way.place}.note", "time_note_differs", f"{limit.text}: {way.note}")


def _said_in(words: str) -> list[_Said]:
    found = []
    for amount, unit in _SAID.findall(fold(words)):
        if 0 < int(amount) <= MAX_AMOUNT:
            found.append(_Said(int(amount), _UNITS[unit]))
    return found


def _rough_hours(limit: TimeLimit) -> float:
    return max(limit.amount, 1) * _ROUGH_HOURS[limit.unit]
