"""One entrance for whatever a reader or a clerk puts in: the QR code or the machine readable zone."""

import re

from counter_app.core.errors import UserError
from counter_app.domain.identity_card.card import IdentityCard
from counter_app.domain.identity_card.encodings import (
    MAX_CHARS,
    decode_reading,
    repair_text,
    without_prefix,
)
from counter_app.domain.identity_card.mrz import is_mrz, parse_mrz
from counter_app.domain.identity_card.qr import build_from_fields

_QR_START = re.compile(r"\s*(?:\d{9}|\d{12})\s*\|")


def parse_card(raw: bytes | str) -> IdentityCard:
    """Return the card of one reading, QR or machine readable zone, bytes or text. Pure, safe from any thread.

    Raises:
        UserError: ``card.not_a_card`` for anything else, and what `parse_qr` and `parse_mrz` raise.
    """
    as_read = _as_read(raw) if isinstance(raw, bytes) else raw
    # Before any repair: the « of text recognition would pass for damage.
    if looks_like_card(as_read) and "|" not in as_read:
        return parse_mrz(as_read)
    text, warnings = decode_reading(raw) if isinstance(raw, bytes) else repair_text(without_prefix(raw))
    text = without_prefix(text)
    if "|" in text:
        return build_from_fields(text, raw_text=as_read, warnings=warnings)
    if is_mrz(text):
        return parse_mrz(text)
    raise UserError("card.not_a_card")


def looks_like_card(text: str) -> bool:
    """Whether a text put into the one search field is a card and not words to search for. Cheap, never raises."""
    if len(text) > MAX_CHARS:
        return False
    bare = without_prefix(text)
    if bare.count("|") >= 5:
        return _QR_START.match(bare) is not None
    return is_mrz(bare)


def _as_read(raw: bytes) -> str:
    """Return the bytes as text without loss: UTF-8, or else one character for each byte."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
