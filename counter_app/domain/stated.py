"""What somebody stated, made fit to be kept: clean text of bounded length, real dates, amounts that can be paid."""

from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.working_time import checked_local

LONGEST_TEXT = 2_000
_MOST_ITEMS = 500
_MOST_DONG = 10**12

T = TypeVar("T", bound=msgspec.Struct)


def clean_stated(stated: T) -> T:
    """Return a structure with its texts composed and without control characters, nested ones as well.

    Raises:
        UserError: ``stated.too_long``, ``stated.no_offset``, ``stated.bad_amount`` with the ``field``; ``due.bad_date``
            for a year that is surely mistyped.
    """
    changes = {name: _clean(name, getattr(stated, name)) for name in stated.__struct_fields__}
    return msgspec.structs.replace(stated, **changes)


def _clean(name: str, value: Any) -> Any:  # noqa: PLR0911 -- one line per kind of value
    match value:
        case Enum() | bool() | None:
            return value
        case str():
            return _clean_text(name, value)
        case tuple():
            if len(value) > _MOST_ITEMS:
                raise UserError("stated.too_long", field=name, most=_MOST_ITEMS)
            return tuple(_clean(name, item) for item in value)
        case datetime():
            return _clean_instant(name, value)
        case date():
            checked_local(datetime(value.year, value.month, value.day, 12, tzinfo=UTC))
            return value
        case int():
            if not 0 < value < _MOST_DONG:
                raise UserError("stated.bad_amount", field=name)
            return value
        case msgspec.Struct():
            return clean_stated(value)
        case _:
            return value


def _clean_text(name: str, value: str) -> str:
    if len(value) > LONGEST_TEXT:
        raise UserError("stated.too_long", field=name, most=LONGEST_TEXT)
    return nfc(value)


def _clean_instant(name: str, value: datetime) -> datetime:
    if value.tzinfo is None:
        raise UserError("stated.no_offset", field=name)
    checked_local(value)
    return value
