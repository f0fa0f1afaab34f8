"""A day's records over a weak line: 1,000 dossiers in batches of 50, to the province's PostgreSQL and back.

64 kbit/s and 800 ms, with 2 % loss, with 20 %, with 2 % while it is up for 20 s and down for 15 s, without loss, and
without loss but cut once in the middle, so that every connection is gone: what more goes over the line then is waste.
Peers over lines of the same kind: the same batches through NATS JetStream; the same entries as documents by PouchDB to
its server, from npm; and the batches' bytes down one plain TCP connection, which is what such a line can carry.
Needs root, /dev/net/tun and PostgreSQL; a peer that is not installed is left out. --size is the number of dossiers,
--rounds how many lines of each kind, each with losses of its own. Figures are medians; bytes are those of IP packets,
both ways. Whoever needs more than half an hour is ended there, and `arrived` is the part that was there.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec
import psycopg

from counter_app.core.errors import EnvironmentFailure
from counter_app.province.authority import open_authority
from counter_app.province.postgres import PostgresServer
from counter_app.province.running import served
from counter_app.sync.enrolling import make_line_key
from counter_app.sync.https_line import HttpsLine, LineIdentity
from tests.bench import nats_carrier, plain_tcp, pouchdb_carrier
from tests.bench.line_load import Load, make_load
from tests.bench.measure import read_options, report
from tests.bench.weak_line import FAR_ADDRESS, Line, OpenLine, weak_line

_PORT = 4443
_LIMIT_S = 1_800.0
_AT_ONCE = 12
_OWN, _TCP = "https", "tcp"
_PEERS = {"nats": "NATS JetStream", "pouchdb": "PouchDB and pouchdb-server", _TCP: "plain TCP"}
_CARRIERS = (_OWN, *_PEERS)
_WEAK = (
    Line(name="loss2", loss=0.02),
    Line(name="loss20", loss=0.20),
    Line(name="flap", loss=0.02, up_s=20, down_s=15),
)
_CLEAR, _CUT = Line(name="clear"), Line(name="cut")


class _Run(NamedTuple):
    """One load over one line."""

    seconds: float
    sent_bytes: int
    arrived: float


def _serve(carrier: str, folder: Path) -> None:
    """The far end, a process of its own."""
    signal.signal(signal.SIGTERM, _leave)
    load = _read_load(folder)
    if carrier == "pouchdb":
        pouchdb_carrier.serve(folder, _PORT)
        return
    if carrier == _TCP:
        plain_tcp.serve(_PORT, len(_plain_bytes(load)))
        return
    database = (folder / "database").read_text()
    if carrier == "nats":
        pem = folder / "province" / "server.pem"
        nats_carrier.serve(folder, _PORT, pem=pem, authority=_authority_file(folder), database=database)
        return
    with served(folder / "province", listen=("0.0.0.0", _PORT), database=database) as (province, server):
        with province.database.transaction() as connection:
            connection.execute("INSERT INTO unit (code, facts) VALUES (%s, '')", (load.unit_code,))
            connection.execute(
                "INSERT INTO desk (id, unit_code, name, kind, public_key, slice_low, slice_high, enrolled_at)"
                " VALUES (%s, %s, 'bench', 'desk', %s, 1, 9999, now())",
                (load.desk_id, load.unit_code, load.public_key),
            )
        for batch in load.before:
            province.take(load.desk_id, batch.data)
        print("ready", flush=True)
        server.serve_forever()


def _leave(*_signal: object) -> NoReturn:
    sys.exit(0)


def _push(carrier: str, folder: Path) -> None:
    """The near end, a process of its own: says "ready", and "batch" for each acknowledgement."""
    if carrier == "pouchdb":
        pouchdb_carrier.push(folder, (FAR_ADDRESS, _PORT))
    load = _read_load(folder)
    _say("ready")
    if carrier == _TCP:
        plain_tcp.push((FAR_ADDRESS, _PORT), _plain_bytes(load), said=_say)
        return
    if carrier == "nats":
        sealed = [(batch.first_seq, batch.last_seq, batch.data) for batch in load.batches]
        authority = _authority_file(folder)
        nats_carrier.push((FAR_ADDRESS, _PORT), authority=authority, batches=sealed, said=_say)
        return
    line = HttpsLine(msgspec.msgpack.decode((folder / "identity").read_bytes(), type=LineIdentity))
    acknowledged, is_known = load.before[-1].last_seq, True
    while acknowledged < load.batches[-1].last_seq:
        try:
            if not is_known:  # a new exchange begins with what the province has
                acknowledged = max(chain.seq for chain in line.read_chains())
            for answer in line.push([batch for batch in load.batches if batch.last_seq > acknowledged]):
                acknowledged = answer.seq
                _say("batch")
        except EnvironmentFailure as exc:
            print(exc, file=sys.stderr)
            is_known = False
            time.sleep(1)


def _say(what: str) -> None:
    print(what, flush=True)


def _plain_bytes(load: Load) -> bytes:
    return b"".join(batch.data for batch in load.batches)


def _read_load(folder: Path) -> Load:
    return msgspec.msgpack.decode((folder / "load").read_bytes(), type=Load)


def _authority_file(folder: Path) -> Path:
    file = folder / "trusted.pem"
    if not file.exists():
        file.write_bytes(open_authority(folder / "province").pem)
    return file


def _prepare(folder: Path, load: Load, database: str) -> None:
    pouchdb_carrier.write_documents(folder, load.batches)
    province = folder / "province"
    province.mkdir()
    authority = open_authority(province)
    authority.server_context()
    _authority_file(folder)
    key, request = make_line_key()
    identity = LineIdentity(
        url=f"https://{FAR_ADDRESS}:{_PORT}",
        authority=authority.pem,
        certificate=authority.certify_desk(request, load.desk_id),
        key=key,
    )
    (folder / "identity").write_bytes(msgspec.msgpack.encode(identity))
    (folder / "load").write_bytes(msgspec.msgpack.encode(load))
    (folder / "database").write_text(database)


def _measure(line: Line, carrier: str, load: Load, database: str, *, cut_at_bytes: int = 0) -> _Run:
    """Carry the load; with `cut_at_bytes` the line is cut when so many have gone over it."""
    with tempfile.TemporaryDirectory() as root, weak_line(line, Path(root)) as opened:
        _prepare(Path(root), load, database)
        far = _start(opened, opened.far, "serve", carrier, root)
        try:
            if far.stdout is None or far.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{carrier} did not start")
            near = _start(opened, opened.near, "push", carrier, root)
            with _cutting(opened, cut_at_bytes):
                return _follow(opened, near, wanted=_answers(carrier, load))
        finally:
            far.terminate()
            far.wait()


def _answers(carrier: str, load: Load) -> int:
    """Return how often a carrier says "batch"."""
    dossiers = sum(batch.last_seq - batch.first_seq + 1 for batch in load.batches) // 2
    return {"pouchdb": dossiers, _TCP: 1}.get(carrier, len(load.batches))


@contextmanager
def _cutting(line: OpenLine, cut_at_bytes: int) -> Iterator[None]:
    ended = threading.Event()

    def cut() -> None:
        while not ended.wait(0.1):
            if line.sent_bytes() >= cut_at_bytes:
                line.cut()
                return

    thread = threading.Thread(target=cut)
    if cut_at_bytes:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if cut_at_bytes:
            thread.join()


def _start(line: OpenLine, namespace: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = line.command(namespace, sys.executable, "-m", "tests.bench.sync_line", *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _follow(line: OpenLine, near: "subprocess.Popen[bytes]", *, wanted: int) -> _Run:
    if near.stdout is None or near.stdout.readline() != b"ready\n":
        raise RuntimeError("the near end did not start")
    started, before = time.monotonic(), line.sent_bytes()
    limit = threading.Timer(_LIMIT_S, near.kill)
    limit.start()
    said = sum(1 for _answer in near.stdout)
    limit.cancel()
    ended = near.wait()
    seconds = time.monotonic() - started
    if ended not in {0, -signal.SIGKILL}:
        raise RuntimeError("the load did not arrive")
    time.sleep(0.2)  # the line counts ten times a second
    return _Run(seconds, line.sent_bytes() - before, 1.0 if ended == 0 else min(1.0, said / wanted))


class _Lines:
    """Runs the load over lines, some at once: what they carry is far less than this machine can."""

    def __init__(self, load: Load, server: PostgresServer) -> None:
        self._load, self._server = load, server

    def measure_weak(self, line: Line, carrier: str) -> dict[str, _Run]:
        """Return the run, by the line's name."""
        run = _measure(line, carrier, self._load, self._database(line, carrier))
        _tell(line, carrier, run)
        return {line.name: run}

    def measure_cut(self, seed: int, carrier: str) -> dict[str, _Run]:
        """Return the run over a line without loss, and over one that is cut when half of that went over it."""
        found, cut_at_bytes = {}, 0
        for kind in (_CLEAR, _CUT):
            line = msgspec.structs.replace(kind, seed=seed)
            database = self._database(line, carrier)
            run = _measure(line, carrier, self._load, database, cut_at_bytes=cut_at_bytes)
            _tell(line, carrier, run)
            found[line.name], cut_at_bytes = run, run.sent_bytes // 2
        return found

    def _database(self, line: Line, carrier: str) -> str:
        database = f"{line.name}_{carrier}_{line.seed}"
        with psycopg.connect(self._server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        return self._server.url.replace("/province?", f"/{database}?")


def _tell(line: Line, carrier: str, run: _Run) -> None:
    print(f"{line.name}-{line.seed} {carrier}: {run}", file=sys.stderr, flush=True)


def _measure_all(lines: _Lines, carriers: tuple[str, ...], rounds: int) -> dict[tuple[str, str], list[_Run]]:
    runs: dict[tuple[str, str], list[_Run]] = {}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = []
        for seed in range(1, rounds + 1):
            for carrier in reversed(carriers):  # those that take longest begin
                weak = [msgspec.structs.replace(line, seed=seed) for line in _WEAK]
                waiting += [(carrier, pool.submit(lines.measure_weak, line, carrier)) for line in weak]
                waiting.append((carrier, pool.submit(lines.measure_cut, seed, carrier)))
        for carrier, found in waiting:
            for name, run in found.result().items():
                runs.setdefault((name, carrier), []).append(run)
    return runs


def _figures(runs: Mapping[tuple[str, str], list[_Run]], carrier: str, size: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for name in (*(line.name for line in _WEAK), _CLEAR.name, _CUT.name):
        of_line = runs[name, carrier]

        def median(value: Callable[[_Run], float], of_line: list[_Run] = of_line) -> float:
            return statistics.median(map(value, of_line))

        found[f"{name}_s"] = median(lambda run: run.seconds)
        found[f"{name}_bytes_per_dossier"] = median(lambda run: run.sent_bytes) / size
        if median(lambda run: run.arrived) < 1:
            found[f"{name}_arrived"] = median(lambda run: run.arrived)
    pairs = zip(runs[_CLEAR.name, carrier], runs[_CUT.name, carrier], strict=True)
    found["cut_waste_bytes"] = statistics.median(cut.sent_bytes - clear.sent_bytes for clear, cut in pairs)
    return found


def main() -> None:
    """Run the benchmark, or one end of a line."""
    ends = {"serve": _serve, "push": _push}
    if len(sys.argv) == 4 and sys.argv[1] in ends:
        ends[sys.argv[1]](sys.argv[2], Path(sys.argv[3]))
        return
    options = read_options(__doc__, size=1_000, rounds=3)
    if os.geteuid() != 0 or not Path("/dev/net/tun").exists():
        print(json.dumps({"name": "sync_line", "skipped": "a weak line can only be made by root, with /dev/net/tun"}))
        return
    missing = {"nats": not nats_carrier.is_installed(), "pouchdb": not pouchdb_carrier.install()}
    carriers = tuple(name for name in _CARRIERS if not missing.get(name))
    load = make_load(options.size)
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o711)
        server = PostgresServer(Path(root) / "postgresql")
        server.start()
        try:
            runs = _measure_all(_Lines(load, server), carriers, options.rounds)
        finally:
            server.stop()
    figures = {carrier: _figures(runs, carrier, options.size) for carrier in carriers}
    own, tcp = figures[_OWN], figures[_TCP]
    shares = {f"{name}_of_tcp": tcp[f"{name}_s"] / own[f"{name}_s"] for name in ("loss2", "loss20", "flap", "clear")}
    peers = {name: {f"{name}_{key}": value for key, value in figures[name].items()} for name in carriers[1:]}
    report(
        "sync_line",
        figures={**own, **shares, "batches": len(load.batches), "payload_bytes": len(_plain_bytes(load))},
        peer={
            "name": ", ".join(_PEERS[name] for name in carriers[1:]),
            **{key: value for of_peer in peers.values() for key, value in of_peer.items()},
        },
        ratio=statistics.mean(shares.values()),
        size=options.size,
        notes=("ratio: what part of plain TCP's speed the records have, over the lines that are not cut",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
