"""A page of what came from elsewhere: the list, the facts of the one that is chosen, its files and their pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QListWidget, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from ui.actions import ActionId
from ui.digitise.pictures import DrawsWaiting, Pictures
from ui.digitise.viewer import Viewer
from ui.dossiers.lines import lines_layout, show_lines
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.tasks import Where
from ui.widgets import EmptyState, SectionCard

# What is late follows from the hour, without anything being changed.
_READ_EVERY_MS = 60_000
_FILES_HEIGHT = 88


class Files(DrawsWaiting, Protocol):
    """Files of what came, drawn by ids of the form ``row/place/page``, places from 0."""

    def count_pages(self, wanted: str, place: int) -> int:
        """Return how many pages a file has. Slow: from the pool, and where the file is not here from a lane of its own.

        Of a file that comes from strangers nothing is drawn before.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Pages:
    place: int
    count: int


class IncomingPage(Page):
    """Up and Down choose a row; its facts, files and their pages follow. A subclass says what a row holds.

    A file that is not here is brought when somebody asks for it: by Enter or a click, or by going to its pages.

    What stands in a row comes from outside: every label shows it as plain text. Texts stand under `area`.
    """

    area: ClassVar[str]
    topics: ClassVar[frozenset[Topic]]
    focusing: ClassVar[Mapping[ActionId, str]]
    """Which part a key puts the focus into: ``table``, ``files`` or ``pages``."""

    def __init__(
        self,
        context: PageContext,
        columns: Sequence[Column],
        parent: QWidget | None = None,
        *,
        list_rows: Callable[[], tuple[Any, ...]],
        files: Files,
    ) -> None:
        """`list_rows` runs in the store's thread, `files` work in the pool: neither may hold the page."""
        super().__init__(context, parent)
        self._list_rows, self._source = list_rows, files
        self.chosen: Any = None
        self._wanted = ""
        self.table = RowsTable(columns, self.words, self)
        self.facts_card, self.facts = SectionCard(wraps=True), lines_layout()
        self.facts_card.body.addLayout(self.facts)
        self.files = QListWidget(self)
        self.files.setFixedHeight(_FILES_HEIGHT)
        self.viewer = Viewer(self.words, Pictures(files, context.tasks, self), self)
        self.viewer.title.setTextFormat(Qt.TextFormat.PlainText)
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._again = QTimer(self)
        self._again.setInterval(_READ_EVERY_MS)
        self._connect()

    def id_of(self, row: Any) -> str:
        """Return what stays the same of a row, by which `files` know it."""
        raise NotImplementedError

    def title_of(self, row: Any) -> str:
        """Return the title of its facts."""
        raise NotImplementedError

    def facts_of(self, row: Any) -> Sequence[tuple[str, str]]:
        """Return its facts, each by the last part of its text's key; an empty one is left out."""
        raise NotImplementedError

    def files_of(self, row: Any) -> Sequence[tuple[str, str]]:
        """Return of each of its files the name, and what the list says."""
        raise NotImplementedError

    def is_here(self, row: Any, place: int) -> bool:  # noqa: ARG002 - a page whose files may be elsewhere overrides this
        """Return whether a file is shown without waiting for the line."""
        return True

    def say_unread(self, row: Any, error: AppError) -> str:  # noqa: ARG002 - a page that knows more overrides this
        """Return what stands where a file cannot be shown."""
        return self.words(f"{self.area}.unread")

    def stamp_of(self, row: Any) -> object:
        """Return what its files are shown anew for when it is another than before; how many are here is no part."""
        raise NotImplementedError

    def row_shown(self, row: Any) -> None:
        """Another row is in front, its files changed, or one of them came."""

    def activate(self, argument: str = "") -> None:
        """Show what there is; `argument` is the id of the one to choose."""
        self._wanted = argument
        self.read()
        self._again.start()
        self.table.setFocus()

    def deactivate(self) -> None:
        """Read no more."""
        self._again.stop()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read again when one came, or was answered."""
        if topics & self.topics:
            self.read()

    def perform(self, action: ActionId) -> bool:
        """Answer the keys of the parts, and F5."""
        if action is ActionId.REFRESH:
            self.read()
            return True
        parts = {"table": self.table, "files": self.files, "pages": self.viewer.thumbnails}
        part = self.focusing.get(action)
        if part is None:
            return False
        parts[part].setFocus()
        if part != "table":
            self.require_file()
        return True

    @Slot()
    def require_file(self) -> None:
        """Show the file that is chosen, brought here where it is elsewhere; again where it could not be shown."""
        place = self.files.currentRow()
        if self.chosen is None or place < 0 or self.viewer.number:
            return
        if self.is_here(self.chosen, place):
            self._count_pages(place, Where.POOL)
        else:
            self.viewer.show_document(None, instead=self.words(f"{self.area}.coming"))
            self._count_pages(place, Where.FETCH)

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self.table.setAccessibleName(words(f"{self.area}.list_name"))
        self.files.setAccessibleName(words(f"{self.area}.files_title"))
        self.table.rows_model.retranslate()
        self._empty.set_text(words(f"{self.area}.empty_title"), words(f"{self.area}.empty_advice"))
        self.viewer.retranslate()
        if self.chosen is not None:
            self._write(self.chosen)
            self._write_files(self.chosen)
            if not self.viewer.number:
                self._show_file(self.files.currentRow())

    @Slot()
    def read(self) -> None:
        """Read the rows again."""
        name = f"{self.area}.list"
        self.tasks.run(self._list_rows, owner=self, done=self._show_rows, supersedes=name, name=name)

    def lay_out(self, whole: QWidget) -> None:
        """Show `whole` while there are rows."""
        self._answers.addWidget(whole)
        self._answers.addWidget(self._empty)
        self._answers.setCurrentWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._answers)

    def run_apart(self, work: Callable[[], Any], *, name: str) -> None:
        """Do something slow that nobody waits for; the newest of a name counts, and its failure is not told."""
        self.tasks.run(
            work,
            owner=self,
            done=lambda _nothing: None,
            failed=lambda _error: None,
            where=Where.POOL,
            supersedes=name,
            name=name,
        )

    def _connect(self) -> None:
        self.table.row_chosen.connect(self._show)
        self.files.currentRowChanged.connect(self._show_file)
        self.files.itemActivated.connect(self.require_file)
        self.files.itemClicked.connect(self.require_file)
        self._again.timeout.connect(self.read)
        self.words.language_changed.connect(self.retranslate)

    def _show_rows(self, rows: tuple[Any, ...]) -> None:
        self.table.show_rows(rows, key=self.id_of)
        self._answers.setCurrentIndex(0 if rows else 1)
        if not rows:
            self.chosen = None
            return
        if self.table.current_row is None:
            ids = [self.id_of(row) for row in rows]
            self.table.selectRow(ids.index(self._wanted) if self._wanted in ids else 0)
        elif self.table.current_row != self.chosen:
            self._show(self.table.current_row)  # something of it came, or the hour went on

    @Slot(object)
    def _show(self, row: Any) -> None:
        before, self.chosen = self.chosen, row
        self._write(row)
        if before is not None and self.stamp_of(before) == self.stamp_of(row):
            self._write_files(row)
            if before.files_here != row.files_here:
                self._show_what_came(row)
        else:
            self.viewer.show_document(None)
            self.files.clear()
            self.files.addItems([said for _name, said in self.files_of(row)])
            self.files.setCurrentRow(0 if self.files.count() else -1)
            self.row_shown(row)

    def _show_what_came(self, row: Any) -> None:
        """What is being looked at stays; a file that could not be shown may be here now."""
        place = self.files.currentRow()
        if place >= 0 and not self.viewer.number and self.is_here(row, place):
            self._show_file(place)
        self.row_shown(row)

    def _write(self, row: Any) -> None:
        self.facts_card.set_title(self.title_of(row))
        lines = ((self.words(f"{self.area}.fact.{name}"), value) for name, value in self.facts_of(row))
        show_lines(self.facts, lines)

    def _write_files(self, row: Any) -> None:
        for place, (_name, said) in enumerate(self.files_of(row)):
            item = self.files.item(place)
            if item is not None:
                item.setText(said)

    @Slot(int)
    def _show_file(self, place: int) -> None:
        if self.chosen is None or place < 0:
            return
        if self.is_here(self.chosen, place):
            self._count_pages(place, Where.POOL)
        else:
            self.viewer.show_document(None, instead=self.words(f"{self.area}.elsewhere"))

    def _count_pages(self, place: int, where: Where) -> None:
        wanted, files = self.id_of(self.chosen), self._source
        self.tasks.run(
            lambda: _Pages(place, files.count_pages(wanted, place)),
            owner=self,
            done=lambda pages: self._show_pages(wanted, pages),
            failed=lambda error: self._say_unread(wanted, place, error),
            where=where,
            supersedes=f"{self.area}.file",
            name=f"{self.area}.file",
        )

    def _show_pages(self, wanted: str, pages: _Pages) -> None:
        if not self._is_chosen(wanted, pages.place):
            return
        self.viewer.show_document(None)
        page_ids = [f"{wanted}/{pages.place}/{number}" for number in range(1, pages.count + 1)]
        self.viewer.show_waiting(page_ids, self.files_of(self.chosen)[pages.place][0])

    def _say_unread(self, wanted: str, place: int, error: AppError) -> None:
        if self._is_chosen(wanted, place):
            self.viewer.show_document(None, instead=self.say_unread(self.chosen, error))

    def _is_chosen(self, wanted: str, place: int) -> bool:
        return self.chosen is not None and self.id_of(self.chosen) == wanted and place == self.files.currentRow()
