"""Backup, restore and the drill: everything of a province in one sealed file, and the proof that it comes back.

The figures of a backup are read in the same snapshot of the database as its dump (`pg_export_snapshot`), so that a
service that goes on working does not make them differ.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import namedtuple_row

from counter_app import __version__
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.replacing import replace_file
from counter_app.journal.chain import GENESIS, entry_hash
from counter_app.province.backup_file import iter_parts, sealing
from counter_app.province.database import Connection, Database
from counter_app.province.postgres import PostgresServer, find_program
from counter_app.store.paper_folder import PaperKeeping, sha256_of_name

_KEYS = ("authority.pem", "province.key")
#: What is made anew by itself, or belongs to this machine alone.
_LEFT_OUT = frozenset(
    {
        *_KEYS,
        "postgresql",
        "mirrors",
        "relayed",
        "sealed",
        "served.json",
        "server.pem",
        "web.pem",
        "making.lock",
        "drill",
    }
)
#: Papers of which only a part came: a desk begins them again.
_PARTS = "papers/parts"
_FIGURES, _DUMP, _FILES = "figures.json", "database.dump", "files/"
_PAPERS = f"{_FILES}papers/"
_PIECE = 1 << 16
_ADDRESS = ("host", "hostaddr", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "service")
_TABLES = """
SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'web_try' ORDER BY relname
"""
_CHAINS = """
SELECT desk, epoch, count(*) AS entries, max(seq) AS last, sha256(string_agg(hash, ''::bytea ORDER BY seq)) AS digest
FROM entry GROUP BY desk, epoch ORDER BY desk COLLATE "C", epoch
"""


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared: rows of every table, and a digest over the hash of every entry in its place."""

    made_at: datetime
    version: str
    rows: dict[str, int]
    chains: int
    digest: str

    def differs_from(self, other: "Figures") -> tuple[str, ...]:
        """Return which tables, or ``chains``, are not the same."""
        names = sorted({*self.rows, *other.rows})
        tables = [name for name in names if self.rows.get(name) != other.rows.get(name)]
        is_same = (self.chains, self.digest) == (other.chains, other.digest)
        return (*tables, *(() if is_same else ("chains",)))


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup gave back: its figures, and how many entries were hashed again from their bytes."""

    figures: Figures
    entries: int
    files: int


def back_up(
    database: Database,
    folder: Path,
    path: Path,
    *,
    passphrase: str,
    now: datetime,
    papers: PaperKeeping | None = None,
) -> Figures:
    """Write everything of a province to a new file; the service may go on meanwhile.

    `papers` is where they lie when it is elsewhere than in the folder.

    Raises:
        UserError: ``cli.file_exists``, ``province.backup_inside``.
        EnvironmentFailure: ``province.dump_failed``, ``province.no_postgres``, ``disk.write_failed``; as `papers`; no
            file then.
    """
    if path.exists():
        raise UserError("cli.file_exists", file=path.name)
    if _is_part_of(folder, path):  # it would be read while it is written, and never end
        raise UserError("province.backup_inside", file=path.name)
    with sealing(path, passphrase) as put:
        # The snapshot ends with the dump: papers may take hours, and no table may be made under an open one.
        with database.transaction() as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = connection.execute("SELECT pg_export_snapshot() AS id").fetchone()
            figures = read_figures(connection, now=now)
            put(_FIGURES, [msgspec.json.encode(figures)])
            put(_DUMP, _dump(connection, snapshot.id if snapshot is not None else ""))
        _put_files(folder, put)
        for name, pieces in _iter_papers(folder, papers):
            put(name, pieces)
        for name in _KEYS:
            put(name, [(folder / name).read_bytes()])
    return figures


def restore(
    path: Path, folder: Path, *, passphrase: str, database: str | None = None, papers: PaperKeeping | None = None
) -> Restored:
    """Make the province of a backup in a new folder, with its own PostgreSQL or in an empty database.

    `papers` is where they are to lie, for elsewhere than in the folder; those that are there already stay.
    The keys come last and only after everything was compared: without them the folder is no province. It knows that it
    was put back: in each unit it gives numbers to the next desk only when somebody saw that they are free.

    Raises:
        UserError: ``province.not_empty``, ``province.no_backup_file``, ``province.wrong_passphrase``.
        EnvironmentFailure: ``province.backup_damaged``, ``province.backup_differs``, ``province.restore_failed``.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UserError("province.not_empty", folder=folder.name)
    target = PostgresServer(folder / "postgresql") if database is None else database
    return _restore(path, folder, target, passphrase=passphrase, papers=papers)


def _restore(
    path: Path, folder: Path, target: str | PostgresServer, *, passphrase: str, papers: PaperKeeping | None
) -> Restored:
    parts = iter_parts(path, passphrase)
    _name, pieces = next(parts)  # before anything is made: it may be the wrong pass phrase
    figures = _read_figures(b"".join(pieces), path)
    _make_folder(folder)
    try:
        with _started(target) as url:
            return _Restoring(path, folder, url, figures, papers).run(parts)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def drill(
    database: Database,
    folder: Path,
    *,
    passphrase: str,
    now: datetime,
    path: Path | None = None,
    papers: PaperKeeping | None = None,
) -> Restored:
    """Restore a backup, a fresh one if none is given, into a scratch place beside the province, and clear it away.

    Raises:
        AppError: as `back_up` and `restore`.
    """
    scratch = folder / "drill"
    shutil.rmtree(scratch, ignore_errors=True)
    _make_folder(scratch)
    try:
        if path is None:
            path = scratch / "backup"
            back_up(database, folder, path, passphrase=passphrase, now=now, papers=papers)
        place = scratch / "r"
        own = PostgresServer(place / "postgresql", is_scratch=True)
        return _restore(path, place, own, passphrase=passphrase, papers=None)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_figures(connection: Connection, *, now: datetime) -> Figures:
    """Return what is compared between a province and its backup."""
    names = [row.name for row in connection.execute(_TABLES)]
    rows = {}
    for name in names:
        counted = connection.execute(f'SELECT count(*) AS count FROM "{name}"').fetchone()  # noqa: S608 - a table's own
        rows[name] = int(counted.count) if counted is not None else 0
    digest, chains = hashlib.sha256(), 0
    for row in connection.execute(_CHAINS):
        chains += 1
        digest.update(msgspec.json.encode((row.desk, row.epoch, row.entries, row.last)) + bytes(row.digest))
    return Figures(made_at=now, version=__version__, rows=rows, chains=chains, digest=digest.hexdigest())


def check_chains(connection: Connection) -> int:
    """Hash every entry again from its bytes and the one before. Returns how many there are.

    Raises:
        EnvironmentFailure: ``province.backup_differs``.
    """
    place, before, count = ("", 0), GENESIS, 0
    with connection.cursor("chains") as cursor:
        cursor.itersize = 1_000
        for row in cursor.execute('SELECT * FROM entry ORDER BY desk COLLATE "C", epoch, seq'):
            if (row.desk, row.epoch) != place:
                place, before = (row.desk, row.epoch), GENESIS
            header = (row.id, row.desk, row.epoch, row.seq, row.at, row.clerk, row.kind, row.version, row.subject)
            before = entry_hash(prev_hash=before, header=header, body=bytes(row.body))
            if before != bytes(row.hash):
                raise EnvironmentFailure("province.backup_differs", where=f"{row.desk} {row.epoch} {row.seq}")
            count += 1
    return count


class _Restoring:
    def __init__(self, path: Path, folder: Path, url: str, figures: Figures, papers: PaperKeeping | None) -> None:
        self._path, self._folder, self._url, self._figures, self._papers = path, folder, url, figures, papers
        self._keys: dict[str, bytes] = {}
        self._files = 0

    def run(self, parts: Iterable[tuple[str, Iterator[bytes]]]) -> Restored:
        for name, pieces in parts:
            self._take(name, pieces)
        if set(self._keys) != set(_KEYS):
            raise EnvironmentFailure("province.backup_damaged", file=self._path.name)
        entries = self._compare()
        self._note_put_back()
        for name in _KEYS:
            replace_file(self._folder / name, self._keys[name])
        return Restored(figures=self._figures, entries=entries, files=self._files)

    def _take(self, name: str, pieces: Iterator[bytes]) -> None:
        if name == _DUMP:
            _load(self._url, pieces)
        elif name in _KEYS:
            self._keys[name] = b"".join(pieces)
        elif self._papers is not None and (sha256 := _paper_of(name)) is not None:
            self._keep(self._papers, sha256, pieces)
        elif name.startswith(_FILES):
            self._write(name.removeprefix(_FILES), pieces)
        else:
            raise EnvironmentFailure("province.backup_damaged", file=self._path.name)

    def _write(self, name: str, pieces: Iterator[bytes]) -> None:
        target = self._folder / name
        if not target.resolve().is_relative_to(self._folder.resolve()) or target.exists():
            raise EnvironmentFailure("province.backup_damaged", file=self._path.name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.open("xb") as stream:
            target.chmod(0o600)
            stream.writelines(pieces)
        self._files += 1

    def _keep(self, papers: PaperKeeping, sha256: bytes, pieces: Iterator[bytes]) -> None:
        part, is_held = f"restored-{new_id()}", papers.holds(sha256)
        for piece in pieces:  # to the end in any case: the next part follows it
            if not is_held:
                papers.append(part, piece)
        if not is_held and not papers.finish(part, sha256):
            raise EnvironmentFailure("province.backup_damaged", file=self._path.name)
        self._files += 1

    def _compare(self) -> int:
        """Compare the tables as they were written, by whatever version: bringing them up to date comes afterwards."""
        with psycopg.connect(self._url, row_factory=namedtuple_row) as connection:
            found = read_figures(connection, now=self._figures.made_at)
            if different := self._figures.differs_from(found):
                raise EnvironmentFailure("province.backup_differs", where=", ".join(different)[:200])
            return check_chains(connection)

    def _note_put_back(self) -> None:
        """Say in the tables that they were put back; whose token was taken away since must not come in again."""
        tables = Database(self._url)
        try:
            with tables.transaction() as connection:
                connection.execute("INSERT INTO put_back DEFAULT VALUES")
                connection.execute("DELETE FROM officer")
        finally:
            tables.close()


def _read_figures(data: bytes, path: Path) -> Figures:
    try:
        return msgspec.json.decode(data, type=Figures)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("province.backup_damaged", file=path.name) from exc


@contextmanager
def _started(target: str | PostgresServer) -> Iterator[str]:
    """Give the address of an empty database."""
    try:
        if isinstance(target, PostgresServer):
            target.start()
        url = target.url if isinstance(target, PostgresServer) else target
        _require_empty(url)
        yield url
    finally:
        if isinstance(target, PostgresServer):
            target.stop()


def _require_empty(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            found = connection.execute("SELECT to_regclass('public.schema_version')").fetchone()
    except psycopg.OperationalError as exc:
        raise EnvironmentFailure("province.no_database", retryable=True) from exc
    if found is not None and found[0] is not None:
        raise UserError("province.not_empty", folder="PostgreSQL")


def _dump(connection: Connection, snapshot: str) -> Iterator[bytes]:
    """Yield PostgreSQL's own dump of the snapshot, in its custom format."""
    info = connection.info
    command = [
        str(find_program("pg_dump")),
        f"--dbname={_address(info.get_parameters())}",
        f"--snapshot={snapshot}",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--exclude-table-data=web_try",
    ]
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(info.password), cwd="/"
    ) as process:
        stream = process.stdout
        while stream is not None and (piece := stream.read(_PIECE)):
            yield piece
    if process.returncode != 0:
        raise EnvironmentFailure("province.dump_failed")


def _load(url: str, pieces: Iterator[bytes]) -> None:
    options = conninfo_to_dict(url)
    command = [
        str(find_program("pg_restore")),
        f"--dbname={_address(options)}",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    ]
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=_environment(str(options.get("password") or "")),
        cwd="/",
    ) as process:
        stream = process.stdin
        with suppress(BrokenPipeError):  # it ended early: its exit code says the rest
            for piece in pieces:
                if stream is not None:
                    stream.write(piece)
    if process.returncode != 0:
        raise EnvironmentFailure("province.restore_failed")


def _address(parameters: Mapping[str, Any]) -> str:
    """Return how a program of PostgreSQL reaches it: psycopg's library may know options that an older one refuses."""
    return make_conninfo(**{name: parameters[name] for name in _ADDRESS if parameters.get(name)})


def _environment(password: str) -> dict[str, str]:
    """A password on a command line would stand in the list of processes."""
    return {**os.environ, **({"PGPASSWORD": password} if password else {})}


def _put_files(folder: Path, put: Callable[[str, Iterable[bytes]], None]) -> None:
    """Put what lies beside the database; what is gone meanwhile belonged to nothing that the dump knows."""
    for file in _list_files(folder):
        with suppress(FileNotFoundError), file.open("rb") as stream:
            put(f"{_FILES}{file.relative_to(folder).as_posix()}", _iter_stream(stream))


def _iter_stream(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _list_files(folder: Path) -> list[Path]:
    """Return what lies beside the database, papers above all; those that come meanwhile are in the next backup."""
    places = [place for place in sorted(folder.iterdir()) if place.name not in _LEFT_OUT]
    found = [file for place in places for file in ([place] if place.is_file() else sorted(place.rglob("*")))]
    return [file for file in found if file.is_file() and not file.is_symlink() and folder / _PARTS not in file.parents]


def _iter_papers(folder: Path, papers: PaperKeeping | None) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the papers that lie elsewhere, as if they lay in the folder."""
    for sha256 in papers.iter_held() if papers is not None else ():
        place = f"papers/{sha256.hex()[:2]}/{sha256.hex()}"
        if papers is not None and not (folder / place).is_file():
            yield f"{_FILES}{place}", papers.iter_content(sha256)


def _paper_of(name: str) -> bytes | None:
    return sha256_of_name(name.rpartition("/")[2]) if name.startswith(_PAPERS) else None


def _is_part_of(folder: Path, path: Path) -> bool:
    place, root = path.resolve(), folder.resolve()
    return place.is_relative_to(root) and place.relative_to(root).parts[0] not in _LEFT_OUT


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # PostgreSQL as a user of its own passes through
    except OSError as exc:
        raise EnvironmentFailure("disk.no_folder", folder=folder.name) from exc
