"""When and how fast what is large may use the line: papers and update packs, behind the records."""

import threading
import time
from collections.abc import Callable

from counter_app.core.clock import Clock, to_local
from counter_app.settings.settings import Settings

_TURN_S = 30.0
"""So long it goes on before records are looked for again, those of other desks too."""
_BITS = 8


def is_time(settings: Settings, clock: Clock) -> bool:
    """Whether it may travel at this hour of the day in Việt Nam."""
    hours = str(settings.get("sync.papers_hours"))
    if hours in ("always", "never"):
        return hours == "always"
    begin, end = (int(part) for part in hours.split("-"))
    now = to_local(clock.now()).hour
    return begin <= now < end if begin < end else now >= begin or now < end


class Turn:
    """How long it may go on, and how fast. `stopped` ends the pauses of a set speed."""

    def __init__(self, settings: Settings, must_stop: Callable[[], bool], stopped: threading.Event) -> None:
        self._settings, self._must_stop, self._stopped = settings, must_stop, stopped
        self._until = time.monotonic() + _TURN_S

    def is_over(self) -> bool:
        """Whether records come first now."""
        return self._stopped.is_set() or time.monotonic() > self._until or self._must_stop()

    def rest(self, size: int, took_s: float) -> None:
        """Wait as long as the set speed wants after a chunk that took so long."""
        speed = int(self._settings.get("sync.papers_kbit_s"))
        if speed:
            self._stopped.wait(max(0.0, size * _BITS / (speed * 1000) - took_s))
