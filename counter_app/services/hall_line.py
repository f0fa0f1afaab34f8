"""The hall of this desk's unit: found where the setting says or by its announcement, asked once or followed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.services.answers.line import HallAnswer
from counter_app.services.hall_papers import HallPapers
from counter_app.services.open_desk import IDENTITY, OpenDesk, read_local
from counter_app.services.packs import Packs
from counter_app.settings.settings import Settings
from counter_app.sync.exchange import Exchange
from counter_app.sync.roster import RosterHall

if TYPE_CHECKING:
    from counter_app.services.hall_talk import HallTalk
    from counter_app.sync.https_line import HttpsLine, LineIdentity


class HallLine:
    """Safe from any thread; calls block, never call them from the window's."""

    def __init__(self, desk: OpenDesk, settings: Settings, packs: Packs) -> None:
        self._desk, self._settings, self._packs = desk, settings, packs
        self._exchange = Exchange(
            store=desk.store, desk_id=desk.desk.id, sign=desk.journal.sign, clock=desk.clock, announcer=desk.announcer
        )
        self._heard: dict[str, str] = {}
        self._answered: tuple[str, str] | None = None
        self.papers = HallPapers(desk, settings, self._exchange, self.open_known)

    def list_halls(self) -> list[RosterHall]:
        """Return the halls of this desk's unit that are not revoked; none while it is not enrolled."""
        roster, unit = self._exchange.find_roster(), self._desk.desk.unit_code
        halls = roster.halls if roster is not None else ()
        return [hall for hall in halls if hall.unit_code == unit and hall.revoked_at is None]

    def exchange(self) -> HallAnswer | None:
        """Push what the hall lacks, take what it has, give it papers; None where there is no hall, or none is heard.

        Raises:
            UserError: ``sync.bad_url``: the setting.
            EnvironmentFailure: ``sync.line_down`` and its like; a store that fails.
        """
        talk = self.connect()
        if talk is None:
            return None
        try:
            talk.push()
            talk.follow()
            while talk.give_papers():
                talk.push()
            return talk.answer()
        finally:
            talk.close()

    def connect(self) -> "HallTalk | None":
        """Return a conversation that has begun, for the caller to close; None where there is no hall.

        Raises:
            AppError: as `exchange`.
        """
        untrusted: EnvironmentFailure | None = None
        for hall, url in self._list_places():
            try:
                return self._begin(hall, url)
            except EnvironmentFailure as exc:
                self._heard.pop(hall.hall_id, None)
                if exc.code != "sync.line_untrusted":
                    raise
                untrusted = exc  # another of the unit's halls may be the one that answers there
        if untrusted is not None:
            raise untrusted
        return None

    def _begin(self, hall: RosterHall, url: str) -> "HallTalk":
        from counter_app.services.hall_talk import HallTalk

        talk = HallTalk(self._desk, hall, self._identity(hall, url), self._packs, self.papers)
        try:
            talk.begin()
        except BaseException:
            talk.close()
            raise
        self._answered = (hall.hall_id, url)
        return talk

    @contextmanager
    def open_known(self) -> "Iterator[HttpsLine | None]":
        """Give a line of its own to a hall that is known, None without one; no hall is looked for while a clerk waits.

        Raises:
            UserError: ``sync.bad_url``, ``sync.not_enrolled``.
        """
        from counter_app.services.hall_talk import CONNECT_S
        from counter_app.sync.https_line import HttpsLine

        place = next(iter(self._list_known()), None)
        if place is None:
            yield None
            return
        line = HttpsLine(self._identity(*place), connect_s=CONNECT_S)
        try:
            yield line
        finally:
            line.close()

    def _identity(self, hall: RosterHall, url: str) -> "LineIdentity":
        from counter_app.sync.https_line import LineIdentity, hall_name

        with self._desk.store.reading() as connection:
            data = read_local(connection, IDENTITY)
        if data is None:
            raise UserError("sync.not_enrolled")
        identity = msgspec.msgpack.decode(data, type=LineIdentity)
        return msgspec.structs.replace(identity, url=url, server_name=hall_name(hall.hall_id))

    def _list_known(self) -> list[tuple[RosterHall, str]]:
        """Return where halls may be, the one that answered last first: one that was replaced stays on the roster."""
        halls, url = self.list_halls(), str(self._settings.get("sync.hall_url"))
        if url:
            known = [(hall, url) for hall in halls]
        else:
            known = [(hall, self._heard[hall.hall_id]) for hall in halls if hall.hall_id in self._heard]
        return sorted(known, key=lambda place: (place[0].hall_id, place[1]) != self._answered)

    def _list_places(self) -> list[tuple[RosterHall, str]]:
        from counter_app.sync.finding import find_hall

        halls = self.list_halls()
        if halls and not self._list_known():
            self._heard.update(find_hall([hall.hall_id for hall in halls]))
        return self._list_known()
