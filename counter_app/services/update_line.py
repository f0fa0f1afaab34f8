"""An update pack on the line from the province: fetched when nothing else waits, then laid down as one from a stick."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from counter_app.core.changes import Topic
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

_log = logging.getLogger(__name__)

ASKED_EVERY_S = 3_600.0
"""So often the province is asked whether it has one; at every exchange it would be one request more on a weak line."""
_REFUSED = "update_refused"


class UpdateFetching:
    """One exchange at a time; from a thread that may wait for the line."""

    def __init__(self, desk: OpenDesk, settings: Settings) -> None:
        self._desk = desk
        self._settings = settings
        self._ask_at = 0.0

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
            is_more = self._is_wanted(offer) and not self._fetch_rest(line, offer, turn)
        except (AppError, OSError) as error:
            if isinstance(error, EnvironmentFailure) and error.retryable and error.code.startswith("sync."):
                raise
            _log.warning("an update was not fetched: %s", _reason(error))
            is_more = False
        if not is_more:
            self._ask_at = time.monotonic() + ASKED_EVERY_S
        return is_more

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

    def _fetch_rest(self, line: UpdateLine, offer: UpdateOffer, turn: Turn) -> bool:
        """Whether it is dealt with; otherwise a turn was over."""
        part = _part_of(self._desk.folder, offer)
        size = part.stat().st_size if part.exists() else 0
        with part.open("ab") as file:
            while size < offer.size_bytes:
                if turn.is_over():
                    return False
                if not self._is_time():
                    return True
                begun = time.monotonic()
                data = line.read_part(UpdatePart(sha256=offer.sha256, offset=size))
                if not data or size + len(data) > offer.size_bytes:
                    raise EnvironmentFailure("sync.line_refused", reason="update")
                file.write(data)
                size += len(data)
                turn.rest(len(data), time.monotonic() - begun)
        self._lay_down(part, offer)
        return True

    def _lay_down(self, part: Path, offer: UpdateOffer) -> None:
        with part.open("rb") as file:
            is_whole = hashlib.file_digest(file, "sha256").digest() == offer.sha256
        if not is_whole:  # damaged on this disk, or there: it comes anew
            part.unlink()
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
