"""The people and organisations of a dossier, and where each fact about them comes from."""

from datetime import date
from enum import StrEnum

import msgspec

from counter_app.core.text import name_key, sort_key


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
