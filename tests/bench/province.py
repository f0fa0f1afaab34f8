"""A year of a province into its PostgreSQL: the batches of up to 420 desks, each checked and durable before the next.

Every desk has a key and a chain of its own; a dossier is two entries, received and handed on. Four threads take, as the
service's do; making and signing the batches is not counted. The year is taken in ten equal parts: `first_per_s` and
`last_per_s` are entries a second in the first and the last one, when the tables are ten times as long; each one is said
on standard error as soon as it is over. Afterwards every entry must be there once, and a twentieth of the batches is
pushed again, which must change nothing.
Peer: the same rows by plain INSERT, 50 to a transaction, into one table with the same indexes; and by one COPY.
--size is the number of dossiers; a real year is 1,000,000.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from counter_app.core.errors import BugError
from counter_app.domain.unit import Unit
from counter_app.province.running import served
from counter_app.province.service import Province
from counter_app.sync.batch import BATCH_ENTRIES, Batch
from tests.bench.many_desks import NEW_YEAR, BusyDesk, Model, admit_all, make_models
from tests.bench.measure import read_options, report

_DESKS, _UNITS, _PARTS, _THREADS = 420, 126, 10, 4
_WARM = 100
_LEAST = 250
"""Fewer dossiers than that of one desk would make batches smaller than a real year's."""
_PART_OF_YEAR = timedelta(days=30)
_PEER_ROWS = 40_000
_COLUMNS = "month, desk, epoch, seq, id, at, clerk, kind, version, subject, body, hash"


def _desk(number: int, models: Sequence[Model]) -> BusyDesk:
    unit = Unit(code=f"H99.{number % _UNITS + 1:02d}", name="Ủy ban nhân dân xã Mẫu")
    return BusyDesk(number // _UNITS, unit, models)


class _Part(NamedTuple):
    """A tenth of the year."""

    entries: int
    seconds: float

    @property
    def per_s(self) -> float:
        return self.entries / self.seconds


def _take(province: Province, batches: Sequence[Sequence[Batch]]) -> float:
    """Take the batches of several desks at once, those of one desk in order. Returns the seconds."""

    def take_all(of_desk: Sequence[Batch]) -> None:
        for batch in of_desk:
            province.take(batch.desk, batch.data)

    started = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(take_all, batches))
    return time.perf_counter() - started


def _replay(province: Province, desks: Sequence[BusyDesk], size: int) -> tuple[list[_Part], list[Batch]]:
    """Return each part, and some of the batches."""
    parts, again = [], []
    for part in range(_PARTS):
        batches = []
        for number, desk in enumerate(desks):
            count = _share(size, part * len(desks) + number, _PARTS * len(desks))
            batches.append(list(desk.write(count, NEW_YEAR + (part + 1) * _PART_OF_YEAR)))
        entries = sum(batch.last_seq - batch.first_seq + 1 for of_desk in batches for batch in of_desk)
        parts.append(_Part(entries, _take(province, batches)))
        print(f"tenth {part + 1}: {entries} entries, {parts[-1].per_s:.0f} a second", file=sys.stderr, flush=True)
        again += [batch for of_desk in batches for batch in of_desk[::20]]
    return parts, again


def _share(size: int, slot: int, slots: int) -> int:
    """Return how many of the dossiers fall to one slot, so that all of them together make the size."""
    return size * (slot + 1) // slots - size * slot // slots


def _check(province: Province, total: int, size: int) -> None:
    with province.database.transaction() as connection:
        row = connection.execute(
            "SELECT count(*) AS entries, count(DISTINCT id) AS ids, (SELECT sum(seq) FROM chain) AS chained,"
            " (SELECT count(*) FROM dossier) AS dossiers, (SELECT count(*) FROM waiting_batch) AS waiting FROM entry"
        ).fetchone()
    if row is None or (row.entries, row.ids, row.chained, row.dossiers, row.waiting) != (total, total, total, size, 0):
        raise BugError("bench.not_the_same", found=str(row))


def _insert_plainly(url: str) -> tuple[float, float]:
    """Return rows a second of the peer: INSERT in transactions of 50, and one COPY."""
    with psycopg.connect(url) as connection:
        rows: list[Any] = connection.execute(f"SELECT {_COLUMNS} FROM entry LIMIT {_PEER_ROWS}").fetchall()
        for name in ("plain", "copied"):
            connection.execute(f"CREATE TABLE {name} (LIKE entry INCLUDING DEFAULTS)")
            connection.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (month, desk, epoch, seq)")
            connection.execute(f"CREATE INDEX ON {name} (desk, epoch, seq)")
            connection.execute(f"CREATE INDEX ON {name} (subject)")
        connection.commit()
        places = ", ".join(["%s"] * 12)
        started = time.perf_counter()
        for start in range(0, len(rows), BATCH_ENTRIES):
            with connection.cursor() as cursor:
                run = rows[start : start + BATCH_ENTRIES]
                cursor.executemany(f"INSERT INTO plain ({_COLUMNS}) VALUES ({places})", run)
            connection.commit()
        inserted = len(rows) / (time.perf_counter() - started)
        started = time.perf_counter()
        with connection.cursor() as cursor, cursor.copy(f"COPY copied ({_COLUMNS}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        connection.commit()
        return inserted, len(rows) / (time.perf_counter() - started)


def main() -> None:
    """Run the benchmark."""
    options = read_options(__doc__, size=20_000, rounds=1)
    models = make_models()
    desks = [_desk(number, models) for number in range(max(1, min(_DESKS, options.size // _LEAST)))]
    first = _desk(len(desks), models)
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o711)
        with served(Path(root) / "province", listen=("127.0.0.1", 0)) as (province, _server):
            admit_all(province, [*desks, first])
            # Connections are opened and modules loaded with a first desk, so that the first part is not slower for it.
            _take(province, [list(first.write(_WARM, NEW_YEAR))])
            parts, again = _replay(province, desks, options.size)
            total = sum(part.entries for part in parts)
            present = (total + 2 * _WARM + 1, options.size + _WARM)
            _check(province, *present)
            again_s = _take(province, [[batch] for batch in again])
            _check(province, *present)
            inserted, copied = _insert_plainly(f"postgresql://province@/province?host={root}/province/postgresql/s")
    overall = total / sum(part.seconds for part in parts)
    report(
        "province",
        figures={
            "entries_per_s": overall,
            "first_per_s": parts[0].per_s,
            "last_per_s": parts[-1].per_s,
            "last_to_first": parts[-1].per_s / parts[0].per_s,
            "again_batches_per_s": len(again) / again_s,
            "entries": total,
            "desks": len(desks),
        },
        peer={"name": "PostgreSQL, plain INSERT and COPY", "inserted_per_s": inserted, "copied_per_s": copied},
        ratio=inserted / overall,
        size=options.size,
        notes=("ratio: how many plain rows are inserted while one entry is checked, chained, filed and fed on",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
