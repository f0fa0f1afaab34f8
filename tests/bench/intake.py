"""One complete intake against the same rows written by bare SQLite.

Ours: the form checked, due date and fees computed, number taken, entry chained and signed, rows, search words and print
job, one durable transaction in the encrypted store. Peer: the very statements of that intake with the very values,
replayed by the standard library's sqlite3 on an unencrypted file with the same tables and as many rows, WAL,
``synchronous=FULL``. The two take turns.
"""

import sqlite3
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, text

from counter_app.bootstrap import OpenCounter
from counter_app.domain.dossier import Outcome, Paper
from counter_app.domain.person import Party, Sex
from counter_app.services.answers.intake import IntakeForm
from tests.bench.full_store import fill, full_store
from tests.bench.measure import Timing, read_options, report

_PROCEDURE = "1.001193"
_SEARCH = "dossier_search"
_WRITES = ("INSERT", "UPDATE", "DELETE")

Statement = tuple[str, Sequence[Any]]


def _form(open_counter: OpenCounter, number: int) -> IntakeForm:
    procedure = open_counter.counter.catalogue.get(_PROCEDURE)
    case = procedure.cases[0]
    papers = tuple(
        Paper(name=line.name, code=line.code, original=line.original, certified=line.certified, copy=line.copy)
        for line in case.components
        if line.required
    )
    person = Party(
        full_name="Nguyễn Thị Tưởng Tượng",
        id_number=f"036199{number:06d}",
        sex=Sex.FEMALE,
        birth_year=1999,
        address="Thôn Mẫu, xã Đồng Mẫu, tỉnh Mẫu",
        phone=f"0912{number:06d}",
    )
    return IntakeForm(procedure_code=procedure.code, case_code=case.code or None, applicant=person, papers=papers)


def _open_peer(ours: OpenCounter, path: Path, size: int) -> sqlite3.Connection:
    """Return a plain copy of the store before it was filled, then filled by the same statements."""
    peer = sqlite3.connect(path, isolation_level=None)
    peer.execute("PRAGMA journal_mode = WAL")
    peer.execute("PRAGMA synchronous = FULL")
    peer.execute("PRAGMA cache_size = -16000")
    peer.execute("BEGIN")
    with ours.desk.store.reading() as connection:
        _copy_small_rows(connection, peer)
    fill(peer.execute, peer.executemany, size)
    peer.execute("COMMIT")
    peer.execute("ANALYZE")
    peer.execute("PRAGMA foreign_keys = ON")
    return peer


def _copy_small_rows(connection: Connection, peer: sqlite3.Connection) -> None:
    """Copy every table and index, and those rows that the filling did not make."""
    schema = connection.execute(
        text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    ).all()
    for _, name, sql in schema:
        if name == _SEARCH:
            # SQLite before 3.43 has no deletable contentless index; what it writes for a new row is the same.
            modern = sqlite3.sqlite_version_info >= (3, 43)
            peer.execute(sql if modern else sql.replace(" contentless_delete=1,", ""))
        elif not name.startswith(_SEARCH):
            peer.execute(sql)
    tables = [name for kind, name, _ in schema if kind == "table" and not name.startswith(_SEARCH)]
    for name in tables:
        rows = connection.execute(text(f"SELECT * FROM {name} WHERE {_real_rows(name)}")).all()
        for row in rows:
            peer.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(row))})", tuple(row))


def _real_rows(table: str) -> str:
    return {
        "journal_entry": "epoch > 0",
        "dossier": "row <= 1000",
        "dossier_party": "dossier_row <= 1000",
        "print_job": "id NOT LIKE '019e0000-%'",
        "print_run": "job_id NOT LIKE '019e0000-%'",
    }.get(table, "1")


def _replay(peer: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    peer.execute("BEGIN IMMEDIATE")
    for sql, values in statements:
        peer.execute(sql, values)
    peer.execute("COMMIT")


def _take_turns(ours: OpenCounter, peer: sqlite3.Connection, rounds: int) -> tuple[Timing, Timing, int]:
    """Return our timing, the peer's, and how many statements write one intake."""
    recorded: list[Statement] = []

    def record(_c: object, _cursor: object, sql: str, values: Any, _context: object, many: bool) -> None:
        if sql.lstrip().upper().startswith(_WRITES):
            recorded.extend((sql, row) for row in (values if many else [values]))

    event.listen(ours.desk.store.engine, "before_cursor_execute", record)
    own: list[float] = []
    bare: list[float] = []
    for number in range(rounds + 10):
        form = _form(ours, number)
        recorded.clear()
        started = time.perf_counter()
        ours.counter.intake.receive(form, Outcome.ACCEPTED)
        own.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        _replay(peer, recorded)
        bare.append((time.perf_counter() - started) * 1000)
    return Timing(tuple(own[10:])), Timing(tuple(bare[10:])), len(recorded)


def main() -> None:
    """Measure at 1,000 dossiers and at `--size`, and print."""
    options = read_options(__doc__, size=100_000, rounds=300)
    timings: dict[int, tuple[Timing, Timing]] = {}
    statements = 0
    for size in sorted({1_000, options.size}):
        with (
            full_store(size) as ours,
            tempfile.TemporaryDirectory() as folder,
            closing(_open_peer(ours, Path(folder) / "plain.db", size)) as peer,
        ):
            own, bare, statements = _take_turns(ours, peer, options.rounds)
            timings[size] = own, bare
    small, large = timings[1_000], timings[options.size]
    report(
        "intake",
        figures={
            "p50_ms": large[0].p50_ms,
            "p95_ms": large[0].p95_ms,
            "p50_ms_at_1000": small[0].p50_ms,
            "p95_ms_at_1000": small[0].p95_ms,
            "growth_of_p50": large[0].p50_ms / small[0].p50_ms,
            "statements": statements,
        },
        peer={
            "name": "sqlite3, unencrypted, same statements",
            "p50_ms": large[1].p50_ms,
            "p95_ms": large[1].p95_ms,
            "p50_ms_at_1000": small[1].p50_ms,
            "p95_ms_at_1000": small[1].p95_ms,
        },
        ratio=large[0].p95_ms / large[1].p95_ms,
        size=options.size,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
