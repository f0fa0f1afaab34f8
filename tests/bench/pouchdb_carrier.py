"""The peer that desks without a line are often built with: PouchDB on the desk, its server at the province.

A dossier is one document with the same entries that our batches carry, without their hashes and signatures; the wire
is plain HTTP where ours is TLS. Both come from npm as tests/bench/peers/package-lock.json names them, for the machine's
Node.js, into build/bench-peers.
"""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import msgspec

from counter_app.sync.batch import Batch, open_batch

_PEERS = Path(__file__).parent / "peers"
_INSTALLED = Path("build/bench-peers").absolute()
_DATABASE = "province"


def install() -> bool:
    """Install the peer if it is not there; returns whether it is there. Nothing of it runs while it is installed."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    lock = _PEERS / "package-lock.json"
    if (_INSTALLED / "package-lock.json").exists() and (_INSTALLED / "node_modules/pouchdb-server").is_dir():
        return True
    _INSTALLED.mkdir(parents=True, exist_ok=True)
    for file in (lock, _PEERS / "package.json"):
        shutil.copy(file, _INSTALLED)
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    return subprocess.run(command, cwd=_INSTALLED, check=False).returncode == 0


def write_documents(folder: Path, batches: Sequence[Batch]) -> None:
    """Write what the desk has: one document for each dossier."""
    entries: dict[str, list[dict[str, object]]] = {}
    for batch in batches:
        for record in open_batch(batch.data).run.records:
            said = record._replace(body=msgspec.Raw(record.body))._asdict()
            entries.setdefault(said.pop("subject"), []).append(said)
    found = [{"_id": subject, "entries": of_subject} for subject, of_subject in entries.items()]
    (folder / "documents.json").write_bytes(msgspec.json.encode(found))


def serve(folder: Path, port: int) -> None:
    """Run the server until this process is told to stop."""
    store = folder / "pouchdb"
    store.mkdir()
    program = _INSTALLED / "node_modules/pouchdb-server/bin/pouchdb-server"
    address = ("--host", "0.0.0.0", "--port", str(port))
    command = ("node", program, *address, "--dir", store, "--no-stdout-logs")
    # It writes a settings file and a log where it stands.
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    try:
        _make_database(port)
        print("ready", flush=True)
        server.wait()
    finally:
        server.terminate()
        server.wait()


def _make_database(port: int) -> None:
    """Wait for the server, which is just starting, and make the database."""
    for _ in range(300):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            break
        time.sleep(0.1)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{_DATABASE}", method="PUT")
    urllib.request.urlopen(request).close()


def push(folder: Path, address: tuple[str, int]) -> NoReturn:
    """Become the program that replicates the documents and says "batch" for each that is there."""
    url = f"http://{address[0]}:{address[1]}/{_DATABASE}"
    os.environ["NODE_PATH"] = str(_INSTALLED / "node_modules")
    os.execvp("node", ("node", str(_PEERS / "push.js"), str(folder), url))
