"""The carrier that was weighed: batches through NATS JetStream, acknowledged when PostgreSQL has them.

One connection for a desk, straight to the province, no second store at the desk; message ids against repeats; as many
batches in flight as fit into 64 KiB. JetStream writes through to the disk, as PostgreSQL does.
"""

import asyncio
import contextlib
import hashlib
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

IN_FLIGHT_BYTES = 65_536
_SILENCE_S = 60.0
_SUBJECT, _ANSWERS = "journal.unit.desk.1", "answer.unit.desk"
_TABLE = "CREATE TABLE IF NOT EXISTS batch (first integer PRIMARY KEY, data bytea NOT NULL)"

_CONFIGURATION = """
listen: "0.0.0.0:{port}"
max_payload: 1MB
write_deadline: "120s"
ping_interval: "60s"
jetstream {{ store_dir: "{folder}/jetstream", sync_interval: always, max_file: 2GB, max_mem: 64MB }}
tls {{ cert_file: "{pem}", key_file: "{pem}", timeout: 60, handshake_first: true }}
authorization {{
  timeout: 60
  users: [
    {{ user: province, password: province }},
    {{ user: desk, password: desk, permissions: {{ publish: "{subject}", subscribe: ["_INBOX.>", "{answers}"] }} }}
  ]
}}
"""

_PROGRAM = Path(sys.executable).with_name("nats-server")

Sealed = tuple[int, int, bytes]
"""First and last number of a batch, and its bytes."""


def is_installed() -> bool:
    """Whether the server is here: it is one of the packages of the benchmarks."""
    return _PROGRAM.exists()


def serve(folder: Path, port: int, *, pem: Path, authority: Path, database: str) -> None:
    """Run the server and take batches into PostgreSQL until this process is told to stop."""
    configuration = folder / "nats.conf"
    values = {"port": port, "folder": folder, "pem": pem, "subject": _SUBJECT, "answers": _ANSWERS}
    configuration.write_text(_CONFIGURATION.format(**values))
    server = subprocess.Popen([_PROGRAM, "-c", configuration, "-l", folder / "nats.log"])
    try:
        asyncio.run(_consume(("127.0.0.1", port), authority, database))
    finally:
        server.terminate()
        server.wait()


def push(address: tuple[str, int], *, authority: Path, batches: Sequence[Sealed], said: Callable[[str], None]) -> None:
    """Send every batch until each is acknowledged, connecting again after every cut; tells `said` "batch" for each."""
    asyncio.run(_push(address, authority, {batch[0]: batch for batch in batches}, said))


async def _connect(address: tuple[str, int], authority: Path, user: str) -> Any:
    import nats

    async def quiet(_error: Exception) -> None:
        """What is wrong shows where the connection is used."""

    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = False
    return await nats.connect(
        f"tls://{address[0]}:{address[1]}",
        tls=context,
        tls_handshake_first=True,
        user=user,
        password=user,
        allow_reconnect=False,
        ping_interval=30,
        max_outstanding_pings=3,
        connect_timeout=60,
        error_cb=quiet,
    )


async def _consume(address: tuple[str, int], authority: Path, database: str) -> None:
    import psycopg
    from nats.js.api import StreamConfig

    tables = psycopg.connect(database, autocommit=True)
    tables.execute(_TABLE)
    link = await _connect_patiently(address, authority)
    stream = link.jetstream()
    await stream.add_stream(StreamConfig(name="JOURNAL", subjects=["journal.>"], duplicate_window=3600))
    journal = await stream.pull_subscribe("journal.>", durable="province")
    print("ready", flush=True)
    while True:
        with contextlib.suppress(TimeoutError):
            for message in await journal.fetch(50, timeout=5):
                first = int(message.headers["Nats-Msg-Id"].split("-")[1])
                tables.execute("INSERT INTO batch VALUES (%s, %s) ON CONFLICT DO NOTHING", (first, message.data))
                answer = (first, hashlib.sha256(message.data).digest())
                await link.publish(_ANSWERS, msgspec.msgpack.encode(answer))
                await message.ack()


async def _connect_patiently(address: tuple[str, int], authority: Path) -> Any:
    """Connect to a server that is just starting."""
    for _ in range(100):
        with contextlib.suppress(Exception):
            return await _connect(address, authority, "province")
        await asyncio.sleep(0.1)
    raise TimeoutError


async def _push(
    address: tuple[str, int], authority: Path, left: dict[int, Sealed], said: Callable[[str], None]
) -> None:
    while left:
        link = None
        try:
            link = await _connect(address, authority, "desk")
            await _push_once(link, left, said)
        except Exception as exc:  # noqa: BLE001 - nats-py has many; all mean that the line was cut
            print(type(exc).__name__, file=sys.stderr)
            await asyncio.sleep(1 + random.random())
        if link is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(link.close(), 2)


async def _push_once(link: Any, left: dict[int, Sealed], said: Callable[[str], None]) -> None:
    """Send what is left over one connection; returns when all of it is acknowledged."""
    wake, flying, heard = asyncio.Event(), dict[str, int](), [time.monotonic()]
    inbox = link.new_inbox()

    async def on_stored(message: Any) -> None:
        flying.pop(message.subject.rsplit(".", 1)[1], None)
        heard[0] = time.monotonic()
        wake.set()

    async def on_answer(message: Any) -> None:
        first, _digest = msgspec.msgpack.decode(message.data)
        if left.pop(first, None) is not None:
            said("batch")
        heard[0] = time.monotonic()
        wake.set()

    await link.subscribe(_ANSWERS, cb=on_answer)
    await link.subscribe(f"{inbox}.*", cb=on_stored)
    waiting = sorted(left)
    while left:
        while waiting and sum(len(left[first][2]) for first in flying.values() if first in left) < IN_FLIGHT_BYTES:
            first = waiting.pop(0)
            flying[str(first)] = first
            # Of this connection: what was stored but whose answer was lost with the last one is answered again.
            headers = {"Nats-Msg-Id": f"{inbox}-{first}"}
            await link.publish(_SUBJECT, left[first][2], reply=f"{inbox}.{first}", headers=headers)
        wake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), 1)
        if link.is_closed or time.monotonic() - heard[0] > _SILENCE_S:
            raise ConnectionError
