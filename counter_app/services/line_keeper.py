"""The exchange that goes on by itself while the window is open: soon after a change, else now and then."""

import logging
import random
import threading
import time
from collections.abc import Callable

from counter_app.core.changes import Announcer, Topic
from counter_app.core.errors import AppError
from counter_app.services.hall_keeper import HallKeeper
from counter_app.services.province_line import ProvinceLine

_log = logging.getLogger(__name__)

SOON_S = 2.0
"""After a change: so long others may follow and travel in the same batch."""
PAUSE_S = 30.0
LONGEST_PAUSE_S = 600.0
HALL_PAUSE_S = 600.0
"""While a hall carries: how often the province is asked all the same, for a hall could keep things back."""
HALL_PATIENCE_S = 120.0
"""How long the province's receipt may take to come by the hall before this desk asks by itself."""
_LOOK_S = 5.0
_STOP_S = 3.0
#: What entries are written about; the exchange itself announces these too, and then looks once more.
_TOPICS = frozenset({Topic.DOSSIERS, Topic.CATALOGUE, Topic.CALENDAR, Topic.POST, Topic.UNITS, Topic.CLERKS})


def pause_after(failures: int) -> float:
    """Return how long to wait after so many failures in a row: longer each time, and never the same for two desks.

    After a cut of the whole province its desks must not come back in one moment.
    """
    longest: float = min(PAUSE_S * 2 ** min(failures, 16), LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


class LineKeeper:
    """One thread of its own. `start` and `stop` from one thread."""

    def __init__(self, line: ProvinceLine, hall: HallKeeper, announcer: Announcer) -> None:
        self._line = line
        self._hall = hall
        self._announcer = announcer
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._unsubscribe: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin, if a province has admitted this desk. Returns at once."""
        if not self._line.is_enrolled():
            return
        self._unsubscribe = self._announcer.subscribe(self._on_change)
        self._hall.start()
        self._thread = threading.Thread(target=self._run, name="line", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, cutting the line that is in use; what is acknowledged is kept. A second call does nothing."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        self._stopping.set()
        self._changed.set()
        self._line.abort()
        self._hall.stop()
        if self._thread is not None:
            self._thread.join(_STOP_S)  # a host that does not answer at all can keep it a while: it then ends by itself

    def _on_change(self, topics: frozenset[Topic]) -> None:
        if topics & _TOPICS:
            self._changed.set()
            self._hall.note_change()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            failures = 0 if self._try_once() else failures + 1
            # Behind a line that failed a change is no reason to try sooner.
            if failures == 0 and self._changed.wait(pause_after(0)):
                self._stopping.wait(SOON_S)
            elif failures:
                self._stopping.wait(pause_after(failures))
            self._leave_to_hall()

    def _leave_to_hall(self) -> None:
        """Let the hall carry, which many desks share a weak line with; ask the province where that takes too long."""
        until = time.monotonic() + HALL_PAUSE_S * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        while time.monotonic() < until and self._hall.is_carrying() and not self._line.is_waiting(HALL_PATIENCE_S):
            if self._stopping.wait(_LOOK_S):
                return

    def _try_once(self) -> bool:
        self._changed.clear()
        try:
            self._line.exchange(left=self._hall.list_left())
        except AppError as error:
            _log.info("the exchange with the province ended: %s", error)
            return False
        except Exception as exc:  # noqa: BLE001 - a bug in one exchange must not end all that follow
            _log.error("the exchange failed: %s", type(exc).__name__)
            return False
        return True
