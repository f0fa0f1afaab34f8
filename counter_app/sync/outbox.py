"""What others do not have yet, computed from what they said they have; nothing is queued."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.errors import BugError
from counter_app.journal.entries import Entry, entry_of
from counter_app.journal.forks import find_parting
from counter_app.store.tables import exchange
from counter_app.store.tables import journal as tables
from counter_app.sync.batch import BATCH_BYTES, BATCH_ENTRIES, Batch, seal
from counter_app.sync.ports import Acknowledgement

_log = logging.getLogger(__name__)
_ENTRY, _HEAD = tables.entry.c, tables.head.c
_ACKNOWLEDGED, _SEAL, _FORK = exchange.acknowledged.c, exchange.batch_seal.c, exchange.fork.c
_SPAN = (
    _ENTRY.desk == bindparam("desk"),
    _ENTRY.epoch == bindparam("epoch"),
    _ENTRY.seq.between(bindparam("low"), bindparam("high")),
)
_RUN = select(tables.entry).where(*_SPAN).order_by(_ENTRY.seq)
_SIZES = select(_ENTRY.seq, func.length(_ENTRY.body).label("size")).where(*_SPAN).order_by(_ENTRY.seq)
_HASH = select(_ENTRY.hash).where(
    _ENTRY.desk == bindparam("desk"), _ENTRY.epoch == bindparam("epoch"), _ENTRY.seq == bindparam("seq")
)
_LAST = select(_HEAD.seq, _HEAD.hash).where(_HEAD.desk == bindparam("desk"), _HEAD.epoch == bindparam("epoch"))


class Unsent(NamedTuple):
    """A chain, the last number that the holder has of it, and the last one here."""

    desk: str
    epoch: int
    acknowledged: int
    last: int


def list_unsent(connection: Connection, holder: str, *, desk: str | None = None) -> list[Unsent]:
    """Return the chains of which a holder has not everything, of one desk or of all."""
    same = and_(_ACKNOWLEDGED.holder == holder, _ACKNOWLEDGED.desk == _HEAD.desk, _ACKNOWLEDGED.epoch == _HEAD.epoch)
    has = func.coalesce(_ACKNOWLEDGED.seq, 0)
    query = select(_HEAD.desk, _HEAD.epoch, has.label("has"), _HEAD.seq).where(_HEAD.seq > has)
    query = query.select_from(tables.head.outerjoin(exchange.acknowledged, same)).order_by(_HEAD.desk, _HEAD.epoch)
    if desk is not None:
        query = query.where(_HEAD.desk == desk)
    return [Unsent(row.desk, row.epoch, row.has, row.seq) for row in connection.execute(query)]


def list_batches(
    connection: Connection, unsent: Unsent, *, own_desk: str, sign: Callable[[bytes], bytes], most: int
) -> list[Batch]:
    """Return the next batches of a chain that a holder lacks, at most so many.

    This desk's own chain is signed where it suits; another desk's ends its batches where that desk did. A chain with an
    entry that cannot travel ends before it, and delays no other.
    """
    if unsent.desk == own_desk:
        ends, seals = _list_ends(connection, unsent, most), dict[int, bytes]()
    else:
        seals = _read_seals(connection, unsent)
        ends = sorted(seals)
    batches, low = [], unsent.acknowledged + 1
    for high in ends[:most]:
        span = {"desk": unsent.desk, "epoch": unsent.epoch, "low": low, "high": high}
        entries = [entry_of(row) for row in connection.execute(_RUN, span)]
        try:
            batches.append(seal(entries, _signer(seals.get(high), sign)))
        except BugError:
            _log.exception("epoch %d of a desk goes no further than its entry %d", unsent.epoch, low - 1)
            break
        low = high + 1
    return batches


def _list_ends(connection: Connection, unsent: Unsent, most: int) -> list[int]:
    """Return where so many batches of this desk's own chain end: after so many entries, and before too many bytes."""
    low, high = unsent.acknowledged + 1, min(unsent.last, unsent.acknowledged + most * BATCH_ENTRIES)
    span = {"desk": unsent.desk, "epoch": unsent.epoch, "low": low, "high": high}
    ends, count, size = list[int](), 0, 0
    for row in connection.execute(_SIZES, span):
        if count == BATCH_ENTRIES or (count and size + row.size > BATCH_BYTES):
            ends.append(row.seq - 1)
            count = size = 0
        count, size = count + 1, size + row.size
    return [*ends, high]


def _signer(kept: bytes | None, sign: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return sign if kept is None else lambda _message: kept


def _read_seals(connection: Connection, unsent: Unsent) -> dict[int, bytes]:
    query = select(_SEAL.seq, _SEAL.signature).where(
        _SEAL.desk == unsent.desk, _SEAL.epoch == unsent.epoch, _SEAL.seq > unsent.acknowledged
    )
    return {row.seq: row.signature for row in connection.execute(query)}


def note_acknowledgements(
    connection: Connection,
    holder: str,
    acknowledgements: Iterable[Acknowledgement],
    *,
    now: datetime,
    is_whole: bool = False,
) -> list[Acknowledgement]:
    """Keep what a holder says it has. Returns those that contradict this store: there the journal has forked.

    A holder may also say less than before, for it may have been restored: then it is sent again. When it says all that
    it has (`is_whole`), chains that it does not speak of are none of its any more. Nothing is kept beyond what is here:
    what comes to have those numbers would never be sent. Nor beyond where a chain parted, of a holder that says more
    than is here: it may have the other line.
    """
    if is_whole:
        forget_holder(connection, holder)
    forks = []
    for said in {(one.desk, one.epoch): one for one in acknowledgements}.values():  # whoever repeats it says the last
        last = connection.execute(_LAST, {"desk": said.desk, "epoch": said.epoch}).one_or_none()
        if last is None:
            continue
        one = said if said.seq <= last.seq else _what_is_shared(connection, said, last.seq)
        if one is None:
            continue
        chain = {"desk": one.desk, "epoch": one.epoch, "seq": one.seq}
        ours = connection.execute(_HASH, chain).scalar()
        if ours is not None and ours != one.hash:
            forks.append(one)
            continue
        kept = upsert(exchange.acknowledged).values(holder=holder, **chain, hash=one.hash, at=to_millis(now))
        changes = {name: kept.excluded[name] for name in ("seq", "hash", "at")}
        connection.execute(kept.on_conflict_do_update(index_elements=["holder", "desk", "epoch"], set_=changes))
    return forks


def _what_is_shared(connection: Connection, said: Acknowledgement, last: int) -> Acknowledgement | None:
    """Return what a holder that says more of a chain than is here has of what is here, None for nothing.

    It is all of it, as long as no other line of that chain is known.
    """
    aside = select(func.min(_FORK.differs_at)).where(_FORK.desk == said.desk, _FORK.epoch == said.epoch)
    moved = find_parting(connection, said.desk, said.epoch, said.hash)
    parts = [seq for seq in (connection.execute(aside).scalar(), moved) if seq is not None]
    seq = min([last, *(part - 1 for part in parts)])
    digest = connection.execute(_HASH, {"desk": said.desk, "epoch": said.epoch, "seq": seq}).scalar()
    return msgspec.structs.replace(said, seq=seq, hash=digest) if digest is not None else None


def note_held(connection: Connection, holder: str, last: Entry, *, now: datetime) -> None:
    """Keep that a holder has a chain up to an entry that is here, unless it is known to have more of it."""
    said = {"seq": last.seq, "hash": last.hash, "at": to_millis(now)}
    kept = upsert(exchange.acknowledged).values(holder=holder, desk=last.desk, epoch=last.epoch, **said)
    keys = ["holder", "desk", "epoch"]
    is_more = kept.excluded.seq >= _ACKNOWLEDGED.seq
    connection.execute(kept.on_conflict_do_update(index_elements=keys, set_=said, where=is_more))


def list_held_chains(connection: Connection) -> list[Acknowledgement]:
    """Return what this store has, for others to know."""
    query = select(tables.head).order_by(_HEAD.desk, _HEAD.epoch)
    return [
        Acknowledgement(desk=row.desk, epoch=row.epoch, seq=row.seq, hash=row.hash) for row in connection.execute(query)
    ]


def list_acknowledged(connection: Connection, holder: str) -> list[Acknowledgement]:
    """Return what a holder has confirmed."""
    rows = connection.execute(select(exchange.acknowledged).where(_ACKNOWLEDGED.holder == holder))
    return [Acknowledgement(desk=row.desk, epoch=row.epoch, seq=row.seq, hash=row.hash) for row in rows]


def forget_holder(connection: Connection, holder: str) -> None:
    """Count on nothing that a holder said it has."""
    connection.execute(delete(exchange.acknowledged).where(_ACKNOWLEDGED.holder == holder))
