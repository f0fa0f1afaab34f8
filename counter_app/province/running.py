"""Everything the province needs on one machine: its folder, its PostgreSQL, its listening service."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path

import msgspec

from counter_app.core.clock import Clock, SystemClock
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.occupying import occupying
from counter_app.core.replacing import replace_file
from counter_app.core.struct_types import prepare_structs
from counter_app.province.authority import BUNDLE_KEY, SIGNING_KEY, Authority, open_authority
from counter_app.province.database import Database
from counter_app.province.desks import publish_roster
from counter_app.province.postgres import PostgresServer
from counter_app.province.relaying import Relay
from counter_app.province.sealed_papers import SealedComing
from counter_app.province.server import Server
from counter_app.province.service import Province
from counter_app.store.paper_folder import PaperFolder, PaperKeeping

DEFAULT_LISTEN = ("127.0.0.1", 8443)
_NOWHERE_ELSE = f"https://{DEFAULT_LISTEN[0]}:{DEFAULT_LISTEN[1]}"


class _Noted(msgspec.Struct, frozen=True, kw_only=True):
    """How other commands on this machine find the province; owner-only, for an address may hold a password."""

    database: str | None
    url: str
    web_url: str = ""
    papers: str = ""
    papers_keys: str = ""


@contextmanager
def served(
    folder: Path,
    *,
    listen: tuple[str, int] = DEFAULT_LISTEN,
    database: str | None = None,
    url: str | None = None,
    web_url: str = "",
    papers: str = "",
    papers_keys: Path | None = None,
    clock: Clock | None = None,
) -> Iterator[tuple[Province, Server]]:
    """Give a listening province; without a database's address it runs a PostgreSQL of its own in its folder.

    `papers` is the address of a bucket, for papers that lie in one instead of the folder; a server of it that is away
    is waited for, one that refuses the keys is not.

    Raises:
        EnvironmentFailure: ``province.no_postgres``, ``province.postgres_failed``, ``province.no_database``,
            ``province.newer_database``, ``province.cannot_listen``; ``disk.occupied``; as `open_papers`,
            ``province.papers_refused``, ``province.no_bucket``.
    """
    prepare_structs()
    with closing(open_papers(folder, papers, papers_keys)) as keeping, ExitStack() as stack:
        if papers:
            _check_unless_away(keeping)
        _prepare(folder)
        stack.enter_context(_holding(folder))
        tables = stack.enter_context(_tables(folder, database, anew=True))
        province = _province(folder, tables, keeping, clock)
        server = Server(listen, province)
        try:
            reached = url or f"https://{listen[0]}:{server.server_address[1]}"
            note_places(folder, database=database, url=reached, web_url=web_url, papers=papers, papers_keys=papers_keys)
            server.province = msgspec.structs.replace(province, url=reached, web_url=web_url)
            yield server.province, server
        finally:
            server.server_close()


@contextmanager
def administered(folder: Path, *, clock: Clock | None = None) -> Iterator[Province]:
    """Give the province of a folder for one command, beside its service or without it.

    Raises:
        UserError: ``province.not_here``: nothing was ever served from this folder.
        EnvironmentFailure: as `served`.
    """
    if not folder.is_dir():
        raise UserError("province.not_here", folder=folder.name)
    noted = _read_note(folder)
    opened = open_papers(folder, noted.papers, Path(noted.papers_keys) if noted.papers_keys else None)
    is_served = noted.database is not None or PostgresServer(folder / "postgresql").is_running()
    is_ours = nullcontext() if is_served else _holding(folder)
    with closing(opened) as papers, is_ours, _tables(folder, noted.database) as tables:
        yield msgspec.structs.replace(_province(folder, tables, papers, clock), url=noted.url, web_url=noted.web_url)


def note_places(
    folder: Path,
    *,
    database: str | None,
    url: str = _NOWHERE_ELSE,
    web_url: str = "",
    papers: str = "",
    papers_keys: Path | None = None,
) -> None:
    """Note for other commands where everything of a folder's province is."""
    keys = str(papers_keys.resolve()) if papers_keys is not None else ""
    noted = _Noted(database=database, url=url, web_url=web_url, papers=papers, papers_keys=keys)
    replace_file(_note(folder), msgspec.json.encode(noted))


def open_papers(folder: Path, papers: str, keys: Path | None) -> PaperKeeping:
    """Return where papers lie: in the bucket of an address, "" for the folder. Asks nobody.

    Raises:
        UserError: ``province.bad_papers_address``, ``province.no_papers_keys``, ``province.open_papers_keys``.
    """
    if not papers:
        return PaperFolder(folder / "papers")
    from counter_app.province.s3_papers import S3Papers
    from counter_app.province.s3_place import read_keys, read_place

    return S3Papers(read_place(papers), read_keys(keys))


def _check_unless_away(papers: PaperKeeping) -> None:
    try:
        papers.check()
    except EnvironmentFailure as exc:
        if exc.code != "province.papers_away":
            raise


def _province(folder: Path, tables: Database, papers: PaperKeeping, clock: Clock | None) -> Province:
    is_new = not (folder / BUNDLE_KEY).exists()
    authority = open_authority(folder)
    if is_new:
        _announce(tables, authority, clock or SystemClock())
    return Province(
        database=tables,
        authority=authority,
        clock=clock or SystemClock(),
        url="",
        papers=papers,
        relay=Relay(folder / "relayed"),
        sealed=SealedComing(folder / "sealed"),
    )


def _announce(tables: Database, authority: Authority, clock: Clock) -> None:
    """Tell the desks of a province that had no key for bundles before."""
    with tables.transaction() as connection:
        for row in connection.execute("SELECT DISTINCT unit_code AS code FROM desk ORDER BY 1").fetchall():
            publish_roster(connection, authority, row.code, now=clock.now())


@contextmanager
def _holding(folder: Path) -> Iterator[None]:
    """Keep every other process from starting or stopping what runs in this folder."""
    try:
        with occupying(folder):
            yield
    except EnvironmentFailure as exc:
        if exc.code != "disk.occupied":
            raise
        raise EnvironmentFailure("province.served_already", retryable=True) from exc


@contextmanager
def _tables(folder: Path, database: str | None, *, anew: bool = False) -> Iterator[Database]:
    """Give the tables. A PostgreSQL of the folder that runs already is used, and goes on for whoever started it."""
    own = PostgresServer(folder / "postgresql") if database is None else None
    try:
        if own is not None and anew:
            own.end_left_behind()
        if own is not None and not own.is_running():
            own.start()
        has_keys = (folder / SIGNING_KEY).exists()
        tables = Database(database or (own.url if own is not None else ""), is_known=has_keys)
        try:
            yield tables
        finally:
            tables.close()
    finally:
        if own is not None:
            own.stop()


def _prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # PostgreSQL as a user of its own passes through; the keys are each for the owner alone.
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as exc:
        raise EnvironmentFailure("disk.no_folder", folder=folder.name) from exc


def _note(folder: Path) -> Path:
    return folder / "served.json"


def _read_note(folder: Path) -> _Noted:
    try:
        return msgspec.json.decode(_note(folder).read_bytes(), type=_Noted)
    except (OSError, msgspec.MsgspecError):
        return _Noted(database=None, url=_NOWHERE_ELSE)
