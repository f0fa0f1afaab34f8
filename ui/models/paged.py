"""Rows of a list that may be a million long: only stretches around what is visible are ever in memory."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ui.models.rows import _NOWHERE, Column, RowsModel, _Index
from ui.words import Words

PAGE_ROWS = 100
_MOST_PAGES = 24


class PagedRows(RowsModel):
    """Knows how many rows there are and holds some pages of them; `missing` says that a row was asked for in vain."""

    missing = Signal()

    def __init__(self, columns: Sequence[Column], words: Words, parent: QObject | None = None) -> None:
        super().__init__(columns, words, parent)
        self._total = 0
        self._pages: dict[int, tuple[Any, ...]] = {}

    @property
    def pages(self) -> dict[int, tuple[Any, ...]]:
        """The pages that are held, by number."""
        return self._pages

    def replace(self, rows: Sequence[Any]) -> None:
        """Show these rows, which are all there are."""
        self.beginResetModel()
        starts = range(0, len(rows), PAGE_ROWS)
        self._total, self._pages = len(rows), {n // PAGE_ROWS: tuple(rows[n : n + PAGE_ROWS]) for n in starts}
        self._gather()
        self.endResetModel()

    def begin(self, total: int, pages: dict[int, tuple[Any, ...]]) -> None:
        """Show a list of so many rows, of which these pages are known; the place in it stays where it can."""
        if total == self._total:
            self._pages = dict(pages)
            self._gather()
            self._tell_changed(0, total)
            return
        self.beginResetModel()
        self._total, self._pages = total, dict(pages)
        self._gather()
        self.endResetModel()

    def put_page(self, number: int, rows: Sequence[Any], *, near: int) -> None:
        """Keep a page; those farthest from the page `near` are let go when there are too many."""
        self._pages[number] = tuple(rows)
        while len(self._pages) > _MOST_PAGES:
            del self._pages[max(self._pages, key=lambda one: abs(one - near))]
        self._gather()
        self._tell_changed(number * PAGE_ROWS, number * PAGE_ROWS + len(rows))

    def row_at(self, number: int) -> Any:
        """Return a row by its place, or None while it is not known."""
        page = self._pages.get(number // PAGE_ROWS)
        place = number % PAGE_ROWS
        return page[place] if page is not None and 0 <= place < len(page) else None

    def known_places(self) -> Iterable[int]:
        """Return the places of the rows that are held, in order."""
        return (n * PAGE_ROWS + place for n in sorted(self._pages) for place in range(len(self._pages[n])))

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many rows the list has."""
        return 0 if parent.isValid() else self._total

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says; asking for a row that is not known has it fetched."""
        if self.row_at(index.row()) is None and role == Qt.ItemDataRole.DisplayRole:
            self.missing.emit()
        return super().data(index, role)

    def _gather(self) -> None:
        """Keep what is known in order too, for whoever looks through it."""
        self.rows = tuple(row for number in sorted(self._pages) for row in self._pages[number])

    def _tell_changed(self, first: int, end: int) -> None:
        if end > first:
            self.dataChanged.emit(self.index(first, 0), self.index(end - 1, len(self.columns) - 1))
