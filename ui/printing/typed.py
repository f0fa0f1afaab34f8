"""What a clerk types for a paper, read as its details: days, moments and amounts; and back again."""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec

from counter_app.core.clock import VIETNAM, to_local
from counter_app.core.text import nfc
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.forms.details import NO_DETAILS, Details
from ui.intake.typed_values import find_date, format_date

LONG_FIELDS = frozenset({"reason", "result_summary", "settlement", "note", "missing"})
"""Fields in which people write several lines."""

_CLOCK = re.compile(r"(\d{1,2})\s*(?::|h|giờ)\s*(\d{2})?", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:[. ]\d{3})+|\d+")
_MOST_DONG = 10**12


def is_moment(field: str) -> bool:
    """Whether a field of `Details` is an instant."""
    return field.endswith("_at")


def is_day(field: str) -> bool:
    """Whether a field of `Details` is a day."""
    return field.endswith("_on")


def find_moment(text: str) -> datetime | None:
    """Return the instant of an hour and a day in either order (``16:30 5/12/2026``, ``5/12/2026 16h30``).

    None for anything else; an hour alone or a day alone is not enough.
    """
    bare = " ".join(text.split())
    clock = _CLOCK.search(bare)
    if clock is None:
        return None
    day = find_date((bare[: clock.start()] + bare[clock.end() :]).strip())
    hour, minute = int(clock[1]), int(clock[2] or 0)
    if day is None or hour > 23 or minute > 59:
        return None
    return datetime.combine(day, time(hour, minute), VIETNAM)


def find_amount(text: str) -> int | None:
    """Return whole đồng of ``50000``, ``50.000`` or ``50 000 đ``; None for anything else."""
    bare = text.strip().lower().removesuffix("đồng").removesuffix("đ").strip()
    if not bare.isascii() or not _GROUPED.fullmatch(bare):
        return None
    amount = int(bare.replace(".", "").replace(" ", ""))
    return amount if amount < _MOST_DONG else None


def read_details(values: Mapping[str, str], fields: Collection[str]) -> tuple[Details, dict[str, str]]:
    """Return the details that the fields say, and for each that cannot be read the key of its sentence.

    A field that is empty or cannot be read stays empty.
    """
    found, problems = read_values(values, fields)
    return msgspec.structs.replace(NO_DETAILS, **found), problems


def read_values(values: Mapping[str, str], fields: Collection[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the fields that say something, and for each that cannot be read its sentence's key."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in fields:
        text = values.get(field, "").strip()
        if not text:
            continue
        value = _read(field, text)
        if value is None:
            problems[field] = f"ui.paper.bad_{_kind(field)}"
        else:
            found[field] = value
    return found, problems


def write_details(details: Details | ActionFacts, fields: Collection[str]) -> dict[str, str]:
    """Return the fields as a clerk would have typed them."""
    return {field: written for field in fields if (written := _write(getattr(details, field)))}


def _kind(field: str) -> str:
    if is_moment(field):
        return "moment"
    return "day" if is_day(field) else "amount"


def _read(field: str, text: str) -> str | date | datetime | int | None:
    if is_moment(field):
        return find_moment(text)
    if is_day(field):
        return find_date(text)
    if field == "amount":
        return find_amount(text)
    return "\n".join(nfc(line) for line in text.splitlines())


def _write(value: object) -> str:
    match value:
        case datetime():
            return f"{to_local(value):%H:%M %d/%m/%Y}"
        case date():
            return format_date(value)
        case int():
            return f"{value:,}".replace(",", ".")
        case str():
            return value
        case _:
            return ""
