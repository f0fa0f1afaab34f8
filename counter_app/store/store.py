"""The open store: encrypted, durable at commit, one writer, many readers."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, text

from counter_app.core.errors import AppError, BugError, EnvironmentFailure
from counter_app.store.writer_queue import Priority, WriterQueue

_log = logging.getLogger(__name__)

# Milliseconds that a second process (a command beside the window) waits for the write lock.
_BUSY_TIMEOUT_MS = 5_000

_MEANINGS = (
    ("disk is full", "disk.full", True),
    ("database is locked", "store.busy", True),
    ("readonly", "store.read_only", False),
    ("disk i/o error", "disk.write_failed", True),
    ("malformed", "store.damaged", False),
    ("not a database", "store.damaged", False),
    ("unable to open", "store.cannot_open", True),
)


def translate(error: exc.DBAPIError) -> AppError:
    """Return our error for one of SQLite's, told apart by SQLite's own documented messages."""
    message = str(error.orig).lower()
    for words, code, retryable in _MEANINGS:
        if words in message:
            return EnvironmentFailure(code, retryable=retryable, file="counter.db")
    return BugError("store.refused", reason=type(error.orig).__name__)


_LASTING = ("journal_mode = WAL", "synchronous = FULL", "cache_size = -16000")
# Nobody else has it, and after a kill nobody wants it: no sync, and no page is written twice.
_SCRATCH = ("locking_mode = EXCLUSIVE", "journal_mode = MEMORY", "synchronous = OFF", "cache_size = -64000")


def _prepare(connection: Any, key: bytes, durability: tuple[str, ...]) -> None:
    """Unlock and configure one new connection; a raw key needs no derivation (SQLCipher manual, PRAGMA key)."""
    connection.isolation_level = None  # we say BEGIN ourselves, see `_begin`
    cursor = connection.cursor()
    cursor.execute("PRAGMA cipher_log_level = NONE")
    cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("SELECT count(*) FROM sqlite_master")  # a wrong key shows here, before anything is written
    for pragma in durability:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")  # sorting must not leave plain text in temporary files
    cursor.close()


class Store:
    """A desk's store. `reading` and `writing` may be used from any thread; connections stay in their thread."""

    def __init__(self, path: Path, key: bytes, *, create: bool = False, durability: tuple[str, ...] = _LASTING) -> None:
        """Prepare access; nothing is opened before first use.

        Raises:
            EnvironmentFailure: ``store.missing`` when there is no file and `create` is false.
        """
        if not create and not path.is_file():
            raise EnvironmentFailure("store.missing", file=path.name)
        self.path = path
        self._key = key
        self._queue = WriterQueue()
        self.engine = _make_engine(path, key, durability)

    def make_scratch(self, path: Path) -> "Store":
        """Return a new store under the same key for one thread's work that is thrown away: `store.scratch` keeps it."""
        return Store(path, self._key, create=True, durability=_SCRATCH)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection with one consistent view of the store, for reading only."""
        try:
            with self.engine.connect() as connection, connection.begin():
                yield connection
        except exc.DBAPIError as error:
            raise translate(error) from error

    @contextmanager
    def writing(self, priority: Priority = Priority.CLERK) -> Iterator[Connection]:
        """Give a connection inside one immediate transaction: all of the body is durable, or nothing is.

        Raises:
            EnvironmentFailure: full or failing disk, lock held too long, damaged file; nothing was written.
        """
        with self._queue.turn(priority):
            try:
                with (
                    self.engine.connect().execution_options(counter_writes=True) as connection,
                    connection.begin(),
                ):
                    yield connection
            except exc.DBAPIError as error:
                _log.warning("transaction rolled back: %s", type(error.orig).__name__)
                raise translate(error) from error

    def is_awaited(self, priority: Priority) -> bool:
        """Whether somebody waits to write who goes before this priority."""
        return self._queue.is_awaited(priority)

    def check_integrity(self) -> tuple[str, ...]:
        """Return what SQLite and SQLCipher find wrong with the file; empty when it is sound. Reads every page."""
        with self.reading() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA cipher_integrity_check"))]
            found += [row[0] for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
            found += [str(row[0]) for row in connection.execute(text("PRAGMA foreign_key_check"))]
        return tuple(found)

    def close(self) -> None:
        """Close every connection of this process."""
        self.engine.dispose()


def _make_engine(path: Path, key: bytes, durability: tuple[str, ...]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),  # a folder's name may hold ? or #
        module=sqlcipher,
        hide_parameters=True,  # a traceback in a log must not carry names and numbers of people
        connect_args={"check_same_thread": False},
        pool_use_lifo=True,  # the connection used last has the pages in its cache that are wanted next
        pool_size=4,
        max_overflow=4,
    )
    event.listen(engine, "connect", lambda connection, _record: _prepare(connection, key, durability))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("counter_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
