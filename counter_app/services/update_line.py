"""An update pack on the line from the province: fetched when nothing else waits, then laid down as one from a stick.

The province says which pack is meant for this desk. Where a hall answers, the bytes come from there: it fetches a pack
once for all its desks.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.services.line_turns import Turn, is_time
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.settings.settings import Settings
from counter_app.store.writer_queue import Priority
from counter_app.sync.updates import UpdateAsked, UpdateLine, UpdateOffer, UpdatePart
from counter_app.update.release_key import list_release_keys
from counter_app.update.staging import has_room, may_take, stage, version_in_use
from counter_app.update.version import platform_name

if TYPE_CHECKING:
    from counter_app.sync.https_line import HttpsLine

_log = logging.getLogger(__name__)

ASKED_EVERY_S = 3_600.0
"""So often the province is asked whether it has one; at every exchange it would be one request more on a weak line."""
HALL_ASKED_EVERY_S = 600.0
LEFT_FOR = timedelta(days=1)
"""So long a desk waits for its hall to have a pack before it fetches it by itself."""
_SLOW_AFTER_S = 10.0
_LEAST_BYTES_S = 16 * 1024
"""A hall is in the same house: one that gives less than this in a second is passed by."""
_REFUSED, _LEFT = "update_refused", "update_left_to_hall"


class _End(Enum):
    """How fetching ended; done is also what is not for now."""

    DONE = "done"
    TURN_OVER = "turn over"
    NOT_YET = "not yet"


class _Left(msgspec.Struct, frozen=True, kw_only=True):
    """Which pack was left to the hall, since when, and whether what came then was another file."""

    sha256: bytes
    since_ms: int
    was_other: bool = False


class UpdateFetching:
    """One exchange at a time; from a thread that may wait for the line."""

    def __init__(
        self,
        desk: OpenDesk,
        settings: Settings,
        open_hall: "Callable[[], AbstractContextManager[HttpsLine | None]]",
    ) -> None:
        self._desk, self._settings, self._open_hall = desk, settings, open_hall
        self._ask_at = self._no_hall_until = 0.0

    def fetch(self, line: UpdateLine, *, must_stop: Callable[[], bool], stopped: threading.Event) -> bool:
        """Fetch what the province offers this desk, and lay it down once it is whole.

        Returns whether it ended in between because `must_stop` said so, asked before each chunk, or a turn was over:
        then more is to come as soon as records are through.

        Raises:
            EnvironmentFailure: the line, or the store; what has come is kept, and it goes on from there.
        """
        if time.monotonic() < self._ask_at or not self._is_time() or not list_release_keys():
            return False
        turn = Turn(self._settings, must_stop, stopped)
        try:
            offer = line.find_offer(UpdateAsked(version=version_in_use(self._desk.folder), platform=platform_name()))
            end = self._fetch_wanted(line, offer, turn) if self._is_wanted(offer) else _End.DONE
        except (AppError, OSError) as error:
            if isinstance(error, EnvironmentFailure) and error.retryable and error.code.startswith("sync."):
                raise
            _log.warning("an update was not fetched: %s", _reason(error))
            end = _End.DONE
        if end is not _End.TURN_OVER:
            self._ask_at = time.monotonic() + (ASKED_EVERY_S if end is _End.DONE else HALL_ASKED_EVERY_S)
        return end is _End.TURN_OVER

    def _is_time(self) -> bool:
        return is_time(self._settings, self._desk.clock)

    def _is_wanted(self, offer: UpdateOffer) -> bool:
        if not offer.version or not may_take(self._desk.folder, offer.version):
            return False
        with self._desk.store.reading() as connection:
            refused = read_local(connection, _REFUSED)
        if refused == offer.sha256:
            return False
        if not has_room(self._desk.folder, offer.size_bytes):
            raise EnvironmentFailure("disk.full", retryable=True)
        return True

    def _fetch_wanted(self, line: UpdateLine, offer: UpdateOffer, turn: Turn) -> _End:
        left = self._read_left(offer)
        has_waited = to_millis(self._desk.clock.now()) - left.since_ms > LEFT_FOR.total_seconds() * 1000
        end = None if left.was_other else self._fetch_at_hall(offer, turn)
        if end is None or (end is _End.NOT_YET and has_waited):
            end = self._fetch_rest(lambda at: _read_slowly(line, offer, at, turn), offer, turn)
            if end is _End.NOT_YET:
                raise EnvironmentFailure("sync.line_refused", reason="update")
        return end

    def _fetch_at_hall(self, offer: UpdateOffer, turn: Turn) -> _End | None:
        """Fetch it at the hall; None where that gives nothing, and the province has to."""
        from counter_app.sync.https_updates import read_at_hall

        if time.monotonic() < self._no_hall_until:
            return None
        try:
            with self._open_hall() as hall:
                if hall is not None:
                    begun, part = time.monotonic(), _part_of(self._desk.folder, offer)
                    before = _size_of(part)
                    end = self._fetch_rest(lambda at: read_at_hall(hall, offer, at), offer, turn)
                    if end is _End.TURN_OVER and _is_slow(_size_of(part) - before, time.monotonic() - begun):
                        self._no_hall_until = time.monotonic() + ASKED_EVERY_S
                    return end
        except EnvironmentFailure as error:
            if not error.code.startswith("sync."):
                raise
            _log.info("the hall gave no update: %s", _reason(error))
            self._no_hall_until = time.monotonic() + ASKED_EVERY_S
        return None

    def _read_left(self, offer: UpdateOffer) -> _Left:
        """Return since when a pack is left to the hall: its first try. It is kept, for windows are closed."""
        with self._desk.store.reading() as connection:
            noted = read_local(connection, _LEFT)
        if noted is not None and (known := msgspec.msgpack.decode(noted, type=_Left)).sha256 == offer.sha256:
            return known
        since = _Left(sha256=offer.sha256, since_ms=to_millis(self._desk.clock.now()))
        self._keep_left(since)
        return since

    def _keep_left(self, left: _Left) -> None:
        with self._desk.store.writing(Priority.LINE) as connection:
            write_local(connection, _LEFT, msgspec.msgpack.encode(left))

    def _fetch_rest(self, read: Callable[[int], bytes], offer: UpdateOffer, turn: Turn) -> _End:
        part = _part_of(self._desk.folder, offer)
        size = _size_of(part)
        with part.open("ab") as file:
            while size < offer.size_bytes:
                if turn.is_over():
                    return _End.TURN_OVER
                if not self._is_time():
                    return _End.DONE
                data = read(size)
                if not data:
                    return _End.NOT_YET
                if size + len(data) > offer.size_bytes:
                    raise EnvironmentFailure("sync.line_refused", reason="update")
                file.write(data)
                size += len(data)
        self._lay_down(part, offer)
        return _End.DONE

    def _lay_down(self, part: Path, offer: UpdateOffer) -> None:
        with part.open("rb") as file:
            is_whole = hashlib.file_digest(file, "sha256").digest() == offer.sha256
        if not is_whole:  # damaged on this disk, or there: it comes anew, and from the province
            part.unlink()
            self._keep_left(msgspec.structs.replace(self._read_left(offer), was_other=True))
            raise EnvironmentFailure("sync.line_refused", reason="update")
        try:
            stage(self._desk.folder, part, desk_id=self._desk.desk.id)
        except UserError:
            part.unlink()
            # The same file would be refused again, after hours on a weak line.
            with self._desk.store.writing(Priority.LINE) as connection:
                write_local(connection, _REFUSED, offer.sha256)
            raise
        part.unlink()
        self._desk.announcer.announce(Topic.SETTINGS)


def _size_of(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _is_slow(came_bytes: int, took_s: float) -> bool:
    return took_s > _SLOW_AFTER_S and came_bytes < took_s * _LEAST_BYTES_S


def _read_slowly(line: UpdateLine, offer: UpdateOffer, offset: int, turn: Turn) -> bytes:
    """Read from the province, at the speed that is set for the outside line."""
    begun = time.monotonic()
    data = line.read_part(UpdatePart(sha256=offer.sha256, offset=offset))
    turn.rest(len(data), time.monotonic() - begun)
    return data


def _part_of(folder: DataFolder, offer: UpdateOffer) -> Path:
    """Return where a pack gathers; what came of another one is cleared away."""
    place = folder.updates / "coming"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = place / f"{offer.sha256.hex()}.part"
    for other in place.iterdir():
        if other != wanted:
            other.unlink()
    return wanted


def _reason(error: AppError | OSError) -> str:
    return error.code if isinstance(error, AppError) else type(error).__name__
