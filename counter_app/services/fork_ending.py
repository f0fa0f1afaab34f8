"""What two machines wrote in one desk's name is put in order at an exchange, or it is said that it could not be."""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection

from counter_app.core.errors import EnvironmentFailure
from counter_app.services.answers.desk_status import Parted, Renewed
from counter_app.services.epoch_claims import draw_carried_claim, draw_claim, is_carried_claim
from counter_app.services.epochs import CLAIM
from counter_app.services.forked_journal import Fork, ForkedJournal
from counter_app.services.line_tally import Tally
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.store.writer_queue import Priority
from counter_app.sync.outbox import list_held_chains
from counter_app.sync.ports import Acknowledgement

if TYPE_CHECKING:
    from counter_app.sync.carried import ProvinceSide
    from counter_app.sync.enrolling import EpochRequest

_log = logging.getLogger(__name__)
_STAYS = "fork_stays"
#: What has not changed is not tried again before that, and not told to anybody before either.
PAUSE = timedelta(minutes=10)
#: So long what another machine moved may still come whole, and what the next exchange should do is told to nobody.
_PATIENCE = timedelta(days=1)
#: So many forks are ended in one exchange; more than one is a machine that was cloned twice.
_MOST_FORKS = 3
#: Another machine of the desk goes on at this moment, or the province has not been asked: the next exchange does it.
_SOON = frozenset({"province.epoch_busy", "province.no_epoch_yet"})


class _Stay(msgspec.Struct, frozen=True):
    """That a fork could not be ended, and what the province had then."""

    since: datetime
    tried_at: datetime
    reason: str
    heard: bytes


def digest_of(chains: list[Acknowledgement]) -> bytes:
    """Return the same bytes for the same chains, in whatever order they are."""
    ordered = sorted(chains, key=lambda one: (one.desk, one.epoch))
    return hashlib.sha256(msgspec.msgpack.encode(ordered)).digest()


def find_parted(connection: Connection, now: datetime) -> Parted | None:
    """Return that a fork stays, None where there is none or where it may still end by itself."""
    stay = _read(connection)
    if stay is None or now < stay.since + (_PATIENCE if stay.reason in _SOON else PAUSE):
        return None
    return Parted(since=stay.since, reason=stay.reason)


class ForkEnding:
    """`compare` hears what the province has; `read_own` reads what it has of this desk, once while a `Tally` says so.

    One exchange at a time, any thread that may wait.
    """

    def __init__(
        self,
        desk: OpenDesk,
        *,
        compare: "Callable[[ProvinceSide, Tally], None]",
        read_own: "Callable[[ProvinceSide, Tally], None]",
    ) -> None:
        self._desk = desk
        self._forked = ForkedJournal(desk)
        self._compare, self._read_own = compare, read_own

    def is_waiting(self, tally: Tally) -> bool:
        """Whether the same was tried in vain not long ago."""
        stay, now = self._find(), self._desk.clock.now()
        return stay is not None and stay.heard == tally.heard and stay.tried_at <= now < stay.tried_at + PAUSE

    def end_all(self, line: "ProvinceSide", tally: Tally) -> bool:
        """Go on under a new epoch where the province holds what another machine wrote. Whether one began."""
        before, is_waiting = tally.new_epoch, self.is_waiting(tally)
        for _attempt in range(_MOST_FORKS):
            if not tally.forks or is_waiting or not self._end(line, tally):
                break
        if not tally.forks:
            if not self._forked.lacks_own():
                self._forget()
            elif not is_waiting:
                self._begin_epoch(line, tally, self._forked.bring_back)
        return tally.new_epoch != before

    def settle_codes(self) -> bool:
        """Give a new code to what is held because another machine of this desk gave its code too. Whether any was."""
        return self._forked.recode_taken()

    def make_carried_request(self) -> "EpochRequest":
        """Return what a stick asks the province for this desk."""
        from counter_app.sync.enrolling import EpochRequest

        desk = self._desk.desk.id
        with self._desk.store.writing(Priority.LINE) as connection:
            return EpochRequest(claim=draw_carried_claim(connection, desk), above=_read_latest(connection, desk))

    def _make_request(self, tally: Tally, answered: bytes) -> "EpochRequest":
        """Return what is asked for over a line; `answered` is the claim that a stick has brought an epoch for."""
        from counter_app.sync.enrolling import EpochRequest

        desk, seen = self._desk.desk.id, max(tally.latest_epoch, tally.new_epoch or 0)
        with self._desk.store.writing(Priority.LINE) as connection:
            is_own = bool(answered) and is_carried_claim(connection, answered, desk)
            claim = answered if is_own else draw_claim(connection, desk)
            return EpochRequest(claim=claim, above=max(seen, _read_latest(connection, desk)), seen=seen)

    def _end(self, line: "ProvinceSide", tally: Tally) -> bool:
        """Whether the first of the forks is ended; otherwise it is left as it is, and delays nothing else."""
        self._read_own(line, tally)
        fork = next((Fork(*one) for one in sorted(tally.parted.items())), None)
        if fork is not None:
            go_on = partial(self._forked.go_on, fork, tally.own_lines, must_be_whole=self._is_patient())
            is_ended = self._begin_epoch(line, tally, go_on)
        else:  # perhaps what was read is all that was missing
            tally.forks.clear()
            self._compare(line, tally)
            is_ended = not tally.forks
            if not is_ended:
                self._stay(tally, "sync.line_incomplete")
        if fork is not None and is_ended:
            tally.look_for_forks()
            self._compare(line, tally)
        return is_ended

    def _begin_epoch(self, line: "ProvinceSide", tally: Tally, begin: Callable[..., Renewed]) -> bool:
        """Whether one began; what stands in its way leaves all as it is, and delays nothing else."""
        try:
            tally.new_epoch = begin(epoch=self._claim_epoch(line, tally)).epoch
        except EnvironmentFailure as exc:
            if exc.retryable:
                raise
            self._stay(tally, str(exc.context.get("reason", exc.code)))
            return False
        self._forget()
        return True

    def _claim_epoch(self, line: "ProvinceSide", tally: Tally) -> int:
        """Ask the province, which knows every life of this store; the claim is kept, for an answer may be lost."""
        answered = line.find_answered()
        for _try in range(2):
            asked = self._make_request(tally, answered)
            epoch = self._ask(line, asked)
            if epoch > asked.above:
                return epoch
            answered = b""
            self._keep(CLAIM, b"")  # this desk went on by itself meanwhile, or a clone with the same claim was first
        raise EnvironmentFailure("sync.line_refused", reason="province.no_epoch_yet")

    def _ask(self, line: "ProvinceSide", asked: "EpochRequest") -> int:
        try:
            return line.claim_epoch(asked).epoch
        except EnvironmentFailure as exc:
            if not exc.retryable:  # it has given nothing for this claim, and a copy of this store may keep it
                self._keep(CLAIM, b"")
            raise

    def _stay(self, tally: Tally, reason: str) -> None:
        is_soon = reason in _SOON
        _log.log(logging.INFO if is_soon else logging.ERROR, "what two machines wrote stays apart: %s", reason)
        before, now = self._find(), self._desk.clock.now()
        since = min(before.since, now) if before is not None and before.reason == reason else now
        self._keep(_STAYS, msgspec.msgpack.encode(_Stay(since, now, reason, b"" if is_soon else tally.heard)))

    def _is_patient(self) -> bool:
        stay = self._find()
        return stay is None or stay.reason in _SOON or self._desk.clock.now() < stay.since + _PATIENCE

    def _forget(self) -> None:
        if self._find() is not None:
            self._keep(_STAYS, b"")

    def _find(self) -> _Stay | None:
        with self._desk.store.reading() as connection:
            return _read(connection)

    def _keep(self, name: str, value: bytes) -> None:
        with self._desk.store.writing(Priority.LINE) as connection:
            write_local(connection, name, value)


def _read(connection: Connection) -> _Stay | None:
    kept = read_local(connection, _STAYS)
    return msgspec.msgpack.decode(kept, type=_Stay) if kept else None


def _read_latest(connection: Connection, desk: str) -> int:
    return max(one.epoch for one in list_held_chains(connection) if one.desk == desk)
