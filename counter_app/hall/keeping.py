"""A hall's file and what may be done with it. Safe from any thread; what a call took is on disk when it returns."""

import hashlib
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, true
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import Clock, from_millis, to_millis
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.hall import tables
from counter_app.hall.chains import Chain
from counter_app.hall.feed import Feed
from counter_app.hall.paper_shelf import PaperShelf
from counter_app.hall.update_shelf import UpdateShelf
from counter_app.journal.chain import GENESIS
from counter_app.store.store import Store
from counter_app.sync.batch import Batch, open_batch
from counter_app.sync.concerned import read_concerned
from counter_app.sync.online import read_submission
from counter_app.sync.packs import read_pack
from counter_app.sync.portal_answers import read_portal_answer
from counter_app.sync.ports import Acknowledgement, FeedItem, FeedKind
from counter_app.sync.reading import FeedReading
from counter_app.sync.roster import Receipt, Roster, read_receipt, read_roster
from counter_app.sync.system_answers import read_system_answer

#: Unless another limit is set.
MOST_STORED_PAPER_BYTES = 10 * 1024**3
_ITEM, _CHAIN = tables.item.c, tables.chain.c
#: No hall can do without them, however small its limit is.
_UNCOUNTED = (FeedKind.ROSTER.value, FeedKind.ACKNOWLEDGEMENT.value)
#: What the province said of a dossier, and says again to whoever asks it.
_ANSWERS = (FeedKind.PORTAL.value, FeedKind.SYSTEM.value, FeedKind.CONCERNED.value)
_SIZE = select(func.coalesce(func.sum(func.length(_ITEM.data)), 0)).where(_ITEM.kind.not_in(_UNCOUNTED))
_CLEARABLE = (
    select(_ITEM.position, _ITEM.desk, _ITEM.epoch, _ITEM.last_seq, func.length(_ITEM.data).label("size"))
    .where((_ITEM.desk != "") | _ITEM.kind.in_(_ANSWERS))
    .order_by(_ITEM.position)
)
_SPARE = 0.9  # of the limit is left when room is made, so that it is not made at every batch
#: Of the limit so much is any one desk's at most: what the province takes of nobody shuts no other desk out.
_SHARE = 0.75


class HallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Who this hall is: what the province admitted. `identity` is that of the line, `province_key` signs."""

    hall_id: str
    name: str
    unit_code: str
    unit_name: str
    province_key: bytes
    identity: bytes


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What looking at everything found."""

    chains: int
    batches: int
    entries: int
    damaged: tuple[str, ...]


class Keeping:
    """`most_bytes` is how much the feed may take; then what the province has of it is cleared away, oldest first.

    `papers_bytes` is how much papers may take, which lie in files beside.
    """

    def __init__(
        self, store: Store, clock: Clock, *, most_bytes: int, papers_bytes: int = MOST_STORED_PAPER_BYTES
    ) -> None:
        self._store, self.clock, self._most_bytes = store, clock, most_bytes
        self._facts: HallFacts | None = None
        self._roster: tuple[bytes, Roster] | None = None
        self._taken: dict[str, int] = {}  # by each desk, and by all
        self.feed = Feed(store)
        self.folder = DataFolder(store.path.parent)
        self.papers = PaperShelf(store, clock, self.folder.root / "papers", most_bytes=papers_bytes)
        self.updates = UpdateShelf(self.folder.root / "packs")
        #: How far the province's feed was read.
        self.reading = FeedReading("position", self._find_value, self._write_value)

    def prepare(self, facts: HallFacts, roster: bytes) -> None:
        """Fill an empty file."""
        with self._store.writing() as connection:
            tables.metadata.create_all(connection)
            _write(connection, "version", str(tables.VERSION).encode())
            _write(connection, "facts", msgspec.msgpack.encode(facts))
            connection.execute(insert(tables.item).values(kind=FeedKind.ROSTER.value, data=roster))

    def require_known(self) -> None:
        """Refuse a file of a newer program, and bring one of an earlier one up to date.

        Raises:
            EnvironmentFailure: ``hall.newer``.
        """
        with self._store.reading() as connection:
            version = _read(connection, "version")
        if version is None or int(version) > tables.VERSION:
            raise EnvironmentFailure("hall.newer")
        self.feed.prepare()
        self.papers.prepare()

    def read_facts(self) -> HallFacts:
        """Return who this hall is."""
        if self._facts is None:
            with self._store.reading() as connection:
                self._facts = msgspec.msgpack.decode(_read(connection, "facts") or b"", type=HallFacts)
        return self._facts

    def replace_identity(self, identity: bytes) -> None:
        """Show another certificate from now on."""
        facts = msgspec.structs.replace(self.read_facts(), identity=identity)
        with self._store.writing() as connection:
            _write(connection, "facts", msgspec.msgpack.encode(facts))
        self._facts = facts

    def now(self) -> datetime:
        """Return the hall's time."""
        return self.clock.now()

    def read_roster(self) -> Roster:
        """Return the list of desks in force."""
        data = self.read_roster_file()
        if self._roster is None or self._roster[0] != data:
            self._roster = data, read_roster(data, self.read_facts().province_key)
        return self._roster[1]

    def read_roster_file(self) -> bytes:
        """Return the list of desks in force as the province signed it."""
        return self._newest(FeedKind.ROSTER) or b""

    def take_roster(self, data: bytes) -> bool:
        """Put a newer list of desks in force, if this hall is on it: it is its unit's then. Returns whether it was.

        Raises:
            UserError: ``sync.bad_roster``.
        """
        facts = self.read_facts()
        offered = read_roster(data, facts.province_key)
        if facts.hall_id not in {hall.hall_id for hall in offered.halls}:
            raise UserError("sync.bad_roster")
        if offered.number <= self.read_roster().number:
            return False
        # The ones before stay in their places: whoever reads on finds every desk on a roster before its first batch.
        with self._store.writing() as connection:
            connection.execute(insert(tables.item).values(kind=FeedKind.ROSTER.value, data=data))
        self.feed.tell()
        return True

    def find_receipt(self) -> Receipt | None:
        """Return what the province last said it holds, None before it said anything."""
        data = self._newest(FeedKind.ACKNOWLEDGEMENT)
        return read_receipt(data, self.read_facts().province_key) if data is not None else None

    def take_receipt(self, data: bytes) -> Receipt:
        """Keep what the province says it holds, for the desks too where it says something new.

        Raises:
            UserError: ``sync.bad_receipt``.
        """
        facts = self.read_facts()
        offered, known = read_receipt(data, facts.province_key), self.find_receipt()
        if offered.unit_code != facts.unit_code:
            raise UserError("sync.bad_receipt")
        if known is None or (known.issued_at <= offered.issued_at and known.chains != offered.chains):
            if known is not None and _has_less(offered, known):  # a province that was set back: papers too may be lost
                self.papers.doubt()
            self._replace_receipt(data)
        return offered

    def make_way(self, receipt: Receipt) -> None:
        """Keep every chain aside of which the province holds another line: it comes from there, from its beginning."""
        with self._store.writing() as connection:
            for one in receipt.chains:
                if _differs(connection, one):
                    Chain(connection, one.desk, one.epoch, b"").make_way(1)

    def take(self, data: bytes, *, asker: str = "") -> Acknowledgement | None:
        """Take a batch: a desk's own where `asker` is named, otherwise one that the province has.

        Returns as `counter_app.hall.chains.Chain.take`.

        Raises:
            EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``, ``hall.full``; nothing was taken.
            UserError: ``sync.unknown_desk``, ``sync.revoked_desk``, ``sync.not_genuine``, ``province.other_desk``.
        """
        opened = open_batch(data)
        run = opened.run
        if asker not in ("", run.desk):
            raise UserError("province.other_desk")
        key = self.read_roster().get_writer(run.desk, run.epoch, opened.last_seq).public_key
        with self._store.writing() as connection:
            if asker:
                self._make_room(connection, len(data), int(self._most_bytes * _SHARE), desk=run.desk)
            self._make_room(connection, len(data), self._most_bytes)
            answer = Chain(connection, run.desk, run.epoch, key, is_settled=not asker).take(opened, data)
        self.feed.tell()
        return answer

    def take_portal_answer(self, data: bytes) -> None:
        """Keep what the national portal said of a dossier, for the desks; again has no effect.

        Raises:
            UserError: ``sync.bad_portal_answer``.
        """
        read_portal_answer(data, self.read_facts().province_key)
        self._keep_once(FeedKind.PORTAL, data)

    def take_system_answer(self, data: bytes) -> None:
        """Keep what another system said of a dossier, for the desks; again has no effect.

        Raises:
            UserError: ``sync.bad_system_answer``.
        """
        read_system_answer(data, self.read_facts().province_key)
        self._keep_once(FeedKind.SYSTEM, data)

    def take_pack(self, data: bytes) -> None:
        """Keep a configuration pack of the province, for the desks; again has no effect.

        Raises:
            UserError: ``pack.bad``.
        """
        read_pack(data, self.read_facts().province_key)
        self._keep_once(FeedKind.PACK, data)

    def take_submission(self, data: bytes) -> None:
        """Keep a request that came in online, for the desks; again has no effect.

        Raises:
            UserError: ``sync.bad_submission``.
        """
        read_submission(data, self.read_facts().province_key)
        self._keep_once(FeedKind.ONLINE, data)

    def take_unknown(self, item: FeedItem) -> None:
        """Keep for the desks what only a newer program can read, as it came; again has no effect."""
        self._keep_once(item.kind, item.data)

    def take_concerned(self, data: bytes) -> None:
        """Keep a dossier of another unit that the desks here decide, for them; again has no effect.

        Raises:
            UserError: ``sync.bad_concerned``.
        """
        read_concerned(data, self.read_facts().province_key)
        self._keep_once(FeedKind.CONCERNED, data)

    def _keep_once(self, kind: str, data: bytes) -> None:
        row = {"kind": str(kind), "data": data, "last_hash": hashlib.sha256(data).digest()}
        with self._store.writing() as connection:
            known = select(_ITEM.position).where(_ITEM.last_hash == row["last_hash"])
            if connection.execute(known).first() is None:
                self._make_room(connection, len(data), self._most_bytes)
                connection.execute(insert(tables.item).values(row))
        self.feed.tell()

    def list_chains(self, desk: str | None = None) -> list[Acknowledgement]:
        """Return how far the chains of one desk are here, or of all."""
        query = select(tables.chain).order_by(_CHAIN.desk, _CHAIN.epoch)
        if desk is not None:
            query = query.where(_CHAIN.desk == desk)
        with self._store.reading() as connection:
            rows = connection.execute(query).all()
        return [Acknowledgement(desk=row.desk, epoch=row.epoch, seq=row.seq, hash=row.hash) for row in rows]

    def list_unsent(
        self, receipt: Receipt | None, *, most: int, but: AbstractSet[tuple[str, int]] = frozenset()
    ) -> Sequence[Batch]:
        """Return the next batches that a receipt does not cover, in the order of their chains.

        Chains in `but` are left out, and those of which the province holds something else: their desk has to be made
        anew.
        """
        has = {(one.desk, one.epoch): one for one in (receipt.chains if receipt is not None else ())}
        batches: list[Batch] = []
        with self._store.reading() as connection:
            for chain in connection.execute(select(tables.chain).order_by(_CHAIN.desk, _CHAIN.epoch)).all():
                known = has.get((chain.desk, chain.epoch))
                seq = known.seq if known is not None else 0
                if seq >= chain.seq or (chain.desk, chain.epoch) in but:
                    continue
                if known is not None and _differs(connection, known):
                    continue
                query = (
                    select(tables.item)
                    .where(_ITEM.desk == chain.desk, _ITEM.epoch == chain.epoch, _ITEM.last_seq > seq)
                    .order_by(_ITEM.last_seq)
                    .limit(most - len(batches))
                )
                batches += [_batch_of(row) for row in connection.execute(query)]
                if len(batches) >= most:
                    break
        return batches

    def count_unsent(self, receipt: Receipt | None) -> int:
        """Return how many entries a receipt does not cover."""
        has = {(one.desk, one.epoch): one.seq for one in (receipt.chains if receipt is not None else ())}
        return sum(max(0, one.seq - has.get((one.desk, one.epoch), 0)) for one in self.list_chains())

    def note_province(self) -> None:
        """Keep that the province answered everything it was asked just now."""
        with self._store.writing() as connection:
            _write(connection, "province_at", str(to_millis(self.clock.now())).encode())

    def find_province_at(self) -> datetime | None:
        """Return when the province last answered everything, None before it did."""
        with self._store.reading() as connection:
            data = _read(connection, "province_at")
        return from_millis(int(data)) if data is not None else None

    def measure_bytes(self) -> int:
        """Return how much the feed takes, but for lists of desks and receipts."""
        with self._store.reading() as connection:
            return int(connection.execute(_SIZE).scalar_one())

    def verify(self) -> Verified:
        """Check the file, every batch again, linked to the one before it and signed by its desk, and every paper."""
        roster = self.read_roster()
        keys = {desk.desk_id: desk.public_key for desk in roster.desks}
        batches, entries, damaged = 0, 0, [*self._store.check_integrity(), *self.papers.list_damaged()]
        chains = self.list_chains()
        with self._store.reading() as connection:
            for chain in chains:
                seen = _Walk(connection, chain, keys.get(chain.desk, b""))
                batches, entries = batches + seen.batches, entries + seen.entries
                damaged += seen.damaged
        return Verified(chains=len(chains), batches=batches, entries=entries, damaged=tuple(damaged))

    def close(self) -> None:
        """Close the file."""
        self.feed.end_waiting()
        self._store.close()

    def _find_value(self, name: str) -> bytes | None:
        with self._store.reading() as connection:
            return _read(connection, name)

    def _write_value(self, name: str, value: bytes) -> None:
        with self._store.writing() as connection:
            _write(connection, name, value)

    def _newest(self, kind: FeedKind) -> bytes | None:
        query = select(_ITEM.data).where(_ITEM.kind == kind.value).order_by(_ITEM.position.desc()).limit(1)
        with self._store.reading() as connection:
            found: bytes | None = connection.execute(query).scalar()
        return found

    def _replace_receipt(self, data: bytes) -> None:
        kind = FeedKind.ACKNOWLEDGEMENT.value
        with self._store.writing() as connection:
            connection.execute(delete(tables.item).where(_ITEM.kind == kind))
            connection.execute(insert(tables.item).values(kind=kind, data=data))
        self.feed.tell()

    def _make_room(self, connection: Connection, size: int, most: int, *, desk: str = "") -> None:
        """Clear away what the province has, oldest first, where a limit is reached: of one desk's batches, or of all.

        Raises:
            EnvironmentFailure: ``hall.full``: nothing that the province has is left.
        """
        which, taken = _ITEM.desk == desk if desk else true(), self._taken.pop(desk, None)
        if taken is None or taken + size > most:
            taken = int(connection.execute(_SIZE.where(which)).scalar_one())
        if taken + size > most:
            taken -= self._clear(connection, which, taken + size - int(most * _SPARE))
        if taken + size > most:
            raise EnvironmentFailure("hall.full", retryable=True)
        self._taken[desk] = taken + size  # too much where nothing is stored; counted anew at the limit

    def _clear(self, connection: Connection, which: ColumnElement[bool], over: int) -> int:
        """Clear away so many bytes and return how many they are, fewer where the province does not have more."""
        receipt, cleared = self.find_receipt(), 0
        has = {(one.desk, one.epoch): one.seq for one in (receipt.chains if receipt is not None else ())}
        for row in connection.execute(_CLEARABLE.where(which)).all():
            if cleared >= over:
                break
            if not row.desk or row.last_seq <= has.get((row.desk, row.epoch), 0):
                connection.execute(delete(tables.item).where(_ITEM.position == row.position))
                cleared += row.size
        return cleared


class _Walk:
    """One chain, every batch of it looked at."""

    def __init__(self, connection: Connection, chain: Acknowledgement, key: bytes) -> None:
        self.batches = self.entries = 0
        self.damaged: list[str] = []
        query = select(tables.item).where(_ITEM.desk == chain.desk, _ITEM.epoch == chain.epoch).order_by(_ITEM.last_seq)
        hashes = {0: GENESIS}
        for row in connection.execute(query):
            self.batches += 1
            try:
                opened = open_batch(row.data)
                linked = opened.link(hashes.get(row.first_seq - 1, row.prev_hash))
                is_genuine = opened.is_genuine(linked, key) and linked[-1].hash == row.last_hash
            except EnvironmentFailure:
                linked, is_genuine = (), False
            if not is_genuine:
                self.damaged.append(f"{chain.desk} {chain.epoch} {row.first_seq}")
            hashes = {entry.seq: entry.hash for entry in linked} or {row.last_seq: row.last_hash}
            self.entries += len(linked)
        if self.batches and hashes.get(chain.seq) != chain.hash:
            self.damaged.append(f"{chain.desk} {chain.epoch} {chain.seq}")


def _has_less(offered: Receipt, known: Receipt) -> bool:
    has = {(one.desk, one.epoch): one.seq for one in offered.chains}
    return any(one.seq > has.get((one.desk, one.epoch), 0) for one in known.chains)


def _differs(connection: Connection, known: Acknowledgement) -> bool:
    held = Chain(connection, known.desk, known.epoch, b"").find_hash(known.seq)
    return held is not None and held != known.hash


def _batch_of(row: object) -> Batch:
    return Batch(**{name: getattr(row, name) for name in Batch.__struct_fields__})


def _read(connection: Connection, name: str) -> bytes | None:
    found: bytes | None = connection.execute(select(tables.value.c.value).where(tables.value.c.name == name)).scalar()
    return found


def _write(connection: Connection, name: str, value: bytes) -> None:
    statement = upsert(tables.value).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
