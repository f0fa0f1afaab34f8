"""Agencies, their desks and the people who sit there."""

from datetime import time
from enum import StrEnum

import msgspec


class UnitLevel(StrEnum):
    """The level of an agency; post offices receive for many units."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    POST = "post"


class Role(StrEnum):
    """What a signed-in person may do, least first."""

    CLERK = "clerk"
    HEAD = "head"
    ADMINISTRATOR = "administrator"


class Span(msgspec.Struct, frozen=True):
    """One stretch of working time within a day, local time, `opens` < `closes`."""

    opens: time
    closes: time


class Timetable(msgspec.Struct, frozen=True):
    """The working stretches of each weekday, Monday first, seven entries, each in order and without overlap."""

    days: tuple[tuple[Span, ...], ...]


_MORNING = Span(time(7, 0), time(11, 30))
_AFTERNOON = Span(time(13, 30), time(17, 0))

# Hours of commune desks as seen on provincial portals in 2026 (unverified for any one province); a unit sets its own.
DEFAULT_TIMETABLE = Timetable(days=((_MORNING, _AFTERNOON),) * 5 + ((), ()))


LOGO_BYTES = 64 * 1024


class Unit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency with its identifier code (``H56.14``) and what stands on its paper."""

    code: str
    name: str
    level: UnitLevel = UnitLevel.COMMUNE
    parent_name: str = ""
    """First head line of its paper: the agency above, for example ỦY BAN NHÂN DÂN XÃ ..."""
    desk_name: str = ""
    """Second head line: TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG, or BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ."""
    place_name: str = ""
    address: str = ""
    hotline: str = ""
    lookup_url: str = ""
    notes: tuple[str, ...] = ()
    tax_code: str = ""
    """Of the agency that collects fees, for its fee receipts."""
    slip_link: str = ""
    """Where the QR of a slip leads (``HTTPS://TRACUU.EXAMPLE.VN/S/``); empty: it says the signed code alone."""
    logo: bytes = b""
    """PNG or JPEG, at most `LOGO_BYTES`."""
    signers: dict[str, str] = {}
    """Under which title a form is signed, by the form's name: ``apology`` -> ``CHỦ TỊCH``."""
    timetable: Timetable = DEFAULT_TIMETABLE


class Slice(msgspec.Struct, frozen=True):
    """The part of a unit's daily numbers that one desk owns: `low` to `high`, both included, within 1..9999."""

    low: int
    high: int


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """One workstation of a unit: it owns one journal and one slice of numbers. `public_key` is raw Ed25519."""

    id: str
    unit_code: str
    name: str
    number_slice: Slice
    public_key: bytes


class Clerk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who may sign in. The password is not here: it never leaves the desk."""

    id: str
    unit_code: str
    login: str
    full_name: str
    role: Role = Role.CLERK
    active: bool = True
