"""One store's side of the exchange: what a carrier, a bundle and a window ask for. Safe from any thread.

Batches are taken several to a transaction while nobody else writes, after the clerk: one that is refused takes nothing
with it, and catching up after months never makes a clerk wait for more than the few batches that are folded together.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.changes import Announcer, Topic
from counter_app.core.clock import Clock
from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.store.store import Store
from counter_app.store.tables import local
from counter_app.store.writer_queue import Priority
from counter_app.sync.batch import Batch
from counter_app.sync.concerned import note_concerned, read_concerned
from counter_app.sync.inbox import Inbox, Taken
from counter_app.sync.online import note_submission, read_submission
from counter_app.sync.outbox import (
    forget_holder,
    list_acknowledged,
    list_batches,
    list_held_chains,
    list_unsent,
    note_acknowledgements,
)
from counter_app.sync.portal_answers import note_portal_answer, read_portal_answer
from counter_app.sync.ports import KNOWN_KINDS, Acknowledgement, FeedItem, FeedKind
from counter_app.sync.reading import NEWER, STRANGE, cannot_take
from counter_app.sync.roster import Receipt, Roster, read_receipt, read_roster
from counter_app.sync.system_answers import note_system_answer, read_system_answer

#: Under which name a store keeps the key of the province that it believes.
PROVINCE_KEY = "province_key"
_ROSTER, _IDENTITY, _LACKING = "roster", "age_identity", "lacking/"
_AT_ONCE = 20
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """`sign` is the desk's own key."""

    store: Store
    desk_id: str
    sign: Callable[[bytes], bytes]
    clock: Clock
    announcer: Announcer

    def find_roster(self) -> Roster | None:
        """Return the list of desks in force, None before the province gave one."""
        with self.store.reading() as connection:
            return read_roster_in_force(connection)

    def trust_province(self, public_key: bytes) -> None:
        """Believe this province from now on; done once, when the desk is enrolled.

        Raises:
            UserError: ``sync.other_province``: the desk belongs to another one already.
        """
        with self.store.writing() as connection:
            known = _read(connection, PROVINCE_KEY)
            if known is not None and known != public_key:
                raise UserError("sync.other_province")
            _write(connection, PROVINCE_KEY, public_key)

    def take_roster(self, data: bytes) -> Roster:
        """Put a newer list of desks in force. Returns the one in force afterwards.

        Raises:
            UserError: ``sync.bad_roster``, ``sync.no_province``.
        """
        with self.store.writing(Priority.LINE) as connection:
            key = _read(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            offered, known = read_roster(data, key), read_roster_in_force(connection)
            if known is not None and known.number >= offered.number:
                return known
            _write(connection, _ROSTER, data)
            for hall in offered.halls:
                if hall.revoked_at is not None:  # what lies there lies nowhere
                    forget_holder(connection, hall.hall_id)
        return offered

    def check_roster(self, data: bytes) -> Roster:
        """Return a list of desks that was offered, if the province signed it; changes nothing.

        Raises:
            UserError: ``sync.bad_roster``, ``sync.no_province``.
        """
        return read_roster(data, self.read_province_key())

    def take_portal_answer(self, data: bytes) -> None:
        """Keep what the national portal said of a dossier, unless something later is known.

        Raises:
            UserError: ``sync.bad_portal_answer``, ``sync.no_province``.
        """
        with self.store.writing(Priority.LINE) as connection:
            key = _read(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            note_portal_answer(connection, read_portal_answer(data, key))
        self.announcer.announce(Topic.EXCHANGE)

    def take_submission(self, data: bytes) -> None:
        """Keep a request that came in online; a known one changes nothing.

        Raises:
            UserError: ``sync.bad_submission``, ``sync.no_province``.
        """
        with self.store.writing(Priority.LINE) as connection:
            key = _read(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            submission = read_submission(data, key)
            is_new = note_submission(connection, submission, data, own_desk=self.desk_id)
        if is_new:
            self.announcer.announce(Topic.ONLINE)

    def take_system_answer(self, data: bytes) -> None:
        """Keep what another system said of a dossier, unless something later is known.

        Raises:
            UserError: ``sync.bad_system_answer``, ``sync.no_province``.
        """
        with self.store.writing(Priority.LINE) as connection:
            key = _read(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            note_system_answer(connection, read_system_answer(data, key))
        self.announcer.announce(Topic.EXCHANGE)

    def take_concerned(self, data: bytes) -> None:
        """Keep a dossier that another unit received and this one decides, unless something later is known.

        Raises:
            UserError: ``sync.bad_concerned``, ``sync.no_province``.
        """
        with self.store.writing(Priority.LINE) as connection:
            key = _read(connection, PROVINCE_KEY)
            if key is None:
                raise UserError("sync.no_province")
            note_concerned(connection, read_concerned(data, key), data, own_desk=self.desk_id)
        self.announcer.announce(Topic.ONLINE)

    def take_item(self, item: FeedItem) -> None:
        """Take an item of a feed that is neither a batch, a pack nor a receipt.

        Raises:
            UserError: ``sync.bad_roster`` and its like: it is not the province's; ``sync.no_province``.
            EnvironmentFailure: ``sync.newer_program``: this program does not know what it is.
        """
        match item.kind:
            case FeedKind.ROSTER:
                self.take_roster(item.data)
            case FeedKind.PORTAL:
                self.take_portal_answer(item.data)
            case FeedKind.ONLINE:
                self.take_submission(item.data)
            case FeedKind.SYSTEM:
                self.take_system_answer(item.data)
            case FeedKind.CONCERNED:
                self.take_concerned(item.data)
            case _:
                if item.kind not in KNOWN_KINDS:
                    raise EnvironmentFailure(NEWER)

    def check_receipt(self, data: bytes) -> Receipt:
        """Return what was handed on as the province's receipt, if the province signed it.

        Raises:
            UserError: ``sync.bad_receipt``, ``sync.no_province``.
        """
        return read_receipt(data, self.read_province_key())

    def read_province_key(self) -> bytes:
        """Return the key of the province that this store believes.

        Raises:
            UserError: ``sync.no_province``.
        """
        with self.store.reading() as connection:
            key = _read(connection, PROVINCE_KEY)
        if key is None:
            raise UserError("sync.no_province")
        return key

    def list_acknowledged(self, holder: str) -> list[Acknowledgement]:
        """Return what a holder has confirmed, of every chain."""
        with self.store.reading() as connection:
            return list_acknowledged(connection, holder)

    def read_identity(self) -> str:
        """Return the secret age identity that files for this desk are opened with; made when first asked for."""
        with self.store.reading() as connection:
            known = _read(connection, _IDENTITY)
        if known is None:
            with self.store.writing() as connection:
                known = _read(connection, _IDENTITY) or _make_identity()
                _write(connection, _IDENTITY, known)
        return known.decode()

    def own_recipient(self) -> str:
        """Return the public age key that files for this desk are sealed to; it stands on the roster."""
        import pyrage

        return str(pyrage.x25519.Identity.from_str(self.read_identity()).to_public())

    def read_lacking(self, holder: str) -> list[str]:
        """Return the papers, by their SHA-256, that a holder said it lacks."""
        with self.store.reading() as connection:
            data = _read(connection, f"{_LACKING}{holder}")
        return msgspec.json.decode(data, type=list[str]) if data is not None else []

    def note_lacking(self, holder: str, sha256s: Iterable[str]) -> None:
        """Keep which papers a holder lacks, in place of what it said before."""
        with self.store.writing(Priority.LINE) as connection:
            _write(connection, f"{_LACKING}{holder}", msgspec.json.encode(sorted(sha256s)))

    def read_roster_file(self) -> bytes | None:
        """Return the list of desks as the province signed it, to hand it on."""
        with self.store.reading() as connection:
            return _read(connection, _ROSTER)

    def take(self, data: bytes, *, holder: str = "") -> Taken:
        """Take one batch; durable when this returns. `holder` is who had it, and so has it.

        Raises:
            EnvironmentFailure: ``sync.bad_batch``, ``sync.newer_program``; nothing changed.
            UserError: ``sync.no_roster``, ``sync.unknown_desk``, ``sync.revoked_desk``, ``sync.not_genuine``,
                ``sync.cannot_take``.
        """
        (answer,) = self.take_run([data], holder=holder)
        if isinstance(answer, AppError):
            raise answer
        return answer

    def take_run(self, batches: Sequence[bytes], *, holder: str = "") -> list[Taken | AppError]:
        """Take batches in their order; durable when this returns. `holder` is who had them, and so has them.

        Returns what became of each: for one that was refused what `take` raises, and the others are not touched.

        Raises:
            EnvironmentFailure: the store fails; of the batches some may be taken, from the first on.
            UserError: ``sync.no_roster``.
        """
        answers: list[Taken | AppError] = []
        while len(answers) < len(batches):
            answers += self._take_some(batches[len(answers) :], holder)
        if any(isinstance(one, Taken) and one.entries for one in answers):
            self.announcer.announce(Topic.DOSSIERS, Topic.POST, Topic.CLERKS, Topic.UNITS)
        return answers

    def _take_some(self, batches: Sequence[bytes], holder: str) -> list[Taken | AppError]:
        """Take the first of the batches: as many as go together, at least one."""
        try:
            return self._take_joined(batches, holder)
        except (EnvironmentFailure, UserError):
            raise
        except Exception as error:  # whatever one of them does to the store, the others are taken without it
            if len(batches) == 1:
                if not isinstance(error, STRANGE):
                    raise
                return [cannot_take(error)]
            _log.warning("%d batches cannot be taken together: %s", len(batches), type(error).__name__)
        return self._take_some(batches[: len(batches) // 2], holder)

    def _take_joined(self, batches: Sequence[bytes], holder: str) -> list[Taken | AppError]:
        """Take batches in one transaction, until somebody waits who goes first."""
        answers: list[Taken | AppError] = []
        with self.store.writing(Priority.LINE) as connection:
            roster = read_roster_in_force(connection)
            if roster is None:
                raise UserError("sync.no_roster")
            inbox = Inbox(roster, self.clock.now(), own_desk=self.desk_id, holder=holder)
            for data in batches:
                answer = inbox.collect(connection, data)
                answers.append(cannot_take(answer) if isinstance(answer, BugError) else answer)
                if self.store.is_awaited(Priority.LINE):
                    break
            inbox.fold(connection)
        return answers

    def next_batches(self, holder: str, *, most: int = 4, only_own: bool = True) -> Sequence[Batch]:
        """Return the next batches that a holder lacks, of this desk or of every desk known here, oldest first."""
        batches: list[Batch] = []
        with self.store.reading() as connection:
            for unsent in list_unsent(connection, holder, desk=self.desk_id if only_own else None):
                if len(batches) < most:
                    left = most - len(batches)
                    batches += list_batches(connection, unsent, own_desk=self.desk_id, sign=self.sign, most=left)
        return batches

    def iter_batches(self, holder: str) -> Iterator[Batch]:
        """Yield all that a holder lacks, of every desk known here, a few batches in memory."""
        with self.store.reading() as connection:
            chains = list_unsent(connection, holder)
        for chain in chains:
            left = chain
            while left.acknowledged < left.last:
                with self.store.reading() as connection:
                    batches = list_batches(connection, left, own_desk=self.desk_id, sign=self.sign, most=_AT_ONCE)
                if not batches:
                    break
                yield from batches
                left = left._replace(acknowledged=batches[-1].last_seq)

    def acknowledge(
        self, holder: str, acknowledgements: Iterable[Acknowledgement], *, is_whole: bool = False
    ) -> list[Acknowledgement]:
        """Keep what a holder says it has; returns those that show a fork: something else under a number of ours.

        `is_whole`: it said all that it has, as it does when two meet; whoever was restored has less than before.
        """
        with self.store.writing(Priority.LINE) as connection:
            before, now = list_unsent(connection, holder), self.clock.now()
            forks = note_acknowledgements(connection, holder, acknowledgements, now=now, is_whole=is_whole)
            has_more = list_unsent(connection, holder) != before
        if has_more:
            self.announcer.announce(Topic.EXCHANGE)
        return forks

    def holds(self, desk: str, epoch: int, seq: int) -> bool:
        """Whether an entry of a chain is here."""
        chains = self.list_held_chains()
        return any((one.desk, one.epoch) == (desk, epoch) and one.seq >= seq for one in chains)

    def list_held_chains(self) -> list[Acknowledgement]:
        """Return what this store has of every chain."""
        with self.store.reading() as connection:
            return list_held_chains(connection)


def read_roster_in_force(connection: Connection) -> Roster | None:
    """Return the list of desks in force, None before the province gave one."""
    key, data = _read(connection, PROVINCE_KEY), _read(connection, _ROSTER)
    return read_roster(data, key) if key is not None and data is not None else None


def _make_identity() -> bytes:
    import pyrage

    return str(pyrage.x25519.Identity.generate()).encode()


def _read(connection: Connection, name: str) -> bytes | None:
    value: bytes | None = connection.execute(
        select(local.local_value.c.value).where(local.local_value.c.name == name)
    ).scalar()
    return value


def _write(connection: Connection, name: str, value: bytes) -> None:
    statement = upsert(local.local_value).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
