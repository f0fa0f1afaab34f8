"""Sheets of an XLSX file as rows of named cells, read within limits so that a crafted file cannot exhaust memory."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.text import fold

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_MEMBERS = 2000
MAX_ROWS = 200_000
MAX_COLUMNS = 40
_CHUNK_BYTES = 1 << 20

# What zipfile, the XML parser and openpyxl let through on damaged files; openpyxl has no error of its own for them.
BROKEN_FILE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ParseError,
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    OverflowError,
    RecursionError,
    RuntimeError,
)


class SheetRow(msgspec.Struct, frozen=True):
    """One row: its number as the spreadsheet shows it, the sheet's name, and the cells by column name."""

    sheet: str
    number: int
    cells: dict[str, object]

    @property
    def place(self) -> str:
        """Return where the row is, as spreadsheets say it ("Procedures!A5")."""
        return f"{self.sheet}!A{self.number}"


def check_archive(data: bytes, name: str) -> None:
    """Refuse archives that unpack too large or carry XML entities, before any of it is parsed.

    Raises:
        UserError: ``catalogue.too_large_file``, ``catalogue.not_readable``.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
                raise UserError("catalogue.too_large_file", name=name, most_mb=MAX_UNPACKED_BYTES // 1024 // 1024)
            for member in members:
                if _declares_entities(archive, member):
                    raise UserError("catalogue.not_readable", name=name)
    except BROKEN_FILE_ERRORS as error:
        raise UserError("catalogue.not_readable", name=name) from error


def _declares_entities(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Spreadsheets never carry a document type; one is only there to expand entities."""
    if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    tail = b""
    with archive.open(member) as file:
        while chunk := file.read(_CHUNK_BYTES):
            window = (tail + chunk).replace(b"\x00", b"")
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                return True
            tail = chunk[-32:]
    return False


def iter_rows(book: Any, titles: tuple[str, ...], columns: dict[str, tuple[str, ...]]) -> Iterator[SheetRow]:
    """Yield the rows of the sheet with one of the titles, cells named by `columns`; nothing when there is no sheet.

    Titles and headers match without case and diacritics. The first row with a known header in two cells is the header.
    """
    wanted = {fold(title) for title in titles}
    sheet = next((sheet for sheet in book.worksheets if fold(sheet.title) in wanted), None)
    if sheet is None:
        return
    names: dict[int, str] = {}
    rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
    for number, row in enumerate(rows, start=1):
        if not any(value is not None and value != "" for value in row):
            continue
        if not names:
            names = _header_of(row, columns)
            continue
        cells = {names[index]: value for index, value in enumerate(row) if index in names and value is not None}
        if cells:
            yield SheetRow(sheet=sheet.title, number=number, cells=cells)


def _header_of(row: tuple[object, ...], columns: dict[str, tuple[str, ...]]) -> dict[int, str]:
    by_header = {fold(header): column for column, headers in columns.items() for header in headers}
    found: dict[int, str] = {}
    for index, value in enumerate(row):
        column = by_header.get(fold(value).rstrip(" *:")) if isinstance(value, str) else None
        if column is not None and column not in found.values():
            found[index] = column
    return found if len(found) >= 2 else {}
