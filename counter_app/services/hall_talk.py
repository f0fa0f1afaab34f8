"""What this desk and the hall of its unit say to each other. What a hall says is proved, or is only its word.

Entries are believed for their desks' signatures, rosters and receipts for the province's. That a hall holds something
is its own word; it stands for "on a second machine" and for nothing else.
"""

import logging
import threading
from collections.abc import Iterator

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.journal.chain import GENESIS
from counter_app.services.answers.line import HallAnswer
from counter_app.services.hall_papers import HallPapers
from counter_app.services.open_desk import OpenDesk, read_local, write_local
from counter_app.services.packs import Packs
from counter_app.store.writer_queue import Priority
from counter_app.sync.exchange import Exchange
from counter_app.sync.https_line import HttpsLine, LineIdentity
from counter_app.sync.https_sealed import HttpsSealed
from counter_app.sync.inbox import Taken
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind, runs_of
from counter_app.sync.reading import NEWER, FeedReading, find_amiss
from counter_app.sync.roster import RosterHall
from counter_app.sync.status import count_unsent

_log = logging.getLogger(__name__)
_POSITION = "hall_position/"
_BATCHES = 40
CONNECT_S = 5.0  # on a local network an address that says nothing for so long is not there


class HallTalk:
    """One connection to one hall. One thread may push while another follows."""

    def __init__(
        self, desk: OpenDesk, hall: RosterHall, identity: LineIdentity, packs: Packs, papers: HallPapers
    ) -> None:
        """Prepare; nothing is sent before the first call.

        Raises:
            UserError: ``sync.bad_url``.
        """
        self._desk, self._hall, self._packs, self._papers = desk, hall, packs, papers
        self._line = HttpsLine(identity, connect_s=CONNECT_S)
        self._sealed, self._aborted = HttpsSealed(self._line), threading.Event()
        self._exchange = Exchange(
            store=desk.store, desk_id=desk.desk.id, sign=desk.journal.sign, clock=desk.clock, announcer=desk.announcer
        )
        self._holder = hall.hall_id
        self._reading = FeedReading(_POSITION + hall.hall_id, self._find, self._keep)
        self.pushed = self.acknowledged = self.received = self.refused = self.forks = 0

    def begin(self) -> None:
        """Hear what the hall has of this desk: either side may have been set back.

        Raises:
            EnvironmentFailure: ``sync.line_down`` and its like; so all that follow.
        """
        try:
            chains = self._line.read_chains()
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.not_admitted":
                raise
            # This desk may be newer than the hall's roster, and has a newer one itself.
            self._line.request("POST", "/roster", self._exchange.read_roster_file() or b"")
            chains = self._line.read_chains()
        has = {(one.desk, one.epoch): one for one in chains}
        for chain in self._own_chains():
            nothing = Acknowledgement(desk=chain.desk, epoch=chain.epoch, seq=0, hash=GENESIS)
            has.setdefault((chain.desk, chain.epoch), nothing)
        for one in has.values():
            self._note(one)

    def push(self) -> None:
        """Send what the hall lacks of this desk."""
        while batches := self._exchange.next_batches(self._holder, most=_BATCHES):
            before = self._count_unsent()
            for one in self._line.push(batches):
                self._note(one)
            self.pushed += sum(batch.last_seq - batch.first_seq + 1 for batch in batches)
            after = self._count_unsent()
            self.acknowledged += max(0, before - after)
            if after >= before:  # a fork, or a hall that was set back: the next meeting begins from what it has
                return

    def give_papers(self) -> bool:
        """Give the hall this desk's papers; whether there are more, after the records that came in between."""
        unsent = self._count_unsent()  # what cannot be pushed, after a fork, keeps no paper back
        return self._papers.give(self._sealed, must_stop=lambda: self._count_unsent() > unsent, stopped=self._aborted)

    def follow(self, *, wait_s: int = 0) -> None:
        """Take what the hall has for this desk; where it has nothing, wait so long for the first of it."""
        self._reading.go_back(self._exchange.holds)
        after, mark = self._reading.start()
        try:
            self._take_all(self._line.pull_pages(after, mark=mark, wait_s=wait_s), notes=True)
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.feed_set_back" or after == 0:
                raise
            self._take_all(self._line.pull_pages(0), notes=True)

    def answer(self) -> HallAnswer:
        """Return what came of it."""
        return HallAnswer(
            name=self._hall.name,
            pushed=self.pushed,
            acknowledged=self.acknowledged,
            received=self.received,
            refused=self.refused,
            forks=self.forks,
        )

    def abort(self) -> None:
        """Cut it, from another thread."""
        self._aborted.set()
        self._line.abort()

    def close(self) -> None:
        """Close every connection."""
        self._line.close()

    def _note(self, one: Acknowledgement) -> None:
        if one.desk != self._desk.desk.id:
            return
        if self._is_ahead(one):
            # This store was set back and has not diverged yet: its own entries come back before anything follows them.
            self._take_all(self._line.pull_pages(0, own=True), notes=False)
        if self._is_ahead(one) or self._exchange.acknowledge(self._holder, [one]):
            self.forks += 1
            _log.warning("the hall holds another entry %d of epoch %d", one.seq, one.epoch)

    def _is_ahead(self, one: Acknowledgement) -> bool:
        return one.seq > max((chain.seq for chain in self._own_chains() if chain.epoch == one.epoch), default=0)

    def _own_chains(self) -> list[Acknowledgement]:
        return [one for one in self._exchange.list_held_chains() if one.desk == self._desk.desk.id]

    def _take_all(self, pages: Iterator[list[FeedItem]], *, notes: bool) -> None:
        for run in runs_of(pages):
            for item, amiss in zip(run, self._take_run(run), strict=True):
                self.refused += self._reading.settle(item, amiss)
            if notes:
                self._reading.keep(run[-1])

    def _take_run(self, run: list[FeedItem]) -> list[AppError | None]:
        """Take batches, or one other item. Returns what is amiss with each."""
        if run[0].kind == FeedKind.BATCH:
            answers = self._exchange.take_run([item.data for item in run])
            return [self._note_taken(item, one) for item, one in zip(run, answers, strict=True)]
        return [find_amiss(self._take, run[0])]

    def _note_taken(self, item: FeedItem, taken: Taken | AppError) -> AppError | None:
        if isinstance(taken, AppError):
            return taken
        self.received += taken.entries
        if taken.must_come_again:
            self._reading.put_off(item, taken)
        return EnvironmentFailure(NEWER) if taken.is_newer else None

    def _take(self, item: FeedItem) -> None:
        match item.kind:
            case FeedKind.ROSTER:
                self._take_roster(item.data)
            case FeedKind.ACKNOWLEDGEMENT:
                self._take_receipt(item.data)
            case FeedKind.PACK:
                self._packs.take(item.data)
            case _:
                self._exchange.take_item(item)

    def _take_roster(self, data: bytes) -> None:
        """Take a roster that this desk stands on; another unit's is the province's too, and not for this desk."""
        if self._exchange.check_roster(data).find(self._desk.desk.id) is None:
            raise UserError("sync.bad_roster")
        self._exchange.take_roster(data)

    def _take_receipt(self, data: bytes) -> None:
        """Believe the province, where it has more of what is here than it said before; an old receipt is no news."""
        receipt = self._exchange.check_receipt(data)
        here = {(one.desk, one.epoch): one.seq for one in self._exchange.list_held_chains()}
        known = {(one.desk, one.epoch): one.seq for one in self._exchange.list_acknowledged(PROVINCE)}
        news = [
            one
            for one in receipt.chains
            if known.get((one.desk, one.epoch), 0) < one.seq <= here.get((one.desk, one.epoch), 0)
        ]
        if news:
            forks = self._exchange.acknowledge(PROVINCE, news)
            self.forks += sum(one.desk == self._desk.desk.id for one in forks)

    def _count_unsent(self) -> int:
        with self._desk.store.reading() as connection:
            return count_unsent(connection, self._holder, own_desk=self._desk.desk.id)

    def _find(self, name: str) -> bytes | None:
        with self._desk.store.reading() as connection:
            return read_local(connection, name)

    def _keep(self, name: str, value: bytes) -> None:
        with self._desk.store.writing(Priority.LINE) as connection:
            write_local(connection, name, value)
