"""The units of a province from a list: every good row becomes a unit, every other is named with its reason."""

from dataclasses import dataclass

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.sheet_files import Columns, ListedRow, read_list
from counter_app.domain.unit import Unit
from counter_app.services.units import Units

MOST_UNITS = 1_000
COLUMNS: Columns = {
    "code": ("Mã đơn vị", "Mã định danh", "Mã", "Code"),
    "name": ("Tên đơn vị", "Tên", "Name"),
    "parent_name": ("Cơ quan chủ quản", "Parent name"),
    "desk_name": ("Bộ phận một cửa", "Desk name"),
    "place_name": ("Địa danh", "Place name"),
    "address": ("Địa chỉ", "Address"),
    "hotline": ("Điện thoại", "Hotline"),
}
_NEEDED = ("code", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that became no unit, by its number in the file, with the reason."""

    row: int
    reason: UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRead:
    """What a list did: how many units are new, changed, as they were, and the rows refused."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[RefusedRow, ...]


def import_units(units: Units, data: bytes) -> UnitsRead:
    """Add the units of a CSV or XLSX list, or change what it says of known ones; an empty cell changes nothing.

    Reading the same list again changes nothing.

    Raises:
        UserError: ``postal.file_*`` and ``unit.list_too_long``: the list as a whole is refused and nothing changed;
            ``session.not_allowed``, ``session.nobody``.
    """
    rows = read_list(data, COLUMNS, needs=_NEEDED)
    if len(rows) > MOST_UNITS:
        raise UserError("unit.list_too_long", most=MOST_UNITS)
    known = {unit.code: unit for unit in units.list_all()}
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    seen: set[str] = set()
    refused: list[RefusedRow] = []
    for row in rows:
        try:
            counts[_take(units, known, seen, row)] += 1
        except UserError as error:
            if error.code.startswith("session."):
                raise
            refused.append(RefusedRow(row=row.number, reason=error))
    return UnitsRead(**counts, refused=tuple(refused))


def _take(units: Units, known: dict[str, Unit], seen: set[str], row: ListedRow) -> str:
    stated = {name: row.text(name) for name in COLUMNS if row.text(name)}
    code = stated.get("code", "")
    if code and code in seen:
        raise UserError("unit.listed_twice", code=code[:40])
    seen.add(code)
    before = known.get(code)
    unit = msgspec.structs.replace(before or Unit(code=code, name=""), **stated)
    if unit == before:
        return "unchanged"
    units.save(unit)
    return "changed" if before is not None else "added"
