"""The province as a process, and its database as it was at some instant: what a restored backup puts back."""

import hashlib
import resource
import socket
import threading
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from counter_app.province.postgres import PostgresServer
from counter_app.province.running import served
from tests.chaos.crew import Wire

_TABLES = """
SELECT relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_version'
ORDER BY relname
"""
Tables = dict[str, bytes]


def serve_province(folder: Path, database: str, wire: Wire) -> None:
    """Answer desks until the process is killed; what is asked for here is how large a file on its disk may become."""
    with served(folder, listen=("127.0.0.1", 0), database=database) as (_province, server):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        wire.say({"last": True, "port": server.server_address[1]})
        while asked := wire.hear():
            most = asked["most_bytes"] or resource.RLIM_INFINITY
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            wire.say({"last": True})


class ProvinceDatabase:
    """The tables, seen from outside. Their server does not wait for the disk: processes are killed, not machines."""

    def __init__(self, folder: Path) -> None:
        self._server = PostgresServer(folder, is_scratch=True)
        self._server.start()
        self.connection = psycopg.connect(self.url, autocommit=True)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            self.connection.execute(f"ALTER SYSTEM SET {setting} = off")
        self.connection.execute("SELECT pg_reload_conf()")

    @property
    def url(self) -> str:
        """What the service connects to."""
        return self._server.url

    def back_up(self) -> Tables:
        """Return every row of every table at one instant."""
        with self.connection.transaction():
            self.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return dump_tables(self.connection)

    def restore(self, backup: Tables) -> None:
        """Put every row back as it was; nobody may be connected but us."""
        with self.connection.transaction():
            put_back_tables(self.connection, backup)

    def let_grants_lapse(self) -> None:
        """Let so much time pass that whoever was given an epoch and has sent nothing keeps nobody waiting."""
        self.connection.execute("UPDATE epoch_grant SET given_at = given_at - interval '11 minutes'")

    def heads(self) -> dict[tuple[str, int], tuple[int, str]]:
        """Return how far each chain is, and the hash there."""
        rows = self.connection.execute("SELECT desk, epoch, seq, hash FROM chain WHERE seq > 0")
        return {(desk, epoch): (seq, digest.hex()) for desk, epoch, seq, digest in rows}

    def ids(self) -> set[str]:
        """Return the ids of all entries."""
        return {row[0] for row in self.connection.execute("SELECT id FROM entry")}

    def entries(self) -> list[tuple[str, int, int, str, str]]:
        """Return every entry: desk, epoch, number, id, hash."""
        rows = self.connection.execute("SELECT desk, epoch, seq, id, hash FROM entry ORDER BY desk, epoch, seq")
        return [(desk, epoch, seq, entry_id, digest.hex()) for desk, epoch, seq, entry_id, digest in rows]

    def received_papers(self) -> set[str]:
        """Return which papers the tables say have come, by their SHA-256."""
        rows = self.connection.execute("SELECT sha256 FROM paper WHERE received_at IS NOT NULL")
        return {row[0].hex() for row in rows}

    def stop(self) -> None:
        """End the server."""
        self.connection.close()
        self._server.stop()


def dump_tables(connection: psycopg.Connection[Any]) -> Tables:
    """Return every row of every table, in the caller's transaction."""
    return {name: _dump(connection, name) for name in _list_tables(connection)}


def put_back_tables(connection: psycopg.Connection[Any], backup: Tables) -> None:
    """Put every row back as it was, in the caller's transaction."""
    names = [sql.Identifier(name) for name in _list_tables(connection)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the order of tables does not matter then
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(names)))
        for name, data in backup.items():
            with cursor.copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                copy.write(data)


def _list_tables(connection: psycopg.Connection[Any]) -> list[str]:
    return [str(row[0]) for row in connection.execute(_TABLES)]


def _dump(connection: psycopg.Connection[Any], name: str) -> bytes:
    query = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(name))
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(part) for part in copy)


def listeners(count: int) -> list[socket.socket]:
    """Return open ports."""
    return [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]


class ProvincePapers:
    """The folder of papers, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def whole(self) -> set[str]:
        """Return the papers that lie there, by their SHA-256; AssertionError for one that is another content."""
        found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self._folder.glob("??/*")}
        assert all(name == digest for name, digest in found.items()), "a paper at the province is another content"
        return set(found)

    def set_back(self, names: set[str]) -> None:
        """Leave only these, whole ones, and none that are on their way."""
        for path in (*self._folder.glob("??/*"), *self._folder.glob("parts/*")):
            if path.name not in names:
                path.unlink()
