"""The one process that serves a hall: run here, started aside, stopped, asked how it is.

It is stopped by a file in its folder, on every system alike: a number of a process may be another's by then.
"""

import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.logs import configure_logs
from counter_app.core.occupying import occupying
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.core.struct_types import prepare_structs
from counter_app.hall.announcing import announced
from counter_app.hall.keeping import MOST_STORED_PAPER_BYTES, Keeping, Verified
from counter_app.hall.making import hall_folder
from counter_app.hall.service import ROUTES, Hall
from counter_app.hall.upward import Upward
from counter_app.store.keys import load_key
from counter_app.store.store import Store
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.https_line import load_key as show_key
from counter_app.sync.https_service import HttpsService

_MB = 1024 * 1024
_LIMIT_MB, _PAPERS_MB = 4_096, MOST_STORED_PAPER_BYTES // _MB
_START_S, _STOP_S, _LOOK_S = 30.0, 20.0, 0.2


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """How other commands find the process that serves."""

    url: str
    process: int


class Answering(NamedTuple):
    """A listening hall; `upward` is its exchange with the province, not started."""

    url: str
    server: HttpsService
    upward: Upward


class HallStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a hall is. `unsent`: entries that the province's last receipt does not cover.

    `papers_waiting`: of the papers here those that the province was not heard to have.
    """

    is_running: bool
    url: str | None
    hall_id: str
    name: str
    unit_code: str
    desks: int
    entries: int
    unsent: int
    stored_bytes: int
    papers: int
    papers_waiting: int
    papers_bytes: int
    updates_bytes: int
    province_at: datetime | None


@contextmanager
def kept(
    data: DataFolder,
    *,
    passphrase: str | None,
    clock: Clock,
    limit_mb: int = _LIMIT_MB,
    papers_mb: int = _PAPERS_MB,
) -> Iterator[Keeping]:
    """Give what a hall keeps, whether it is served or not.

    Raises:
        UserError: ``hall.not_here``, ``store.wrong_passphrase``, ``store.passphrase_needed``.
        EnvironmentFailure: ``hall.newer``; as `counter_app.store.keys.load_key`.
    """
    folder = require_hall(data)
    store = Store(folder.store, load_key(folder, passphrase=passphrase))
    keeping = Keeping(store, clock, most_bytes=limit_mb * _MB, papers_bytes=papers_mb * _MB)
    try:
        keeping.require_known()
        yield keeping
    finally:
        keeping.close()


@contextmanager
def served(
    data: DataFolder,
    *,
    passphrase: str | None,
    clock: Clock,
    listen: tuple[str, int],
    limit_mb: int = _LIMIT_MB,
    papers_mb: int = _PAPERS_MB,
) -> Iterator[str]:
    """Serve a hall while the body runs; gives its address.

    Raises:
        AppError: as `kept`; ``hall.runs_already``, ``province.cannot_listen``.
    """
    folder = require_hall(data)
    configure_logs(folder.logs)
    limits = {"limit_mb": limit_mb, "papers_mb": papers_mb}
    with _holding(folder), kept(data, passphrase=passphrase, clock=clock, **limits) as keeping:
        _mark_stop(folder, wanted=False)
        with answering(keeping, listen) as (url, _server, upward):
            replace_file(_note(folder), msgspec.json.encode(Noted(url=url, process=os.getpid())))
            upward.start()
            try:
                with announced(keeping.read_facts().hall_id, listen[0], int(url.rpartition(":")[2])):
                    yield url
            finally:
                upward.stop()


@contextmanager
def answering(keeping: Keeping, listen: tuple[str, int]) -> Iterator[Answering]:
    """Answer desks while the body runs."""
    prepare_structs()
    keeping.papers.clear_left_behind()
    upward = Upward(keeping)
    hall = Hall(keeping, on_push=upward.note_change)
    server = HttpsService(listen, hall, routes=ROUTES, context=_context(keeping))
    thread = threading.Thread(target=server.serve_forever, name="hall-service")
    thread.start()
    try:
        yield Answering(f"https://{listen[0]}:{server.server_address[1]}", server, upward)
    finally:
        keeping.feed.end_waiting()
        server.shutdown()
        thread.join()
        server.server_close()


def wait_for_stop(data: DataFolder, stopping: threading.Event) -> None:
    """Return when the hall is to be stopped: by ``hall stop``, or by the event."""
    mark = _stop_mark(hall_folder(data))
    while not (stopping.wait(_LOOK_S) or mark.exists()):
        pass


def start(data: DataFolder, arguments: list[str]) -> str:
    """Start a process that serves and goes on when this one ends; returns its address.

    Raises:
        UserError: ``hall.not_here``.
        EnvironmentFailure: ``hall.runs_already``, ``hall.did_not_start``.
    """
    folder = require_hall(data)
    if is_running(data):
        raise EnvironmentFailure("hall.runs_already")
    _note(folder).unlink(missing_ok=True)
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "counter_app"]
    command = [*program, "--data", str(data.root), "hall", "run", *arguments]
    words = folder.root / "start.txt"
    with words.open("wb") as told:
        process = subprocess.Popen(  # noqa: S603 - this program itself
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=told,
            start_new_session=True,
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),  # Windows: no console of this one's
        )
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        noted = _read_note(folder)
        if noted is not None and noted.process == process.pid:
            process.returncode = 0  # it goes on without this process
            return noted.url
        time.sleep(_LOOK_S)
    if process.poll() is None:
        process.terminate()
        process.wait()
    lines = words.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise EnvironmentFailure("hall.did_not_start", reason=lines[-1][:300] if lines else "?")


def stop(data: DataFolder) -> bool:
    """Stop the process that serves this hall; returns whether there was one. It ends what it is doing first.

    Raises:
        UserError: ``hall.not_here``.
        EnvironmentFailure: ``hall.does_not_stop``.
    """
    folder = require_hall(data)
    if not is_running(data):
        return False
    _mark_stop(folder, wanted=True)
    until = time.monotonic() + _STOP_S
    while is_running(data):
        if time.monotonic() > until:
            raise EnvironmentFailure("hall.does_not_stop", retryable=True)
        time.sleep(_LOOK_S)
    _mark_stop(folder, wanted=False)
    return True


def is_running(data: DataFolder) -> bool:
    """Whether a process serves this hall now."""
    try:
        with occupying(hall_folder(data).root):
            return False
    except EnvironmentFailure as exc:
        if exc.code != "disk.occupied":
            raise
        return True


def read_status(data: DataFolder, *, passphrase: str | None, clock: Clock) -> HallStatus:
    """Return how the hall is, served or not.

    Raises:
        AppError: as `kept`.
    """
    folder = require_hall(data)
    is_served = is_running(data)
    noted = _read_note(folder) if is_served else None
    with kept(data, passphrase=passphrase, clock=clock) as keeping:
        facts, chains, papers = keeping.read_facts(), keeping.list_chains(), keeping.papers.count()
        return HallStatus(
            is_running=is_served,
            url=noted.url if noted is not None else None,
            hall_id=facts.hall_id,
            name=facts.name,
            unit_code=facts.unit_code,
            desks=len({one.desk for one in chains}),
            entries=sum(one.seq for one in chains),
            unsent=keeping.count_unsent(keeping.find_receipt()),
            stored_bytes=keeping.measure_bytes(),
            papers=papers.papers,
            papers_waiting=papers.waiting,
            papers_bytes=papers.stored_bytes,
            updates_bytes=keeping.updates.measure_bytes(),
            province_at=keeping.find_province_at(),
        )


def verify(data: DataFolder, *, passphrase: str | None, clock: Clock) -> Verified:
    """Look at everything that the hall keeps.

    Raises:
        AppError: as `kept`.
    """
    with kept(data, passphrase=passphrase, clock=clock) as keeping:
        return keeping.verify()


def require_hall(data: DataFolder) -> DataFolder:
    """Return the folder of a hall that was made.

    Raises:
        UserError: ``hall.not_here``.
    """
    folder = hall_folder(data)
    if not folder.keys.is_file():
        raise UserError("hall.not_here", folder=data.root.name)
    return folder


def _mark_stop(folder: DataFolder, *, wanted: bool) -> None:
    """Leave, or take away, the mark that tells the process to stop."""
    if wanted:
        replace_file(_stop_mark(folder), b"")
    else:
        with suppress(OSError):
            _stop_mark(folder).unlink(missing_ok=True)


@contextmanager
def _holding(folder: DataFolder) -> Iterator[None]:
    try:
        with occupying(folder.root):
            yield
    except EnvironmentFailure as exc:
        if exc.code != "disk.occupied":
            raise
        raise EnvironmentFailure("hall.runs_already") from exc


def _context(keeping: Keeping) -> ssl.SSLContext:
    identity = msgspec.msgpack.decode(keeping.read_facts().identity, type=LineIdentity)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    show_key(context, identity)
    context.load_verify_locations(cadata=identity.authority.decode("ascii"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _note(folder: DataFolder) -> Path:
    return folder.root / "served.json"


def _stop_mark(folder: DataFolder) -> Path:
    return folder.root / "stop"


def _read_note(folder: DataFolder) -> Noted | None:
    try:
        return msgspec.json.decode((folder.root / "served.json").read_bytes(), type=Noted)
    except (OSError, msgspec.MsgspecError):
        return None
