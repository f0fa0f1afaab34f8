"""A hall's own exchange with the province: takes the unit's feed, carries up what a receipt does not cover.

Then papers go up, and at last update packs come down that desks asked for.
"""

import logging
import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from counter_app import __version__
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.hall.keeping import Keeping
from counter_app.hall.paper_carrying import PaperCarrying
from counter_app.hall.update_shelf import UpdateCarrying
from counter_app.settings.settings import open_settings
from counter_app.sync.batch import Batch
from counter_app.sync.enrolling import DeskReport, ShownRoster
from counter_app.sync.https_line import HttpsLine, LineIdentity
from counter_app.sync.ports import KNOWN_KINDS, FeedItem, FeedKind
from counter_app.sync.reading import find_amiss
from counter_app.sync.renewing import find_renewal
from counter_app.sync.roster import Receipt

_log = logging.getLogger(__name__)
PAUSE_S = 15.0
LONGEST_PAUSE_S = 60.0
_FIRST_PAUSE_S = 2.0
_GATHER_S = 0.3
_STOP_S = 5.0
_BATCHES = 40


class Upward:
    """`exchange_once` from one thread at a time; `start` keeps one that does it again and again."""

    def __init__(self, keeping: Keeping) -> None:
        self._keeping = keeping
        settings = open_settings(keeping.folder)
        self._papers = PaperCarrying(keeping.papers, settings, keeping.clock)
        self._updates = UpdateCarrying(keeping.updates, settings, keeping.clock)
        self._changes = 0
        self._changed, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._line: HttpsLine | None = None

    def start(self) -> None:
        """Begin. Returns at once."""
        self._thread = threading.Thread(target=self._run, name="upward", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it, cutting the line that is in use."""
        self._stopping.set()
        self._changed.set()
        line = self._line
        if line is not None:
            line.abort()
        if self._thread is not None:
            self._thread.join(_STOP_S)

    def note_change(self) -> None:
        """A desk brought something."""
        self._changes += 1
        self._changed.set()

    def exchange_once(self) -> None:
        """Take the feed, then push until the province's receipt covers what is here, then carry papers.

        Raises:
            EnvironmentFailure: ``sync.line_down`` and its like.
        """
        identity = msgspec.msgpack.decode(self._keeping.read_facts().identity, type=LineIdentity)
        line = self._line = HttpsLine(identity)
        try:
            if self._stopping.is_set():
                return
            known = self._keeping.find_receipt()
            if known is not None:
                self._keeping.make_way(known)
            self._begin(line)
            if self._lacks(known):  # this hall was set back, and what it carried up itself is not in its feed
                self._pull(line, own=True)
            self._push(line, self._ask_receipt(line))
            self._report(line)
            self._renew(line, identity)
            self._keeping.note_province()
            if self._carry_large(line):
                self._changed.set()
        finally:
            self._line = None
            line.close()

    def _carry_large(self, line: HttpsLine) -> bool:
        """Carry papers up, then packs down; whether there is more, after the records that desks brought meanwhile."""
        changes = self._changes
        return any(
            one.carry(line, must_stop=lambda: self._changes != changes, stopped=self._stopping)
            for one in (self._papers, self._updates)
        )

    def _begin(self, line: HttpsLine) -> None:
        """Take the feed; a province that was put back and has forgotten this hall is shown that it had admitted it."""
        shown = ShownRoster(roster=self._keeping.read_roster_file())
        try:
            self._pull(line)
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.not_admitted" or not line.show_roster(shown):
                raise
            self._pull(line)

    def _push(self, line: HttpsLine, receipt: Receipt) -> None:
        refused: set[tuple[str, int]] = set()
        while batches := self._keeping.list_unsent(receipt, most=_BATCHES, but=refused):
            known = len(refused)
            for chain, ones in groupby(batches, key=lambda batch: (batch.desk, batch.epoch)):
                if not _push_chain(line, list(ones)):
                    refused.add(chain)
            before, receipt = receipt, self._ask_receipt(line)
            if receipt.chains == before.chains and len(refused) == known:
                return

    def _ask_receipt(self, line: HttpsLine) -> Receipt:
        return self._keeping.take_receipt(line.request("GET", "/receipt").data)

    def _lacks(self, receipt: Receipt | None) -> bool:
        """Whether the province said before this exchange that it has something which is not here even now."""
        if receipt is None:
            return False
        has = {(one.desk, one.epoch): one.seq for one in self._keeping.list_chains()}
        return any(one.seq > has.get((one.desk, one.epoch), 0) for one in receipt.chains)

    def _pull(self, line: HttpsLine, *, own: bool = False) -> None:
        after, mark = (0, b"") if own else self._keeping.reading.start()
        try:
            self._take_all(line.pull(after, mark=mark, own=own))
        except EnvironmentFailure as exc:
            if exc.context.get("reason") != "province.feed_set_back" or after == 0:
                raise
            self._keeping.papers.doubt()
            self._take_all(line.pull(0, own=True))

    def _take_all(self, items: Iterator[FeedItem]) -> None:
        for item in items:
            amiss = find_amiss(self._take, item)
            if amiss is not None and amiss.code == "hall.full":  # what is pushed afterwards makes room
                return
            self._keeping.reading.settle(item, amiss)
            self._keeping.reading.keep(item)

    def _take(self, item: FeedItem) -> None:
        match item.kind:
            case FeedKind.ROSTER:
                self._keeping.take_roster(item.data)
            case FeedKind.BATCH:
                self._keeping.take(item.data)
            case FeedKind.PORTAL:
                self._keeping.take_portal_answer(item.data)
            case FeedKind.SYSTEM:
                self._keeping.take_system_answer(item.data)
            case FeedKind.PACK:
                self._keeping.take_pack(item.data)
            case FeedKind.ONLINE:
                self._keeping.take_submission(item.data)
            case FeedKind.CONCERNED:
                self._keeping.take_concerned(item.data)
            case _:
                if item.kind not in KNOWN_KINDS:
                    self._keeping.take_unknown(item)

    def _report(self, line: HttpsLine) -> None:
        unsent = self._keeping.count_unsent(self._keeping.find_receipt())
        papers = self._keeping.papers.count()
        report = DeskReport(
            unsent=unsent,
            version=__version__,
            disk_free_bytes=shutil.disk_usage(self._keeping.folder.root).free,
            papers_waiting=papers.waiting,
            papers_bytes=papers.stored_bytes,
        )
        line.request("POST", "/report", msgspec.msgpack.encode(report))

    def _renew(self, line: HttpsLine, identity: LineIdentity) -> None:
        """Keep the next certificate in the last year of the present one; desks see it from the next start on."""
        renewed = find_renewal(line, identity, now=self._keeping.now())
        if renewed is not None:
            self._keeping.replace_identity(msgspec.msgpack.encode(renewed))

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._changed.clear()
            failures = 0 if self._try_once() else failures + 1
            if failures:
                longest = min(_FIRST_PAUSE_S * 2 ** min(failures - 1, 16), LONGEST_PAUSE_S)
                self._stopping.wait(longest * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            elif self._changed.wait(PAUSE_S):
                self._stopping.wait(_GATHER_S)

    def _try_once(self) -> bool:
        try:
            self.exchange_once()
        except AppError as error:
            _log.info("the exchange with the province ended: %s", error)
            return False
        except Exception as exc:  # noqa: BLE001 - a bug in one exchange must not end all that follow
            _log.error("the exchange failed: %s", type(exc).__name__)
            return False
        return True


def _push_chain(line: HttpsLine, batches: Sequence[Batch]) -> bool:
    """Push batches of one chain; returns whether none was refused. Other chains do not wait for one that was."""
    try:
        for _answer in line.push(batches):
            pass
    except EnvironmentFailure as exc:
        if exc.code != "sync.line_refused":
            raise
        _log.warning("the province refused a batch: %s", exc.context.get("reason"))
        return False
    return True
