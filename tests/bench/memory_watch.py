"""How much memory this process and its children have, looked at from outside: looking takes the window's time else."""

import os
import subprocess
import sys
import threading
from pathlib import Path

_EVERY_S = 0.02
_COMMAND = "import sys; from tests.bench.memory_watch import answer; answer(sys.argv[1], sys.argv[2:])"


class Memory:
    """Resident memory of this process and its children but one, in MB: now, and the most since it was begun."""

    def __init__(self, *, left_out: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, str(os.getpid()), str(left_out)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.now_mb()

    def begin(self) -> float:
        """Forget the most; return what there is now."""
        return self._ask("begin")

    @property
    def most_mb(self) -> float:
        """The most since `begin`."""
        return self._ask("most")

    def now_mb(self) -> float:
        """What there is now, in MB of 2^20 bytes."""
        return self._ask("now")

    def end(self) -> None:
        """Look no longer."""
        self._process.communicate()

    def _ask(self, what: str) -> float:
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())


class _Looking:
    def __init__(self, parent: str, left_out: list[str]) -> None:
        self._parent, self._left_out = Path("/proc") / parent, {*left_out, str(os.getpid())}
        self.most = 0.0

    def watch(self) -> None:
        pause = threading.Event()
        while not pause.wait(_EVERY_S):
            self.most = max(self.most, self.now())

    def now(self) -> float:
        named = [child for task in (self._parent / "task").iterdir() for child in _read(task / "children").split()]
        children = [Path("/proc") / child for child in named if child not in self._left_out]
        return sum(_resident_kib(process) for process in (self._parent, *children)) / 1024


def answer(parent: str, left_out: list[str]) -> None:
    """Say for every line that comes what it asks for, until nobody asks any longer."""
    looking = _Looking(parent, left_out)
    threading.Thread(target=looking.watch, daemon=True).start()
    for line in sys.stdin:
        now = looking.now()
        looking.most = now if line.strip() == "begin" else max(looking.most, now)
        sys.stdout.write(f"{looking.most if line.strip() == 'most' else now:.3f}\n")
        sys.stdout.flush()


def _resident_kib(process: Path) -> int:
    line = next((line for line in _read(process / "status").splitlines() if line.startswith("VmRSS")), "")
    return int(line.split()[1]) if line else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it has just ended
        return ""
