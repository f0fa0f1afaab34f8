"""Inserts as the driver takes them.

In a rebuild SQLAlchemy's handling of each row's values costs more than SQLite's writing of it, so a statement is made
once and rows go to the driver as plain tuples.
"""

from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.store.tables import DERIVED, journal

_Pick = Callable[[dict[str, Any]], Any]
_TABLES = {table.name: table for table in (journal.entry, *DERIVED)}


def put_rows(connection: Connection, table_name: str, rows: Sequence[dict[str, Any]], *, replaces: bool) -> None:
    """Write rows, all with the columns of the first, into a derived table or the journal's.

    With `replaces` a row takes the place of the one with the same key: everything but the key is replaced.
    """
    sql, pick = _written(table_name, tuple(rows[0]), replaces=replaces)
    values = list(map(pick, rows))
    connection.exec_driver_sql(sql, values if len(values) > 1 else values[0])


@cache
def _written(table_name: str, columns: tuple[str, ...], *, replaces: bool) -> tuple[str, _Pick]:
    table = _TABLES[table_name]
    statement = _replacing(table) if replaces else insert(table)
    compiled = statement.compile(dialect=sqlite.dialect(), column_keys=columns)
    return str(compiled), itemgetter(*(compiled.positiontup or ()))


def _replacing(table: Table) -> sqlite.Insert:
    statement = upsert(table)
    keys = [column.name for column in table.primary_key.columns]
    changed = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
