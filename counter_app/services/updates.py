"""What the window says of a new version, and whether it may be put in use when the window closes."""

import logging
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import EnvironmentFailure
from counter_app.services.calendars import Calendars
from counter_app.services.open_desk import OpenDesk
from counter_app.store.tables import local
from counter_app.update.staging import version_in_use
from counter_app.update.state import change_state, is_reached, read_state, want_waiting

_log = logging.getLogger(__name__)
# A draft that nobody touched for longer is not being typed: a clerk who has left must not keep a desk from updating.
_DRAFT_LIVES = timedelta(hours=24)


class UpdateNews(msgspec.Struct, frozen=True, kw_only=True):
    """The version in use, and the one that waits; `is_wanted`: a person asked for it at the next closing."""

    version: str
    waiting: str = ""
    is_wanted: bool = False


class Updates:
    """Reads and writes a small file beside the store. Safe from any thread."""

    def __init__(self, desk: OpenDesk, calendars: Calendars) -> None:
        self._desk = desk
        self._calendars = calendars

    def read(self) -> UpdateNews:
        """Return what is known."""
        state = read_state(self._desk.folder)
        return UpdateNews(
            version=version_in_use(self._desk.folder),
            waiting=state.staged,
            is_wanted=bool(state.staged) and state.wanted,
        )

    def want(self, *, wanted: bool) -> UpdateNews:
        """Ask for the waiting version at the next closing, or take that back.

        Raises:
            UserError: ``update.nothing_waits``.
            EnvironmentFailure: disk.
        """
        folder = self._desk.folder
        change_state(folder, want_waiting if wanted else lambda state: msgspec.structs.replace(state, wanted=False))
        self._desk.announcer.announce(Topic.SETTINGS)
        return self.read()

    def is_due(self) -> bool:
        """Whether the waiting version may be put in use now that the window closes.

        Nothing may be half typed, and it is outside the unit's working hours or a person asked for it.
        """
        try:
            state, now = read_state(self._desk.folder), self._desk.clock.now()
        except EnvironmentFailure as error:  # the window closes all the same, and its store
            _log.warning("no version is put in use now: %s", error.code)
            return False
        if not state.staged or not is_reached(state) or self._is_anything_typed(now):
            return False
        return state.wanted or not self._is_working_time(now)

    def _is_anything_typed(self, now: datetime) -> bool:
        draft = local.draft.c
        query = select(func.count()).where(draft.saved_at >= to_millis(now - _DRAFT_LIVES))
        with self._desk.store.reading() as connection:
            return bool(connection.execute(query).scalar())

    def _is_working_time(self, now: datetime) -> bool:
        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        return self._calendars.calendar_of(unit).next_opening(now) <= now
