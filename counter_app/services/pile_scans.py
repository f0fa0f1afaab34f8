"""A pile that lies in the vault page by page, separated by its codes while the feeder still runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from queue import Empty, SimpleQueue

from counter_app.core.errors import UserError
from counter_app.domain.document import DocumentSource
from counter_app.domain.pile import Group, MarkKind, iter_groups
from counter_app.journal.entries import DocumentAttached
from counter_app.scanning.files import PageFile
from counter_app.scanning.ready import ReadyPage
from counter_app.services.answers.documents import Digitised
from counter_app.services.digitising import Digitising
from counter_app.services.page_count import Progressed
from counter_app.services.separating import Pile
from counter_app.services.slip_checks import SlipChecks

_PATIENCE_S = 0.2


class PileScans:
    """Slow: for a pool or a command. Any thread."""

    def __init__(self, digitising: Digitising, slip_checks: SlipChecks) -> None:
        self._digitising = digitising
        self._slip_checks = slip_checks

    def iter_separated(
        self,
        page_ids: Iterable[str],
        *,
        is_stopped: Callable[[], bool],
        is_cut_short: Callable[[], bool] = lambda: False,
    ) -> Iterator[Digitised]:
        """Yield what becomes of each group of a scan's pages as soon as the sheet behind it has been seen.

        The pages of a group leave the scan in the transaction that makes them a document or lets them wait in the tray;
        a slip leaves it once the next one has come. So a scan that is stopped, or whose pages end because it
        `is_cut_short`, keeps its last slip and what lay behind it, and can be separated again. An id that is "" says
        that the next page has not come yet.

        Raises:
            UserError: nobody signed in, ``document.unknown_page``.
            EnvironmentFailure: full disk.
        """
        under_way = _UnderWay(page_ids, self._digitising)
        ready = self._digitising.iter_ready(under_way.iter_files(), reads_codes=True, is_cancelled=is_stopped)
        pile = Pile(ready, self._slip_checks)
        for group in iter_groups(pile.iter_marks()):
            pages = pile.take(group)
            is_open = max(pile.marks, default=-1) < group.pages[-1]
            if is_stopped() or (is_open and is_cut_short()):
                return
            yield self._settle(group, pages, under_way.ids_of(group.pages), gone=under_way.pop_closed(pile))
        rest = under_way.pop_all(pile)
        if rest and not (is_stopped() or is_cut_short()):
            self._digitising.append([], page_ids=rest)
            yield Digitised(separators=len(rest))

    def separate(
        self,
        scan: str,
        *,
        is_cancelled: Callable[[], bool] = lambda: False,
        progressed: Progressed = lambda _done, _total: None,
    ) -> Digitised:
        """Separate the pages of a scan that is over, also of one that was interrupted.

        Raises:
            UserError: as `iter_separated`, ``document.no_pages``.
        """
        page_ids = self._digitising.tray.list_of_session(self._digitising.begin_scan(scan))
        if not page_ids:
            raise UserError("document.no_pages")
        told = _telling(page_ids, lambda done: progressed(done, len(page_ids)))
        return joined(self.iter_separated(told, is_stopped=is_cancelled))

    def _settle(
        self, group: Group, pages: Sequence[ReadyPage], page_ids: Sequence[str], *, gone: Sequence[str]
    ) -> Digitised:
        digitising = self._digitising
        placed = digitising.place(group, pages, source=DocumentSource.SCANNER)
        if placed is None:
            sealed = [digitising.tray.seal(page, group) for page in pages]
            tray = digitising.tray.hold(page_ids, sealed, gone=gone)
            digitising.tray.announce()
            return Digitised(tray=tray, separators=len(gone))
        digitising.append([(DocumentAttached(document=placed), placed.dossier_id)], page_ids=[*page_ids, *gone])
        return Digitised(documents=(digitising.get(placed.id),), separators=len(gone))


class Arrivals:
    """Ids of pages that one thread keeps and another works on, in order; "" each time none came for a while."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[str | None] = SimpleQueue()
        self._is_cut_short = False

    @property
    def is_cut_short(self) -> bool:
        """Whether the pages ended before the pile did."""
        return self._is_cut_short

    def put(self, page_id: str) -> None:
        """Say that a page is kept."""
        self._queue.put(page_id)

    def end(self, *, is_cut_short: bool) -> None:
        """Say that nothing more comes."""
        self._is_cut_short = is_cut_short
        self._queue.put(None)

    def __iter__(self) -> Iterator[str]:
        while True:
            try:
                one = self._queue.get(timeout=_PATIENCE_S)
            except Empty:
                one = ""
            if one is None:
                return
            yield one


class _UnderWay:
    """The ids of the pages that have come, and which separator sheets are still of use."""

    def __init__(self, page_ids: Iterable[str], digitising: Digitising) -> None:
        self._coming = page_ids
        self._digitising = digitising
        self._ids: list[str] = []
        self._released: set[int] = set()

    def iter_files(self) -> Iterator[PageFile | None]:
        """Yield the pages as they were scanned, each once it is wanted; None while the next has not come."""
        for page_id in self._coming:
            if not page_id:
                yield None
                continue
            self._ids.append(page_id)
            yield self._digitising.tray.as_file(page_id)

    def ids_of(self, places: Iterable[int]) -> list[str]:
        """Return the ids of pages by their places."""
        return [self._ids[place] for place in places]

    def pop_closed(self, pile: Pile) -> list[str]:
        """Return the sheets before the last one that begins something new: whatever comes does not need them."""
        begins = [place for place, mark in pile.marks.items() if mark.kind is not MarkKind.COMPONENT]
        return self._pop([place for place in pile.marks if place < max(begins, default=0)])

    def pop_all(self, pile: Pile) -> list[str]:
        """Return the sheets that are left when nothing more comes."""
        return self._pop(list(pile.marks))

    def _pop(self, places: Iterable[int]) -> list[str]:
        new = [place for place in places if place not in self._released]
        self._released.update(new)
        return self.ids_of(new)


def joined(parts: Iterable[Digitised]) -> Digitised:
    """Return what became of a pile from what became of its groups."""
    all_of = list(parts)
    return Digitised(
        documents=tuple(view for part in all_of for view in part.documents),
        tray=tuple(page for part in all_of for page in part.tray),
        separators=sum(part.separators for part in all_of),
    )


def _telling(page_ids: Sequence[str], told: Callable[[int], None]) -> Iterator[str]:
    for done, page_id in enumerate(page_ids, start=1):
        yield page_id
        told(done)
