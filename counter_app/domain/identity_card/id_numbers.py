"""What the digits of an identity number say about its holder.

The twelve digits follow article 13 of Decree 137/2015/NĐ-CP and article 4 of Circular 59/2021/TT-BCA (read in legal
summaries, not in the original): province or country of birth registration (3), century and sex (1), year (2), random
(6). There is no check digit.
The province codes are those before the mergers of 1 July 2025.
"""

from datetime import date
from enum import StrEnum
from types import MappingProxyType

from counter_app.domain.identity_card.card import CardWarning
from counter_app.domain.person import Sex

_PROVINCE_LIST = """
001 Hà Nội, 002 Hà Giang, 004 Cao Bằng, 006 Bắc Kạn, 008 Tuyên Quang, 010 Lào Cai, 011 Điện Biên, 012 Lai Châu,
014 Sơn La, 015 Yên Bái, 017 Hòa Bình, 019 Thái Nguyên, 020 Lạng Sơn, 022 Quảng Ninh, 024 Bắc Giang, 025 Phú Thọ,
026 Vĩnh Phúc, 027 Bắc Ninh, 030 Hải Dương, 031 Hải Phòng, 033 Hưng Yên, 034 Thái Bình, 035 Hà Nam, 036 Nam Định,
037 Ninh Bình, 038 Thanh Hóa, 040 Nghệ An, 042 Hà Tĩnh, 044 Quảng Bình, 045 Quảng Trị, 046 Thừa Thiên Huế,
048 Đà Nẵng, 049 Quảng Nam, 051 Quảng Ngãi, 052 Bình Định, 054 Phú Yên, 056 Khánh Hòa, 058 Ninh Thuận,
060 Bình Thuận, 062 Kon Tum, 064 Gia Lai, 066 Đắk Lắk, 067 Đắk Nông, 068 Lâm Đồng, 070 Bình Phước, 072 Tây Ninh,
074 Bình Dương, 075 Đồng Nai, 077 Bà Rịa - Vũng Tàu, 079 Hồ Chí Minh, 080 Long An, 082 Tiền Giang, 083 Bến Tre,
084 Trà Vinh, 086 Vĩnh Long, 087 Đồng Tháp, 089 An Giang, 091 Kiên Giang, 092 Cần Thơ, 093 Hậu Giang,
094 Sóc Trăng, 095 Bạc Liêu, 096 Cà Mau
"""

PROVINCES = MappingProxyType(
    {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1].strip() for line in _PROVINCE_LIST.split(",")}
)
"""The 63 provinces of birth registration by the number's first three digits."""


class IdNumberKind(StrEnum):
    """PERSONAL: twelve digits. OLD: the nine digits of the identity cards issued until 2021."""

    PERSONAL = "personal"
    OLD = "old"


def classify_id_number(number: str) -> IdNumberKind | None:
    """Return the kind of a number written in plain digits, or None when it is no identity number at all."""
    if not (number.isascii() and number.isdigit()):
        return None
    return {12: IdNumberKind.PERSONAL, 9: IdNumberKind.OLD}.get(len(number))


def find_birth_province(number: str) -> str | None:
    """Return the province (before July 2025) that a twelve-digit number names, None for another country or a gap."""
    return PROVINCES.get(number[:3]) if classify_id_number(number) is IdNumberKind.PERSONAL else None


def century_of(number: str) -> int | None:
    """Return the first year of the century, 1900 to 2300, that a twelve-digit number says, None for other numbers."""
    if classify_id_number(number) is not IdNumberKind.PERSONAL:
        return None
    return 1900 + 100 * (int(number[3]) // 2)


def check_id_number(
    number: str, birth_on: date | None, sex: Sex | None, *, birth_year: int | None = None
) -> tuple[CardWarning, ...]:
    """Return what in the number disagrees with itself, the birth and the sex; never raises.

    Codes: ``card.warning.id_digits``, ``.province``, ``.birth_year``, ``.sex``. A nine-digit number, and what is
    not known (None), is not compared. Codes from 100 stand for countries and are not checked.
    """
    kind = classify_id_number(number)
    if kind is None:
        return (CardWarning("card.warning.id_digits", "id_number"),)
    century = century_of(number)
    if century is None:
        return ()
    found: list[CardWarning] = []
    if number[0] == "0" and number[:3] not in PROVINCES:
        found.append(CardWarning("card.warning.province", "id_number"))
    year = birth_on.year if birth_on else birth_year
    if year is not None and year != century + int(number[4:6]):
        found.append(CardWarning("card.warning.birth_year", "birth_on"))
    male = int(number[3]) % 2 == 0
    if sex is not None and male != (sex is Sex.MALE):
        found.append(CardWarning("card.warning.sex", "sex"))
    return tuple(found)
