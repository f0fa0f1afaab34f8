"""With which numbers desks came into service: each said so in its first entry, and it counts wherever that stands."""

from sqlalchemy import Connection, bindparam, select

from counter_app.core.errors import AppError
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Slice
from counter_app.journal.entries import DeskEnrolled, Entry, decode_body, entry_of
from counter_app.store.tables import journal as tables

_FIRSTS = select(tables.entry).where(tables.entry.c.epoch == 1, tables.entry.c.seq == 1)
_FIRST = _FIRSTS.where(tables.entry.c.desk == bindparam("wanted"))


def read_slices(connection: Connection) -> dict[str, Slice]:
    """Return the numbers of all desks of a journal whose first entry is here, and of which there are any."""
    firsts = map(entry_of, connection.execute(_FIRSTS))
    return {entry.desk: numbers for entry in firsts if (numbers := _slice_of(entry)) is not None}


def find_slice(connection: Connection, desk: str) -> Slice | None:
    """Return the numbers of a desk, None where its first entry is not here or says none."""
    row = connection.execute(_FIRST, {"wanted": desk}).one_or_none()
    return _slice_of(entry_of(row)) if row is not None else None


def _slice_of(entry: Entry) -> Slice | None:
    try:
        body = decode_body(entry.kind, entry.version, entry.body)
        if not isinstance(body, DeskEnrolled):
            return None
        epoch_part(body.desk.number_slice, 1)  # refuses what is none
    except AppError:
        return None
    return body.desk.number_slice
