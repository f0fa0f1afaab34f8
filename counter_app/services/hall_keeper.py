"""The hall followed while the window is open: what is written here goes there at once, and what others write comes.

Papers go behind the records.
"""

import logging
import threading
import time
from typing import TYPE_CHECKING

from counter_app.core.errors import AppError
from counter_app.services.hall_line import HallLine

if TYPE_CHECKING:
    from counter_app.services.hall_talk import HallTalk

_log = logging.getLogger(__name__)
GATHER_S = 0.2
"""After a change: so long others may follow and travel in the same batch."""
WAIT_S = 20
"""How long one question to the hall waits for news."""
_PAUSE_S = 5.0
_NO_HALL_S = 30.0
_LONGEST_PAUSE_S = 60.0
_STOP_S = 3.0


class HallKeeper:
    """One thread that follows and, while a hall answers, one that pushes. `start` and `stop` from one thread."""

    def __init__(self, line: HallLine) -> None:
        self._line = line
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._talk: HallTalk | None = None
        self._thread: threading.Thread | None = None
        self._answered_at: float | None = None
        self._failures = 0

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread = threading.Thread(target=self._run, name="hall", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, cutting the conversation. A second call does nothing."""
        self._stopping.set()
        self._changed.set()
        self._abort()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def note_change(self) -> None:
        """Something was written; returns at once."""
        self._changed.set()

    def is_carrying(self) -> bool:
        """Whether a hall answered not long ago: what is written here reaches the province through it."""
        return self._answered_at is not None and time.monotonic() - self._answered_at < WAIT_S * 2

    def list_left(self) -> frozenset[str]:
        """Return papers of this desk that the hall carries to the province."""
        return self._line.papers.list_left() if self.is_carrying() else frozenset()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._stopping.wait(_NO_HALL_S if not self._follow() else 0)
                self._failures = 0
            except Exception as error:  # noqa: BLE001 - a bug in one conversation must not end all that follow
                known = error.code if isinstance(error, AppError) else type(error).__name__
                _log.info("the conversation with the hall ended: %s", known)
                self._answered_at = None
                self._stopping.wait(min(_PAUSE_S * 2**self._failures, _LONGEST_PAUSE_S))
                self._failures = min(self._failures + 1, 8)

    def _follow(self) -> bool:
        """Talk with the hall until it does not answer; False when there is none."""
        talk = self._line.connect()
        if talk is None:
            return False
        with self._lock:
            self._talk = talk
        self._changed.set()  # what was written before
        pusher = threading.Thread(target=self._push, args=(talk,), name="hall-push", daemon=True)
        pusher.start()
        try:
            while not self._stopping.is_set():
                self._answered_at = time.monotonic()
                talk.follow(wait_s=WAIT_S)
                self._failures = 0
        finally:
            self._abort()
            self._changed.set()
            pusher.join(_STOP_S)
            talk.close()
        return True

    def _push(self, talk: "HallTalk") -> None:
        while self._talk is talk:
            self._changed.wait()
            self._stopping.wait(GATHER_S)
            self._changed.clear()
            try:
                if self._talk is talk:
                    talk.push()
                if self._talk is talk and talk.give_papers():
                    self._changed.set()
            except Exception as error:  # noqa: BLE001 - as above; the other thread begins anew
                _log.info("pushing to the hall ended: %s", type(error).__name__)
                self._abort()

    def _abort(self) -> None:
        with self._lock:
            talk, self._talk = self._talk, None
        if talk is not None:
            talk.abort()
