"""Lines: what follows one place of a chain. Where two machines wrote one journal there are several; one is in force.

The desk that wrote them ends it: it moves a line to an epoch of its own (`EpochForked`), and every store follows.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from itertools import product
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.errors import AppError, UserError
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Entry, entry_of
from counter_app.journal.forks import list_moved_hashes, list_old_places
from counter_app.store.tables import exchange, local
from counter_app.store.tables import journal as tables
from counter_app.sync.batch import OpenBatch, head_of, open_batch, seal

_ENTRY, _HEAD = tables.entry.c, tables.head.c
_SEAL, _FORK, _ACKNOWLEDGED = exchange.batch_seal.c, exchange.fork.c, exchange.acknowledged.c

# Asked for each batch, and made once: building a statement costs as much as running it.
_BY_IDS = select(tables.entry).where(_ENTRY.id.in_(bindparam("ids", expanding=True)), _ENTRY.desk == bindparam("desk"))
_KEEP_SEAL = upsert(exchange.batch_seal).on_conflict_do_nothing()
_ANY_FORK = select(_FORK.seq).where(_FORK.desk == bindparam("wanted")).limit(1)

_OldPlaces = Mapping[tuple[int, int], Sequence[bytes]]
_NONE_MOVED: _OldPlaces = {}


class Elsewhere(StrEnum):
    """Where entries of a batch are here already, in another epoch of their desk."""

    NOWHERE = "nowhere"
    EARLIER = "earlier"
    LATER = "later"


class CutBatch(NamedTuple):
    """A batch that was cut off, as it travels."""

    entries: tuple[Entry, ...]
    data: bytes


def find_elsewhere(connection: Connection, entries: Sequence[Entry]) -> Elsewhere:
    """Return whether entries of a desk are here in another epoch; they must be the same but for their place.

    Raises:
        UserError: ``sync.not_genuine``.
    """
    by_id = {entry.id: entry for entry in entries}
    rows = connection.execute(_BY_IDS, {"ids": list(by_id), "desk": entries[0].desk}).all()
    kept = [entry_of(row) for row in rows]
    epoch = entries[0].epoch
    places = {Elsewhere.EARLIER if one.epoch < epoch else Elsewhere.LATER for one in kept}
    if len(places) > 1 or any(_said(one) != _said(by_id[one.id]) or one.epoch == epoch for one in kept):
        raise UserError("sync.not_genuine", desk=entries[0].desk[:40])
    return places.pop() if places else Elsewhere.NOWHERE


def _said(entry: Entry) -> tuple[object, ...]:
    return (entry.at, entry.clerk, entry.kind, entry.version, entry.subject, entry.body)


def cut_line(connection: Connection, desk: str, epoch: int, *, from_seq: int) -> list[CutBatch]:
    """Take another desk's entries from a number on out of the journal, and return them as they came.

    The chain then ends where a batch of that desk ended before, so its head keeps that desk's signature; what was cut
    too far comes again. Derived rows are the caller's to rebuild.
    """
    chain = (_SEAL.desk == desk, _SEAL.epoch == epoch)
    seals = connection.execute(select(_SEAL.seq, _SEAL.signature).where(*chain).order_by(_SEAL.seq)).all()
    kept = [row for row in seals if row.seq < from_seq]
    low = after = kept[-1].seq if kept else 0
    batches: list[CutBatch] = []
    for row in seals[len(kept) :]:
        entries = _read(connection, desk, epoch, after=after, last=row.seq)
        batches.append(CutBatch(entries, seal(entries, partial(_say, row.signature)).data))
        after = row.seq
    _end_at(connection, desk, epoch, low, kept[-1].signature if kept else b"")
    return batches


def _say(signature: bytes, _head: bytes) -> bytes:
    return signature


def cut_own_line(
    connection: Connection, desk: str, epoch: int, *, from_seq: int, sign: Callable[[bytes], bytes]
) -> list[Entry]:
    """Take this desk's own entries from a number on out of the journal and return them; `sign` is its key.

    Derived rows are the caller's to rebuild.
    """
    last = connection.execute(select(_HEAD.seq).where(_HEAD.desk == desk, _HEAD.epoch == epoch)).scalar() or 0
    entries = _read(connection, desk, epoch, after=from_seq - 1, last=last)
    before = _read(connection, desk, epoch, after=from_seq - 2, last=from_seq - 1)
    _end_at(connection, desk, epoch, from_seq - 1, sign(head_of(before[-1])) if before else b"")
    return list(entries)


def _read(connection: Connection, desk: str, epoch: int, *, after: int, last: int) -> tuple[Entry, ...]:
    span = (_ENTRY.desk == desk, _ENTRY.epoch == epoch, _ENTRY.seq > after, _ENTRY.seq <= last)
    return tuple(entry_of(row) for row in connection.execute(select(tables.entry).where(*span).order_by(_ENTRY.seq)))


def _end_at(connection: Connection, desk: str, epoch: int, seq: int, signature: bytes) -> None:
    """Let a chain end at a number; what others said they have beyond it is nothing any more."""
    connection.execute(delete(tables.entry).where(_ENTRY.desk == desk, _ENTRY.epoch == epoch, _ENTRY.seq > seq))
    connection.execute(delete(exchange.batch_seal).where(_SEAL.desk == desk, _SEAL.epoch == epoch, _SEAL.seq > seq))
    said = (_ACKNOWLEDGED.desk == desk, _ACKNOWLEDGED.epoch == epoch, _ACKNOWLEDGED.seq > seq)
    connection.execute(delete(exchange.acknowledged).where(*said))
    # Places of the journal are given again: whoever read up to one has to begin anew.
    connection.execute(delete(local.local_value).where(local.local_value.c.name == local.PAPERS_READ_TO))
    head = (_HEAD.desk == desk, _HEAD.epoch == epoch)
    if seq == 0:
        connection.execute(delete(tables.head).where(*head))
        return
    (last,) = _read(connection, desk, epoch, after=seq - 1, last=seq)
    changes = {"seq": seq, "at": last.at, "hash": last.hash, "signature": signature}
    connection.execute(update(tables.head).where(*head).values(**changes))


def find_path(
    connection: Connection, desk: str, epoch: int, others: Sequence[bytes], *, key: bytes, target: bytes
) -> list[bytes]:
    """Return batches that were kept aside and now go on from the end of a chain; the first may begin before it.

    Of several ways it is the one with an entry of the hash `target`, otherwise the longest.
    """
    place = (_HEAD.desk == desk, _HEAD.epoch == epoch)
    head = connection.execute(select(_HEAD.seq, _HEAD.hash).where(*place)).one_or_none()
    begin = _Step(seq=head.seq, hash=head.hash) if head is not None else _Step()
    return _find_way(connection, (desk, epoch), begin, others, key=key, target=target).list_batches()


def list_line_aside(connection: Connection, desk: str, *, key: bytes, held: Mapping[int, int]) -> list[Entry]:
    """Return what stands nowhere in a desk's journal though it wrote it: of what was kept aside one line, in order.

    Another line has its place: it goes on from the entry before the first of these, which may have been moved itself.
    `held` says up to which number of an epoch what is here stays; a line that parted behind that may yet be the one
    that does.
    """
    query = select(_FORK.epoch, _FORK.differs_at, _FORK.data).where(_FORK.desk == desk)
    rows = connection.execute(query.order_by(_FORK.epoch, _FORK.differs_at)).all()
    if not rows:
        return []
    here = set(connection.execute(select(_ENTRY.id).where(_ENTRY.desk == desk)).scalars())
    old = list_old_places(connection, desk, held)
    for epoch, differs_at in dict.fromkeys((row.epoch, row.differs_at) for row in rows):
        others = [row.data for row in rows if row.epoch == epoch]
        in_place = _find_hash(connection, desk, epoch, differs_at - 1) if held.get(epoch, 0) >= differs_at else None
        for digest in [*([in_place] if in_place is not None else []), *old.get((epoch, differs_at - 1), ())]:
            begin = _Step(seq=differs_at - 1, hash=digest)
            way = _find_way(connection, (desk, epoch), begin, others, key=key, target=b"", old=old)
            missing = [one for one in way.list_entries() if one.seq > begin.seq and one.id not in here]
            if missing:
                return missing
    return []


def _find_way(
    connection: Connection,
    chain: tuple[str, int],
    begin: "_Step",
    others: Sequence[bytes],
    *,
    key: bytes,
    target: bytes,
    old: _OldPlaces = _NONE_MOVED,
) -> "_Step":
    aside: dict[int, list[tuple[bytes, OpenBatch]]] = {}
    for data in others:
        if (batch := _open(data)) is not None:
            aside.setdefault(batch.run.first_seq, []).append((data, batch))
    best, seen = begin, {begin.hash}
    steps = [begin, *_list_first_steps(connection, chain, begin, aside, key=key, target=target, old=old)]
    while steps:
        step = steps.pop()
        best = max(best, step, key=lambda one: (one.has_target, one.seq))
        for data, batch in aside.get(step.seq + 1, ()):
            following = _follow(step, data, batch, key, target)
            if following is not None and following.hash not in seen:
                seen.add(following.hash)
                steps.append(following)
    return best


def _list_first_steps(
    connection: Connection,
    chain: tuple[str, int],
    end: "_Step",
    aside: Mapping[int, Sequence[tuple[bytes, OpenBatch]]],
    *,
    key: bytes,
    target: bytes,
    old: _OldPlaces,
) -> "list[_Step]":
    """Return where batches lead that say once more what a chain ends with, and then go on."""
    steps = []
    for first_seq in filter(lambda first_seq: first_seq <= end.seq, aside):
        in_place = _find_hash(connection, *chain, first_seq - 1)
        begins = [*([in_place] if in_place is not None else []), *old.get((chain[1], first_seq - 1), ())]
        for before, (data, batch) in product(begins, aside[first_seq]):
            if batch.last_seq > end.seq and batch.link(before)[end.seq - first_seq].hash == end.hash:
                steps.append(_follow(end._replace(hash=before), data, batch, key, target))
    return [step for step in steps if step is not None]


def _find_hash(connection: Connection, desk: str, epoch: int, seq: int) -> bytes | None:
    if seq == 0:
        return GENESIS
    query = select(_ENTRY.hash).where(_ENTRY.desk == desk, _ENTRY.epoch == epoch, _ENTRY.seq == seq)
    found: bytes | None = connection.execute(query).scalar()
    return found


class _Step(NamedTuple):
    """How far a way leads: the batch that leads there, and the step before it, which other ways may share."""

    seq: int = 0
    hash: bytes = GENESIS
    has_target: bool = False
    data: bytes = b""
    before: "_Step | None" = None

    def list_batches(self) -> list[bytes]:
        """Return the batches of the way."""
        found: list[bytes] = []
        step = self
        while step.before is not None:
            found.append(step.data)
            step = step.before
        return found[::-1]

    def list_entries(self) -> list[Entry]:
        """Return the entries of the way, the first of them linked to where it begins."""
        begin = self
        while begin.before is not None:
            begin = begin.before
        entries: list[Entry] = []
        for batch in map(open_batch, self.list_batches()):
            entries += batch.link(entries[-1].hash if entries else begin.hash)
        return entries


def _follow(step: _Step, data: bytes, batch: OpenBatch, key: bytes, target: bytes) -> _Step | None:
    """Return where a batch leads that begins behind a step, None of one that does not go on from it."""
    entries = batch.link(step.hash)
    if not batch.is_genuine(entries, key):
        return None
    has_target = step.has_target or any(entry.hash == target for entry in entries)
    return _Step(seq=entries[-1].seq, hash=entries[-1].hash, has_target=has_target, data=data, before=step)


def _open(data: bytes) -> OpenBatch | None:
    try:
        return open_batch(data)
    except AppError:
        return None


def keep_seal(connection: Connection, last: Entry, signature: bytes) -> None:
    """Keep a desk's signature over its chain at an entry, so that a batch can end there when it is handed on."""
    seal_of = {"desk": last.desk, "epoch": last.epoch, "seq": last.seq, "signature": signature}
    connection.execute(_KEEP_SEAL, seal_of)


def forget_moved(connection: Connection, desk: str) -> None:
    """Forget what was kept aside of a desk and is here meanwhile, in its place or in an epoch of its own."""
    if connection.execute(_ANY_FORK, {"wanted": desk}).first() is None:
        return
    moved = list_moved_hashes(connection, desk)
    for row in connection.execute(select(_FORK.epoch, _FORK.seq, _FORK.hash).where(_FORK.desk == desk)).all():
        here = select(_ENTRY.seq).where(_ENTRY.desk == desk, _ENTRY.epoch == row.epoch, _ENTRY.hash == row.hash)
        if row.hash in moved or connection.execute(here).first() is not None:
            gone = (_FORK.desk == desk, _FORK.epoch == row.epoch, _FORK.hash == row.hash)
            connection.execute(delete(exchange.fork).where(*gone))
