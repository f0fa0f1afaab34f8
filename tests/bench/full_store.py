"""A store with any number of dossiers, made by SQL from one real dossier: quick, and of the true size per dossier.

The copies have rows of every kind (journal entry, dossier, parties, search words, print job and run), spread over three
years and two thousand names. Their hashes are random bytes: such a store is for measuring, `verify` would refuse it.
"""

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.core.text import fold, name_key

PASS_PHRASE = "a bench has no secrets"
_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Đặng", "Bùi", "Đỗ")
_MIDDLES = ("Văn", "Thị", "Hữu", "Ngọc", "Đức", "Thanh", "Minh", "Kim", "Quốc", "Thu")
_GIVEN = ("An", "Ánh", "Bình", "Châu", "Dũng", "Đạt", "Giang", "Hạnh", "Khoa", "Lan",
          "Mai", "Nam", "Oanh", "Phúc", "Quỳnh", "Sơn", "Thảo", "Uyên", "Vượng", "Yến")  # fmt: skip
_THREE_YEARS_MS = 3 * 365 * 86_400_000

_COUNT = "WITH RECURSIVE copy (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copy WHERE i < :size)"
_ID = "printf('019e0000-0000-7000-8000-%012x', i)"
_JOB = "printf('019e0000-0000-7000-9000-%012x', i)"
_AGO = f"(i * 7919 * 65537) % {_THREE_YEARS_MS}"
# Five digits that no real day reaches keep these codes apart from those a bench takes.
_CODE = "printf('H99.14-%02d%02d%02d-%05d', 20 + i % 6, 1 + i % 12, 1 + i % 28, 10000 + i / 84 % 90000)"
_BACKWARDS = "printf('%05d', 10000 + i / 84 % 90000)||'-'||printf('%02d%02d%02d', i % 28, i % 12, i % 6)||'-41.99H'||i"

# Twelve clerks at four desks, the sample clerk and desk among them.
_DESK = "CASE i / 9 % 4 WHEN 0 THEN desk_id ELSE 'desk ' || (i / 9 % 4) END"
_CLERK = "CASE i / 9 % 12 WHEN 0 THEN clerk_id ELSE 'clerk ' || (i / 9 % 12) END"
_STANDING = "(2 + i % 9) * 10 + (i % 9 = 7 AND i / 9 % 2)"  # half of the results are here
_SORT = "standing, due_day, unit_code, desk_id, clerk_id, procedure_code, field_name, channel"
_DUE_DAY = """CASE WHEN status IN (1, 2, 4)
    THEN coalesce(date(due_at / 1000 + 25200, 'unixepoch'), '') ELSE '' END AS due_day"""

_FILL = (
    f"""{_COUNT} INSERT INTO journal_entry
        (position, id, desk, epoch, seq, at, clerk, kind, version, subject, body, prev_hash, hash)
        SELECT 1000 + i, printf('019e0000-0000-7000-a000-%012x', i), desk, 0, i, at - (size_at - i), clerk, kind,
            version, {_ID}, body, randomblob(32), randomblob(32)
        FROM copy, (SELECT *, :size AS size_at FROM journal_entry WHERE kind = 'dossier.received' LIMIT 1)""",
    f"""{_COUNT} INSERT INTO dossier
        (row, id, code, code_reversed, unit_code, procedure_code, procedure_name, applicant_name, applicant_key,
         status, received_at, due_at, accepted_at, facts, due_order, standing, desk_id, clerk_id, field_name, channel)
        SELECT 1000 + i, {_ID}, {_CODE}, {_BACKWARDS}, unit_code,
            procedure_code, procedure_name, bench_name.name, bench_name.key, 2 + i % 9, received_at - {_AGO},
            due_at - {_AGO}, received_at - {_AGO}, facts, due_at - {_AGO}, {_STANDING}, {_DESK}, {_CLERK},
            'Lĩnh vực ' || (i / 7 % 15), channel
        FROM copy, (SELECT * FROM dossier ORDER BY row LIMIT 1), bench_name WHERE bench_name.number = i % 2000""",
    "DELETE FROM dossier_count",
    f"""INSERT INTO dossier_count ({_SORT}, dossiers)
        SELECT {_SORT}, count(*) FROM (SELECT *, {_DUE_DAY} FROM dossier) GROUP BY {_SORT}""",
    f"""{_COUNT} INSERT INTO dossier_party (dossier_row, role, id_number, phone_reversed)
        SELECT 1000 + i, 'applicant', printf('%012d', (i * 104729) % 1000000000000),
            printf('%09d0', (i * 7907) % 1000000000) FROM copy""",
    f"""{_COUNT} INSERT INTO dossier_search (rowid, words)
        SELECT 1000 + i, words || ' ' || printf('%012d', (i * 104729) % 1000000000000)
        FROM copy, bench_name WHERE bench_name.number = i % 2000""",
    f"""{_COUNT} INSERT INTO print_job
        (id, dossier_id, subject, about, form, copies, reprint, reason, form_set, sheet, details, batch, clerk,
         ordered_at)
        SELECT {_JOB}, {_ID}, '', x'7b7d', 'receipt', 2, 0, '', '', '', x'7b7d', '', '', at - {_AGO}
        FROM copy, (SELECT received_at AS at FROM dossier ORDER BY row LIMIT 1)""",
    f"""{_COUNT} INSERT INTO print_run
        (job_id, state, printer, error_code, changed_at, asked, target, owed, owner)
        SELECT {_JOB}, 'printed', 'pdf', '', 0, '', '', 0, '' FROM copy""",
)

Execute = Callable[[str, dict[str, int]], Any]


_Name = tuple[int, str, bytes, str]


def names() -> Iterator[_Name]:
    """Yield two thousand invented names with their number, their place in a list and their folded words."""
    for number, parts in enumerate(itertools.product(_FAMILIES, _MIDDLES, _GIVEN)):
        name = " ".join(parts)
        yield number, name, name_key(name), fold(name)


def fill(execute: Execute, insert_names: Callable[[str, Sequence[_Name]], Any], size: int) -> None:
    """Add `size` dossiers inside the caller's transaction."""
    execute("CREATE TEMP TABLE bench_name (number INTEGER PRIMARY KEY, name TEXT, key BLOB, words TEXT)", {})
    insert_names("INSERT INTO bench_name VALUES (?, ?, ?, ?)", list(names()))
    for statement in _FILL:
        execute(statement, {"size": size} if ":size" in statement else {})
    execute("DROP TABLE bench_name", {})


@contextmanager
def full_store(size: int) -> Iterator[OpenCounter]:
    """Give an open, encrypted store with `size` dossiers, the sample clerk signed in; gone afterwards."""
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        fill_folder(folder, size)
        with opened(folder, passphrase=PASS_PHRASE) as made:
            made.counter.session.act_as("mai")
            yield made


def fill_folder(folder: DataFolder, size: int) -> None:
    """Make a sample desk with `size` dossiers in a folder; the pass phrase is `PASS_PHRASE`."""
    init_sample_desk(folder, passphrase=PASS_PHRASE, dossiers=1)
    with opened(folder, passphrase=PASS_PHRASE) as made:
        with made.desk.store.writing() as connection:

            def insert_names(statement: str, rows: Sequence[_Name]) -> None:
                connection.exec_driver_sql(statement, list(rows))

            fill(connection.exec_driver_sql, insert_names, size)
        with made.desk.store.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
