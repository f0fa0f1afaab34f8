"""What an identity card says, whichever side of it was read."""

from datetime import date
from enum import StrEnum

import msgspec

from counter_app.domain.person import Sex


class CardLayout(StrEnum):
    """Which code of which generation of cards a reading came from.

    QR_2021 is the code of the 2021 chip card (seven fields by position). QR_2024 is the card issued under the
    Identification Law 26/2023/QH15 from 1 July 2024, whose code carries more fields (their order is unverified,
    so they are kept as a tail). QR_UNKNOWN_TAIL has more fields on an earlier card. MRZ_TD1 is the machine
    readable zone, ICAO Doc 9303 part 5.
    """

    QR_2021 = "qr_2021"
    QR_2024 = "qr_2024"
    QR_UNKNOWN_TAIL = "qr_unknown_tail"
    MRZ_TD1 = "mrz_td1"


class CardWarning(msgspec.Struct, frozen=True):
    """A doubt the clerk should look at; nothing was refused. `code` is a key of the texts (``card.warning.*``)."""

    code: str
    field: str


class IdentityCard(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one reading. All text is NFC; what the card does not say is empty or None.

    `birth_year` is known whenever `birth_on` is, and alone for people who know no more than the year.
    `tail` holds the fields after the seventh, unread. `raw_text` is the reading before any repair.
    """

    layout: CardLayout
    id_number: str
    old_id_number: str = ""
    full_name: str
    birth_on: date | None = None
    birth_year: int | None = None
    sex: Sex | None = None
    address: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    tail: tuple[str, ...] = ()
    raw_text: str = ""
    warnings: tuple[CardWarning, ...] = ()


def to_json_fields(card: IdentityCard) -> dict[str, object]:
    """Return the card as plain values for JSON: ISO dates or None, sex ``male``/``female``/None, warning codes."""
    return {
        "layout": card.layout.value,
        "id_number": card.id_number,
        "old_id_number": card.old_id_number,
        "full_name": card.full_name,
        "birth_date": _iso(card.birth_on),
        "birth_year": card.birth_year,
        "sex": card.sex.value if card.sex else None,
        "address": card.address,
        "issue_date": _iso(card.issued_on),
        "expiry_date": _iso(card.expires_on),
        "tail": list(card.tail),
        "warnings": [warning.code for warning in card.warnings],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
