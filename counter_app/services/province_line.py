"""The exchange with the province: being enrolled by a code, pushing what it lacks, taking what it has for this desk."""

import logging
import threading
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec
from sqlalchemy import func, select

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.journal.chain import GENESIS
from counter_app.services.answers.line import LineAnswer
from counter_app.services.enrolling import Enrolling
from counter_app.services.fork_ending import ForkEnding, digest_of
from counter_app.services.hall_line import HallLine
from counter_app.services.line_tally import Tally
from counter_app.services.online_files import OnlineFetching
from counter_app.services.open_desk import IDENTITY, OpenDesk, read_local, write_local
from counter_app.services.packs import Packs
from counter_app.services.paper_line import PaperSending, list_wanted
from counter_app.services.update_line import UpdateFetching
from counter_app.settings.settings import Settings
from counter_app.store.tables import exchange
from counter_app.store.writer_queue import Priority
from counter_app.sync.exchange import Exchange
from counter_app.sync.inbox import Outcome, Taken
from counter_app.sync.papers import PaperLine
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind, runs_of
from counter_app.sync.reading import NEWER, FeedReading, find_amiss
from counter_app.sync.relaying import RelayLine
from counter_app.sync.status import SEEN_UNSENT, count_unsent, find_oldest_unsent, find_seen_unsent

if TYPE_CHECKING:
    from counter_app.sync.carried import Asking, CarriedLine, ProvinceSide
    from counter_app.sync.enrolling import ShownRoster
    from counter_app.sync.https_line import HttpsLine

_log = logging.getLogger(__name__)
_Kind = TypeVar("_Kind")
_POSITION, _OWN_POSITION = "line_position", "line_own_position"
#: So many batches are read from the store at once: the line stays busy, and memory small after months without one.
_BATCHES = 40
_POSITION_EVERY = 20


class ProvinceLine:
    """One exchange at a time, from a thread that may wait for the line; never from the window's."""

    def __init__(self, desk: OpenDesk, packs: Packs, settings: Settings, hall: HallLine) -> None:
        self._desk = desk
        self._packs = packs
        self._in_use: set[HttpsLine] = set()
        self._aborted = threading.Event()
        self._papers = PaperSending(desk, settings)
        self._updates = UpdateFetching(desk, settings, hall.open_known)
        self.online = OnlineFetching(desk)
        self._exchange = Exchange(
            store=desk.store, desk_id=desk.desk.id, sign=desk.journal.sign, clock=desk.clock, announcer=desk.announcer
        )
        self._forks = ForkEnding(desk, compare=self._compare, read_own=self._read_own)
        self._reading = FeedReading(_POSITION, self._find, self._keep)
        self._own_reading = FeedReading(_OWN_POSITION, self._find, self._keep)
        self._one_at_a_time = threading.Lock()
        self.enrolling = Enrolling(desk, self._exchange)

    def abort(self) -> None:
        """Cut the lines that are in use now, from another thread; none begins afterwards."""
        self._aborted.set()
        for line in tuple(self._in_use):
            line.abort()

    def is_enrolled(self) -> bool:
        """Whether a province has admitted this desk, or invited it by a file."""
        return self.enrolling.is_begun()

    def is_waiting(self, longer_than_s: float) -> bool:
        """Whether the province has not confirmed something of this desk that is older than so many seconds."""
        oldest = self._find_oldest_unsent()
        return oldest is not None and (self._desk.clock.now() - oldest).total_seconds() > longer_than_s

    def read_answer(self) -> LineAnswer:
        """Return what is left, without asking the province."""
        return self._answer(Tally())

    def exchange(self, *, left: AbstractSet[str] = frozenset()) -> LineAnswer:
        """Push, take the feed, send papers but those `left` to a hall, fetch an update; what came before a cut stays.

        Raises:
            UserError: ``sync.not_enrolled``.
            EnvironmentFailure: ``sync.line_down`` and its like; a store that fails.
        """
        tally = Tally()
        self._packs.activate_due()  # their day comes with or without a line
        self._find_oldest_unsent()  # and so does the alarm
        with self._line() as line:
            self._exchange_records(line, tally)
            while self._fetch_online(line) or self._send_papers(line, left) or self._fetch_update(line):
                self._exchange_records(line, tally)
        return self._answer(tally)

    def make_asking(self) -> "Asking":
        """Return what this desk would have asked over a line, for a bundle to the province."""
        from counter_app.services.desk_report import read_report
        from counter_app.sync.carried import Asking

        position, mark = self._reading.find_start(self._exchange.holds)
        pending = self.enrolling.find_pending()
        own = [one for one in self._exchange.list_held_chains() if one.desk == self._desk.desk.id]
        return Asking(
            position=position,
            mark=mark,
            chains=tuple(own),
            unconfirmed=tuple(self._papers.list_unconfirmed()),
            lacks=tuple(list_wanted(self._desk)),
            claim=pending.asked if pending is not None else b"",
            epoch=self._forks.make_carried_request(),
            report=msgspec.msgpack.encode(read_report(self._desk)),
        )

    def take_carried(self, line: "CarriedLine") -> LineAnswer:
        """Take what a bundle of the province brought, by the rules of a line; an older one has no effect.

        Raises:
            UserError: ``bundle.earlier_first``: what comes before it in the feed is not here; nothing changed.
            EnvironmentFailure: the store fails; take it again.
        """
        tally, answer = Tally(), line.answer
        with self._one_at_a_time:
            if self._reading.start()[0] < answer.after:
                raise UserError("bundle.earlier_first")
            self._reading.go_back(self._exchange.holds, not_before=answer.after)
            before = self._count_unsent()
            if answer.admission:
                self.enrolling.take_carried(answer.admission)
            self._compare(line, tally)
            self._forks.end_all(line, tally)
            self._pull(line, tally)
            self._forks.settle_codes()
            self._papers.note_said(answer.held, answer.not_held)
            tally.acknowledged = max(0, before - self._count_unsent())
        self._packs.activate_due()
        return self._answer(tally)

    @contextmanager
    def open_papers(self) -> Iterator[PaperLine]:
        """Give a line of its own for papers, beside an exchange that goes on.

        Raises:
            AppError: as `exchange`.
        """
        from counter_app.sync.https_papers import HttpsPapers

        with self._line() as line:
            yield HttpsPapers(line)

    @contextmanager
    def open_relay(self) -> Iterator[RelayLine]:
        """Give a line of its own for bundles of other desks, beside an exchange that goes on.

        Raises:
            AppError: as `exchange`.
        """
        from counter_app.sync.https_relay import HttpsRelay

        with self._line() as line:
            yield HttpsRelay(line)

    def _exchange_records(self, line: "HttpsLine", tally: Tally) -> None:
        self._packs.activate_due()  # papers before may have taken the night
        shown = self._make_shown_roster()  # as it is before the province sends another
        with self._one_at_a_time:  # and not the papers after it: a bundle that is taken would wait for hours
            self._reading.go_back(self._exchange.holds)
            self._meet(line, tally, shown)
            self._forks.end_all(line, tally)
            refusal = self._push_all(line, tally)
            self._pull(line, tally)
            if self._forks.settle_codes() and refusal is None:
                refusal = self._push_all(line, tally)
            if refusal is not None:
                raise refusal
            if tally.was_set_back:
                line.show_roster(shown)
                tally.was_set_back = False
        self._report(line)
        self.enrolling.renew(line)

    def _meet(self, line: "HttpsLine", tally: Tally, shown: "ShownRoster") -> None:
        """Compare; a province that has forgotten this desk is shown that it had admitted it."""
        try:
            self._compare(line, tally)
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.not_admitted" or not line.show_roster(shown):
                raise
            self._compare(line, tally)

    def _make_shown_roster(self) -> "ShownRoster":
        from counter_app.sync.enrolling import ShownRoster

        with self._desk.store.reading() as connection:
            unit = self._desk.read_unit(connection)
        return ShownRoster(roster=self._exchange.read_roster_file() or b"", unit=unit)

    def _fetch_online(self, line: "HttpsLine") -> bool:
        """Bring the files of online requests, before papers go: a clock runs. Whether records wait meanwhile."""
        from counter_app.sync.https_papers import HttpsPapers

        must_stop = self._must_stop(self._count_unsent())
        return _or_later(lambda: self.online.fetch(HttpsPapers(line), must_stop=must_stop, stopped=self._aborted))

    def _must_stop(self, unsent: int) -> Callable[[], bool]:
        """Records go before papers: whether there are more of them now than there were."""
        return lambda: self._count_unsent() > unsent

    def _send_papers(self, line: "HttpsLine", left: AbstractSet[str]) -> bool:
        """Whether there are more to send, after the records that came in between."""
        from counter_app.sync.https_papers import HttpsPapers

        # What cannot be sent now, after a fork, keeps no paper back.
        must_stop = self._must_stop(self._count_unsent())
        papers = HttpsPapers(line)
        is_more = _or_later(lambda: self._papers.send(papers, must_stop=must_stop, stopped=self._aborted, left=left))
        if self._aborted.is_set():
            raise EnvironmentFailure("sync.line_down", retryable=True)
        return is_more

    def _fetch_update(self, line: "HttpsLine") -> bool:
        """Whether more of it is to come, after the records that came in between."""
        from counter_app.sync.https_updates import HttpsUpdates

        must_stop = self._must_stop(self._count_unsent())
        is_more = _or_later(lambda: self._updates.fetch(HttpsUpdates(line), must_stop=must_stop, stopped=self._aborted))
        if self._aborted.is_set():
            raise EnvironmentFailure("sync.line_down", retryable=True)
        return is_more

    @contextmanager
    def _line(self) -> Iterator["HttpsLine"]:
        from counter_app.sync.https_line import HttpsLine, LineIdentity

        pending = self.enrolling.find_pending()
        if pending is not None:
            self.enrolling.ask(pending)
        with self._desk.store.reading() as connection:
            data = read_local(connection, IDENTITY)
        if data is None:
            raise UserError("sync.not_enrolled")
        line = HttpsLine(_decode(data, LineIdentity))
        self._in_use.add(line)
        try:
            if self._aborted.is_set():
                raise EnvironmentFailure("sync.line_down", retryable=True)
            yield line
        finally:
            self._in_use.discard(line)
            line.close()

    def _compare(self, line: "ProvinceSide", tally: Tally) -> None:
        """Hear what the province has of this desk: either side may have been set back since the last exchange."""
        own = [one for one in self._exchange.list_held_chains() if one.desk == self._desk.desk.id]
        has = {(one.desk, one.epoch): one for one in line.read_chains()}
        tally.latest_epoch = max((one.epoch for one in has.values()), default=0)
        for chain in own:
            nothing = Acknowledgement(desk=chain.desk, epoch=chain.epoch, seq=0, hash=GENESIS)
            has.setdefault((chain.desk, chain.epoch), nothing)
        tally.heard = digest_of(list(has.values()))
        said = {(one.desk, one.epoch): one.seq for one in self._exchange.list_acknowledged(PROVINCE)}
        if any(one.seq < said.get(chain, 0) for chain, one in has.items()):
            self._papers.doubt()
            tally.was_set_back = True
        for one in has.values():
            self._note(line, one, tally)

    def _push_all(self, line: "HttpsLine", tally: Tally) -> EnvironmentFailure | None:
        """Push, and again what stands in a new epoch. Returns a refusal: what others wrote comes all the same."""
        try:
            self._push(line, tally)
            tally.is_own_read = False  # what came between may be the fork
            if self._forks.end_all(line, tally):
                self._push(line, tally)
        except EnvironmentFailure as exc:
            if exc.code != "sync.line_refused":
                raise
            return exc
        return None

    def _push(self, line: "HttpsLine", tally: Tally) -> None:
        while batches := self._exchange.next_batches(PROVINCE, most=_BATCHES):
            before = self._count_unsent()
            for one in line.push(batches):
                self._note(line, one, tally)
            tally.pushed += sum(batch.last_seq - batch.first_seq + 1 for batch in batches)
            after = self._count_unsent()
            tally.acknowledged += max(0, before - after)
            if after >= before:  # a fork, or a province that was set back: the next exchange begins from what it has
                return

    def _note(self, line: "ProvinceSide", one: Acknowledgement, tally: Tally) -> None:
        if one.desk != self._desk.desk.id:
            return
        # This store was set back, or another machine writes this desk's journal too: it comes before anything follows.
        if self._is_ahead(one):
            self._pull(line, tally, own=True)
        if self._is_ahead(one) and not self._forks.is_waiting(tally):
            self._read_own(line, tally)
        # What was never written here cannot be confirmed: believed, it would keep what follows from being sent.
        if self._is_ahead(one) or self._exchange.acknowledge(PROVINCE, [one]):
            tally.forks.add((one.desk, one.epoch))
            _log.warning("the province holds another entry %d of epoch %d", one.seq, one.epoch)

    def _read_own(self, line: "ProvinceSide", tally: Tally) -> None:
        """Read all that the province has of this desk, unless that was just done."""
        if not tally.is_own_read:
            tally.begin_own()
            self._pull(line, tally, own=True, anew=True)

    def _is_ahead(self, one: Acknowledgement) -> bool:
        last = {(chain.desk, chain.epoch): chain.seq for chain in self._exchange.list_held_chains()}
        return one.seq > last.get((one.desk, one.epoch), 0)

    def _pull(self, line: "ProvinceSide", tally: Tally, *, own: bool = False, anew: bool = False) -> None:
        reading = self._own_reading if own else self._reading
        after, mark = (0, b"") if anew else reading.start()
        try:
            self._take_all(line.pull_pages(after, mark=mark, own=own), tally, reading)
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.feed_set_back" or after == 0:
                raise
            self._papers.doubt()
            tally.was_set_back = True
            self._take_all(line.pull_pages(0, own=own), tally, reading)

    def _take_all(self, pages: Iterator[list[FeedItem]], tally: Tally, reading: FeedReading) -> None:
        # Kept now and then, and after it is taken: a cut in between only brings it again, and again has no effect.
        taken: FeedItem | None = None
        since = 0
        try:
            for run in runs_of(pages):
                for item in self._take(run, tally, reading):
                    taken, since = item, since + 1
                if taken is not None and since >= _POSITION_EVERY:
                    reading.keep(taken)
                    since = 0
        finally:
            if taken is not None:
                reading.keep(taken)

    def _take(self, run: list[FeedItem], tally: Tally, reading: FeedReading) -> Iterator[FeedItem]:
        """Take batches, or one other item, and yield what is done with.

        One that is bad, or of a newer program, delays nothing behind it. The failure of a store goes through.
        """
        for item, amiss in zip(run, self._take_run(run, tally), strict=True):
            tally.refused += reading.settle(item, amiss)
            yield item

    def _take_run(self, run: list[FeedItem], tally: Tally) -> list[AppError | None]:
        """Return what is amiss with each."""
        if run[0].kind == FeedKind.BATCH:
            answers = self._exchange.take_run([item.data for item in run], holder=PROVINCE)
            return [self._note_taken(item, one, tally) for item, one in zip(run, answers, strict=True)]
        if run[0].kind == FeedKind.PACK:
            return [find_amiss(self._packs.take, run[0].data)]
        return [find_amiss(self._exchange.take_item, run[0])]

    def _note_taken(self, item: FeedItem, taken: Taken | AppError, tally: Tally) -> AppError | None:
        """Keep of this desk's own batches what shows a fork. Returns what is amiss with one, for the update too."""
        if isinstance(taken, AppError):
            return taken
        tally.received += taken.entries
        if taken.must_come_again:
            self._reading.put_off(item, taken)
        if taken.is_newer:
            return EnvironmentFailure(NEWER)
        if taken.desk != self._desk.desk.id or taken.outcome in (Outcome.TAKEN, Outcome.KNOWN):
            return None
        tally.own_lines.append(item.data)
        if taken.differs_at:
            known = tally.parted.get(taken.epoch, taken.differs_at)
            tally.parted[taken.epoch] = min(known, taken.differs_at)
        return None

    def _report(self, line: "HttpsLine") -> None:
        from counter_app.services.desk_report import read_report

        line.request("POST", "/report", msgspec.msgpack.encode(read_report(self._desk)))

    def _answer(self, tally: Tally) -> LineAnswer:
        with self._desk.store.reading() as connection:
            held = connection.execute(select(func.count()).select_from(exchange.held_entry)).scalar_one()
        oldest = self._find_oldest_unsent()
        waited = max(0, int((self._desk.clock.now() - oldest).total_seconds())) if oldest is not None else None
        return LineAnswer(
            pushed=tally.pushed,
            acknowledged=tally.acknowledged,
            received=tally.received,
            refused=tally.refused,
            forks=len(tally.forks),
            held=held,
            blobs_left=self._papers.count_left(),
            oldest_unsent_s=waited,
            new_epoch=tally.new_epoch,
        )

    def _find_oldest_unsent(self) -> datetime | None:
        """Return since when something waits for the province, and see to it that this is known later too."""
        own, now = self._desk.desk.id, self._desk.clock.now()
        with self._desk.store.reading() as connection:
            seen = find_seen_unsent(connection, PROVINCE, own_desk=own, now=now)
        if seen is not None:
            self._keep(SEEN_UNSENT, seen)
        with self._desk.store.reading() as connection:
            return find_oldest_unsent(connection, PROVINCE, own_desk=own, now=now)

    def _count_unsent(self) -> int:
        with self._desk.store.reading() as connection:
            return count_unsent(connection, PROVINCE, own_desk=self._desk.desk.id)

    def _find(self, name: str) -> bytes | None:
        with self._desk.store.reading() as connection:
            return read_local(connection, name)

    def _keep(self, name: str, value: bytes) -> None:
        with self._desk.store.writing(Priority.LINE) as connection:
            write_local(connection, name, value)


def _or_later(work: Callable[[], bool]) -> bool:
    """Do what concerns papers, or nothing of it where the province cannot reach its own: the records are exchanged."""
    try:
        return work()
    except EnvironmentFailure as exc:
        if exc.code != "sync.papers_later":
            raise
        _log.info("the province cannot reach its papers; they go later")
        return False


def _decode(data: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except msgspec.MsgspecError as exc:
        raise EnvironmentFailure("sync.line_refused", reason="answer") from exc
