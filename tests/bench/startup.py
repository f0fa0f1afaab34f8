"""From the start of the process to a main window that has the keyboard, on a store of many dossiers; resident memory.

The program is started as a person starts it, on a virtual display of its own, and watched from outside; the peer is a
bare PySide6 window started and watched in the same way. The two take turns. The pass phrase's key derivation is part
of the time until the store is open, although a desk with a credential store does not need it. The window takes a
password as soon as it is shown; signing in goes on by itself when the store is open. Memory is read after that. Both
run with their byte code compiled, as installed programs do; the first start of each, which compiles it, is not
counted.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from counter_app.core.paths import DataFolder
from tests.bench.full_store import PASS_PHRASE, fill_folder
from tests.bench.measure import Timing, read_options, report
from tests.e2e.screen import Screen, wait_for

_BARE_WINDOW = """
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setWindowTitle("bare window")
window.setCentralWidget(QLabel("bare"))
window.show()
application.exec()
"""


@dataclass(frozen=True, slots=True)
class _Start:
    seconds: float
    store_seconds: float
    memory_mb: float


def _has_open(process: int, name: str) -> bool:
    """Whether the process holds a file of this name open."""
    folder = Path(f"/proc/{process}/fd")
    for link in folder.iterdir():
        try:
            if link.readlink().name == name:
                return True
        except OSError:
            continue
    return False


def _memory_mb(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process has no memory figure")


def _settled_memory_mb(process: int) -> float:
    """Return the memory once it has not grown by a megabyte for half a second."""
    seen = [_memory_mb(process)]
    since = time.monotonic()

    def is_still() -> bool:
        nonlocal since
        now = _memory_mb(process)
        if abs(now - seen[0]) > 1:
            seen[0], since = now, time.monotonic()
        return time.monotonic() - since > 0.5

    wait_for("memory to settle", is_still)
    return seen[0]


def _start(screen: Screen, command: Sequence[str], environment: dict[str, str], store: str = "") -> _Start:
    """Start a program, wait until a window of its own has the keyboard, then until it has its store open; end it."""
    started = time.perf_counter()
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command,
        env={**inherited, **environment, "DISPLAY": screen.display, "QT_QPA_PLATFORM": "xcb"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for("a window with the keyboard", lambda: process.poll() is not None or screen.has_focused_window())
        seconds = time.perf_counter() - started
        assert process.poll() is None, f"{command[-1]} ended before it showed a window"
        if store:
            wait_for("the store to be open", lambda: _has_open(process.pid, store))
        return _Start(seconds, time.perf_counter() - started, _settled_memory_mb(process.pid))
    finally:
        process.kill()
        process.wait()
        wait_for("the window to be gone", lambda: not screen.has_focused_window())


def _figures(start: Callable[[], _Start], others: Callable[[], _Start], rounds: int) -> tuple[list[_Start], ...]:
    ours, bare = [], []
    for _ in range(rounds + 1):
        ours.append(start())
        bare.append(others())
    return ours[1:], bare[1:]


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=100_000, rounds=7)
    with tempfile.TemporaryDirectory() as root, Screen() as screen:
        folder = DataFolder(Path(root) / "desk")
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(root) / "bytecode")
        os.environ["XDG_STATE_HOME"] = str(Path(root) / "state")
        fill_folder(folder, options.size)
        command = [sys.executable, "-m", "counter_app", "--data", str(folder.root)]
        ours, bare = _figures(
            lambda: _start(screen, command, {"COUNTER_APP_PASSPHRASE": PASS_PHRASE}, folder.store.name),
            lambda: _start(screen, [sys.executable, "-c", _BARE_WINDOW], {}),
            options.rounds,
        )
    own_time, bare_time = (Timing(tuple(one.seconds * 1000 for one in starts)) for starts in (ours, bare))
    report(
        "startup",
        figures={
            "p50_ms": own_time.p50_ms,
            "p95_ms": own_time.p95_ms,
            "store_open_p50_ms": Timing(tuple(one.store_seconds * 1000 for one in ours)).p50_ms,
            "memory_mb": max(one.memory_mb for one in ours),
        },
        peer={
            "name": "bare PySide6 window",
            "p50_ms": bare_time.p50_ms,
            "p95_ms": bare_time.p95_ms,
            "memory_mb": max(one.memory_mb for one in bare),
        },
        ratio=own_time.p50_ms / bare_time.p50_ms,
        size=options.size,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
