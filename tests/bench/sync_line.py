"""A day's records over a weak line: 1,000 dossiers in batches of 50, to the province's PostgreSQL and back.

64 kbit/s and 800 ms, with 2 % loss, with 20 %, and with 2 % while it is up for 20 s and down for 15 s. Peer: the same
batches through NATS JetStream, over lines of the same kind, at the same time. Needs root, /dev/net/tun and PostgreSQL.
--size is the number of dossiers, --rounds how many lines of each kind, each with losses of its own. Figures are
medians; bytes are those of IP packets, both ways.
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
from collections.abc import Callable, Mapping
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
from tests.bench import nats_carrier
from tests.bench.line_load import Load, make_load
from tests.bench.measure import read_options, report
from tests.bench.weak_line import FAR_ADDRESS, Line, OpenLine, weak_line

_PORT = 4443
_LIMIT_S = 600.0
_CARRIERS = ("https", "nats")
_LINES = (
    Line(name="loss2", loss=0.02),
    Line(name="loss20", loss=0.20),
    Line(name="flap", loss=0.02, up_s=20, down_s=15),
)


class _Run(NamedTuple):
    """One load over one line."""

    first_s: float
    seconds: float
    sent_bytes: int


def _serve(carrier: str, folder: Path) -> None:
    """The far end, a process of its own."""
    signal.signal(signal.SIGTERM, _leave)
    database = (folder / "database").read_text()
    if carrier == "nats":
        pem = folder / "province" / "server.pem"
        nats_carrier.serve(folder, _PORT, pem=pem, authority=_authority_file(folder), database=database)
        return
    load = _read_load(folder)
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
    """The near end, a process of its own: says "batch" for each acknowledgement."""
    load = _read_load(folder)
    if carrier == "nats":
        sealed = [(batch.first_seq, batch.last_seq, batch.data) for batch in load.batches]
        authority = _authority_file(folder)
        nats_carrier.push((FAR_ADDRESS, _PORT), authority=authority, batches=sealed, said=_say)
        return
    line = HttpsLine(msgspec.msgpack.decode((folder / "identity").read_bytes(), type=LineIdentity))
    acknowledged = load.before[-1].last_seq
    while acknowledged < load.batches[-1].last_seq:
        try:
            for answer in line.push([batch for batch in load.batches if batch.last_seq > acknowledged]):
                acknowledged = answer.seq
                _say("batch")
        except EnvironmentFailure as exc:
            print(exc, file=sys.stderr)
            time.sleep(1)


def _say(what: str) -> None:
    print(what, flush=True)


def _read_load(folder: Path) -> Load:
    return msgspec.msgpack.decode((folder / "load").read_bytes(), type=Load)


def _authority_file(folder: Path) -> Path:
    file = folder / "trusted.pem"
    if not file.exists():
        file.write_bytes(open_authority(folder / "province").pem)
    return file


def _prepare(folder: Path, load: Load, database: str) -> None:
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


def _measure(line: Line, carrier: str, load: Load, database: str) -> _Run:
    with tempfile.TemporaryDirectory() as root, weak_line(line, Path(root)) as opened:
        _prepare(Path(root), load, database)
        far = _start(opened, opened.far, "serve", carrier, root)
        try:
            if far.stdout is None or far.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{carrier} did not start")
            return _follow(opened, _start(opened, opened.near, "push", carrier, root))
        finally:
            far.terminate()
            far.wait()


def _start(line: OpenLine, namespace: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = line.command(namespace, sys.executable, "-m", "tests.bench.sync_line", *arguments)
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def _follow(line: OpenLine, near: "subprocess.Popen[bytes]") -> _Run:
    started, first = time.monotonic(), 0.0
    limit = threading.Timer(_LIMIT_S, near.kill)
    limit.start()
    for _answer in near.stdout or ():
        first = first or time.monotonic() - started
    limit.cancel()
    if near.wait() != 0:
        raise RuntimeError("the load did not arrive")
    seconds = time.monotonic() - started
    time.sleep(0.2)  # the line counts ten times a second
    return _Run(first, seconds, line.sent_bytes())


def _measure_all(load: Load, server: PostgresServer, rounds: int) -> dict[tuple[str, str], list[_Run]]:
    """Every line at once: what they carry is far less than this machine can."""
    runs: dict[tuple[str, str], list[_Run]] = {(line.name, name): [] for line in _LINES for name in _CARRIERS}

    def measure(line: Line, carrier: str) -> None:
        database = f"{line.name}_{carrier}_{line.seed}"
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {database}")
        url = server.url.replace("/province?", f"/{database}?")
        runs[line.name, carrier].append(_measure(line, carrier, load, url))

    lines = [msgspec.structs.replace(line, seed=seed) for line in _LINES for seed in range(1, rounds + 1)]
    threads = [threading.Thread(target=measure, args=(line, name)) for line in lines for name in _CARRIERS]
    for thread in threads:
        thread.start()
        time.sleep(2)  # starting processes is what takes the processors
    for thread in threads:
        thread.join()
    return runs


def _figures(runs: Mapping[tuple[str, str], list[_Run]], carrier: str, size: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for line in _LINES:
        of_line = runs[line.name, carrier]

        def median(value: Callable[[_Run], float], of_line: list[_Run] = of_line) -> float:
            return statistics.median(map(value, of_line))

        found[f"{line.name}_s"] = median(lambda run: run.seconds)
        found[f"{line.name}_first_answer_s"] = median(lambda run: run.first_s)
        found[f"{line.name}_bytes_per_dossier"] = median(lambda run: run.sent_bytes) / size
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
    load = make_load(options.size)
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o711)
        server = PostgresServer(Path(root) / "postgresql")
        server.start()
        try:
            runs = _measure_all(load, server, options.rounds)
        finally:
            server.stop()
    own, peer = (_figures(runs, carrier, options.size) for carrier in _CARRIERS)
    report(
        "sync_line",
        figures={**own, "batches": len(load.batches)},
        peer={"name": "NATS JetStream", **peer},
        ratio=statistics.mean(peer[f"{line.name}_s"] / own[f"{line.name}_s"] for line in _LINES),
        size=options.size,
        notes=("ratio: how many times longer NATS takes, over the three lines",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
