"""Today's 34 provinces and 3,321 communes, and the communes of before July 2025 with what became of them.

`SOURCE.md` beside this file says where the data comes from; `tools/build_administrative_units.py` builds it.
"""

import lzma
from functools import cache
from importlib.resources import files

import msgspec

DATA_FILE = "units.json.xz"


class Province(msgspec.Struct, frozen=True, array_like=True):
    """A province of today: official code ("01") and full name ("Thành phố Hà Nội")."""

    code: str
    name: str


class Ward(msgspec.Struct, frozen=True, array_like=True):
    """A ward, commune or special zone of today: code ("00097"), its province, full name ("Phường Hồng Hà")."""

    code: str
    province_code: str
    name: str


class FormerProvince(msgspec.Struct, frozen=True, array_like=True):
    """A province as it was before July 2025 and the province of today that took it over."""

    code: str
    name: str
    current_code: str


class FormerDistrict(msgspec.Struct, frozen=True, array_like=True):
    """A district as it was before July 2025.

    `earlier_names` are districts merged into it before, as type and name without marks or blanks ("huyen tinhgia").
    `neighbour_codes` are districts that took some of its communes over before.
    """

    code: str
    province_code: str
    name: str
    earlier_names: tuple[str, ...] = ()
    neighbour_codes: tuple[str, ...] = ()


class FormerCommune(msgspec.Struct, frozen=True, array_like=True):
    """A commune as it was before July 2025; more than one ward code when it was divided.

    The name is empty for the five island districts that had no communes.
    """

    code: str
    district_code: str
    name: str
    ward_codes: tuple[str, ...]


class AdministrativeUnits(msgspec.Struct, frozen=True):
    """All of it, in the order of the source."""

    provinces: tuple[Province, ...]
    wards: tuple[Ward, ...]
    former_provinces: tuple[FormerProvince, ...]
    former_districts: tuple[FormerDistrict, ...]
    former_communes: tuple[FormerCommune, ...]


@cache
def administrative_units() -> AdministrativeUnits:
    """Return the units, unpacked at the first call and kept. Safe from any thread."""
    packed = (files(__name__) / DATA_FILE).read_bytes()
    return msgspec.json.decode(lzma.decompress(packed), type=AdministrativeUnits)
