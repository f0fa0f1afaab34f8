"""A store with any number of dossiers, made by SQL from one real dossier: quick, and of the true size per dossier.

The copies have rows of every kind (journal entry, dossier, parties, search terms, print job and run), spread over three
years, thousands of names and all procedures of the catalogue. Their hashes are random bytes: such a store is for
measuring, `verify` would refuse it.
"""

import itertools
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.paths import DataFolder
from counter_app.core.text import name_key
from counter_app.domain.person import Party
from counter_app.domain.search import terms_of, written_terms

PASS_PHRASE = "a bench has no secrets"
# As often as one meets them, more or less: two of five people are a Nguyễn.
_FAMILIES = ("Nguyễn",) * 12 + ("Trần",) * 4 + ("Lê",) * 3 + ("Phạm", "Hoàng", "Huỳnh", "Vũ", "Võ", "Đặng", "Bùi",
             "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh")  # fmt: skip
_MIDDLES = ("Văn", "Thị", "Văn", "Thị", "Hữu", "Ngọc", "Đức", "Thanh", "Minh", "Kim", "Quốc", "Thu", "Xuân", "Hồng")
_GIVEN = ("An", "Anh", "Ánh", "Bình", "Châu", "Chi", "Cường", "Dũng", "Đạt", "Đức", "Giang", "Hà", "Hải", "Hạnh",
          "Hiền", "Hoa", "Hùng", "Huy", "Khải", "Khoa", "Lan", "Linh", "Long", "Mai", "Mỹ", "Nam", "Nga", "Nghĩa",
          "Oanh", "Phúc", "Phương", "Quân", "Quý", "Quỳnh", "Sơn", "Tâm", "Thảo", "Trang", "Tuấn", "Uyên", "Vy",
          "Vượng", "Yến")  # fmt: skip
_CERTIFIED_COPIES = "2.000815"
_THREE_YEARS_MS = 3 * 365 * 86_400_000
_BATCH = 20_000
_FILLING_CACHE_KIB = 4_000_000

_ID = "printf('019e0000-0000-7000-8000-%012x', i)"
_JOB = "printf('019e0000-0000-7000-9000-%012x', i)"
_AGO = f"(i * 7919 * 65537) % {_THREE_YEARS_MS}"

# Twelve clerks, the sample clerk among them; one desk, as in a store that knows no other.
_CLERK = "CASE i / 9 % 12 WHEN 0 THEN clerk_id ELSE 'clerk ' || (i / 9 % 12) END"
# One in twenty is received for one of 150 other units.
_COMPETENT = "CASE WHEN i % 20 = 0 THEN 'H99.' || (100 + i / 20 % 150) ELSE unit_code END"
# Of a hundred dossiers 88 are returned, 7 ended otherwise, 1 waits for a supplement, 2 for their owner or the way to
# the desk, 2 are worked on: these are late but for the last days, twenty thousand in a million.
_SHARE = "(i * 7 + i / 2000) % 100"
_STATUS = f"""CASE WHEN {_SHARE} < 88 THEN 10 WHEN {_SHARE} < 92 THEN 3 WHEN {_SHARE} < 94 THEN 7
    WHEN {_SHARE} < 95 THEN 8 WHEN {_SHARE} < 97 THEN 9 WHEN {_SHARE} < 98 THEN 5 WHEN {_SHARE} < 99 THEN 4
    ELSE 2 END"""
_STANDING = f"(({_STATUS}) * 10 + ({_SHARE} = 95))"
_RUNNING = "status IN (1, 2, 4) AND due_at IS NOT NULL"
_DAY = "date(due_at / 1000 + 25200, 'unixepoch')"
_TOTAL_KEY = "standing, procedure_code, field_name, channel, unit_code, desk_id, clerk_id"
_UNIT_KEY = "standing, competent_unit_code, unit_code, desk_id, clerk_id"


def _count_by(period: str, where: str) -> str:
    return f"""INSERT INTO dossier_count (standing, period, unit_code, desk_id, clerk_id, dossiers)
        SELECT standing, {period}, unit_code, desk_id, clerk_id, count(*)
        FROM dossier WHERE {where} GROUP BY 1, 2, 3, 4, 5"""


# Once all are there.
_COUNTERS = (
    "DELETE FROM dossier_count",
    "DELETE FROM dossier_total",
    "DELETE FROM dossier_unit_total",
    _count_by("''", "1"),
    _count_by(f"'M' || substr({_DAY}, 1, 7)", _RUNNING),
    _count_by(f"'D' || {_DAY}", _RUNNING),
    f"""INSERT INTO dossier_total ({_TOTAL_KEY}, dossiers)
        SELECT {_TOTAL_KEY}, count(*) FROM dossier GROUP BY {_TOTAL_KEY}""",
    f"""INSERT INTO dossier_unit_total ({_UNIT_KEY}, dossiers)
        SELECT {_UNIT_KEY}, count(*) FROM dossier GROUP BY {_UNIT_KEY}""",
)
_FILL = (
    f"""INSERT INTO journal_entry
        (position, id, desk, epoch, seq, at, clerk, kind, version, subject, body, prev_hash, hash)
        SELECT 1000 + i, printf('019e0000-0000-7000-a000-%012x', i), desk, 0, i, at - (:size - i), clerk, kind,
            version, {_ID}, body, randomblob(32), randomblob(32)
        FROM bench_copy, (SELECT * FROM journal_entry WHERE kind = 'dossier.received' LIMIT 1)""",
    f"""INSERT INTO dossier
        (row, id, code, unit_code, procedure_code, procedure_name, applicant_name, applicant_key, status, received_at,
         due_at, accepted_at, facts, due_order, standing, desk_id, clerk_id, field_name, channel,
         competent_unit_code)
        SELECT 1000 + i, {_ID}, copied.code, unit_code, copied.procedure_code, copied.procedure_name, copied.name,
            copied.name_key, {_STATUS}, received_at - {_AGO}, due_at - {_AGO}, received_at - {_AGO}, facts,
            due_at - {_AGO}, {_STANDING}, desk_id, {_CLERK}, 'Lĩnh vực ' || (i / 7 % 15), channel, {_COMPETENT}
        FROM bench_copy AS copied, (SELECT * FROM dossier ORDER BY row LIMIT 1)""",
    """INSERT INTO dossier_party (dossier_row, role, id_number) SELECT 1000 + i, 'applicant', id_number
        FROM bench_copy""",
    "INSERT INTO dossier_search (rowid, words) SELECT 1000 + i, words FROM bench_copy",
    f"""INSERT INTO print_job
        (id, dossier_id, subject, about, form, copies, reprint, reason, form_set, sheet, details, batch, clerk,
         ordered_at)
        SELECT {_JOB}, {_ID}, '', x'7b7d', 'receipt', 2, 0, '', '', '', x'7b7d', '', '', at - {_AGO}
        FROM bench_copy, (SELECT received_at AS at FROM dossier ORDER BY row LIMIT 1)""",
    f"""INSERT INTO print_run
        (job_id, state, printer, error_code, changed_at, asked, target, owed, owner)
        SELECT {_JOB}, 'printed', 'pdf', '', 0, '', '', 0, '' FROM bench_copy""",
)

Execute = Callable[[str, dict[str, int]], Any]
InsertMany = Callable[[str, Sequence[tuple[Any, ...]]], Any]


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """What makes one dossier of a full store another than the rest; nobody in it exists."""

    number: int
    name: str
    birth_year: int
    id_number: str
    phone: str
    code: str
    procedure_code: str
    procedure_name: str


def copies(size: int, procedures: Sequence[tuple[str, str]]) -> Iterator[Copy]:
    """Yield so many dossiers, always the same ones; `procedures` are codes and names, of which one fits most."""
    dice = random.Random(20)
    common = next((one for one in procedures if one[0] == _CERTIFIED_COPIES), procedures[0])
    for number in range(1, size + 1):
        year = dice.randrange(1945, 2020)
        procedure = common if dice.random() < 0.5 else dice.choice(procedures)
        yield Copy(
            number=number,
            name=f"{dice.choice(_FAMILIES)} {dice.choice(_MIDDLES)} {dice.choice(_GIVEN)}",
            birth_year=year,
            id_number=f"036{dice.randrange(2) + (2 if year > 1999 else 0)}{year % 100:02d}{dice.randrange(10**6):06d}",
            phone=f"+849{dice.randrange(10**8):08d}",
            # Five digits that no real day reaches keep these codes apart from those a bench takes.
            code=f"H99.14-{20 + number // 168_000:02d}{1 + number // 14_000 % 12:02d}{1 + number // 500 % 28:02d}"
            f"-{10_000 + number % 90_000:05d}",
            procedure_code=procedure[0],
            procedure_name=procedure[1],
        )


def fill(execute: Execute, insert_many: InsertMany, size: int) -> None:
    """Add `size` dossiers inside the caller's transaction."""
    execute(
        "CREATE TEMP TABLE bench_copy (i INTEGER PRIMARY KEY, code TEXT, procedure_code TEXT, procedure_name TEXT, "
        "name TEXT, name_key BLOB, id_number TEXT, words TEXT)",
        {},
    )
    procedures = execute("SELECT code, min(name) FROM procedure GROUP BY code ORDER BY code", {}).fetchall()
    everything = copies(size, [(code, name) for code, name in procedures])
    while rows := [_row_of(one) for one in itertools.islice(everything, _BATCH)]:
        insert_many("INSERT INTO bench_copy VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        for statement in _FILL:
            execute(statement, {"size": size} if ":size" in statement else {})
        execute("DELETE FROM bench_copy", {})
    execute("DROP TABLE bench_copy", {})
    for statement in _COUNTERS:
        execute(statement, {})


def _row_of(one: Copy) -> tuple[Any, ...]:
    party = Party(full_name=one.name, id_number=one.id_number, birth_year=one.birth_year, phone=one.phone)
    terms = terms_of(code=one.code, procedure_code=one.procedure_code, parties=(party,))
    return (
        one.number,
        one.code,
        one.procedure_code,
        one.procedure_name,
        one.name,
        name_key(one.name),
        one.id_number,
        written_terms(terms),
    )


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
            # Indexes grow in an order of chance: a page that is not kept is encrypted, written and read again.
            connection.exec_driver_sql(f"PRAGMA cache_size = -{_FILLING_CACHE_KIB}")

            def insert_many(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
                connection.exec_driver_sql(statement, list(rows))

            fill(connection.exec_driver_sql, insert_many, size)
        with made.desk.store.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
