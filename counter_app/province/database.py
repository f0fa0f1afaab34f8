"""The province's PostgreSQL: connections, transactions and the tables' versions. Safe from any thread."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from counter_app.core.errors import EnvironmentFailure, UserError

_log = logging.getLogger(__name__)
_MOST_CONNECTIONS = 16
_WAIT_S = 30.0
#: Under which number only one process at a time changes the tables.
_MIGRATION_LOCK = 20_261_128

Connection = psycopg.Connection[Any]


class Database:
    """An open database, brought up to date."""

    def __init__(self, url: str) -> None:
        """Connect and apply what is missing.

        Raises:
            EnvironmentFailure: ``province.no_database``, ``province.newer_database``.
        """
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url, min_size=1, max_size=_MOST_CONNECTIONS, open=False, kwargs={"row_factory": namedtuple_row}
        )
        try:
            self._pool.open(wait=True, timeout=_WAIT_S)
            with self.transaction() as connection:
                _migrate(connection)
        except PoolTimeout as exc:
            self._pool.close()
            raise EnvironmentFailure("province.no_database", retryable=True) from exc
        except BaseException:
            self._pool.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection in one transaction: all of the body is durable when it ends, or nothing is.

        Raises:
            EnvironmentFailure: ``province.no_database``.
            UserError: ``province.bad_request``: what was to be written is nothing that a column holds.
        """
        try:
            with self._pool.connection(timeout=_WAIT_S) as connection:
                yield connection
        except psycopg.DataError as exc:
            _log.warning("database: %s", type(exc).__name__)
            raise UserError("province.bad_request") from exc
        except (psycopg.OperationalError, PoolTimeout) as exc:
            # Not its message: PostgreSQL quotes values of rows there.
            _log.warning("database: %s", type(exc).__name__)
            raise EnvironmentFailure("province.no_database", retryable=True) from exc

    @contextmanager
    def only_one(self, number: int) -> Iterator[bool]:
        """Say whether this process is the one that does what the number stands for; it is until the body ends.

        Raises:
            EnvironmentFailure: ``province.no_database``.
        """
        with self.transaction() as connection:
            row = connection.execute("SELECT pg_try_advisory_xact_lock(%s) AS ours", (number,)).fetchone()
            yield row is not None and bool(row.ours)

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _migrate(connection: Connection) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number integer PRIMARY KEY)")
    done = {row.number for row in connection.execute("SELECT number FROM schema_version")}
    steps = {int(file.name[:4]): file for file in files("counter_app.province.migrations").iterdir() if _is_step(file)}
    if done - set(steps):
        raise EnvironmentFailure("province.newer_database")
    for number in sorted(set(steps) - done):
        connection.execute(steps[number].read_bytes())
        connection.execute("INSERT INTO schema_version VALUES (%s)", (number,))


def _is_step(file: Any) -> bool:
    return bool(file.name.endswith(".sql"))
