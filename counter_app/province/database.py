"""The province's PostgreSQL: connections, transactions and the tables' versions. Safe from any thread."""

import contextlib
import logging
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.province.locks import Lock

_log = logging.getLogger(__name__)
_MOST_CONNECTIONS = 16
_MOST_SLOW_OF_ONE = 3
_MOST_SLOW = 8
_WAIT_S = 30.0

Connection = psycopg.Connection[Any]


class Database:
    """An open database, brought up to date."""

    def __init__(self, url: str, *, is_known: bool = False) -> None:
        """Connect and apply what is missing.

        `is_known`: the province is no new one, so a database without tables has forgotten all that it gave.

        Raises:
            EnvironmentFailure: ``province.no_database``, ``province.newer_database``.
        """
        self._sole_work, self._turns = _SoleWork(url), _Turns()
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            url, min_size=1, max_size=_MOST_CONNECTIONS, open=False, kwargs={"row_factory": namedtuple_row}
        )
        try:
            self._pool.open(wait=True, timeout=_WAIT_S)
            with self.transaction() as connection:
                _migrate(connection, is_known=is_known)
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
            UserError: ``province.bad_request``: what was to be written is nothing that a column or an index holds.
        """
        try:
            with self._pool.connection(timeout=_WAIT_S) as connection:
                yield connection
        except (psycopg.DataError, psycopg.errors.ProgramLimitExceeded) as exc:
            _log.warning("database: %s", type(exc).__name__)
            raise UserError("province.bad_request") from exc
        except (psycopg.OperationalError, PoolTimeout) as exc:
            # Not its message: PostgreSQL quotes values of rows there.
            _log.warning("database: %s", type(exc).__name__)
            raise EnvironmentFailure("province.no_database", retryable=True) from exc

    @contextmanager
    def slow_transaction(self, asker: str) -> Iterator[Connection]:
        """As `transaction`, for what waits for more than the database: few such connections are taken at a time.

        An asker has few of them, and all askers together no more than leaves enough for everything else. Whoever comes
        when they are taken waits without a connection, as long as for any when all are taken.
        """
        with self._turns.take(asker), self.transaction() as connection:
            yield connection

    @contextmanager
    def only_one(self, number: int) -> Iterator[bool]:
        """Say whether this thread alone, of all processes, does what the number stands for, until the body ends.

        It may last: no transaction is open meanwhile, and no connection of the pool is taken.

        Raises:
            EnvironmentFailure: ``province.no_database``.
        """
        is_ours = self._sole_work.begin(number)
        try:
            yield is_ours
        finally:
            if is_ours:
                self._sole_work.end(number)

    def close(self) -> None:
        """Close every connection."""
        self._sole_work.close()
        self._pool.close()


class _Turns:
    """How many slow transactions each asker has, and all together; any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def take(self, asker: str) -> Iterator[None]:
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free(asker), _WAIT_S):
                raise EnvironmentFailure("province.no_database", retryable=True)
            self._under_way[asker] += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way[asker] -= 1
                if not self._under_way[asker]:
                    del self._under_way[asker]
                self._changed.notify_all()

    def _is_free(self, asker: str) -> bool:
        return self._under_way[asker] < _MOST_SLOW_OF_ONE and self._under_way.total() < _MOST_SLOW


class _SoleWork:
    """Locks of the database's own that say which work is done here, all held by one connection; any thread.

    Who is killed or loses the line to the database has let go of them with it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._under_way: set[int] = set()

    def begin(self, number: int) -> bool:
        """Begin a work; False where it is under way, here or elsewhere."""
        with self._lock:
            if number in self._under_way or not self._try(number):
                return False
            self._under_way.add(number)
            return True

    def end(self, number: int) -> None:
        """Let others do it."""
        with self._lock:
            self._under_way.discard(number)
            with contextlib.suppress(psycopg.OperationalError):
                if self._connection is not None:
                    self._connection.execute("SELECT pg_advisory_unlock(%s)", (number,))
            if not self._under_way:
                self._disconnect()

    def close(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._disconnect()

    def _try(self, number: int) -> bool:
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, row_factory=namedtuple_row)
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s) AS ours", (number,)).fetchone()
        except psycopg.OperationalError as exc:
            _log.warning("database: %s", type(exc).__name__)
            self._disconnect()
            raise EnvironmentFailure("province.no_database", retryable=True) from exc
        return row is not None and bool(row.ours)

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _migrate(connection: Connection, *, is_known: bool) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(%s)", (Lock.MIGRATION,))
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number integer PRIMARY KEY)")
    done = {row.number for row in connection.execute("SELECT number FROM schema_version")}
    steps = {int(file.name[:4]): file for file in files("counter_app.province.migrations").iterdir() if _is_step(file)}
    if done - set(steps):
        raise EnvironmentFailure("province.newer_database")
    for number in sorted(set(steps) - done):
        connection.execute(steps[number].read_bytes())
        connection.execute("INSERT INTO schema_version VALUES (%s)", (number,))
    if is_known and not done:
        connection.execute("INSERT INTO put_back DEFAULT VALUES")


def _is_step(file: Any) -> bool:
    return bool(file.name.endswith(".sql"))
