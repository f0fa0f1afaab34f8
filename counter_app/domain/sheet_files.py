"""Lists that other programs write and read: CSV and XLSX with named columns, within limits, without formulas.

CSV is UTF-8 (a byte order mark is taken off, and written so that spreadsheets see the letters), its separator a comma,
a semicolon or a tab. A cell that would be a formula in a spreadsheet stops the whole file: no list of dossiers or
waybills has one.
"""

import csv
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import fold, nfc
from counter_app.domain.catalogue.sheets import BROKEN_FILE_ERRORS, check_archive

MOST_BYTES = 8_000_000
MOST_ROWS = 20_000
_MOST_UNPACKED = 64_000_000
_MOST_COLUMNS = 60
_LONGEST_CELL = 2_000
_LONGEST_SOURCE = 300
_BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would compute when it opens a CSV file that we wrote.
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")

Columns = Mapping[str, tuple[str, ...]]
"""For each column its headers, the one that is written first; they match without case and marks."""


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row: its number as a spreadsheet shows it, its cells by column, and its text as it stood in the file."""

    number: int
    cells: dict[str, str | datetime | date | int | float]
    source: str

    def text(self, column: str) -> str:
        """Return a cell as text, "" where it is empty; a whole number without a decimal point."""
        value = self.cells.get(column, "")
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return nfc(str(value))


def read_list(data: bytes, columns: Columns, *, needs: Iterable[str]) -> tuple[ListedRow, ...]:
    """Return the rows of a CSV or XLSX file in the order of the file; rows without any known cell are left out.

    Raises:
        UserError: ``postal.file_too_large``, ``postal.file_unreadable``, ``postal.file_formula`` with its ``row``,
            ``postal.file_headers`` naming a column that is missing.
    """
    if len(data) > MOST_BYTES:
        raise UserError("postal.file_too_large", most_mb=MOST_BYTES // 1_000_000)
    rows = _read_xlsx(data) if data.startswith(b"PK") else _read_csv(data)
    return _named(rows, columns, tuple(needs))


def _named(
    rows: Iterable[tuple[int, Sequence[object]]], columns: Columns, needs: tuple[str, ...]
) -> tuple[ListedRow, ...]:
    by_header = {fold(header): column for column, headers in columns.items() for header in headers}
    places: dict[int, str] = {}
    found: list[ListedRow] = []
    for number, cells in rows:
        if not places:
            names = {place: by_header.get(fold(str(cell)).rstrip(" *:")) for place, cell in enumerate(cells)}
            known = {place: name for place, name in names.items() if name is not None}
            # A title may stand above the table: its header is the first row that has every needed column.
            if set(needs) <= set(known.values()):
                places = known
            continue
        named = {places[place]: _cell(cell, number) for place, cell in enumerate(cells) if place in places}
        kept = {name: cell for name, cell in named.items() if cell != ""}
        if kept:
            source = " | ".join(nfc(str(cell)) for cell in cells if cell not in (None, ""))
            found.append(ListedRow(number=number, cells=kept, source=source[:_LONGEST_SOURCE]))
    if not places:
        raise UserError("postal.file_headers", columns=", ".join(columns[name][0] for name in needs))
    return tuple(found)


def _cell(value: object, number: int) -> str | datetime | date | int | float:
    match value:
        case None:
            return ""
        case bool():
            return str(value)
        case datetime() | date() | int() | float():
            return value
        case _:
            text = str(value).strip()
    if len(text) > _LONGEST_CELL:
        raise UserError("postal.file_cell_too_long", row=number, most=_LONGEST_CELL)
    return text


def _read_csv(data: bytes) -> Iterable[tuple[int, Sequence[object]]]:
    try:
        text = data.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
    except UnicodeDecodeError as exc:
        raise UserError("postal.file_unreadable") from exc
    if "\x00" in text:
        raise UserError("postal.file_unreadable")
    first = text[:4_000].splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    try:
        for place, row in enumerate(reader, start=1):
            _check_size(place, len(row))
            if any(cell.lstrip().startswith("=") for cell in row):
                raise UserError("postal.file_formula", row=place)
            yield place, row
    except csv.Error as exc:
        raise UserError("postal.file_unreadable") from exc


def _read_xlsx(data: bytes) -> Iterable[tuple[int, Sequence[object]]]:
    """Read the first sheet. Formulas are looked for before anything is believed."""
    try:
        check_archive(data, "xlsx")
        _check_unpacked(data)
        return list(_iter_sheet(data))
    except BROKEN_FILE_ERRORS as exc:
        raise UserError("postal.file_unreadable") from exc
    except UserError as error:
        if error.code.startswith("catalogue."):
            raise UserError("postal.file_unreadable") from error
        raise


def _check_unpacked(data: bytes) -> None:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > _MOST_UNPACKED:
            raise UserError("postal.file_too_large", most_mb=_MOST_UNPACKED // 1_000_000)


def _iter_sheet(data: bytes) -> Iterator[tuple[int, Sequence[object]]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    # One more row and column than is taken, so that a longer sheet is refused and not cut.
    rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=_MOST_COLUMNS + 1)
    for place, row in enumerate(rows, start=1):
        values: list[object] = [cell.value for cell in row]
        while values and values[-1] in (None, ""):
            values.pop()
        _check_size(place if values else 1, len(values))
        if any(cell.data_type == "f" or str(cell.value or "").startswith("=") for cell in row):
            raise UserError("postal.file_formula", row=place)
        yield place, values
    book.close()


def _check_size(rows: int, columns: int) -> None:
    if rows > MOST_ROWS + 1 or columns > _MOST_COLUMNS:
        raise UserError("postal.file_too_many_rows", most=MOST_ROWS)


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a CSV file that spreadsheets open with its letters right, and in which none of them computes anything."""
    target = StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([_inert(cell) for cell in row] for row in rows)
    return (_BYTE_ORDER_MARK + target.getvalue()).encode()


def _inert(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_COMPUTED) else cell


def write_xlsx(title: str, headers: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    """Return a workbook with one sheet: the header stays in sight, numbers are numbers, and every text is a text."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, header in enumerate(headers, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = max(14, len(header) + 4)
    head = [WriteOnlyCell(sheet, value=header) for header in headers]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    for row in rows:
        cells = [WriteOnlyCell(sheet, value=value) for value in row]
        for cell, value in zip(cells, row, strict=True):
            if isinstance(value, str):
                cell.data_type = "s"
                cell.number_format = "@"
        sheet.append(cells)
    target = BytesIO()
    book.save(target)
    return target.getvalue()
