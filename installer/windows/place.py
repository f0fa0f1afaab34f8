"""Where the smoke test puts the Windows installer: an empty Wine in the Debian that the installer was built in.

Wine is not Windows: see docs/it-officer/en/install-windows.md.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from installer.folder import WORK
from installer.place import RefusedError
from tests.e2e.screen import wait_for

_DEBIAN = WORK / "wine"
_PREFIX = "/root/prefix-smoke"
_LOCKS = '{"ui.theme": "light"}'
_SECONDS = 240.0
# All commands share one process namespace, as all programs of one Wine must; its end takes all of them along.
# A screen of this machine is seen there by its socket.
_HOLD = """
set -e
mount --make-rprivate /
mount -t proc proc "$0/proc"
mkdir -p -m 1777 /tmp/.X11-unix "$0/tmp/.X11-unix"
mount --bind /tmp/.X11-unix "$0/tmp/.X11-unix"
exec sleep infinity
"""
_VARIABLES = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "WINEARCH": "win64",
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "ucrtbase=n;winedbg.exe=d",
    "WINEPREFIX": _PREFIX,
    "XDG_RUNTIME_DIR": "/tmp",
}


class WinePrefix:
    """A Wine that has nothing in it. Needs root's rights, and what `make installer` left in build/installer."""

    def __init__(self) -> None:
        if os.geteuid() != 0 or not (_DEBIAN / "root" / "stubs" / "make_stubs.sh").exists():
            raise SystemExit("The Windows installer is tried where it was built, as root; run make installer first.")
        self._drive = _DEBIAN / _PREFIX[1:] / "drive_c"
        self._program = self._drive / "Program Files" / "QuayMotCua"
        self._locks = self._drive / "ProgramData" / "QuayMotCua" / "locked.json"
        self.files = _DEBIAN / "root" / "smoke"
        for folder in (self.files, _DEBIAN / _PREFIX[1:]):
            shutil.rmtree(folder, ignore_errors=True)
        self.files.mkdir()
        hold = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", _HOLD, str(_DEBIAN)]
        self._holder = subprocess.Popen(hold, start_new_session=True)
        self._namespace = wait_for("the inner Debian", self._find_namespace, seconds=_SECONDS)
        self._shell(
            "WINEDLLOVERRIDES= wineboot -u && wineserver -w && sh /root/stubs/make_stubs.sh /root/stubs $WINEPREFIX"
        )
        self._display: str | None = None
        self._start_services("")

    def _start_services(self, display: str) -> None:
        """Start Wine's services where no other screen is theirs; a desktop keeps the one it was made on.

        They stay: a command that started them would leave them its pipes, and nobody would see its end.
        """
        if display != self._display:
            self._shell("wineserver -k; wineserver -w; wineserver -p && wine cmd /c exit", DISPLAY=display)
            self._display = display

    def _find_namespace(self) -> int | None:
        """Return the process that is the first of the inner Debian, once it has its own list of processes."""
        holder = self._holder.pid
        for child in Path(f"/proc/{holder}/task/{holder}/children").read_text(encoding="ascii").split():
            if Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip() == "sleep":
                return int(child)
        return None

    def close(self) -> None:
        """End everything that runs in it."""
        self._holder.kill()
        self._holder.wait()
        shutil.rmtree(_DEBIAN / _PREFIX[1:], ignore_errors=True)

    def _enter(self, variables: dict[str, str], *command: str) -> list[str]:
        given = [f"{name}={value}" for name, value in {**_VARIABLES, **variables}.items()]
        enter = ["nsenter", "--mount", "--pid", "--root", "--target", str(self._namespace)]
        return [*enter, "chroot", str(_DEBIAN), "/usr/bin/env", "-i", *given, *command]

    def _shell(self, command: str, **variables: str) -> None:
        """Run to the end of the command, not of what it leaves running."""
        entered = self._enter(variables, "sh", "-c", f"({command}) >/dev/null 2>&1 </dev/null")
        subprocess.run(entered, check=True)

    def inside(self, path: Path) -> str:
        """Return how the program names a path of this machine."""
        return "Z:\\" + str(path.relative_to(_DEBIAN)).replace("/", "\\")

    def install(self, package: Path) -> str:
        """Install silently; the second time the version before is kept."""
        there = self.files.with_name("smoke-setup") / package.name
        there.parent.mkdir(exist_ok=True)
        if package != there:
            shutil.copyfile(package, there)
        is_upgrade = self.is_installed()
        done = self.start_program(f"/root/smoke-setup/{package.name}", "/S")
        said = done.communicate()[0]
        if done.returncode != 0:
            raise RefusedError(f"{said}\nexit code {done.returncode}")
        assert len(self._list_shortcuts()) == 2, self._list_shortcuts()
        assert not is_upgrade or (self._program / "previous" / "counter-app.exe").is_file(), (
            "the version before is gone"
        )
        self._locks.parent.mkdir(exist_ok=True)
        self._locks.write_text(_LOCKS, encoding="utf-8")
        return said

    def _list_shortcuts(self) -> list[str]:
        return sorted(str(path.relative_to(self._drive)) for path in self._drive.rglob("Quầy Một Cửa.lnk"))

    def remove(self) -> None:
        """Uninstall silently: it goes on from a copy of itself. Locked settings stay."""
        self.start_program(f"{_PREFIX}/drive_c/Program Files/QuayMotCua/uninstall.exe", "/S").communicate()
        wait_for("the program's folder to go", lambda: not self._program.exists(), seconds=_SECONDS)
        assert not self._list_shortcuts(), "the Start menu still names the program"
        assert self._locks.read_text(encoding="utf-8") == _LOCKS, "the locked settings are gone"

    def is_installed(self) -> bool:
        """Whether the program is there."""
        return (self._program / "app" / "counter-app.exe").is_file()

    def newer(self, package: Path) -> Path:
        """Return the installer itself: it puts a new folder in the old one's place every time."""
        return package

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start the installed program."""
        self._start_services(variables.get("DISPLAY", ""))
        program = f"{_PREFIX}/drive_c/Program Files/QuayMotCua/app/counter-app.exe"
        return self.start_program(program, *arguments, **variables)

    def start_program(self, program: str, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        """Start a Windows program by its path in the inner Debian."""
        with tempfile.TemporaryFile("w+") as keyboard:
            keyboard.write("\n")  # Windows' Python gives up when it finds no input at all
            keyboard.seek(0)
            return subprocess.Popen(
                self._enter(variables, "wine", program, *arguments),
                stdin=keyboard,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )

    def end(self, window: "subprocess.Popen[str]") -> None:
        """Kill it."""
        if window.poll() is None:
            os.killpg(window.pid, signal.SIGKILL)
        window.communicate()
