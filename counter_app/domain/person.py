"""The people and organisations of a dossier, and where each fact about them comes from."""

import re
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from counter_app.core.text import fold, name_key, sort_key


class PartyKind(StrEnum):
    """A citizen, or an organisation known by its tax code."""

    PERSON = "person"
    ORGANISATION = "organisation"


class PartyRole(StrEnum):
    """The roles in a dossier; one person often holds several."""

    APPLICANT = "applicant"
    SUBMITTER = "submitter"
    RECEIVER = "receiver"


class Sex(StrEnum):
    """As the identity card says it (Nam, Nữ)."""

    MALE = "male"
    FEMALE = "female"


class FieldSource(StrEnum):
    """Where the value of a field came from; what the clerk types wins."""

    TYPED = "typed"
    CARD = "card"
    EARLIER = "earlier"
    PROVINCE = "province"
    FILE = "file"


class Party(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One person or organisation as written in one dossier. All text is NFC.

    `birth_year` is kept for people who know no more than the year; `sources` maps a field's name to its origin;
    `card_text` is the card's text as read, before any repair.
    """

    kind: PartyKind = PartyKind.PERSON
    full_name: str = ""
    id_number: str = ""
    old_id_number: str = ""
    tax_code: str = ""
    birth_on: date | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    address: str = ""
    phone: str = ""
    email: str = ""
    id_issued_on: date | None = None
    sources: dict[str, FieldSource] = {}
    card_text: str = ""
    current_place: str = ""
    """Commune and province of today, where the address names units that were merged in 2025."""


def order_key(party: Party) -> bytes:
    """Return the bytes that put parties into the order of a list: people by given name, organisations as written."""
    is_person = party.kind is PartyKind.PERSON
    return name_key(party.full_name) if is_person else sort_key(party.full_name)


# What a person is known by, in the order in which it is trusted.
_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{6,8}", re.ASCII)
_TAX_CODE = re.compile(r"[0-9]{10}(-[0-9]{3})?|[0-9]{12}", re.ASCII)
_OF_THE_DOSSIER = frozenset({"sources", "card_text", "kind"})


def key_of(party: Party, alone: str) -> str:
    """Return what tells this person or organisation from all others: the key of a known person.

    An identity number, else a tax code, else the name with birth year and telephone, all three. Who is written with
    less is joined with nobody: `alone` is then the key. Two people must never become one by a guess; that the same
    one has two keys is found and merged by a head.
    """
    number, tax_code = party.id_number.upper(), party.tax_code
    if party.kind is PartyKind.PERSON and is_telling_number(number):
        return f"id:{number}"
    if _TAX_CODE.fullmatch(tax_code) and len(set(tax_code)) > 1:
        return f"tax:{tax_code}"
    if party.kind is PartyKind.PERSON and party.full_name and party.birth_year and party.phone:
        return f"name:{fold(party.full_name)}|{party.birth_year}|{party.phone}"
    return alone


def is_telling_number(number: str) -> bool:
    """Whether a number can tell people apart: twelve or nine digits, or a passport's; never one digit repeated."""
    is_number = number.isascii() and number.isdigit() and len(number) in (9, 12)
    return (is_number and len(set(number)) > 1) or _PASSPORT.fullmatch(number) is not None


def learn(known: Party | None, written: Party) -> Party:
    """Return what is known of a person after one more dossier: what it says wins, what it does not say stays."""
    if known is None:
        return msgspec.structs.replace(written, sources={}, card_text="")
    names = [name for name in written.__struct_fields__ if name not in _OF_THE_DOSSIER and getattr(written, name)]
    said: dict[str, Any] = {name: getattr(written, name) for name in names}
    if written.address:
        said["current_place"] = written.current_place
    if written.birth_year and not written.birth_on and known.birth_on and known.birth_on.year != written.birth_year:
        said["birth_on"] = None
    return msgspec.structs.replace(known, kind=written.kind, **said)


class DoubleReason(StrEnum):
    """Why two known people may be one."""

    OLD_NUMBER = "old_number"
    NEAR_NUMBER = "near_number"
    NAME_AND_YEAR = "name_and_year"
    NAME_AND_PHONE = "name_and_phone"
    ORGANISATION_NAME = "organisation_name"


def find_double_reasons(one: Party, other: Party) -> tuple[DoubleReason, ...]:
    """Return why two known people may be the same one; nothing for people whose full numbers tell them apart.

    Many people share name and birth year: with two personal numbers they are offered only where one number may be the
    other mistyped.
    """
    if one.kind is not other.kind:
        return ()
    if _is_old_of(one, other) or _is_old_of(other, one):
        return (DoubleReason.OLD_NUMBER,)
    same_name = bool(one.full_name) and fold(one.full_name) == fold(other.full_name)
    if not same_name:
        return ()
    if one.kind is PartyKind.ORGANISATION:
        both = one.tax_code and other.tax_code
        return () if both else (DoubleReason.ORGANISATION_NAME,)
    same_year = one.birth_year is not None and one.birth_year == other.birth_year
    if len(one.id_number) == 12 and len(other.id_number) == 12:
        near = _differing_places(one.id_number, other.id_number) <= _MOST_MISTYPED
        return (DoubleReason.NEAR_NUMBER,) if near and same_year else ()
    same_phone = bool(one.phone) and one.phone == other.phone
    found = {DoubleReason.NAME_AND_YEAR: same_year, DoubleReason.NAME_AND_PHONE: same_phone}
    return tuple(reason for reason, is_so in found.items() if is_so)


_MOST_MISTYPED = 2
# One place more than may be mistyped, so that two numbers near each other agree in one part. Every part holds some of
# the last six digits: the first six are shared by everybody of one province, sex and year.
_PARTS = tuple(slice(first, None, _MOST_MISTYPED + 1) for first in range(_MOST_MISTYPED + 1))


def near_number_marks(number: str) -> tuple[tuple[int, str], ...]:
    """Return marks of which two personal numbers share at least one where one may be the other mistyped."""
    return tuple((place, number[part]) for place, part in enumerate(_PARTS))


def _is_old_of(old: Party, new: Party) -> bool:
    return bool(new.old_id_number) and is_telling_number(new.old_id_number) and old.id_number == new.old_id_number


def _differing_places(one: str, other: str) -> int:
    return sum(first != second for first, second in zip(one, other, strict=True))
