"""Reading Vietnamese identity cards: the QR code, the machine readable zone, and what readers do to them."""

from counter_app.domain.identity_card.card import CardLayout, CardWarning, IdentityCard, to_json_fields
from counter_app.domain.identity_card.encodings import decode_reading, repair_text
from counter_app.domain.identity_card.id_numbers import (
    IdNumberKind,
    check_id_number,
    classify_id_number,
    find_birth_province,
)
from counter_app.domain.identity_card.mrz import parse_mrz
from counter_app.domain.identity_card.qr import parse_qr
from counter_app.domain.identity_card.reading import looks_like_card, parse_card

__all__ = [
    "CardLayout",
    "CardWarning",
    "IdNumberKind",
    "IdentityCard",
    "check_id_number",
    "classify_id_number",
    "decode_reading",
    "find_birth_province",
    "looks_like_card",
    "parse_card",
    "parse_mrz",
    "parse_qr",
    "repair_text",
    "to_json_fields",
]
