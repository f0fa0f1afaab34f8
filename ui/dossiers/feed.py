"""Brings a list of dossiers into its table page by page, around what is visible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.lists import DossierFilter, ListOrder
from ui.models import PAGE_ROWS, PagedRows, RowsTable
from ui.tasks import Tasks, Where

if TYPE_CHECKING:
    from counter_app.services.lists import Lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A list as it is asked for; `order` None is the filter's natural one."""

    wanted: DossierFilter = field(default_factory=DossierFilter)
    order: ListOrder | None = None


@dataclass(frozen=True, slots=True)
class _Beginning:
    asked: Asked
    total: int
    pages: dict[int, tuple[DossierRow, ...]]


@dataclass(frozen=True, slots=True)
class _Page:
    asked: Asked
    number: int
    rows: tuple[DossierRow, ...]


class ListFeed(QObject):
    """Fills the table with what `open` asks for. `opened(total)` when its beginning is there.

    Lists are read in the pool: skipping into the middle of a very long one must not hold up a clerk's save.
    """

    opened = Signal(int)

    def __init__(self, table: RowsTable, model: PagedRows, tasks: Tasks, lists: Callable[[], Lists]) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._tasks = tasks
        self._lists = lists
        self._asked: Asked | None = None
        self._is_fetching = False
        # What is asked for while the table paints is fetched after it: by then the whole view is known.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._fetch_visible)
        model.missing.connect(self._on_missing)

    @property
    def asked(self) -> Asked | None:
        """What the table shows, None while it shows something else."""
        return self._asked

    def open(self, asked: Asked) -> None:
        """Show a list; the same one again is read anew where it stands."""
        first = 0
        if asked == self._asked and self._model.rowCount():
            first = self._visible_pages()[0]
        self._asked = asked
        lists = self._lists()
        self._tasks.run(
            lambda: _begin(lists, asked, first),
            owner=self,
            done=self._on_begun,
            where=Where.POOL,
            supersedes="list",
            name="dossiers.list",
        )

    def close(self) -> None:
        """Let the table be filled by others."""
        self._asked = None

    def _on_begun(self, beginning: _Beginning) -> None:
        if beginning.asked != self._asked:
            return
        chosen = self._table.current_row
        self._model.begin(beginning.total, beginning.pages)
        self._table.choose_again(chosen, key=lambda row: row.id)
        self.opened.emit(beginning.total)

    @Slot()
    def _on_missing(self) -> None:
        if self._asked is not None and not self._is_fetching and not self._soon.isActive():
            self._soon.start()

    @Slot()
    def _fetch_visible(self) -> None:
        number = next((one for one in self._visible_pages() if one not in self._model.pages), None)
        asked = self._asked
        if number is None or asked is None or self._is_fetching:
            return
        self._is_fetching = True
        lists, total, pages = self._lists(), self._model.rowCount(), dict(self._model.pages)
        self._tasks.run(
            lambda: _Page(asked, number, read_page(lists, asked, number, total, pages)),
            owner=self,
            done=self._on_page,
            failed=self._on_page_failed,
            where=Where.POOL,
            name="dossiers.page",
        )

    def _on_page(self, page: _Page) -> None:
        self._is_fetching = False
        if page.asked != self._asked:
            return
        if not page.rows:  # it has become shorter meanwhile
            self.open(page.asked)
            return
        self._model.put_page(page.number, page.rows, near=self._visible_pages()[0])
        self._fetch_visible()

    def _on_page_failed(self, _error: object) -> None:
        """What is missing is asked for again when the table paints next; a list that cannot be read says so itself."""
        self._is_fetching = False

    def _visible_pages(self) -> range:
        top = max(0, self._table.rowAt(0))
        bottom = self._table.rowAt(self._table.viewport().height() - 1)
        last = self._model.rowCount() - 1 if bottom < 0 else bottom
        return range(top // PAGE_ROWS, max(last, top) // PAGE_ROWS + 1)


def _begin(lists: Lists, asked: Asked, first: int) -> _Beginning:
    """Read how many there are, and the page at which the reader stands with the one after it."""
    total = lists.count(asked.wanted)
    numbers = range(max(0, min(first, (total - 1) // PAGE_ROWS)), (total + PAGE_ROWS - 1) // PAGE_ROWS)[:2]
    pages: dict[int, tuple[DossierRow, ...]] = {}
    for number in numbers:
        pages[number] = read_page(lists, asked, number, total, pages)
    return _Beginning(asked, total, pages)


def read_page(
    lists: Lists, asked: Asked, number: int, total: int, known: dict[int, tuple[DossierRow, ...]]
) -> tuple[DossierRow, ...]:
    """Return a page by the shortest way: from a neighbour that is known, else from the nearer end of the list."""
    start = number * PAGE_ROWS
    size = max(1, min(PAGE_ROWS, total - start))
    before, after = known.get(number - 1), known.get(number + 1)
    if before:
        return lists.page(asked.wanted, order=asked.order, after=before[-1].code, limit=size).rows
    if after:
        return lists.page(asked.wanted, order=asked.order, after=after[0].code, backwards=True, limit=size).rows
    if start <= total // 2:
        return lists.page(asked.wanted, order=asked.order, skip=start, limit=size).rows
    skip = total - start - size
    return lists.page(asked.wanted, order=asked.order, backwards=True, skip=skip, limit=size).rows
