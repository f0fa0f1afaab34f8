"""A PostgreSQL of the province's own, as a child process in its folder, reached by a socket nobody else can open."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure

_START_S = 60.0


def find_program(name: str) -> Path:
    """Return PostgreSQL's program of that name: the newest that Debian has installed, else the first on the path.

    Raises:
        EnvironmentFailure: ``province.no_postgres``.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which(name, path=os.pathsep.join([*map(str, reversed(versions)), os.environ.get("PATH", "")]))
    if found is None:
        raise EnvironmentFailure("province.no_postgres")
    return Path(found)


class PostgresServer:
    """A running server. PostgreSQL refuses to run as root, so root starts it as the user of Debian's package.

    `is_scratch`: nothing in it has to outlive the machine's next crash, so nothing waits for the disk.
    """

    def __init__(self, folder: Path, *, is_scratch: bool = False) -> None:
        self.folder = folder
        self._is_scratch = is_scratch
        self._process: subprocess.Popen[bytes] | None = None
        self._user = "postgres" if os.geteuid() == 0 else None

    @property
    def url(self) -> str:
        """What psycopg connects to."""
        return f"postgresql://province@/province?host={self._socket}"

    @property
    def _socket(self) -> Path:
        return self.folder / "s"  # short: a socket's whole path has at most 107 characters

    def start(self) -> None:
        """Make the cluster where there is none, start the server and wait until it answers.

        Raises:
            EnvironmentFailure: ``province.no_postgres``, ``province.postgres_failed``.
        """
        self._prepare_folders()
        if not (self._cluster / "PG_VERSION").exists():
            made_so = ("-U", "province", "-A", "trust", "-E", "UTF8", "--no-locale", *self._lazy("-N"))
            self._run("initdb", "-D", self._cluster, *made_so)
        options = ("-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-k", str(self._socket))
        with (self.folder / "postgresql.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program, no word of it from outside
                [find_program("postgres"), "-D", self._cluster, *options, *self._lazy("-F")],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                user=self._user,
                cwd="/",
                start_new_session=True,  # Ctrl+C is for us: we stop it in order
            )
        self._wait()
        self._make_database()

    def end_left_behind(self) -> None:
        """Stop a server whose service was killed: nobody would stop it otherwise."""
        if self.is_running():
            self._run("pg_ctl", "-D", self._cluster, "-m", "fast", "-w", "stop")

    def stop(self) -> None:
        """Stop it as PostgreSQL's fast shutdown does: open transactions are rolled back, everything is on disk."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(2)
            self._process.wait()

    def _lazy(self, option: str) -> tuple[str, ...]:
        return (option,) if self._is_scratch else ()

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def is_running(self) -> bool:
        """Whether a server runs on this folder, started by whomever."""
        if not self._cluster.exists():
            return False
        return self._call("pg_ctl", "-D", self._cluster, "status").returncode == 0

    def _prepare_folders(self) -> None:
        for folder in (self.folder, self._socket):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._user is not None:
                try:
                    shutil.chown(folder, self._user)
                except LookupError as exc:
                    raise EnvironmentFailure("province.no_postgres") from exc

    def _call(self, name: str, *arguments: str | Path) -> "subprocess.CompletedProcess[bytes]":
        command = [str(find_program(name)), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, user=self._user, cwd="/", check=False)  # noqa: S603 - ours

    def _run(self, name: str, *arguments: str | Path) -> None:
        made = self._call(name, *arguments)
        if made.returncode != 0:
            lines = made.stderr.decode(errors="replace").strip().splitlines() or [""]
            raise EnvironmentFailure("province.postgres_failed", reason=lines[-1][:200])

    def _wait(self) -> None:
        import psycopg

        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                psycopg.connect(self._maintenance, connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise EnvironmentFailure("province.postgres_failed", reason="see postgresql.log")

    @property
    def _maintenance(self) -> str:
        return f"postgresql://province@/postgres?host={self._socket}"

    def _make_database(self) -> None:
        import psycopg

        with psycopg.connect(self._maintenance, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'province'").fetchone() is None:
                connection.execute("CREATE DATABASE province")
