"""Programs that run in the background of a test, and the service discovery that some of them need."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

START_S = 20.0
_PACKAGES = {
    "cupsd": "cups",
    "lpadmin": "cups-client",
    "ipptool": "cups-ipp-utils",
    "ippeveprinter": "cups-ipp-utils",
    "avahi-daemon": "avahi-daemon",
    "dbus-daemon": "dbus",
    "dbus-send": "dbus",
    "chromedriver": "chromium and chromium-driver",
}


def program(name: str) -> str:
    """Return the path of a program, or fail saying which package brings it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is missing: install {_PACKAGES.get(name, name)}")
    return found


def wait_until(is_so: Callable[[], bool], what: str, *, timeout_s: float = START_S) -> None:
    """Wait for a condition, asking every few milliseconds; RuntimeError when the time is up."""
    pause = threading.Event()
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not in time: {what}")
        pause.wait(0.02)


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers_on(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Process:
    """One program in a session of its own, so that whatever it starts ends with it; its output is in a file."""

    def __init__(self, log: Path, *command: str, env: dict[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [program(command[0]), *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self.command = command[0]

    def wait_until(self, is_up: Callable[[], bool]) -> None:
        def is_up_or_dead() -> bool:
            if self._child.poll() is not None:
                raise RuntimeError(f"{self.command} ended: {self.output()}")
            return is_up()

        wait_until(is_up_or_dead, f"{self.command} answers")

    def output(self) -> str:
        return self._log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self._child.pid, number)

    def stop(self) -> None:
        """End it and all it started, politely first."""
        if self._child.poll() is None:
            self.signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(3)
        self.kill()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        self._child.wait(5)


@contextlib.contextmanager
def service_discovery() -> Iterator[dict[str, str]]:
    """Have an Avahi that ippeveprinter can reach, and yield the environment that leads to it.

    One that runs already is used. Else a message bus of its own and an Avahi that speaks on the loopback device only
    are started and ended.
    """
    if _is_avahi_on({}):
        yield {}
        return
    # Avahi runs once on a computer; one without a system bus belongs to another test run and will end.
    avahi = program("avahi-daemon")
    wait_until(
        lambda: subprocess.run([avahi, "--check"], capture_output=True, check=False).returncode != 0,
        "the Avahi of another test run ends",
        timeout_s=120,
    )
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="discovery-")))
        env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/bus"}
        (folder / "bus.conf").write_text(_BUS.format(folder=folder))
        bus = Process(folder / "bus.log", "dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile")
        stack.callback(bus.stop)
        bus.wait_until((folder / "bus").exists)
        (folder / "avahi.conf").write_text(_AVAHI)
        daemon = Process(
            folder / "avahi.log",
            *("avahi-daemon", "-f", f"{folder}/avahi.conf", "--no-drop-root", "--no-rlimits", "--no-chroot"),
            env=env,
        )
        stack.callback(daemon.stop)
        daemon.wait_until(lambda: _is_avahi_on(env))
        yield env


_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={folder}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
"""
_AVAHI = """[server]
allow-interfaces=lo
use-ipv4=yes
use-ipv6=no
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""


def _is_avahi_on(env: dict[str, str]) -> bool:
    asked = subprocess.run(
        [
            *(program("dbus-send"), "--system", "--print-reply", "--dest=org.freedesktop.DBus", "/"),
            *("org.freedesktop.DBus.GetNameOwner", "string:org.freedesktop.Avahi"),
        ],
        env={**os.environ, **env},
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0
