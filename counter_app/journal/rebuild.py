"""Making every derived row anew from the journal alone."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from operator import attrgetter

from sqlalchemy import Connection, delete, select

from counter_app.journal.apply import apply_run
from counter_app.journal.entries import Entry, decode_body
from counter_app.journal.rows import Rows
from counter_app.journal.streams import Step
from counter_app.store.tables import DERIVED, dossiers
from counter_app.store.tables import journal as tables

_BATCH = 1_000


def iter_entries(connection: Connection) -> Iterator[tuple[int, Entry]]:
    """Yield all entries with their position, in the order in which this store got them, a thousand in memory."""
    position = 0
    while True:
        query = select(tables.entry).where(tables.entry.c.position > position)
        rows = connection.execute(query.order_by(tables.entry.c.position).limit(_BATCH)).all()
        for row in rows:
            yield row.position, entry_of(row)
        if len(rows) < _BATCH:
            return
        position = rows[-1].position


_NAMES = Entry.__struct_fields__
_values = attrgetter(*_NAMES)


def entry_of(row: object) -> Entry:
    """Return the entry of a row of the journal table."""
    return Entry(**dict(zip(_NAMES, _values(row), strict=True)))


def rebuild(connection: Connection) -> int:
    """Empty the derived tables and fold the journal into them again, in the caller's transaction.

    Returns how many entries were applied. Entries are trusted here: `verify` is what checks them.
    """
    for table in reversed(DERIVED):
        connection.execute(delete(table))
    search = dossiers.SEARCH_TABLE
    connection.exec_driver_sql(f"INSERT INTO {search} ({search}) VALUES ('delete-all')")  # noqa: S608 - a constant name
    rows, entries, count = Rows(connection), iter_entries(connection), 0
    while run := [_step_of(*one) for one in islice(entries, _BATCH)]:
        count += len(run)
        apply_run(rows, run)
    return count


def _step_of(position: int, entry: Entry) -> Step:
    return Step(entry, position, decode_body(entry.kind, entry.version, entry.body))


def derived_digest(connection: Connection) -> dict[str, str]:
    """Return a SHA-256 per derived table, and the search index, in key order; equal contents give equal digests."""
    digests = {}
    for table in DERIVED:
        digest = hashlib.sha256()
        for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
            digest.update(repr(tuple(row)).encode())
        digests[table.name] = digest.hexdigest()
    digests[dossiers.SEARCH_TABLE] = _digest_search(connection)
    return digests


def _digest_search(connection: Connection) -> str:
    """Return a SHA-256 over every term of the search index and its dossiers (SQLite's fts5vocab)."""
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, {dossiers.SEARCH_TABLE}, instance)"
    )
    digest = hashlib.sha256()
    words = connection.exec_driver_sql(
        "SELECT term, doc FROM temp.search_words ORDER BY term, doc",
        execution_options={"yield_per": 10_000},
    )
    for row in words:
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
