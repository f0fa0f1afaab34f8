"""What changed, told once by the service that changed it and heard by whoever shows it."""

import logging
import threading
from collections.abc import Callable
from enum import StrEnum

_log = logging.getLogger(__name__)


class Topic(StrEnum):
    """A part of the store that screens show."""

    DOSSIERS = "dossiers"
    CATALOGUE = "catalogue"
    CALENDAR = "calendar"
    PRINT_JOBS = "print_jobs"
    POST = "post"
    DRAFTS = "drafts"
    UNITS = "units"
    CLERKS = "clerks"
    SETTINGS = "settings"
    DEVICES = "devices"
    ONLINE = "online"
    """A request came in online, a dossier that another unit received, a file of one, or an answer."""
    EXCHANGE = "exchange"
    """Somebody else has more of this desk's journal than before."""


Listener = Callable[[frozenset[Topic]], None]


class Announcer:
    """Tells listeners which topics changed, in the thread that committed the change.

    Listeners must return at once; the window's listener only emits a queued signal. Safe from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; the returned function takes it away again."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def announce(self, *topics: Topic) -> None:
        """Tell every listener; call only after the transaction has been committed.

        A listener that fails is logged and passed over: what was saved must never look as if it was not.
        """
        with self._lock:
            listeners = tuple(self._listeners)
        changed = frozenset(topics)
        for listener in listeners:
            try:
                listener(changed)
            except Exception as error:  # noqa: BLE001 - the change is on disk already; its author must hear of success
                _log.error("a listener failed: %s", type(error).__name__)
