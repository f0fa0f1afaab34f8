"""Making every derived row anew from the journal alone."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, delete, insert, select
from sqlalchemy.dialects import sqlite

from counter_app.domain.unit import Slice
from counter_app.journal.apply import apply_run
from counter_app.journal.entries import Entry, decode_body, entry_of
from counter_app.journal.rows import Rows
from counter_app.journal.shared_codes import find_losing
from counter_app.journal.slices import read_slices
from counter_app.journal.statements import put_rows
from counter_app.journal.streams import Step
from counter_app.store.store import Store
from counter_app.store.tables import DERIVED, dossiers, local
from counter_app.store.tables import journal as tables

_BATCH = 1_000
_DELETED_AT_ONCE = 5_000
_OWN_DESK = select(local.local_value).where(local.local_value.c.name == "desk_id")


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


def rebuild(connection: Connection, tell: Callable[[int], object] = lambda _applied: None) -> int:
    """Empty the derived tables and fold the journal into them again, in the caller's transaction.

    Returns how many entries were applied, and `tell` hears of them on the way. Entries are trusted here: `verify` is
    what checks them. Never behind a savepoint: what each run of entries changes is then kept until the end.
    """
    slices = read_slices(connection)
    _empty_all(connection)
    rows = Rows(connection, slices=slices)
    count = _apply_all(rows, connection, tell)
    if rows.is_stale:  # rare: only now is it known to whom every code belongs
        losing = find_losing(connection, slices)
        _empty_all(connection)
        count = _apply_all(Rows(connection, slices=slices, losing=losing), connection, tell)
    return count


def _apply_all(rows: Rows, connection: Connection, tell: Callable[[int], object]) -> int:
    count = 0
    for run in _runs(connection):
        apply_run(rows, run)
        count += len(run)
        tell(count)
    return count


def _empty_all(connection: Connection) -> None:
    for table in reversed(DERIVED):
        _empty(connection, table)
    _empty_search(connection)


def _empty_search(connection: Connection) -> None:
    search = dossiers.SEARCH_TABLE
    connection.exec_driver_sql(f"INSERT INTO {search} ({search}) VALUES ('delete-all')")  # noqa: S608 - a constant name


def fold(connection: Connection, run: Sequence[Step]) -> None:
    """Write the rows that a run of entries means, or all anew where one of them takes a code away from another.

    Behind no savepoint, as `rebuild`.
    """
    rows = Rows(connection)
    apply_run(rows, run)
    if rows.is_stale:
        rebuild(connection)


def _empty(connection: Connection, table: Table) -> None:
    """Delete every row, some at a time: until a statement ends SQLite keeps what it changes in memory."""
    key, *more = table.primary_key.columns
    statement = delete(table) if more else delete(table).where(key.in_(select(key).limit(_DELETED_AT_ONCE)))
    while connection.execute(statement).rowcount == _DELETED_AT_ONCE:
        pass


def rebuild_aside(source: Connection, scratch: Store, tell: Callable[[int], object]) -> None:
    """Fold the journal of a store into the empty tables of a scratch store; `tell` hears how many were applied."""
    slices = read_slices(source)
    with scratch.engine.connect() as connection:
        with connection.begin():
            _copy_rows(source, connection, select(tables.head), tables.head)
            _copy_rows(source, connection, _OWN_DESK, local.local_value)
        if not _apply_aside(source, connection, tell, slices=slices):
            return
        with connection.begin():
            losing = find_losing(connection, slices)
        for table in reversed(DERIVED):
            with connection.begin():
                _empty(connection, table)
        with connection.begin():
            _empty_search(connection)
        _apply_aside(source, connection, tell, slices=slices, losing=losing)


def _apply_aside(
    source: Connection,
    connection: Connection,
    tell: Callable[[int], object],
    *,
    slices: Mapping[str, Slice],
    losing: frozenset[tuple[str, str]] | None = None,
) -> bool:
    """Fold all entries, each run in a transaction of its own. Whether it has to be done again, with the `losing`."""
    count, is_stale = 0, False
    for run in _runs(source):
        with connection.begin():
            if losing is None:
                put_rows(connection, tables.entry.name, [columns_of(step) for step in run], replaces=False)
            rows = Rows(connection, slices=slices, losing=losing)
            apply_run(rows, run)
        is_stale = is_stale or rows.is_stale
        count += len(run)
        tell(count)
    return is_stale


def _copy_rows(source: Connection, target: Connection, query: Select[Any], table: Table) -> None:
    rows = [dict(row) for row in source.execute(query).mappings()]
    if rows:
        target.execute(insert(table), rows)


def _runs(connection: Connection) -> Iterator[list[Step]]:
    entries = iter_entries(connection)
    while run := [_step_of(*one) for one in islice(entries, _BATCH)]:
        yield run


def _step_of(position: int, entry: Entry) -> Step:
    return Step(entry, position, decode_body(entry.kind, entry.version, entry.body))


def columns_of(step: Step) -> dict[str, Any]:
    """Return the row of an entry in the journal table."""
    return {"position": step.position, **msgspec.structs.asdict(step.entry)}


def derived_digest(connection: Connection) -> dict[str, str]:
    """Return a SHA-256 per derived table, and the search index, in key order; equal contents give equal digests."""
    digests = {}
    for table in DERIVED:
        digest = hashlib.sha256()
        for row in connection.exec_driver_sql(_all_of(table)):
            digest.update(repr(tuple(row)).encode())
        digests[table.name] = digest.hexdigest()
    digests[dossiers.SEARCH_TABLE] = _digest_search(connection)
    return digests


@cache
def _all_of(table: Table) -> str:
    """Return the query for a whole table: a store that is new each time would have it compiled each time."""
    return str(select(table).order_by(*table.primary_key.columns).compile(dialect=sqlite.dialect()))


def _digest_search(connection: Connection) -> str:
    """Return a SHA-256 over every term of the search index and its dossiers (SQLite's fts5vocab).

    fts5vocab walks along the terms in order, and in each along its rows as FTS5 keeps them, ascending: asked for both
    it would sort millions of them once more, in memory.
    """
    connection.exec_driver_sql(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, {dossiers.SEARCH_TABLE}, instance)"
    )
    digest = hashlib.sha256()
    words = connection.exec_driver_sql(
        "SELECT term, doc FROM temp.search_words ORDER BY term",
        execution_options={"yield_per": 10_000},
    )
    for row in words:
        digest.update(repr(tuple(row)).encode())
    return digest.hexdigest()
