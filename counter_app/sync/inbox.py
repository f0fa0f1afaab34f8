"""Taking batches of other desks into the store: what is genuine, new and in order; everything else waits or is refused.

One transaction a batch. A batch that is here already has no effect; one that came before what it follows is kept and
taken as soon as that comes; one that says something else than what is here already is a fork and is kept aside.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.journal.apply import apply
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DeskEnrolled, Entry, EpochStarted, decode_body
from counter_app.journal.rows import Rows
from counter_app.store.tables import exchange
from counter_app.store.tables import journal as tables
from counter_app.sync.batch import OpenBatch, open_batch
from counter_app.sync.roster import Roster

#: How many batches of one chain may wait for what they follow; more are offered again by whoever has them.
MOST_WAITING = 200

_INSERT = insert(tables.entry)
_ENTRY = tables.entry.c
_FORK = exchange.fork.c
_WAITING = exchange.waiting_batch.c
_CHAIN = (_ENTRY.desk == bindparam("desk"), _ENTRY.epoch == bindparam("epoch"))
_HASH = select(_ENTRY.hash).where(*_CHAIN, _ENTRY.seq == bindparam("seq"))
_HASHES = select(_ENTRY.seq, _ENTRY.hash).where(*_CHAIN, _ENTRY.seq.between(bindparam("low"), bindparam("high")))
_EARLIER = select(_ENTRY.hash).where(
    _ENTRY.desk == bindparam("desk"), _ENTRY.epoch < bindparam("epoch"), _ENTRY.seq == bindparam("seq")
)
_NEXT_WAITING = (
    select(exchange.waiting_batch)
    .where(_WAITING.desk == bindparam("desk"))
    .order_by(_WAITING.epoch, _WAITING.first_seq)
)


class Outcome(StrEnum):
    """What became of a batch."""

    TAKEN = "taken"
    KNOWN = "known"
    WAITS = "waits"
    FORK = "fork"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a batch brought: `entries` new ones, those of batches that waited for it included."""

    outcome: Outcome
    desk: str
    epoch: int
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """Takes batches for one store. `roster` says whose key counts; `now` is when it is done."""

    roster: Roster
    now: datetime

    def take(self, connection: Connection, data: bytes) -> Taken:
        """Take one batch, in the caller's writing transaction.

        Raises:
            EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``; nothing was taken.
            UserError: ``sync.unknown_desk``, ``sync.revoked_desk``, ``sync.not_genuine``; nothing was taken.
        """
        opened = open_batch(data)
        taken = self._take(connection, opened, data)
        if taken.outcome is not Outcome.TAKEN:
            return taken
        return msgspec.structs.replace(taken, entries=taken.entries + self._take_waiting(connection, taken.desk))

    def _take(self, connection: Connection, opened: OpenBatch, data: bytes) -> Taken:
        run = opened.run
        key = self.roster.get_valid(run.desk, self.now).public_key
        answer = Taken(outcome=Outcome.KNOWN, desk=run.desk, epoch=run.epoch)
        before = _find_hash(connection, run.desk, run.epoch, run.first_seq - 1)
        if before is None:
            _let_wait(connection, opened, data, self.now)
            return msgspec.structs.replace(answer, outcome=Outcome.WAITS)
        entries = opened.link(before)
        if not opened.is_genuine(entries, key):
            if self._goes_on_from_fork(connection, opened, key, data):
                return msgspec.structs.replace(answer, outcome=Outcome.FORK)
            raise UserError("sync.not_genuine", desk=run.desk[:40])
        same, differs_at = _count_known(connection, entries)
        if differs_at:
            self._keep_fork(connection, entries[-1], differs_at, data)
            return msgspec.structs.replace(answer, outcome=Outcome.FORK)
        fresh = entries[same:]
        if not fresh:
            return answer
        if not _is_continued(connection, fresh[0]) or not _is_readable(fresh):
            _let_wait(connection, opened, data, self.now)
            return msgspec.structs.replace(answer, outcome=Outcome.WAITS)
        _check(connection, fresh, key)
        _store(connection, fresh, opened.signature)
        return msgspec.structs.replace(answer, outcome=Outcome.TAKEN, entries=len(fresh))

    def _goes_on_from_fork(self, connection: Connection, opened: OpenBatch, key: bytes, data: bytes) -> bool:
        """Whether a batch follows one that was kept aside; then it is kept aside too."""
        run = opened.run
        before = select(_FORK.hash, _FORK.differs_at).where(
            _FORK.desk == run.desk, _FORK.epoch == run.epoch, _FORK.seq == run.first_seq - 1
        )
        for fork in connection.execute(before).all():
            entries = opened.link(fork.hash)
            if opened.is_genuine(entries, key):
                self._keep_fork(connection, entries[-1], fork.differs_at, data)
                return True
        return False

    def _keep_fork(self, connection: Connection, last: Entry, differs_at: int, data: bytes) -> None:
        kept = upsert(exchange.fork).values(
            desk=last.desk,
            epoch=last.epoch,
            seq=last.seq,
            hash=last.hash,
            differs_at=differs_at,
            data=data,
            seen_at=to_millis(self.now),
        )
        connection.execute(kept.on_conflict_do_nothing())

    def _take_waiting(self, connection: Connection, desk_id: str) -> int:
        """Take what waited for something of this desk, as long as anything of it fits."""
        count, went_on = 0, True
        while went_on:
            went_on = False
            for row in connection.execute(_NEXT_WAITING, {"desk": desk_id}).all():
                taken = self._take_one_waiting(connection, row)
                count += taken.entries if taken is not None else 0
                went_on = went_on or (taken is not None and taken.outcome is Outcome.TAKEN)
        return count

    def _take_one_waiting(self, connection: Connection, row: Any) -> Taken | None:
        """Take a batch that waited; what turns out to be no true one is forgotten."""
        try:
            taken = self._take(connection, open_batch(row.data), row.data)
        except AppError:
            taken = None
        if taken is None or taken.outcome is not Outcome.WAITS:
            gone = delete(exchange.waiting_batch).where(
                _WAITING.desk == row.desk, _WAITING.epoch == row.epoch, _WAITING.first_seq == row.first_seq
            )
            connection.execute(gone)
        return taken


def _count_known(connection: Connection, entries: tuple[Entry, ...]) -> tuple[int, int]:
    """Return how many of the entries are here already, and the number under which another one is here, 0 for none."""
    first, last = entries[0], entries[-1]
    span = {"desk": first.desk, "epoch": first.epoch, "low": first.seq, "high": last.seq}
    known = {row.seq: row.hash for row in connection.execute(_HASHES, span)}
    other = (entry.seq for entry in entries if known.get(entry.seq, entry.hash) != entry.hash)
    return len(known), next(other, 0)


def _find_hash(connection: Connection, desk: str, epoch: int, seq: int) -> bytes | None:
    if seq == 0:
        return GENESIS
    found: bytes | None = connection.execute(_HASH, {"desk": desk, "epoch": epoch, "seq": seq}).scalar()
    return found


def _let_wait(connection: Connection, opened: OpenBatch, data: bytes, now: datetime) -> None:
    run = opened.run
    count = select(func.count()).where(_WAITING.desk == run.desk, _WAITING.epoch == run.epoch)
    if (connection.execute(count).scalar() or 0) >= MOST_WAITING:
        return
    values = {"desk": run.desk, "epoch": run.epoch, "first_seq": run.first_seq, "data": data}
    kept = upsert(exchange.waiting_batch).values(**values, came_at=to_millis(now))
    # Not proved yet: a later one in its place may be the true one.
    connection.execute(
        kept.on_conflict_do_update(index_elements=["desk", "epoch", "first_seq"], set_={"data": kept.excluded.data})
    )


def _is_continued(connection: Connection, entry: Entry) -> bool:
    """Whether what a new epoch goes on from is here."""
    if entry.kind != EpochStarted.KIND:
        return True
    body = decode_body(entry.kind, entry.version, entry.body)
    if not isinstance(body, EpochStarted) or body.previous_seq == 0:
        return True
    earlier = {"desk": entry.desk, "epoch": entry.epoch, "seq": body.previous_seq}
    return body.previous_hash in set(connection.execute(_EARLIER, earlier).scalars())


def _is_readable(entries: tuple[Entry, ...]) -> bool:
    """Whether this program knows every kind in it; what a newer one wrote waits for the update.

    Raises:
        BugError: ``journal.bad_body``.
    """
    try:
        for entry in entries:
            decode_body(entry.kind, entry.version, entry.body)
    except EnvironmentFailure:
        return False
    return True


def _check(connection: Connection, entries: tuple[Entry, ...], key: bytes) -> None:
    """Refuse a genuine batch that says what no program of ours says, before any of it is stored.

    Raises:
        UserError: ``sync.not_genuine``.
    """
    first = entries[0]
    before = select(_ENTRY.at).where(
        _ENTRY.desk == first.desk, _ENTRY.epoch == first.epoch, _ENTRY.seq == first.seq - 1
    )
    at = connection.execute(before).scalar() or 0
    ids = select(_ENTRY.id).where(_ENTRY.id.in_([entry.id for entry in entries])).limit(1)
    if connection.execute(ids).first() is not None:
        raise UserError("sync.not_genuine", desk=first.desk[:40])
    for entry in entries:
        body = decode_body(entry.kind, entry.version, entry.body)
        is_strange = entry.at <= at or (isinstance(body, DeskEnrolled) and body.desk.public_key != key)
        is_first = entry.epoch == 1 and entry.seq == 1
        if is_strange or is_first != isinstance(body, DeskEnrolled):
            raise UserError("sync.not_genuine", desk=entry.desk[:40])
        at = entry.at


def _store(connection: Connection, entries: tuple[Entry, ...], signature: bytes) -> None:
    last = entries[-1]
    head = {"desk": last.desk, "epoch": last.epoch, "seq": last.seq, "at": last.at, "hash": last.hash}
    moved = upsert(tables.head).values(**head, signature=signature)
    changes = {name: moved.excluded[name] for name in ("seq", "at", "hash", "signature")}
    connection.execute(moved.on_conflict_do_update(index_elements=["desk", "epoch"], set_=changes))
    sealed = upsert(exchange.batch_seal).values(desk=last.desk, epoch=last.epoch, seq=last.seq, signature=signature)
    connection.execute(sealed.on_conflict_do_nothing())
    rows, effects = Rows(connection), []
    for entry in entries:
        columns = {name: getattr(entry, name) for name in entry.__struct_fields__}
        position = connection.execute(_INSERT, columns).lastrowid
        body = decode_body(entry.kind, entry.version, entry.body)
        effects.append(partial(apply, rows, entry, body, position=position))
    rows.attempt_all(effects)
