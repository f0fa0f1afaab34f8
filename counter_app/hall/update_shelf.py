"""Update packs at a hall: each fetched once from the province, when a desk asked for it, and given to every desk.

The province says which desk a pack is meant for, and the desk checks the maker's signature; a hall only keeps bytes.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure
from counter_app.services.line_turns import Turn, is_time
from counter_app.settings.settings import Settings
from counter_app.store.paper_folder import PaperFolder
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.https_updates import HttpsUpdates
from counter_app.sync.papers import CHUNK_BYTES
from counter_app.sync.updates import UpdateAtHall, UpdatePart

_log = logging.getLogger(__name__)
#: Two systems, and two versions for each.
MOST_PACKS = 4
#: A pack that the province did not give is asked for again after so long.
TRIED_AGAIN_S = 3_600.0
_Pack = tuple[bytes, int]


class UpdateShelf:
    """Desks read from any thread; one at a time fetches."""

    def __init__(self, folder: Path) -> None:
        self._files = PaperFolder(folder)
        self._lock = threading.Lock()
        self._wanted: dict[_Pack, None] = {}
        self._refused: dict[_Pack, float] = {}

    def read_part(self, wanted: UpdateAtHall) -> bytes:
        """Return the bytes of a pack from an offset on, a chunk at most; none while it is not here whole."""
        if self._files.holds(wanted.sha256):
            if wanted.offset == 0:
                self._files.touch(wanted.sha256)
            return self._files.read(wanted.sha256, wanted.offset, CHUNK_BYTES)
        pack = (wanted.sha256, wanted.size_bytes)
        with self._lock:
            if len(self._wanted) < MOST_PACKS and time.monotonic() >= self._refused.get(pack, 0.0):
                self._wanted[pack] = None
        return b""

    def fetch(self, line: HttpsUpdates, turn: Turn, is_now: Callable[[], bool]) -> bool:
        """Fetch what desks asked for; returns whether a turn was over before all was here.

        Raises:
            EnvironmentFailure: the line; what came is kept, and it goes on from there.
        """
        while pack := self._next():
            try:
                if not self._fetch_rest(line, pack, turn, is_now):
                    return turn.is_over()
            except EnvironmentFailure as exc:
                if exc.code.startswith("sync.line_") and exc.retryable:
                    raise
                self._refused[pack] = time.monotonic() + TRIED_AGAIN_S
                _log.warning("an update was not fetched: %s", exc.context.get("reason", exc.code))
            with self._lock:
                self._wanted.pop(pack, None)
        return False

    def measure_bytes(self) -> int:
        """Return how much the packs take that are here whole."""
        return sum(size for _sha256, size in self._files.list_by_use())

    def _next(self) -> _Pack | None:
        with self._lock:
            return next(iter(self._wanted), None)

    def _fetch_rest(self, line: HttpsUpdates, pack: _Pack, turn: Turn, is_now: Callable[[], bool]) -> bool:
        """Whether it is here; otherwise a turn was over."""
        sha256, size_bytes = pack
        name = f"{sha256.hex()}-{size_bytes}"
        size = self._files.size_of_part(name)
        while size < size_bytes:
            if turn.is_over() or not is_now():
                return False
            begun = time.monotonic()
            data = line.read_part(UpdatePart(sha256=sha256, offset=size))
            if not data or size + len(data) > size_bytes:
                self._files.drop_parts(name)
                raise EnvironmentFailure("sync.line_refused", reason="update")
            size = self._files.append(name, data)
            turn.rest(len(data), time.monotonic() - begun)
        if not self._files.finish(name, sha256):
            raise EnvironmentFailure("sync.line_refused", reason="update")
        for used_before, _size in self._files.list_by_use()[:-MOST_PACKS]:
            self._files.remove(used_before)
        return True


class UpdateCarrying:
    """What is fetched when, by the settings of the hall. One exchange at a time."""

    def __init__(self, shelf: UpdateShelf, settings: Settings, clock: Clock) -> None:
        self._shelf, self._settings, self._clock = shelf, settings, clock

    def carry(self, line: HttpsLine, *, must_stop: Callable[[], bool], stopped: threading.Event) -> bool:
        """Fetch what desks asked for; returns whether there is more to come in another turn.

        Raises:
            EnvironmentFailure: as `UpdateShelf.fetch`.
        """
        turn = Turn(self._settings, must_stop, stopped)
        return self._shelf.fetch(HttpsUpdates(line), turn, lambda: is_time(self._settings, self._clock))
