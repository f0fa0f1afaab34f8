"""Telephone numbers and tax codes as people write them, in the one form the program keeps."""

import re
from enum import StrEnum
from types import MappingProxyType

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import nfc


class PhoneKind(StrEnum):
    """FOREIGN: a number outside Việt Nam, as relatives abroad give it."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    HOTLINE = "hotline"
    FOREIGN = "foreign"


class ContactWarning(msgspec.Struct, frozen=True):
    """A doubt the clerk should look at; nothing was refused. `code` is a key of the texts (``contact.warning.*``)."""

    code: str
    field: str


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """One telephone number: `e164` is kept (``+84912345678``), `national` is shown (``0912 345 678``)."""

    e164: str
    national: str
    kind: PhoneKind
    warnings: tuple[ContactWarning, ...] = ()


# Eleven-digit mobile numbers became ten-digit ones from 15 September 2018: the plan issued with Decision
# 798/QĐ-BTTTT of 25 May 2018. The last seven digits stayed.
_NEW_MOBILE_PREFIX = MappingProxyType(
    {
        "0120": "070", "0121": "079", "0122": "077", "0123": "083", "0124": "084", "0125": "085", "0126": "076",
        "0127": "081", "0128": "078", "0129": "082", "0162": "032", "0163": "033", "0164": "034", "0165": "035",
        "0166": "036", "0167": "037", "0168": "038", "0169": "039", "0186": "056", "0188": "058", "0199": "059",
    }
)  # fmt: skip

_MAX_CHARS = 40
_PHONE = re.compile(r"\+?[\d\s().\-/–]+")
_TAX_SEPARATORS = re.compile(r"[\s.–-]+")


def parse_phone(text: str) -> Phone:
    """Return the number written in any usual way; Việt Nam is meant where no country code stands.

    An eleven-digit mobile number from before 2018 comes back as its present form with the warning
    ``contact.warning.old_mobile_prefix``: the clerk confirms it.

    Raises:
        UserError: ``contact.bad_phone``, no valid number of any country.
    """
    written = nfc(text)
    if len(written) > _MAX_CHARS or not _PHONE.fullmatch(written):
        raise UserError("contact.bad_phone")
    converted = _present_form(written)
    warnings = (ContactWarning("contact.warning.old_mobile_prefix", "phone"),) if converted else ()
    return _valid_phone(converted or written, warnings)


def normalise_tax_code(text: str) -> str:
    """Return a tax code as it is kept: 10 or 12 digits, or 10-3 for a branch; anything else only trimmed."""
    bare = _TAX_SEPARATORS.sub("", nfc(text))
    if not (bare.isascii() and bare.isdigit()):
        return nfc(text)
    return f"{bare[:10]}-{bare[10:]}" if len(bare) == 13 else bare


def check_tax_code(text: str) -> tuple[ContactWarning, ...]:
    """Return what is doubtful in a tax code; never raises and never refuses.

    Codes: ``contact.warning.tax_code_form``, ``.tax_code_branch``, ``.tax_code_check_digit``. Ten digits carry a
    check digit (annex of Circular 105/2020/TT-BTC). Twelve digits are the personal identity number, the tax code of
    individuals and households since 1 July 2025 (Circular 86/2024/TT-BTC), and have none. Where the weighted sum
    leaves no remainder sources disagree on the digit; such a code is warned about.
    """
    from stdnum.vn import mst

    code = normalise_tax_code(text)
    if re.fullmatch(r"\d{12}", code, re.ASCII):
        return ()
    if not re.fullmatch(r"\d{10}(-\d{3})?", code, re.ASCII):
        return (ContactWarning("contact.warning.tax_code_form", "tax_code"),)
    found: list[ContactWarning] = []
    if not mst.is_valid(code[:10]):
        found.append(ContactWarning("contact.warning.tax_code_check_digit", "tax_code"))
    if code.endswith("-000"):
        found.append(ContactWarning("contact.warning.tax_code_branch", "tax_code"))
    return tuple(found)


def _present_form(written: str) -> str | None:
    """Return an old eleven-digit mobile number in its present form, None for every other number."""
    digits = re.sub(r"\D", "", written)
    if written.startswith("+") or len(digits) == 12:
        digits = "0" + digits.removeprefix("84") if digits.startswith("84") else ""
    prefix = _NEW_MOBILE_PREFIX.get(digits[:4])
    return prefix + digits[4:] if prefix and len(digits) == 11 else None


def _valid_phone(written: str, warnings: tuple[ContactWarning, ...]) -> Phone:
    import phonenumbers

    try:
        number = phonenumbers.parse(written, "VN")
    except phonenumbers.NumberParseException:
        raise UserError("contact.bad_phone") from None
    if not phonenumbers.is_valid_number(number):
        raise UserError("contact.bad_phone")
    formats = phonenumbers.PhoneNumberFormat
    domestic = number.country_code == 84
    shown = phonenumbers.format_number(number, formats.NATIONAL if domestic else formats.INTERNATIONAL)
    kind = _kind(phonenumbers.number_type(number)) if domestic else PhoneKind.FOREIGN
    return Phone(e164=phonenumbers.format_number(number, formats.E164), national=shown, kind=kind, warnings=warnings)


def _kind(number_type: int) -> PhoneKind:
    from phonenumbers import PhoneNumberType

    if number_type == PhoneNumberType.MOBILE:
        return PhoneKind.MOBILE
    if number_type == PhoneNumberType.FIXED_LINE:
        return PhoneKind.LANDLINE
    return PhoneKind.HOTLINE
