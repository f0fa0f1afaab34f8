"""What encryption costs: single-row transactions, durable on disk, SQLCipher against the standard library's SQLite.

Each round inserts one row of about 360 bytes into a table with two indexes that already holds `--size` rows, WAL,
``synchronous=FULL``, the raw key (no key derivation). It also searches both files for a text that was stored.
"""

import secrets
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sqlcipher

from tests.bench.measure import alternate, read_options, report

_PAYLOAD = "Nguyễn Thị Sáng Tạo, thôn Tưởng Tượng, xã Không Có Thật; " * 4
_MARK = "Tưởng Tượng".encode()


def _open(module: Any, path: Path, key: str | None) -> Any:
    connection = module.connect(path, isolation_level=None)
    if key is not None:
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE dossier (id INTEGER PRIMARY KEY, code TEXT UNIQUE, person TEXT, body TEXT)")
    connection.execute("CREATE INDEX dossier_person ON dossier (person)")
    return connection


def _rows(first: int, count: int) -> Iterator[tuple[str, str, str]]:
    return ((f"H00.1-261122-{n:07}", f"{n * 7919 % 10**12:012}", _PAYLOAD) for n in range(first, first + count))


class _Store:
    def __init__(self, module: Any, path: Path, key: str | None, size: int) -> None:
        self.path = path
        self._connection = _open(module, path, key)
        self._next = size
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO dossier (code, person, body) VALUES (?, ?, ?)", _rows(0, size))
        self._connection.execute("COMMIT")

    def insert(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT INTO dossier (code, person, body) VALUES (?, ?, ?)", _rows(self._next, 1))
        self._connection.execute("COMMIT")
        self._next += 1

    def close(self) -> None:
        self._connection.close()

    def shows_text(self) -> bool:
        return _MARK in self.path.read_bytes()


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=100_000, rounds=1_000)
    with tempfile.TemporaryDirectory() as folder:
        encrypted = _Store(sqlcipher, Path(folder) / "encrypted.db", secrets.token_hex(32), options.size)
        plain = _Store(sqlite3, Path(folder) / "plain.db", None, options.size)
        ours, bare = alternate(encrypted.insert, plain.insert, rounds=options.rounds, warm_up=20)
        encrypted.close()
        plain.close()
        if encrypted.shows_text() or not plain.shows_text():
            raise SystemExit("the encrypted file shows its text, or the plain one does not")
        sizes = encrypted.path.stat().st_size, plain.path.stat().st_size
    report(
        "store_encryption",
        figures={"p50_ms": ours.p50_ms, "p95_ms": ours.p95_ms, "file_mb": sizes[0] / 1e6},
        peer={"name": "sqlite3", "p50_ms": bare.p50_ms, "p95_ms": bare.p95_ms, "file_mb": sizes[1] / 1e6},
        ratio=ours.p50_ms / bare.p50_ms,
        size=options.size,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
