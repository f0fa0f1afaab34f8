"""The machine readable zone on the back: ICAO Doc 9303 part 5, size TD1, three lines of thirty.

Line 1 of the Vietnamese card holds the last nine digits of the number as document number, then in the optional part
all twelve digits, two fillers and a check digit of its own (seen on cards, in no public specification).
"""

import re
from datetime import date

from counter_app.core.errors import UserError
from counter_app.domain.identity_card.card import CardLayout, CardWarning, IdentityCard
from counter_app.domain.identity_card.encodings import without_prefix
from counter_app.domain.identity_card.id_numbers import century_of, check_id_number
from counter_app.domain.person import Sex

_LINE = 30
_SIZE = 3 * _LINE
_ZONE = re.compile(r"[A-Z0-9<]+")
_LETTER_AS_DIGIT = str.maketrans("OQI", "001")
_SEXES = {"M": Sex.MALE, "F": Sex.FEMALE}
_NO_EXPIRY = {"<<<<<<", "991231"}


def compact_mrz(text: str) -> str:
    """Return the zone as one line of capitals; spaces go, and the « that text recognition makes of << is undone."""
    return re.sub(r"\s+", "", text).upper().replace("«", "<<")


def is_mrz(text: str) -> bool:
    """Whether the text has the shape of an identity card's zone; says nothing of its check digits."""
    zone = compact_mrz(text)
    return zone.startswith("I") and 61 <= len(zone) <= _SIZE + 10 and bool(_ZONE.fullmatch(zone)) and "<" in zone


def parse_mrz(text: str) -> IdentityCard:
    """Return the card of a zone whose five check digits all agree.

    Raises:
        UserError: ``card.mrz_length``, ``card.mrz_letters``, ``card.mrz_not_vietnamese``, ``card.mrz_check_digit``
            (with `field` and `line`), ``card.mrz_dates``, ``card.no_name``.
    """
    first, second, third = _lines(without_prefix(text))
    _check_all(first, second)
    number = first[15:27]
    birth_on, birth_year = _birth(second[:6], number)
    sex = _SEXES.get(second[7])
    found = [CardWarning("card.warning.name_without_diacritics", "full_name")]
    if first[5:14] != number[3:]:
        found.append(CardWarning("card.warning.document_number", "id_number"))
    if third[-1] != "<":
        found.append(CardWarning("card.warning.name_cut", "full_name"))
    if sex is None:
        found.append(CardWarning("card.warning.sex_unread", "sex"))
    found += check_id_number(number, birth_on, sex, birth_year=birth_year)
    return IdentityCard(
        layout=CardLayout.MRZ_TD1,
        id_number=number,
        full_name=_name(third),
        birth_on=birth_on,
        birth_year=birth_year,
        sex=sex,
        expires_on=_expiry(second[8:14]),
        raw_text=text,
        warnings=tuple(found),
    )


def check_digit(field: str) -> int:
    """Return the ICAO 9303 check digit: digits as they are, A to Z as 10 to 35, < as 0, weights 7, 3, 1, modulo 10."""
    values = (0 if letter == "<" else int(letter, 36) for letter in field)
    return sum(value * (7, 3, 1)[index % 3] for index, value in enumerate(values)) % 10


def _lines(text: str) -> tuple[str, str, str]:
    zone = compact_mrz(text)
    if zone and not _ZONE.fullmatch(zone):
        raise UserError("card.mrz_letters")
    # Trailing fillers of the name are often not recognised; nothing else may be missing.
    if 2 * _LINE < len(zone) < _SIZE:
        zone = zone.ljust(_SIZE, "<")
    if len(zone) != _SIZE:
        raise UserError("card.mrz_length", length=len(zone))
    first, second, third = zone[:_LINE], zone[_LINE : 2 * _LINE], zone[2 * _LINE :]
    if first[0] != "I" or first[2:5] != "VNM":
        raise UserError("card.mrz_not_vietnamese")
    first = first[:5] + first[5:].translate(_LETTER_AS_DIGIT)
    second = _digits(second[:7]) + second[7] + _digits(second[8:15]) + second[15:29] + _digits(second[29])
    return first, second, third


def _digits(field: str) -> str:
    """Return a field that holds digits only with the letters that recognition confuses with them put right."""
    return field.translate(_LETTER_AS_DIGIT)


def _check_all(first: str, second: str) -> None:
    composite = first[5:] + second[:7] + second[8:15] + second[18:29]
    checks = (
        ("document_number", 1, first[5:14], first[14]),
        ("id_number", 1, first[15:29], first[29]),
        ("birth", 2, second[:6], second[6]),
        ("expiry", 2, second[8:14], second[14]),
        ("composite", 2, composite, second[29]),
    )
    for field, line, digits, given in checks:
        expected = str(check_digit(digits))
        if given != expected and not (given == "<" and not digits.strip("<")):
            raise UserError("card.mrz_check_digit", field=field, line=line)
    if not first[15:27].isdigit():
        raise UserError("card.mrz_check_digit", field="id_number", line=1)


def _birth(field: str, number: str) -> tuple[date | None, int | None]:
    """Return date and year of birth, the century taken from the number's fourth digit."""
    if not field[:2].isdigit():
        return None, None
    year = (century_of(number) or 1900) + int(field[:2])
    if not field.isdigit() or "00" in {field[2:4], field[4:]}:
        return None, year
    return _date(year, field), year


def _expiry(field: str) -> date | None:
    if field in _NO_EXPIRY:
        return None
    if not field.isdigit():
        raise UserError("card.mrz_dates", line=2)
    return _date(2000 + int(field[:2]), field)


def _date(year: int, field: str) -> date:
    try:
        return date(year, int(field[2:4]), int(field[4:6]))
    except ValueError:
        raise UserError("card.mrz_dates", line=2) from None


def _name(line: str) -> str:
    surname, _, given = line.partition("<<")
    name = " ".join(f"{surname}<{given}".replace("<", " ").split())
    if not name:
        raise UserError("card.no_name")
    return name
