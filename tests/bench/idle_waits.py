"""How late a timer comes in a process that does nothing else: what the machine itself adds to a window's waits."""

import subprocess
import sys
import threading
import time

TICK_MS = 5
_COMMAND = "from tests.bench.idle_waits import answer; answer()"


class MachineWaits:
    """Such a process, beside whatever is measured; `end` it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        self.take_ms()

    def take_ms(self) -> float:
        """Return the longest lateness since this was last asked, in milliseconds."""
        if self._process.stdin is None or self._process.stdout is None:
            raise TypeError
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """End the process."""
        self._process.communicate()


class _Lateness:
    def __init__(self) -> None:
        self.longest_ms = 0.0

    def watch(self) -> None:
        last = time.perf_counter()
        while True:
            time.sleep(TICK_MS / 1000)
            now = time.perf_counter()
            self.longest_ms = max(self.longest_ms, (now - last) * 1000 - TICK_MS)
            last = now


def answer() -> None:
    """Say for every line that comes the longest lateness since the line before, until nobody asks any longer."""
    lateness = _Lateness()
    threading.Thread(target=lateness.watch, daemon=True).start()
    for _line in sys.stdin:
        longest, lateness.longest_ms = lateness.longest_ms, 0.0
        sys.stdout.write(f"{longest:.3f}\n")
        sys.stdout.flush()
