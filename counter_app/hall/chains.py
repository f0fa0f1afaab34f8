"""Taking batches into a hall's file: genuine, new and in order, as `counter_app.sync.inbox` at a desk, unread.

A batch is kept as its desk signed it. One that comes before what it follows waits; one that says something else under a
known number is kept aside. Where the province has that one, the other line makes way for it.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.errors import AppError, UserError
from counter_app.hall import tables
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Entry
from counter_app.sync.batch import OpenBatch, open_batch
from counter_app.sync.ports import Acknowledgement, FeedKind

#: What of one desk may wait, and may be kept aside; more is offered again by whoever has it.
MOST_ASIDE = 64

_CHAIN, _ITEM, _WAITING, _FORK = tables.chain.c, tables.item.c, tables.waiting.c, tables.fork.c


class _Head(NamedTuple):
    seq: int
    at: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain, in the caller's writing transaction. `key` is its desk's public key.

    `is_settled`: what is taken comes from the province, whose line of a forked chain is the one that stays.
    """

    connection: Connection
    desk: str
    epoch: int
    key: bytes
    is_settled: bool = False

    def take(self, opened: OpenBatch, data: bytes) -> Acknowledgement | None:
        """Take a batch and what waited for it.

        Returns what is here of the chain; of a batch that contradicts it, the hash under its last number; None when
        nothing of the chain is here.

        Raises:
            UserError: ``sync.not_genuine``; nothing was taken.
        """
        fork = self._take(opened, data)
        self._take_waiting()
        return fork or self.acknowledgement()

    def acknowledgement(self) -> Acknowledgement | None:
        """Return what is here, None for nothing."""
        head = self._head()
        if head.seq == 0:
            return None
        return Acknowledgement(desk=self.desk, epoch=self.epoch, seq=head.seq, hash=head.hash)

    def find_hash(self, seq: int) -> bytes | None:
        """Return the hash of an entry, None where the batch that holds it is not here (any more)."""
        if seq == 0:
            return GENESIS
        head = self._head()
        if seq == head.seq:
            return head.hash
        return next((entry.hash for entry in self._entries(seq, seq)), None)

    def make_way(self, seq: int) -> None:
        """Keep aside what is here from a number on; what is cut off too far comes again from the province."""
        chain = (_ITEM.desk == self.desk, _ITEM.epoch == self.epoch)
        rows = self.connection.execute(select(tables.item).where(*chain).order_by(_ITEM.last_seq)).all()
        kept = [row for row in rows if row.last_seq < seq]
        for row in rows[len(kept) :]:
            aside = {"desk": row.desk, "epoch": row.epoch, "last_seq": row.last_seq, "hash": row.last_hash}
            self.connection.execute(upsert(tables.fork).values(**aside, data=row.data).on_conflict_do_nothing())
        self.connection.execute(delete(tables.item).where(*chain, _ITEM.last_seq >= seq))
        self.connection.execute(delete(tables.waiting).where(_WAITING.desk == self.desk, _WAITING.epoch == self.epoch))
        # What was cleared away had gone to the province: the chain ends where the oldest batch that is here begins.
        begin = min((row for row in rows if row.first_seq <= seq), key=lambda row: row.first_seq, default=None)
        if kept:
            last = open_batch(kept[-1].data).link(kept[-1].prev_hash)[-1]
            self._end_at(_Head(last.seq, last.at, last.hash))
        elif begin is not None:
            self._end_at(_Head(begin.first_seq - 1, 0, begin.prev_hash))
        else:
            self._end_at(_Head(0, 0, GENESIS))

    def _take(self, opened: OpenBatch, data: bytes) -> Acknowledgement | None:
        head, first = self._head(), opened.run.first_seq
        if first > head.seq + 1:
            self._let_wait(first, data)
            return None
        before = self.find_hash(first - 1)
        if before is None:  # what it follows was cleared away, so it is no news
            return None
        entries = opened.link(before)
        if not opened.is_genuine(entries, self.key):
            raise UserError("sync.not_genuine", desk=self.desk[:40])
        known = {entry.seq: entry.hash for entry in self._entries(first, opened.last_seq)}
        differing = [entry.seq for entry in entries if known.get(entry.seq, entry.hash) != entry.hash]
        if differing and self.is_settled:
            self.make_way(differing[0])
            return self._take(opened, data)
        if differing:
            return self._keep_fork(entries[-1], data)
        fresh = [entry for entry in entries if entry.seq > head.seq]
        if fresh:
            self._check(fresh, head.at)
            self._store(entries, data)
        return None

    def _take_waiting(self) -> None:
        fits = select(tables.waiting).where(
            _WAITING.desk == self.desk, _WAITING.epoch == self.epoch, _WAITING.first_seq <= self._head().seq + 1
        )
        while (row := self.connection.execute(fits.order_by(_WAITING.first_seq).limit(1)).first()) is not None:
            with suppress(AppError):  # it turned out to be no true one
                self._take(open_batch(row.data), row.data)
            gone = delete(tables.waiting).where(
                _WAITING.desk == self.desk, _WAITING.epoch == self.epoch, _WAITING.first_seq == row.first_seq
            )
            self.connection.execute(gone)
            fits = fits.where(_WAITING.first_seq <= self._head().seq + 1)

    def _head(self) -> _Head:
        query = select(_CHAIN.seq, _CHAIN.at, _CHAIN.hash).where(_CHAIN.desk == self.desk, _CHAIN.epoch == self.epoch)
        row = self.connection.execute(query).first()
        return _Head(row.seq, row.at, row.hash) if row is not None else _Head(0, 0, GENESIS)

    def _entries(self, low: int, high: int) -> Iterator[Entry]:
        """Yield what is here of a span of numbers, each once, from the batches that hold it."""
        overlapping = select(_ITEM.prev_hash, _ITEM.data).where(
            _ITEM.desk == self.desk, _ITEM.epoch == self.epoch, _ITEM.last_seq >= low, _ITEM.first_seq <= high
        )
        for row in self.connection.execute(overlapping.order_by(_ITEM.last_seq)).all():
            for entry in open_batch(row.data).link(row.prev_hash):
                if low <= entry.seq <= high:
                    low = entry.seq + 1
                    yield entry

    def _let_wait(self, first_seq: int, data: bytes) -> None:
        if self._count(tables.waiting) >= MOST_ASIDE:
            return
        kept = upsert(tables.waiting).values(desk=self.desk, epoch=self.epoch, first_seq=first_seq, data=data)
        # Not proved yet: a later one in its place may be the true one.
        names = ["desk", "epoch", "first_seq"]
        self.connection.execute(kept.on_conflict_do_update(index_elements=names, set_={"data": kept.excluded.data}))

    def _keep_fork(self, last: Entry, data: bytes) -> Acknowledgement | None:
        if self._count(tables.fork) < MOST_ASIDE:
            row = {"desk": self.desk, "epoch": self.epoch, "last_seq": last.seq, "hash": last.hash, "data": data}
            self.connection.execute(upsert(tables.fork).values(row).on_conflict_do_nothing())
        seq = min(last.seq, self._head().seq)
        digest = self.find_hash(seq)
        if digest is None:
            return None
        return Acknowledgement(desk=self.desk, epoch=self.epoch, seq=seq, hash=digest)

    def _end_at(self, head: _Head) -> None:
        where = (_CHAIN.desk == self.desk, _CHAIN.epoch == self.epoch)
        if head.seq == 0:
            self.connection.execute(delete(tables.chain).where(*where))
        else:
            self.connection.execute(update(tables.chain).where(*where).values(**head._asdict()))

    def _count(self, table: Any) -> int:
        return int(
            self.connection.execute(
                select(func.count()).select_from(table).where(table.c.desk == self.desk)
            ).scalar_one()
        )

    def _check(self, fresh: list[Entry], at: int) -> None:
        """Refuse a signed batch whose clock runs backwards or that names two entries alike, as the province does.

        What it would refuse could never be cleared away here.
        """
        if len({entry.id for entry in fresh}) < len(fresh):
            raise UserError("sync.not_genuine", desk=self.desk[:40])
        for entry in fresh:
            if entry.at <= at or not 0 < entry.at >> 16 < 1 << 45:
                raise UserError("sync.not_genuine", desk=self.desk[:40])
            at = entry.at

    def _store(self, entries: tuple[Entry, ...], data: bytes) -> None:
        first, last = entries[0], entries[-1]
        row = {
            "kind": FeedKind.BATCH.value,
            "data": data,
            "desk": self.desk,
            "epoch": self.epoch,
            "first_seq": first.seq,
            "last_seq": last.seq,
            "prev_hash": first.prev_hash,
            "last_hash": last.hash,
        }
        self.connection.execute(insert(tables.item).values(row))
        moved = upsert(tables.chain).values(desk=self.desk, epoch=self.epoch, seq=last.seq, at=last.at, hash=last.hash)
        changes = {name: moved.excluded[name] for name in ("seq", "at", "hash")}
        self.connection.execute(moved.on_conflict_do_update(index_elements=["desk", "epoch"], set_=changes))
