"""Taking batches of other desks into the store: what is genuine, new and in order; everything else waits or is refused.

A batch that is here already has no effect; one that came before what it follows is kept and taken as soon as that
comes; one that says something else than what is here already is a fork and is kept aside. Several may come in one
transaction: what one of them brings is undone alone when it is refused, and what all of them mean is folded together.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.domain.dossier_code import epoch_part
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Body, DeskEnrolled, Entry, EpochStarted, decode_body
from counter_app.journal.forks import is_continued, iter_moves
from counter_app.journal.journal import MOVE_HEAD
from counter_app.journal.rebuild import columns_of, fold, rebuild
from counter_app.journal.statements import put_rows
from counter_app.journal.streams import Step
from counter_app.store.tables import exchange
from counter_app.store.tables import journal as tables
from counter_app.sync.batch import OpenBatch, open_batch
from counter_app.sync.lines import Elsewhere, cut_line, find_elsewhere, find_path, forget_moved, keep_seal
from counter_app.sync.outbox import forget_holder, note_held
from counter_app.sync.roster import Roster, RosterDesk
from counter_app.sync.waiting import find_waiting, forget_waiting, let_wait, list_waiting

#: So many entries are folded at once. A clerk waits for the whole of a fold; 200 were no quicker by the processor, and
#: let a clerk wait twice as long.
_FOLDED_AT_ONCE = 50

_ENTRY = tables.entry.c
_NEXT_POSITION = select(func.coalesce(func.max(_ENTRY.position), 0) + 1)
_FORK = exchange.fork.c
_CHAIN = (_ENTRY.desk == bindparam("desk"), _ENTRY.epoch == bindparam("epoch"))
_HASH = select(_ENTRY.hash).where(*_CHAIN, _ENTRY.seq == bindparam("seq"))
_AT = select(_ENTRY.at).where(*_CHAIN, _ENTRY.seq == bindparam("seq"))
_HASHES = select(_ENTRY.seq, _ENTRY.hash).where(*_CHAIN, _ENTRY.seq.between(bindparam("low"), bindparam("high")))


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
    differs_at: int = 0
    """Of a fork: the first number under which something else is here; 0 where an earlier batch showed it."""
    is_newer: bool = False
    """It waits because an entry in it is of a kind that only a newer program knows."""
    first_seq: int = 0
    must_come_again: bool = False
    """It would wait, but there is no room for it: it is to come again when the entry before its first one is here."""


@dataclass(slots=True)
class Inbox:
    """Takes batches for one store. `roster` says whose key counts; `now` is when it is done.

    What other machines wrote in the name of `own_desk` moves nothing of this one's: that is a new epoch's work.
    `holder` is who has the batches that are given. One transaction, one thread.
    """

    roster: Roster
    now: datetime
    own_desk: str = ""
    holder: str = ""
    _unfolded: list[Step] = field(default_factory=list)
    """In the journal already; their rows are still to be written."""
    _is_stale: bool = False
    """Entries were moved away from under their rows: `fold` makes all anew, behind no savepoint (see `rebuild`)."""

    def take(self, connection: Connection, data: bytes) -> Taken:
        """Take one batch, in the caller's writing transaction.

        Raises:
            EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``; nothing was taken.
            UserError: ``sync.unknown_desk``, ``sync.revoked_desk``, ``sync.not_genuine``; nothing was taken.
        """
        taken = self._take_all(connection, data)
        self.fold(connection)
        return taken

    def collect(self, connection: Connection, data: bytes) -> Taken | AppError:
        """Take one of several batches: before the transaction ends, `fold` writes what they mean.

        Returns what `take` raises, for the others go on; then nothing of this one was taken.
        """
        before, was_stale, trial = list(self._unfolded), self._is_stale, connection.begin_nested()
        try:
            taken = self._take_all(connection, data)
        except AppError as error:
            trial.rollback()
            self._unfolded[:], self._is_stale = before, was_stale
            return error
        trial.commit()
        if len(self._unfolded) >= _FOLDED_AT_ONCE:
            self.fold(connection)
        return taken

    def fold(self, connection: Connection) -> None:
        """Write what the collected entries mean."""
        if self._is_stale:
            rebuild(connection)
        elif self._unfolded:
            fold(connection, self._unfolded)
        self._unfolded.clear()
        self._is_stale = False

    def _take_all(self, connection: Connection, data: bytes) -> Taken:
        """Take a batch and what waited for it."""
        taken = self._take(connection, open_batch(data), data, holder=self.holder)
        if taken.outcome is not Outcome.TAKEN:
            return taken
        return msgspec.structs.replace(taken, entries=taken.entries + self._take_waiting(connection, taken.desk))

    def _take(self, connection: Connection, opened: OpenBatch, data: bytes, *, holder: str = "") -> Taken:
        run = opened.run
        writer = self.roster.get_writer(run.desk, run.epoch, opened.last_seq)
        key = writer.public_key
        answer = Taken(outcome=Outcome.KNOWN, desk=run.desk, epoch=run.epoch, first_seq=run.first_seq)
        before = _find_hash(connection, run.desk, run.epoch, run.first_seq - 1)
        if before is None:
            return self._let_wait(connection, opened, data, holder, answer)
        entries = opened.link(before)
        is_on_line = writer.is_on_line(run.epoch, opened.last_seq, entries[-1].hash)
        if not is_on_line or not opened.is_genuine(entries, key):
            if self._goes_on_from_fork(connection, opened, key, data):
                return msgspec.structs.replace(answer, outcome=Outcome.FORK)
            raise UserError("sync.not_genuine", desk=run.desk[:40])
        same, differs_at = _count_known(connection, entries)
        if differs_at:
            self._keep_fork(connection, entries[-1], differs_at, data)
            return msgspec.structs.replace(answer, outcome=Outcome.FORK, differs_at=differs_at)
        if same == len(entries):
            keep_seal(connection, entries[-1], opened.signature)
            self._note_holder(connection, holder, entries[-1])
            return answer
        outcome = self._take_fresh(connection, entries[same:], opened.signature, writer)
        self._note_holder(connection, holder, entries[-1])
        if outcome is Outcome.WAITS:
            is_newer = _read_bodies(entries[same:]) is None
            return self._let_wait(connection, opened, data, holder, msgspec.structs.replace(answer, is_newer=is_newer))
        count = len(entries) - same if outcome is Outcome.TAKEN else 0
        return msgspec.structs.replace(answer, outcome=outcome, entries=count)

    def _let_wait(self, connection: Connection, opened: OpenBatch, data: bytes, holder: str, answer: Taken) -> Taken:
        """Keep a batch for later; what is read again anyway need not come again for want of room."""
        is_kept = let_wait(connection, opened, data, holder=holder, now=self.now)
        is_lost = not (is_kept or answer.is_newer or answer.desk == self.own_desk)
        return msgspec.structs.replace(answer, outcome=Outcome.WAITS, must_come_again=is_lost)

    def _note_holder(self, connection: Connection, holder: str, last: Entry) -> None:
        """Whoever has a batch has its chain up to there; of this desk's own, it says so itself when it is asked."""
        if not holder or last.desk == self.own_desk:
            return
        if _find_hash(connection, last.desk, last.epoch, last.seq) == last.hash:
            note_held(connection, holder, last, now=self.now)

    def _take_fresh(
        self, connection: Connection, fresh: tuple[Entry, ...], signature: bytes, writer: RosterDesk
    ) -> Outcome:
        """Take what is not here in its place, if what it goes on from is."""
        elsewhere = find_elsewhere(connection, fresh)
        if elsewhere is Elsewhere.LATER:
            return Outcome.KNOWN  # it was moved to a later epoch of the desk, and is here there
        bodies = _read_bodies(fresh)
        if bodies is None:
            return Outcome.WAITS
        if elsewhere is Elsewhere.EARLIER:
            if fresh[0].desk == self.own_desk:
                return Outcome.WAITS
            self._make_way(connection, fresh, writer.public_key)
            last = fresh[-1]
            if _find_hash(connection, last.desk, last.epoch, last.seq) == last.hash:
                return Outcome.KNOWN  # it had waited itself, and was taken with what waited
        if not is_continued(connection, fresh[0]):
            return Outcome.WAITS
        _check(connection, fresh, bodies, writer)
        self._unfolded.extend(_write_entries(connection, fresh, signature, bodies))
        forget_moved(connection, fresh[-1].desk)
        return Outcome.TAKEN

    def _make_way(self, connection: Connection, moved: tuple[Entry, ...], key: bytes) -> None:
        """The desk moved entries to a new epoch: what stood in their old place is taken, as far as it came before."""
        ids = [entry.id for entry in moved]
        target = next((body.previous_hash for _start, body in iter_moves(moved)), b"")
        desk = moved[0].desk
        here = (_ENTRY.id.in_(ids), _ENTRY.desk == desk)
        query = select(_ENTRY.epoch, func.min(_ENTRY.seq).label("first")).where(*here)
        for row in connection.execute(query.group_by(_ENTRY.epoch)).all():
            place = (desk, row.epoch)
            known = select(_FORK.data).where(_FORK.desk == place[0], _FORK.epoch == place[1]).order_by(_FORK.seq)
            others = list(connection.execute(known).scalars())
            for batch in cut_line(connection, *place, from_seq=row.first):
                self._keep_fork(connection, batch.entries[-1], row.first, batch.data)
            self._is_stale = True
            for data in find_path(connection, *place, others, key=key, target=target):
                with suppress(UserError):  # a revoked desk's, and the province never had it
                    self._take(connection, open_batch(data), data)
        self._take_waiting(connection, desk)  # what came while another line was here may go on from this one
        forget_moved(connection, desk)

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
        forget_holder(connection, last.desk)  # two machines are this desk: which of them has what is not known

    def _take_waiting(self, connection: Connection, desk_id: str) -> int:
        """Take what waited for something of this desk, as long as anything of it fits."""
        count, went_on = 0, True
        while went_on:
            went_on = False
            for row in list_waiting(connection, desk_id):
                if _find_hash(connection, row.desk, row.epoch, row.first_seq - 1) is None:
                    continue
                taken = self._take_one_waiting(connection, row)
                count += taken.entries if taken is not None else 0
                went_on = went_on or (taken is not None and taken.outcome is Outcome.TAKEN)
        return count

    def _take_one_waiting(self, connection: Connection, row: Any) -> Taken | None:
        """Take a batch that waited; what turns out to be no true one is forgotten."""
        data = find_waiting(connection, row)
        if data is None:
            return None
        try:
            taken = self._take(connection, open_batch(data), data, holder=row.holder)
        except AppError:
            taken = None
        if taken is None or taken.outcome is not Outcome.WAITS:
            forget_waiting(connection, row)
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


def _read_bodies(entries: tuple[Entry, ...]) -> list[Body] | None:
    """Return what entries say, None where one is of a kind that only a newer program knows: it waits for the update.

    Raises:
        UserError: ``sync.not_genuine``: signed, but not what a program of ours writes under that kind.
    """
    try:
        return [decode_body(entry.kind, entry.version, entry.body) for entry in entries]
    except EnvironmentFailure:
        return None
    except BugError as exc:
        raise UserError("sync.not_genuine", desk=entries[0].desk[:40]) from exc


def _check(connection: Connection, entries: tuple[Entry, ...], bodies: Sequence[Body], writer: RosterDesk) -> None:
    """Refuse a genuine batch that says what no program of ours says, before any of it is stored.

    Raises:
        UserError: ``sync.not_genuine``.
    """
    first = entries[0]
    before = {"desk": first.desk, "epoch": first.epoch, "seq": first.seq - 1}
    at = connection.execute(_AT, before).scalar() or 0
    if len({entry.id for entry in entries}) < len(entries):
        raise UserError("sync.not_genuine", desk=first.desk[:40])
    for entry, body in zip(entries, bodies, strict=True):
        is_strange = entry.at <= at or _speaks_for_another(entry, body, writer)
        is_first = entry.epoch == 1 and entry.seq == 1
        if is_strange or is_first != isinstance(body, DeskEnrolled):
            raise UserError("sync.not_genuine", desk=entry.desk[:40])
        at = entry.at


def _speaks_for_another(entry: Entry, body: Body, writer: RosterDesk) -> bool:
    """Whether an entry tells of the coming into service, or of an epoch, of a desk that did not write it.

    So does one that says other numbers than the province gave, or an epoch that has none of them.
    """
    match body:
        case DeskEnrolled():
            is_it = (body.desk.id, body.desk.public_key) == (entry.desk, writer.public_key)
            return not is_it or body.desk.number_slice != writer.number_slice
        case EpochStarted():
            return body.desk_id != entry.desk or (entry.seq == 1 and not _is_epoch(body.epoch, entry, writer))
        case _:
            return False


def _is_epoch(epoch: int, entry: Entry, writer: RosterDesk) -> bool:
    return epoch == entry.epoch and epoch_part(writer.number_slice, epoch) is not None


def store_entries(connection: Connection, entries: tuple[Entry, ...], signature: bytes) -> None:
    """Write entries that were looked at, with what they mean and their desk's signature over the last of them."""
    bodies = [decode_body(one.kind, one.version, one.body) for one in entries]
    fold(connection, _write_entries(connection, entries, signature, bodies))
    forget_moved(connection, entries[-1].desk)


def _write_entries(
    connection: Connection, entries: tuple[Entry, ...], signature: bytes, bodies: Sequence[Body]
) -> list[Step]:
    """Write entries into the journal, and return them for the fold."""
    last = entries[-1]
    head = {"desk": last.desk, "epoch": last.epoch, "seq": last.seq, "at": last.at, "hash": last.hash}
    connection.execute(MOVE_HEAD, head | {"signature": signature})
    keep_seal(connection, last, signature)
    position = connection.execute(_NEXT_POSITION).scalar_one()
    said = zip(entries, bodies, strict=True)
    if any(isinstance(body, EpochStarted) for body in bodies):  # its store was set back: who knows what it has now
        forget_holder(connection, last.desk)
    run = [Step(entry, place, body) for place, (entry, body) in enumerate(said, start=position)]
    put_rows(connection, tables.entry.name, [columns_of(step) for step in run], replaces=False)
    return run
