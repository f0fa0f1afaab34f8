"""A unit's dossiers as its desks have them: a store of the province's own, folded from the unit's feed as theirs are.

A mirror is a copy that may be thrown away: everything in it comes from the feed again. Nothing is ever written into it
but what desks signed, and nothing of it travels.
"""

import secrets
import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from counter_app.core.changes import Announcer
from counter_app.core.clock import Clock
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.core.replacing import replace_file
from counter_app.domain.catalogue.starter import starter_procedures
from counter_app.domain.unit import Slice, Unit
from counter_app.province.database import Database
from counter_app.province.feeds import read_page
from counter_app.services.calendars import Calendars
from counter_app.services.catalogue import Catalogue
from counter_app.services.open_desk import OpenDesk, create_desk, open_desk, read_local, write_local
from counter_app.services.packs import Packs
from counter_app.services.portal_payloads import PortalPayloads
from counter_app.services.session import Session
from counter_app.sync.exchange import Exchange
from counter_app.sync.ports import FeedItem, FeedKind
from counter_app.sync.reading import NEWER, FeedReading, find_amiss

_POSITION = "mirror_feed"


class Mirror(NamedTuple):
    """One unit's store, open, and what the province reads from it."""

    desk: OpenDesk
    exchange: Exchange
    packs: Packs
    payloads: PortalPayloads
    reading: FeedReading


class Mirrors:
    """All mirrors of one process, each opened when it is first asked for. One thread only; close it when done."""

    def __init__(self, folder: Path, database: Database, province_key: bytes, clock: Clock) -> None:
        """Prepare; `folder` is the province's own."""
        self._folder, self._database, self._province_key, self._clock = (
            folder / "mirrors",
            database,
            province_key,
            clock,
        )
        self._open: dict[str, Mirror] = {}

    def follow(self, unit_code: str) -> Mirror:
        """Return the mirror of a unit with everything that its feed has now.

        Raises:
            UserError: ``unit.unknown``.
            EnvironmentFailure: disk, database.
        """
        mirror = self._open.get(unit_code) or self._open_one(unit_code)
        try:
            self._catch_up(mirror, unit_code)
        except UserError as exc:
            if exc.code != "province.feed_set_back":
                raise
            # The database was restored to an earlier day: what is here and no longer there comes again from the desks.
            self._throw_away(unit_code)
            mirror = self._open_one(unit_code)
            self._catch_up(mirror, unit_code)
        return mirror

    def close(self) -> None:
        """Close every store."""
        for unit_code in list(self._open):
            self._open.pop(unit_code).desk.close()

    def _open_one(self, unit_code: str) -> Mirror:
        folder = self._folder_of(unit_code)
        passphrase = self._passphrase()
        if not folder.store.exists():
            create_desk(
                folder,
                passphrase=passphrase,
                unit=self._unit(unit_code),
                desk_name=unit_code,
                number_slice=Slice(1, 9_999),
                clock=self._clock,
                fill=_fill,
            )
        desk = open_desk(folder, passphrase=passphrase, clock=self._clock, announcer=Announcer())
        exchange = Exchange(
            store=desk.store,
            desk_id=desk.desk.id,
            sign=desk.journal.sign,
            clock=desk.clock,
            announcer=desk.announcer,
        )
        exchange.trust_province(self._province_key)
        session = Session(desk)
        catalogue = Catalogue(desk, session)
        packs = Packs(desk, session, catalogue, Calendars(desk, session))
        payloads = PortalPayloads(desk, catalogue)
        self._open[unit_code] = made = Mirror(desk, exchange, packs, payloads, _reading(desk))
        return made

    def _throw_away(self, unit_code: str) -> None:
        self._open.pop(unit_code).desk.close()
        shutil.rmtree(self._folder_of(unit_code).root)

    def _catch_up(self, mirror: Mirror, unit_code: str) -> None:
        mirror.reading.go_back(mirror.exchange.holds)
        after, mark = mirror.reading.start()
        while True:
            with self._database.transaction() as connection:
                items = read_page(connection, unit_code, after=after, mark=mark, reader=mirror.desk.desk.id, own=True)
            if not items:
                mirror.packs.activate_due()
                return
            for item in items:
                _take(mirror, item)
            after, mark = items[-1].position, items[-1].mark
            mirror.reading.keep(items[-1])

    def _unit(self, unit_code: str) -> Unit:
        with self._database.transaction() as connection:
            row = connection.execute("SELECT facts FROM unit WHERE code = %s", (unit_code,)).fetchone()
        if row is None:
            raise UserError("unit.unknown", code=unit_code[:40])
        return msgspec.json.decode(bytes(row.facts), type=Unit)

    def _folder_of(self, unit_code: str) -> DataFolder:
        root = self._folder / unit_code
        return DataFolder(root, state_root=root / "state")

    def _passphrase(self) -> str:
        """Return what opens the mirrors, made once; whoever reads the province's folder reads PostgreSQL's too."""
        held = self._folder / "mirrors.key"
        with suppress(FileNotFoundError):
            return held.read_text(encoding="ascii")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as exc:
            raise EnvironmentFailure("disk.no_folder", folder=self._folder.name) from exc
        replace_file(held, secrets.token_urlsafe(32).encode())
        return held.read_text(encoding="ascii")


def _take(mirror: Mirror, item: FeedItem) -> None:
    """Take one item of the feed; one that is bad, or of a newer program, delays nothing behind it, as at a desk."""
    mirror.reading.settle(item, find_amiss(partial(_take_good, mirror), item))


def _take_good(mirror: Mirror, item: FeedItem) -> None:
    match item.kind:
        case FeedKind.ROSTER:
            mirror.exchange.take_roster(item.data)
        case FeedKind.BATCH:
            taken = mirror.exchange.take(item.data)
            if taken.must_come_again:
                mirror.reading.put_off(item, taken)
            if taken.is_newer:
                raise EnvironmentFailure(NEWER)
        case FeedKind.PACK:
            mirror.packs.take(item.data)
        case _:
            pass


def _reading(desk: OpenDesk) -> FeedReading:
    def find(name: str) -> bytes | None:
        with desk.store.reading() as connection:
            return read_local(connection, name)

    def keep(name: str, value: bytes) -> None:
        with desk.store.writing() as connection:
            write_local(connection, name, value)

    return FeedReading(_POSITION, find, keep)


def _fill(desk: OpenDesk) -> None:
    Catalogue(desk, Session(desk)).publish(starter_procedures())
