"""The code on the card: seven fields by position, a bar between them.

The order (number, old number, name, birth, sex, residence, issue) is that of public readings of the 2021 card
(Circular 06/2021/TT-BCA); no public specification gives it (unverified). Cards of Circular 16/2024/TT-BCA, since July
2024, carry more fields about the family in an unverified order; any tail is kept.
"""

import re
from datetime import date

from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.identity_card.card import CardLayout, CardWarning, IdentityCard
from counter_app.domain.identity_card.encodings import repair_text, without_prefix
from counter_app.domain.identity_card.id_numbers import check_id_number, classify_id_number
from counter_app.domain.person import Sex

_MIN_FIELDS = 6
_LAW_OF_2024 = date(2024, 7, 1)
_YEARS = range(1850, 2200)

_NOT_IN_NAME = re.compile(r"[^\w\s.,'’‘`()/-]|[\d_]")

_SEXES = {"nam": Sex.MALE, "male": Sex.MALE, "m": Sex.MALE, "nu": Sex.FEMALE, "female": Sex.FEMALE, "f": Sex.FEMALE}


def parse_qr(text: str) -> IdentityCard:
    """Return the card of a QR code's text, repaired where damage is certain.

    Raises:
        UserError: ``card.empty``, ``card.too_long``, ``card.damaged_text``, ``card.too_few_fields``,
            ``card.bad_id_number``, ``card.no_name``.
    """
    clean, repairs = repair_text(without_prefix(text))
    return build_from_fields(clean, raw_text=text, warnings=repairs)


def build_from_fields(clean: str, *, raw_text: str, warnings: tuple[CardWarning, ...]) -> IdentityCard:
    """Return the card of a clean NFC text; `raw_text` and `warnings` are what the decoding says of it."""
    fields = [nfc(field) for field in without_prefix(clean).split("|")]
    if len(fields) < _MIN_FIELDS:
        raise UserError("card.too_few_fields", count=len(fields))
    number = _id_number(fields[0])
    found = list(warnings)
    name = _name(fields[2], case_lost=any(warning.code == "card.warning.letter_case" for warning in warnings))
    birth_on, birth_year = _birth(fields[3], found)
    sex = _sex(fields[4], found)
    issued_on = _issue(fields[6] if len(fields) > 6 else "", birth_on, found)
    found += check_id_number(number, birth_on, sex, birth_year=birth_year)
    tail = tuple(fields[7:])
    return IdentityCard(
        layout=_layout(tail, issued_on),
        id_number=number,
        old_id_number=_old_number(fields[1], found),
        full_name=name,
        birth_on=birth_on,
        birth_year=birth_year,
        sex=sex,
        address=fields[5],
        issued_on=issued_on,
        tail=tail,
        raw_text=raw_text,
        warnings=tuple(found),
    )


def _layout(tail: tuple[str, ...], issued_on: date | None) -> CardLayout:
    if len(tail) <= 1 and not any(tail):
        return CardLayout.QR_2021
    if issued_on is not None and issued_on >= _LAW_OF_2024:
        return CardLayout.QR_2024
    return CardLayout.QR_UNKNOWN_TAIL


def _id_number(field: str) -> str:
    number = field.replace(" ", "")
    if classify_id_number(number) is None:
        raise UserError("card.bad_id_number", length=len(number))
    return number


def _old_number(field: str, found: list[CardWarning]) -> str:
    number = field.replace(" ", "")
    if number and classify_id_number(number) is None:
        found.append(CardWarning("card.warning.old_id_number", "old_id_number"))
        return field
    return number


def _name(field: str, *, case_lost: bool) -> str:
    if not field:
        raise UserError("card.no_name")
    # A sign inside a name is a letter that lost its eighth bit ("Hoa:!ng"); no name has digits.
    if _NOT_IN_NAME.search(field):
        raise UserError("card.damaged_text")
    if case_lost:
        return " ".join(word[0].upper() + word[1:] for word in field.split())
    return field


def _birth(field: str, found: list[CardWarning]) -> tuple[date | None, int | None]:
    """Return the date and the year of birth as far as they are certain."""
    digits = re.sub(r"[\s/.-]", "", field)
    if not (digits.isascii() and digits.isdigit()):
        found.append(CardWarning("card.warning.birth_date", "birth_on"))
        return None, None
    if len(digits) == 8:
        day = _day(digits)
        if day is not None:
            return day, day.year
        if digits.startswith("0000") or digits[:2] == "00":
            return None, _year(digits[4:], found)
    elif len(digits) in {4, 6}:
        return None, _year(digits[-4:], found)
    found.append(CardWarning("card.warning.birth_date", "birth_on"))
    year = int(digits[-4:]) if len(digits) == 8 else 0
    return None, year if year in _YEARS else None


def _year(digits: str, found: list[CardWarning]) -> int | None:
    if int(digits) in _YEARS:
        return int(digits)
    found.append(CardWarning("card.warning.birth_date", "birth_on"))
    return None


def _day(digits: str) -> date | None:
    """Return DDMMYYYY as a date, None when no such day exists or the year cannot be of anyone alive."""
    if int(digits[4:]) not in _YEARS:
        return None
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None


def _sex(field: str, found: list[CardWarning]) -> Sex | None:
    sex = _SEXES.get(fold(field))
    if sex is None:
        found.append(CardWarning("card.warning.sex_unread", "sex"))
    return sex


def _issue(field: str, birth_on: date | None, found: list[CardWarning]) -> date | None:
    digits = re.sub(r"[\s/.-]", "", field)
    if not digits:
        return None
    day = _day(digits) if len(digits) == 8 and digits.isascii() and digits.isdigit() else None
    if day is None or (birth_on is not None and day < birth_on):
        found.append(CardWarning("card.warning.issue_date", "issued_on"))
    return day
