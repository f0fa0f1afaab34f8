"""The text in a slip's QR: dossier code, due date and a fingerprint of the slip, signed by the desk that printed it.

``QMC1:<code>:<due>:<form>:<fingerprint>:<key>:<signature>``, only from the alphanumeric set of QR codes (ISO/IEC 18004,
table 5), which packs two characters into eleven bits: a usual slip takes about 160 characters and stays at version 7 or
8 with error correction M, 25 mm at 203 dpi. The code begins with its unit, which is therefore not said again; a letter
outside A-Z stands as ``$<hexadecimal code point>+``. The due date counts minutes since 2000 in UTC, 0 is none. Binary
parts are base32 (RFC 4648) without padding. Each part has exactly one spelling, so no character can be changed without
being noticed. A web address may stand before it.

The signature (Ed25519, RFC 8032) covers everything before it. It says that the desk issued this content, not that the
sheet in hand is the original.
"""

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime, timedelta

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc
from counter_app.domain.dossier import Dossier
from counter_app.domain.dossier_code import looks_like_dossier_code, parse_dossier_code
from counter_app.domain.forms.kinds import Form

_MARK = "QMC1:"
_ANY_VERSION = re.compile(r"QMC[1-9][0-9]*:")
_CONTEXT = b"counter-app slip 1\x00"
# The century of the dates in dossier codes: a machine whose clock stands years back still prints what can be read.
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MOST_DUE_DIGITS = 9
_HASH_BYTES, _KEY_BYTES, _SIGNATURE_BYTES = 8, 5, 64
_PLAIN = re.compile(r"[0-9A-Z.-]")
_ESCAPED = re.compile(r"\$([0-9A-F]+)\+")
_PARTS = 6

# Letters never change their meaning: they stand on paper.
_LETTERS = {
    Form.RECEIPT: "R",
    Form.RECEIPT_COPIES: "C",
    Form.RECEIPT_BULK: "B",
    Form.RECEIPT_STAGES: "T",
    Form.SUPPLEMENT: "S",
    Form.REFUSAL: "F",
    Form.APOLOGY: "A",
    Form.STOP: "D",
    Form.RESULT_RECEIPT: "V",
    Form.FEE_RECEIPT: "M",
}
_FORMS = {letter: form for form, letter in _LETTERS.items()}


class SlipCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a slip's QR says. `due_at` is UTC in whole minutes, None where the slip has no due date."""

    code: str
    due_at: datetime | None
    form: Form
    fingerprint: bytes
    key_id: bytes
    signature: bytes = b""

    @property
    def unit_code(self) -> str:
        """The unit that received the dossier, as its code says."""
        return parse_dossier_code(self.code).unit_code


def is_signed_form(form: Form) -> bool:
    """Whether slips of this form carry a signed code."""
    return form in _LETTERS


def fingerprint_of(dossier: Dossier, due_at: datetime | None) -> bytes:
    """Return eight bytes that change with what a slip says of its dossier: who, what, when, and how many.

    Case, blanks and the Unicode form of a name do not count. Its marks do: Hoa and Hoà are two people.
    """
    number = dossier.applicant.id_number or dossier.applicant.tax_code
    said = (
        1,
        dossier.code,
        nfc(dossier.applicant.full_name).casefold(),
        number,
        dossier.procedure_code,
        _minutes(dossier.received_at),
        _minutes(due_at) if due_at else 0,
        dossier.dossier_count,
    )
    return hashlib.sha256(msgspec.json.encode(said)).digest()[:_HASH_BYTES]


def key_id_of(public_key: bytes) -> bytes:
    """Return the five bytes by which a slip names the key that signed it."""
    return hashlib.sha256(public_key).digest()[:_KEY_BYTES]


def signed_bytes(slip: SlipCode) -> bytes:
    """Return what the desk signs."""
    return _CONTEXT + _unsigned_text(slip).encode()


def format_slip_code(slip: SlipCode, *, link: str = "") -> str:
    """Return the text for the QR; `link` is put before it, in capitals and ending with a slash."""
    return f"{link}{_unsigned_text(slip)}:{_base32(slip.signature)}"


def looks_like_slip_code(text: str) -> bool:
    """Whether a scanned text is meant as a slip's code, whole or not."""
    return _ANY_VERSION.search(text.upper()) is not None


def parse_slip_code(text: str) -> SlipCode:
    """Return what a scanned text says; lower case and white space around it, as some readers send, do no harm.

    Raises:
        UserError: ``slip.not_a_slip``, ``slip.newer_version``, ``slip.damaged``.
    """
    if not looks_like_slip_code(text):
        raise UserError("slip.not_a_slip")
    scanned = text.strip()
    # Base32 has no 1, so the last mark is the text's own; "QMC2:" may well be the end of one of its parts.
    _address, mark, body = scanned.upper().rpartition(_MARK)
    if not mark:
        raise UserError("slip.newer_version")
    slip = _parse_body(body)
    # The one spelling of these parts: anything else was changed on its way, or on purpose. ASCII, since ı and ſ too
    # have the capitals I and S.
    if slip is None or format_slip_code(slip) != mark + body or not scanned.isascii():
        raise UserError("slip.damaged")
    return slip


def _parse_body(body: str) -> SlipCode | None:
    parts = body.split(":")
    if len(parts) != _PARTS:
        return None
    code, due, letter, fingerprint, key_id, signature = parts
    if letter not in _FORMS or not due.isascii() or not due.isdigit() or len(due) > _MOST_DUE_DIGITS:
        return None
    try:
        unescaped = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), code)
        slip = SlipCode(
            code=unescaped,
            due_at=_EPOCH + timedelta(minutes=int(due)) if int(due) else None,
            form=_FORMS[letter],
            fingerprint=_unbase32(fingerprint, _HASH_BYTES),
            key_id=_unbase32(key_id, _KEY_BYTES),
            signature=_unbase32(signature, _SIGNATURE_BYTES),
        )
    except (ValueError, OverflowError):
        return None
    is_code = looks_like_dossier_code(unescaped) and parse_dossier_code(unescaped).format() == unescaped
    return slip if is_code else None


def _unsigned_text(slip: SlipCode) -> str:
    due = _minutes(slip.due_at) if slip.due_at is not None else 0
    code = "".join(char if _PLAIN.fullmatch(char) else f"${ord(char):X}+" for char in slip.code)
    parts = (code, str(due), _LETTERS[slip.form], _base32(slip.fingerprint), _base32(slip.key_id))
    return _MARK + ":".join(parts)


def _minutes(at: datetime) -> int:
    return int((at - _EPOCH) // timedelta(minutes=1))


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def _unbase32(text: str, size: int) -> bytes:
    try:
        data = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error as exc:
        raise ValueError(text) from exc
    if len(data) != size:
        raise ValueError(text)
    return data
