"""A server that speaks S3 on this machine, JuiceFS's gateway, which can be killed and started again on what it holds.

One for all tests of a run, each with a prefix of its own: making it anew takes seconds.
"""

import atexit
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import msgspec

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.province.s3_papers import S3Papers
from counter_app.province.s3_place import S3Keys, S3Place, read_place
from tests.fakes.daemons import Process, answers_on, free_port

KEYS = S3Keys(access_key="province", secret_key="only-of-tests-0123456789")
_PROGRAM = str(Path(sys.executable).parent / "juicefs")


def keys_file(path: Path) -> Path:
    """Write the keys for a province's `--papers-keys`; returns the file."""
    path.touch(0o600)
    path.write_bytes(msgspec.json.encode(KEYS))
    return path


class S3Process:
    """Holds one bucket, ``papers``."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._clients: list[S3Papers] = []
        self._log, self._meta = folder / "s3.log", f"sqlite3://{folder}/meta.db"
        self._process: Process | None = None
        self.prefix = ""
        storage = ("--storage=file", f"--bucket={folder}/data", "--trash-days=0")
        subprocess.run([_PROGRAM, "format", *storage, self._meta, "papers"], check=True, capture_output=True)

    @property
    def address(self) -> str:
        return f"s3://papers/{self.prefix}?endpoint=http://127.0.0.1:{self.port}"

    @property
    def place(self) -> S3Place:
        return read_place(self.address)

    def papers(self, place: S3Place | None = None, keys: S3Keys = KEYS, clock: Clock | None = None) -> S3Papers:
        """Return a client that is closed when the test ends."""
        made = S3Papers(place or self.place, keys, clock)
        self._clients.append(made)
        return made

    def start(self) -> None:
        if self._process is not None:
            return
        keys = {"MINIO_ROOT_USER": KEYS.access_key, "MINIO_ROOT_PASSWORD": KEYS.secret_key}
        options = ("--no-usage-report", "--no-banner", "--no-bgjob")
        listens = f"127.0.0.1:{self.port}"
        self._process = Process(self._log, _PROGRAM, "gateway", *options, self._meta, listens, env=keys)
        self._process.wait_until(self._is_up)

    def _is_up(self) -> bool:
        """Whether it answers what it is asked: its port is open some time before."""
        if not answers_on(self.port):
            return False
        with closing(S3Papers(self.place, KEYS)) as asked:
            try:
                asked.check()
            except EnvironmentFailure:
                return False
        return True

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let it take connections and answer nothing."""
        assert self._process is not None
        self._process.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.signal(signal.SIGCONT)

    def close_clients(self) -> None:
        while self._clients:
            self._clients.pop().close()


@cache
def _shared() -> S3Process:
    folder = Path(tempfile.mkdtemp(prefix="counter-s3-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = S3Process(folder)
    atexit.register(made.kill)
    return made


@contextmanager
def s3_served() -> Iterator[S3Process]:
    """Give the server, up, with nothing under its prefix."""
    server = _shared()
    server.prefix = f"giấy/{new_id()}"
    server.start()
    try:
        yield server
    finally:
        server.close_clients()
