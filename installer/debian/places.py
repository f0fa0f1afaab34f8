"""Where the smoke test puts the Debian package and the tarball: a clean root of its own, and a clean home."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from installer.debian.control import PACKAGE
from installer.folder import WORK
from installer.place import RefusedError

_MIRROR = "http://deb.debian.org/debian"
_CLERK = 1000
# Mounts live in the namespace of each command alone: nothing is left mounted, whatever ends the test.
_ENTER = """
set -e
mount --rbind /dev "$0/dev"
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/run"
user=$1
shift
exec chroot --userspec="$user" "$0" /usr/bin/env -i "$@"
"""
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class DebianRoot:
    """A root made by debootstrap. Needs root's rights, and a line to Debian's archive."""

    def __init__(self, suite: str) -> None:
        if os.geteuid() != 0 or shutil.which("debootstrap") is None:
            raise SystemExit(
                "A clean root needs root's rights and debootstrap; install debootstrap and run this as root."
            )
        base = WORK / "smoke" / f"{suite}-base"
        if not (base / "usr" / "bin" / "apt-get").exists():
            shutil.rmtree(base, ignore_errors=True)
            base.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["debootstrap", "--variant=minbase", suite, str(base), _MIRROR], check=True)
        self._root = WORK / "smoke" / suite
        shutil.rmtree(self._root, ignore_errors=True)
        subprocess.run(["cp", "-a", str(base), str(self._root)], check=True)
        self._reach_archive_as_this_machine_does()
        self._as_root("useradd", "--create-home", "--uid", str(_CLERK), "clerk")
        self.files = self._root / "home" / "clerk"

    def _reach_archive_as_this_machine_does(self) -> None:
        asked = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
        (self._root / "etc/apt/apt.conf.d/90smoke").write_text(asked, encoding="utf-8")
        shutil.copyfile("/etc/resolv.conf", self._root / "etc/resolv.conf")
        self._as_root("apt-get", "-q", "update")

    def _command(self, user: int, *arguments: str) -> list[str]:
        return ["unshare", "--mount", "sh", "-c", _ENTER, str(self._root), f"{user}:{user}", _PATH, *arguments]

    def _as_root(self, *command: str) -> str:
        variables = ("DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
        done = subprocess.run(
            self._command(0, *variables, *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RefusedError(done.stdout)
        return done.stdout

    def inside(self, path: Path) -> str:
        """Return how the program names a path of this machine."""
        return f"/{path.relative_to(self._root)}"

    def install(self, package: Path) -> str:
        """Install with what it depends on, from Debian's archive."""
        there = self._root / "var" / "cache" / package.name
        if package != there:
            shutil.copyfile(package, there)
        return self._as_root("apt-get", "-q", "-y", "--no-install-recommends", "install", self.inside(there))

    def remove(self) -> None:
        """Purge: the most that can be asked for."""
        self._as_root("apt-get", "-q", "-y", "purge", PACKAGE)

    def is_installed(self) -> bool:
        """Whether the command is there."""
        return os.path.lexists(self._root / "usr/bin/counter-app")

    def newer(self, package: Path) -> Path:
        """Return the same package with a higher version, not compressed."""
        tree = WORK / "smoke" / "newer"
        shutil.rmtree(tree, ignore_errors=True)
        subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
        control = tree / "DEBIAN" / "control"
        lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
        raised = [f"{line.rstrip()}+smoke\n" if line.startswith("Version:") else line for line in lines]
        control.write_text("".join(raised), encoding="utf-8")
        file = self._root / "var" / "cache" / f"newer-{package.name}"
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return file

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start as the clerk, who has no rights."""
        given = [f"{name}={value}" for name, value in {"HOME": "/home/clerk", **variables}.items()]
        return _start(self._command(_CLERK, *given, "counter-app", *arguments), environment=None)

    def end(self, window: "subprocess.Popen[str]") -> None:
        """Kill it."""
        _kill(window)

    def close(self) -> None:
        """Take the root away; what debootstrap made stays for the next time."""
        for left in (self._root, WORK / "smoke" / "newer"):
            shutil.rmtree(left, ignore_errors=True)


class UserHome:
    """The home of somebody without rights on this machine, for the tarball."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="smoke-home-"))
        self.files = self._root
        self._user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        if self._user:
            shutil.chown(self._root, "nobody", "nogroup")
        self._unpacked: Path | None = None

    def inside(self, path: Path) -> str:
        """Return the path: it is the same for the program."""
        return str(path)

    def install(self, package: Path) -> str:
        """Unpack and run the script inside."""
        shutil.rmtree(self._root / "unpacked", ignore_errors=True)
        (self._root / "unpacked").mkdir()
        subprocess.run(["tar", "-xf", str(package), "-C", str(self._root / "unpacked")], check=True)
        self._unpacked = next((self._root / "unpacked").iterdir())
        return self._script()

    def _script(self, *arguments: str) -> str:
        assert self._unpacked is not None
        done = subprocess.run(
            [*self._user, str(self._unpacked / "install.sh"), *arguments],
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RefusedError(done.stdout)
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {"HOME": str(self._root), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}

    def remove(self) -> None:
        """Run the script's own removal."""
        self._script("--remove")

    def is_installed(self) -> bool:
        """Whether the command is there."""
        return os.path.lexists(self._root / ".local/bin/counter-app")

    def newer(self, package: Path) -> Path:
        """Return the tarball itself: it puts a new folder in the old one's place every time."""
        return package

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start as the user of the home."""
        program = str(self._root / ".local/bin/counter-app")
        return _start([*self._user, program, *arguments], environment={**self._environment(), **variables})

    def end(self, window: "subprocess.Popen[str]") -> None:
        """Kill it."""
        _kill(window)

    def close(self) -> None:
        """Take the home away."""
        shutil.rmtree(self._root, ignore_errors=True)


def _start(command: list[str], *, environment: dict[str, str] | None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _kill(window: "subprocess.Popen[str]") -> None:
    if window.poll() is None:
        os.killpg(window.pid, signal.SIGKILL)
    window.communicate()
