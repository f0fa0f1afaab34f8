"""Reading a catalogue file of any of the four formats, told apart by what it holds and not by its name."""

from datetime import date

import msgspec

from counter_app.core.errors import UserError
from counter_app.domain.catalogue.doubts import CatalogueFile
from counter_app.domain.catalogue.drafting import DRAFT_FORMAT, read_draft
from counter_app.domain.catalogue.national_packet import read_national_packet
from counter_app.domain.catalogue.portal_dump import read_portal_dump
from counter_app.domain.catalogue.workbook import read_workbook

MAX_FILE_BYTES = 64 * 1024 * 1024

_ZIP_START = b"PK\x03\x04"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WRAPPERS = ("result", "data", "procedures", "items")


def read_catalogue(data: bytes, *, effective_on: date, name: str) -> CatalogueFile:
    """Return all procedures of a portal dump, a national packet, a pack's draft (JSON) or a workbook (XLSX).

    All or nothing.

    `name` is the file's name, for messages. Safe from any thread; a dump of 300 procedures takes about a second.

    Raises:
        UserError: ``catalogue.too_large_file`` (over 64 MB, or 256 MB unpacked), ``catalogue.too_large`` (over 20,000
            procedures), ``catalogue.not_readable`` (broken), ``catalogue.unknown_format``, ``catalogue.empty``.
    """
    if len(data) > MAX_FILE_BYTES:
        raise UserError("catalogue.too_large_file", name=name, most_mb=MAX_FILE_BYTES // 1024 // 1024)
    if data.startswith(_ZIP_START):
        return read_workbook(data, effective_on=effective_on, name=name)
    try:
        content: object = msgspec.json.decode(data.removeprefix(_BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError("catalogue.not_readable", name=name) from error
    if isinstance(content, dict) and content.get("format") == DRAFT_FORMAT:
        return read_draft(data.removeprefix(_BYTE_ORDER_MARK), effective_on=effective_on, name=name)
    entries = _entries_of(content)
    keys = {str(key).upper() for entry in entries if isinstance(entry, dict) for key in entry}
    if "MATTHC" in keys or "TENTTHC" in keys:
        return read_national_packet(entries, effective_on=effective_on)
    if {"CODE", "NAME"} <= keys:
        return read_portal_dump(entries, effective_on=effective_on)
    raise UserError("catalogue.unknown_format", name=name)


def _entries_of(content: object) -> list[object]:
    """Return the procedures of a list, of a wrapped list, or of a single object."""
    for _ in range(4):
        if isinstance(content, list):
            return content
        if not isinstance(content, dict):
            return []
        inner = next((content[key] for key in content if str(key).lower() in _WRAPPERS), None)
        if not isinstance(inner, dict | list):
            return [content]
        content = inner
    return []
