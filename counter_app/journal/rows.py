"""Rows on their way into the derived tables: one entry's at a time while a clerk works, thousands in a rebuild."""

from typing import Any

from sqlalchemy import Connection, Executable, Table, insert, text
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.store.tables import DERIVED, dossiers


def _replacing(table: Table) -> Executable:
    """Insert, or replace everything but the key."""
    statement = upsert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


# Made once: building a statement costs as much as running it.
_REPLACE = {table.name: _replacing(table) for table in DERIVED}
_ADD = {table.name: insert(table) for table in DERIVED}
_ADD_WORDS = text(f"INSERT INTO {dossiers.SEARCH_TABLE} (rowid, words) VALUES (:row, :words)")  # noqa: S608 - a constant


class Rows:
    """Collects rows by table and writes them in an order that respects references. One transaction, one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, tuple[Executable, list[dict[str, Any]]]] = {}

    def add(self, table: Table, values: dict[str, Any]) -> None:
        """Write a row that must not be there yet."""
        self._put(table.name, _ADD[table.name], values)

    def replace(self, table: Table, values: dict[str, Any]) -> None:
        """Write a row in place of the one with the same key."""
        self._put(table.name, _REPLACE[table.name], values)

    def add_words(self, row: int, words: str) -> None:
        """Make a dossier findable by folded words."""
        self._put(dossiers.SEARCH_TABLE, _ADD_WORDS, {"row": row, "words": words})

    def write(self) -> None:
        """Write what was collected."""
        for name in _ORDER:
            if name in self._waiting:
                statement, rows = self._waiting[name]
                self._connection.execute(statement, rows if len(rows) > 1 else rows[0])
        self._waiting.clear()

    def _put(self, name: str, statement: Executable, values: dict[str, Any]) -> None:
        known = self._waiting.get(name)
        if known is None:
            self._waiting[name] = (statement, [values])
        else:
            known[1].append(values)


_ORDER = (*(table.name for table in DERIVED), dossiers.SEARCH_TABLE)
