"""The internal process of a procedure as a file states it: its steps, who does them, and their share of the time."""

import re
from collections.abc import Iterable, Mapping

from counter_app.core.text import fold
from counter_app.domain.catalogue.cleaning import clean_name, clean_text
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.procedure import ProcessStep

_HOURS_A_DAY = 8
"""Provincial systems keep times in hours and count a working day as eight."""
_MOST_HOURS = 8_000
_MOST_STEPS = 60
_WHOLE_PERCENT = 100
_SHARE = re.compile(r"(\d{1,4}(?:[.,]\d{1,2})?)\s*(%|gio|ngay|h\b|hours?|days?|phan tram|percent)?")


def read_steps(rows: Iterable[tuple[str, Mapping[str, object]]], doubts: DoubtList) -> tuple[ProcessStep, ...]:
    """Return the steps of rows with their places; a row without a name is passed over, a strange share left out."""
    found: list[ProcessStep] = []
    for place, cells in rows:
        name, done_by = clean_name(cells.get("name")), clean_text(cells.get("done_by"))
        if not name or len(found) >= _MOST_STEPS:
            doubts.add(place, "step_without_name", done_by)
            continue
        hours, percent = _read_share(place, cells.get("share"), doubts)
        found.append(
            ProcessStep(
                name=name,
                done_by=done_by,
                hours=hours,
                percent=percent,
                result=clean_name(cells.get("result")),
            )
        )
    if sum(step.percent or 0 for step in found) > _WHOLE_PERCENT:
        doubts.add("steps", "steps_over_whole")
    return tuple(found)


def _read_share(place: str, value: object, doubts: DoubtList) -> tuple[int | None, int | None]:
    """Return working hours or a percentage; a bare number is hours, below 1 a percentage, as spreadsheets keep it."""
    if isinstance(value, float) and 0.005 < value < 1:
        return None, round(value * _WHOLE_PERCENT)
    words = fold(clean_text(value)).removesuffix(" lam viec").removesuffix(" cua thoi han")
    if not words:
        return None, None
    match = _SHARE.fullmatch(words)
    if match is None:
        doubts.add(place, "step_time_not_understood", words)
        return None, None
    amount, unit = float(match[1].replace(",", ".")), match[2] or ""
    is_percent = unit in {"%", "phan tram", "percent"}
    counted = amount * _HOURS_A_DAY if unit.startswith(("ngay", "day")) else amount
    if not counted.is_integer() or not 0 < counted <= (_WHOLE_PERCENT if is_percent else _MOST_HOURS):
        doubts.add(place, "step_time_not_understood", words)
        return None, None
    return (None, int(counted)) if is_percent else (int(counted), None)
