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
from counter_app.hall.disk_room import lacking_bytes
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


class UpdateShelf:
    """Desks read from any thread; one at a time fetches."""

    def __init__(self, folder: Path) -> None:
        self._files, self._disk = PaperFolder(folder), folder.parent
        self._lock = threading.Lock()
        self._wanted: dict[bytes, int] = {}
        self._refused: dict[bytes, float] = {}

    def read_part(self, wanted: UpdateAtHall) -> bytes:
        """Return the bytes of a pack from an offset on, a chunk at most; none while it is not here whole."""
        if self._files.holds(wanted.sha256):
            if wanted.offset == 0:
                self._files.touch(wanted.sha256)
            return self._files.read(wanted.sha256, wanted.offset, CHUNK_BYTES)
        with self._lock:
            is_wanted = wanted.sha256 in self._wanted or len(self._wanted) < MOST_PACKS
            if is_wanted and time.monotonic() >= self._refused.get(wanted.sha256, 0.0):
                self._wanted[wanted.sha256] = wanted.size_bytes
        return b""

    def fetch(self, line: HttpsUpdates, turn: Turn, is_now: Callable[[], bool]) -> bool:
        """Fetch what desks asked for; returns whether a turn was over before all was here.

        Raises:
            EnvironmentFailure: the line; what came is kept, and it goes on from there.
        """
        while pack := self._next():
            try:
                if not self._fetch_rest(line, *pack, turn, is_now):
                    return turn.is_over()
            except EnvironmentFailure as exc:
                if exc.code.startswith("sync.line_") and exc.retryable:
                    raise
                self._give_up(pack[0])
                _log.warning("an update was not fetched: %s", exc.context.get("reason", exc.code))
            with self._lock:
                self._wanted.pop(pack[0], None)
        return False

    def measure_bytes(self) -> int:
        """Return how much the packs take that are here whole."""
        return sum(size for _sha256, size in self._files.list_by_use())

    def _next(self) -> tuple[bytes, int] | None:
        with self._lock:
            return next(iter(self._wanted.items()), None)

    def _give_up(self, sha256: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            self._refused = {one: until for one, until in self._refused.items() if until > now}
            self._refused[sha256] = now + TRIED_AGAIN_S
        self._files.drop_parts(sha256.hex())

    def _fetch_rest(
        self, line: HttpsUpdates, sha256: bytes, told_bytes: int, turn: Turn, is_now: Callable[[], bool]
    ) -> bool:
        """Whether it is here; otherwise a turn was over. Its size is what a desk told: only the province knows."""
        name = sha256.hex()
        size = self._files.size_of_part(name)
        while True:
            if turn.is_over() or not is_now():
                return False
            if lacking_bytes(self._disk, max(told_bytes - size, CHUNK_BYTES)) > 0:
                raise EnvironmentFailure("disk.full", retryable=True)
            begun = time.monotonic()
            data = line.read_part(UpdatePart(sha256=sha256, offset=size))
            if not data:
                break
            if not size:  # one begins when the others are given up
                self._files.drop_parts("")
            size = self._files.append(name, data)
            turn.rest(len(data), time.monotonic() - begun)
        if not size or not self._files.finish(name, sha256):
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
