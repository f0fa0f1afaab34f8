"""When two machines wrote this desk's journal: the province's line stays, this one's goes on in an epoch of its own.

What was written here since the two parted is written again under the new epoch, entry by entry, with its clock and
clerk; what the other machine wrote comes from the province. A dossier whose code the other machine had given to
somebody else gets a new code and a new paper. One transaction: all of it, or nothing.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select

from counter_app.core.changes import Topic
from counter_app.core.clock import to_millis
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier_code import epoch_part
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import (
    DossierReceived,
    Entry,
    EpochForked,
    OrderedPrint,
    decode_body,
    encode_body,
    entry_of,
)
from counter_app.journal.exchange_entries import HeldDecided, HeldDecision
from counter_app.journal.forks import are_moves_whole, relink
from counter_app.journal.journal import make_entry
from counter_app.journal.rebuild import rebuild
from counter_app.journal.streams import CODE_TAKEN
from counter_app.services.answers.desk_status import Recoded, Renewed
from counter_app.services.epoch_claims import forget_claims
from counter_app.services.numbers import take_number
from counter_app.services.open_desk import EPOCH, PROGRAM, OpenDesk, read_local, write_local
from counter_app.services.printing_jobs import queue_run
from counter_app.store.tables import exchange
from counter_app.store.tables import journal as tables
from counter_app.store.writer_queue import Priority
from counter_app.sync.batch import head_of
from counter_app.sync.exchange import read_roster_in_force
from counter_app.sync.inbox import Inbox, store_entries
from counter_app.sync.lines import cut_own_line, list_line_aside
from counter_app.sync.outbox import list_acknowledged
from counter_app.sync.ports import PROVINCE
from resources.texts import Language, text

_log = logging.getLogger(__name__)
_RENEWED, _TAKEN_SINCE = "renewed", "taken_since"
_NEWS = timedelta(days=7)
_WRITER_IS_GONE = timedelta(days=1)
_HEAD, _ENTRY, _HELD = tables.head.c, tables.entry.c, exchange.held_entry.c
_OWN_TAKEN = (
    select(tables.entry)
    .join(exchange.held_entry, (_ENTRY.desk == _HELD.desk) & (_ENTRY.id == _HELD.entry_id))
    .where(_HELD.reason == CODE_TAKEN, _HELD.desk == bindparam("own"))
    .order_by(_ENTRY.position)
)
_REASON = "sync.new_code_reason"


class Fork(NamedTuple):
    """From which number of an epoch on the province holds something else."""

    epoch: int
    from_seq: int


class _Place(NamedTuple):
    """After which entry of which epoch moved entries stood."""

    epoch: int
    seq: int
    hash: bytes


def find_renewed(connection: Connection, now: datetime) -> Renewed | None:
    """Return the new epoch that a fork has brought in the last days, None where none did."""
    kept = read_local(connection, _RENEWED)
    renewed = msgspec.json.decode(kept, type=Renewed) if kept else None
    return renewed if renewed is not None and now < renewed.at + _NEWS else None


class ForkedJournal:
    """Any thread that may wait: it makes every derived row anew."""

    def __init__(self, desk: OpenDesk) -> None:
        self._desk = desk

    def go_on(self, fork: Fork, lines: Sequence[bytes], *, epoch: int, must_be_whole: bool = True) -> Renewed:
        """Go on under a new epoch; `lines` are the batches of this desk that the province has, in its order.

        Where another machine has moved something and not all of it is here, that may still come: it is refused if it
        `must_be_whole`. Otherwise what is missing is moved once more.

        Raises:
            EnvironmentFailure: ``store.slice_used_up``, ``sync.line_incomplete``; ``sync.line_refused`` where another
                machine has that epoch; a store that fails. Nothing changed.
            UserError: ``sync.no_roster``.
        """
        desk = self._desk
        with self._moving() as connection:
            cut = cut_own_line(connection, desk.desk.id, fork.epoch, from_seq=fork.from_seq, sign=desk.journal.sign)
            rebuild(connection)
            self._take(connection, fork, lines, must_be_whole=must_be_whole)
            moved, place = _what_is_missing(connection, desk.desk.id, fork, cut)
            renewed = self._move(connection, epoch, moved, place)
        desk.announcer.announce(*Topic)
        return renewed

    def lacks_own(self) -> bool:
        """Whether what this desk wrote in an earlier life has come back, and another line has its place for good.

        That line is the province's: before, the machine that wrote the first may still put it in its old place.
        """
        with self._desk.store.reading() as connection:
            return bool(self._list_aside(connection))

    def bring_back(self, *, epoch: int) -> Renewed:
        """Put what `lacks_own` speaks of under a new epoch: a stick may have been the only way it came back.

        Raises:
            EnvironmentFailure: as `go_on`; ``sync.line_incomplete``: it is here by now. Nothing changed.
        """
        with self._moving() as connection:
            moved = self._list_aside(connection)
            if not moved:
                raise EnvironmentFailure("sync.line_incomplete")
            place = _Place(moved[0].epoch, moved[0].seq - 1, moved[0].prev_hash)
            renewed = self._move(connection, epoch, moved, place)
        self._desk.announcer.announce(*Topic)
        return renewed

    def recode_taken(self) -> bool:
        """Receive what is held because another machine of this desk gave its code too, under a new one. Whether any.

        Two machines may learn of it only when both have gone on. The one that wrote the held intake does it, for it may
        have done so already in what is still to come; any other does after a day, for that one may be gone. What finds
        no number stays held.
        """
        done = [self._recode_alone(entry) for entry in self._list_taken_here()]
        if any(done):
            self._desk.announcer.announce(*Topic)
        return any(done)

    def _recode_alone(self, entry: Entry) -> bool:
        try:
            with self._desk.transaction(Priority.LINE) as connection:
                if entry not in _list_own_taken(connection, entry.desk):  # a clerk has decided meanwhile
                    return False
                recoded, now = self._recode(connection, entry), self._desk.clock.now()
                known = find_renewed(connection, now) or Renewed(at=now, epoch=self._desk.journal.epoch, moved=0)
                renewed = msgspec.structs.replace(known, at=now, recoded=(*known.recoded, recoded))
                write_local(connection, _RENEWED, msgspec.json.encode(renewed))
        except (UserError, EnvironmentFailure) as exc:
            if isinstance(exc, EnvironmentFailure) and exc.retryable:
                raise
            _log.error("a dossier whose code another one has gets no new one: %s", exc.code)
            return False
        return True

    def _list_taken_here(self) -> list[Entry]:
        """Return the held intakes whose code another dossier has and that are this machine's to receive again."""
        own, epoch, now = self._desk.desk.id, self._desk.journal.epoch, to_millis(self._desk.clock.now())
        with self._desk.store.reading() as connection:
            entries = _list_own_taken(connection, own)
            before = msgspec.json.decode(read_local(connection, _TAKEN_SINCE) or b"{}", type=dict[str, int])
        since = {one.id: min(before.get(one.id, now), now) for one in entries}
        if since != before:
            with self._desk.store.writing(Priority.LINE) as connection:
                write_local(connection, _TAKEN_SINCE, msgspec.json.encode(since))
        long_ago = now - _WRITER_IS_GONE // timedelta(milliseconds=1)
        return [one for one in entries if one.epoch == epoch or since[one.id] <= long_ago]

    def _list_aside(self, connection: Connection) -> list[Entry]:
        own = self._desk.desk
        held = {one.epoch: one.seq for one in list_acknowledged(connection, PROVINCE) if one.desk == own.id}
        return list_line_aside(connection, own.id, key=own.public_key, held=held)

    def _move(self, connection: Connection, epoch: int, moved: Sequence[Entry], place: _Place) -> Renewed:
        desk = self._desk
        self._begin(connection, epoch, moved, place)
        desk.journal.epoch = epoch
        recoded = [self._recode(connection, entry) for entry in _list_taken(connection, moved)]
        renewed = Renewed(at=desk.clock.now(), epoch=epoch, moved=len(moved), recoded=tuple(recoded))
        write_local(connection, _RENEWED, msgspec.json.encode(renewed))
        forget_claims(connection)
        return renewed

    @contextmanager
    def _moving(self) -> Iterator[Connection]:
        before = self._desk.journal.epoch
        try:
            with self._desk.transaction(Priority.LINE) as connection:
                yield connection
        except BaseException:
            self._desk.journal.epoch = before
            raise

    def _take(self, connection: Connection, fork: Fork, lines: Iterable[bytes], *, must_be_whole: bool) -> None:
        """Take the province's line; without it there is nothing to go on from."""
        roster = read_roster_in_force(connection)
        if roster is None:
            raise UserError("sync.no_roster")
        inbox = Inbox(roster, self._desk.clock.now(), own_desk=self._desk.desk.id)
        for data in lines:
            with suppress(UserError):
                inbox.take(connection, data)
        desk = self._desk.desk.id
        is_whole = not must_be_whole or are_moves_whole(connection, desk)
        if _read_head(connection, desk, fork.epoch).seq < fork.from_seq or not is_whole:
            raise EnvironmentFailure("sync.line_incomplete")

    def _begin(self, connection: Connection, epoch: int, moved: Sequence[Entry], place: _Place) -> None:
        """Write the first entry of the new epoch and, after it, what was moved there."""
        desk = self._desk
        part = epoch_part(desk.desk.number_slice, epoch)
        if part is None:
            raise EnvironmentFailure("store.slice_used_up")
        if _read_head(connection, desk.desk.id, epoch).seq:
            raise EnvironmentFailure("sync.line_refused", reason="province.no_epoch_yet")
        head = _read_head(connection, desk.desk.id, place.epoch)
        body = EpochForked(
            desk_id=desk.desk.id,
            epoch=epoch,
            part=part,
            reason="forked",
            previous_seq=head.seq,
            previous_hash=head.hash,
            forked_epoch=place.epoch,
            forked_seq=place.seq,
            forked_hash=place.hash,
            moved=len(moved),
        )
        at = moved[0].at - 1 if moved else max(to_millis(desk.clock.now()) << 16, _read_latest(connection) + 1)
        header = (new_id(), desk.desk.id, epoch, 1, at, PROGRAM, body.KIND, body.VERSION, desk.desk.id)
        start = make_entry(header, body=encode_body(body), prev_hash=GENESIS)
        entries = (start, *relink(moved, epoch=epoch, first_seq=2, prev_hash=start.hash))
        store_entries(connection, entries, desk.journal.sign(head_of(entries[-1])))
        write_local(connection, EPOCH, str(epoch).encode())

    def _recode(self, connection: Connection, entry: Entry) -> Recoded:
        """Receive a dossier once more, under a code that nobody has, and order its paper anew."""
        desk, body = self._desk, decode_body(entry.kind, entry.version, entry.body)
        assert isinstance(body, DossierReceived)  # noqa: S101 - nothing else is held for its code
        code, number = take_number(connection, desk, unit_code=body.dossier.unit_code, day=body.numbered_on)
        reason = text(_REASON, Language.VIETNAMESE)
        ordered = tuple(
            OrderedPrint(id=new_id(), form=one.form, copies=one.copies, reprint=one.reprint + 1, reason=reason)
            for one in body.prints
        )
        again = msgspec.structs.replace(
            body,
            dossier=msgspec.structs.replace(body.dossier, code=code),
            number=number,
            prints=(*body.prints, *ordered),
        )
        written = desk.journal.append(connection, again, clerk=entry.clerk, subject=entry.subject)
        decided = HeldDecided(
            entry_id=entry.id, desk=entry.desk, dossier_id=entry.subject, decision=HeldDecision.DROP, reason=reason
        )
        desk.journal.append(connection, decided, clerk=PROGRAM, subject=entry.subject)
        for one in ordered:
            queue_run(connection, one.id, written.at >> 16)
        return Recoded(old=body.dossier.code, new=code)


def _what_is_missing(connection: Connection, desk: str, fork: Fork, cut: Sequence[Entry]) -> tuple[list[Entry], _Place]:
    """Return what was cut and did not come back from the province, and after what it stood.

    Another machine that wrote the start of the same line may have moved that already.
    """
    here = set(connection.execute(select(_ENTRY.id).where(_ENTRY.desk == desk)).scalars())
    missing = [entry for entry in cut if entry.id not in here]
    place = _Place(fork.epoch, missing[0].seq - 1, missing[0].prev_hash) if missing else _Place(fork.epoch, 0, GENESIS)
    return missing, place


def _list_taken(connection: Connection, moved: Sequence[Entry]) -> list[Entry]:
    """Return the intakes whose code somebody else's dossier has."""
    query = select(_HELD.desk, _HELD.entry_id).where(_HELD.reason == CODE_TAKEN)
    held = {(row.desk, row.entry_id) for row in connection.execute(query)}
    return [entry for entry in moved if (entry.desk, entry.id) in held]


def _list_own_taken(connection: Connection, own: str) -> list[Entry]:
    return [entry_of(row) for row in connection.execute(_OWN_TAKEN, {"own": own})]


def _read_head(connection: Connection, desk: str, epoch: int) -> _Place:
    row = connection.execute(select(tables.head).where(_HEAD.desk == desk, _HEAD.epoch == epoch)).one_or_none()
    return _Place(epoch, row.seq, row.hash) if row is not None else _Place(epoch, 0, GENESIS)


def _read_latest(connection: Connection) -> int:
    return max(connection.execute(select(_HEAD.at)).scalars(), default=0)
