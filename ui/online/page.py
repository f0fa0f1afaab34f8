"""The page of online requests: which wait, by when each is answered, what it says, its files; one key takes it up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from counter_app.services.answers.online import OnlineRow
from ui.actions import ActionId, PageId
from ui.digitise.pictures import Pictures
from ui.digitise.viewer import Viewer
from ui.dossiers.lines import lines_layout, show_lines
from ui.formats import show_moment
from ui.intake.online import REQUEST
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.tasks import Where
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, EmptyState, SectionCard
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.online import Online

# What is late follows from the hour, without anything being changed.
_READ_EVERY_MS = 60_000
_LIST_WIDTH = 470
_FILES_HEIGHT = 88


@dataclass(frozen=True, slots=True)
class _Pages:
    place: int
    count: int


class OnlinePage(Page):
    """Up and Down choose a request, Enter or F9 opens it on the intake page; F4 goes to its files, F7 to their pages.

    What stands in a request comes from outside: every label shows it as plain text.
    """

    page_id: ClassVar[PageId] = PageId.ONLINE
    title_key: ClassVar[str] = "ui.page.online"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._chosen: OnlineRow | None = None
        self._wanted = ""
        self.table = RowsTable(_columns(self.words), self.words, self)
        self.facts_card, self._facts = SectionCard(wraps=True), lines_layout()
        self.files = QListWidget(self)
        self.files.setFixedHeight(_FILES_HEIGHT)
        self.viewer = Viewer(self.words, Pictures(context.counter.online, context.tasks, self), self)
        self.viewer.title.setTextFormat(Qt.TextFormat.PlainText)
        self.open = ActionButton(ButtonKind.PRIMARY, ActionId.ONLINE_OPEN, self)
        self._hint = QLabel(self)
        self._hint.setProperty("role", "hint")
        self._hint.setWordWrap(True)
        self._detail = QWidget(self)
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._again = QTimer(self)
        self._again.setInterval(_READ_EVERY_MS)
        self._lay_out()
        self._connect()
        self.retranslate()

    def activate(self, argument: str = "") -> None:
        """Show what waits; `argument` is the id of the one to choose."""
        self._wanted = argument
        self._read()
        self._again.start()
        self.table.setFocus()

    def deactivate(self) -> None:
        """Read no more."""
        self._again.stop()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read again when one came, or was answered."""
        if topics & {Topic.ONLINE, Topic.DOSSIERS, Topic.CALENDAR, Topic.CATALOGUE}:
            self._read()

    def perform(self, action: ActionId) -> bool:
        """Answer F9, F3, F4, F7, F5 and the keys of the picture."""
        match action:
            case ActionId.ONLINE_OPEN:
                self._open()
            case ActionId.ONLINE_LIST:
                self.table.setFocus()
            case ActionId.ONLINE_FILES:
                self.files.setFocus()
            case ActionId.ONLINE_VIEW:
                self.viewer.thumbnails.setFocus()
            case ActionId.REFRESH:
                self._read()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self.table.setAccessibleName(words("online.list_name"))
        self.files.setAccessibleName(words("online.files_title"))
        self.table.rows_model.retranslate()
        self._empty.set_text(words("online.empty_title"), words("online.empty_advice"))
        self.open.set_text(words("online.open"))
        self._hint.setText(words("online.hint"))
        self.viewer.retranslate()
        if self._chosen is not None:
            self._write(self._chosen)

    def _lay_out(self) -> None:
        self.facts_card.body.addLayout(self._facts)
        right = QVBoxLayout(self._detail)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(SPACE.small)
        right.addWidget(self.files)
        right.addWidget(self.viewer, 1)
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addWidget(self.table, 1)
        left.addWidget(self.facts_card)
        left.addWidget(self._hint)
        left.addWidget(self.open)
        column = QWidget(self)
        column.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        column.setFixedWidth(_LIST_WIDTH)
        whole = QWidget(self)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addWidget(column)
        row.addWidget(self._detail, 1)
        self._answers.addWidget(whole)
        self._answers.addWidget(self._empty)
        self._answers.setCurrentWidget(self._empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._answers)

    def _connect(self) -> None:
        self.table.row_chosen.connect(self._show)
        self.table.row_opened.connect(lambda _row: self._open())
        self.files.currentRowChanged.connect(self._show_file)
        self.open.clicked.connect(self._open)
        self._again.timeout.connect(self._read)
        self.words.language_changed.connect(self.retranslate)

    @Slot()
    def _read(self) -> None:
        online = self.context.counter.online
        self.tasks.run(
            online.list_waiting, owner=self, done=self._show_rows, supersedes="online.list", name="online.list"
        )

    def _show_rows(self, rows: tuple[OnlineRow, ...]) -> None:
        self.table.show_rows(rows, key=lambda row: row.submission.id)
        self._answers.setCurrentIndex(0 if rows else 1)
        if not rows:
            self._chosen = None
            return
        if self.table.current_row is None:
            ids = [row.submission.id for row in rows]
            self.table.selectRow(ids.index(self._wanted) if self._wanted in ids else 0)
        elif self.table.current_row != self._chosen:
            self._show(self.table.current_row)  # a file came, or the hour went on

    @Slot(object)
    def _show(self, row: OnlineRow) -> None:
        before, self._chosen = self._chosen, row
        self._write(row)
        if before is None or (before.submission.id, before.files_here) != (row.submission.id, row.files_here):
            self.viewer.show_document(None)
            self.files.clear()
            self.files.addItems([_say_file(self.words, file.name, file.size_bytes) for file in row.submission.files])
            self.files.setCurrentRow(0 if row.submission.files else -1)
            self._make_ready(row)

    def _write(self, row: OnlineRow) -> None:
        words, asked = self.words, row.submission
        self.facts_card.set_title(asked.applicant.full_name)
        facts = (
            ("number", asked.number),
            ("procedure", row.procedure_name),
            ("id_number", asked.applicant.id_number or asked.applicant.tax_code),
            ("phone", asked.applicant.phone),
            ("address", asked.applicant.address),
            ("handed_in", show_moment(asked.handed_in_at)),
            ("until", say_until(words, row)),
            ("note", asked.note),
        )
        show_lines(self._facts, [(words(f"online.fact.{name}"), value) for name, value in facts if value])

    def _make_ready(self, row: OnlineRow) -> None:
        """Work on the files while the clerk reads: receiving then does not wait for it."""
        online, wanted = self.context.counter.online, row.submission.id
        if row.files_here:
            self.tasks.run(
                lambda: online.make_ready(wanted),
                owner=self,
                done=lambda _nothing: None,
                failed=lambda _error: None,
                where=Where.POOL,
                supersedes="online.ready",
                name="online.ready",
            )

    @Slot(int)
    def _show_file(self, place: int) -> None:
        row, online = self._chosen, self.context.counter.online
        if row is None or place < 0:
            return
        wanted = row.submission.id
        self.tasks.run(
            lambda: _count(online, wanted, place),
            owner=self,
            done=lambda pages: self._show_pages(wanted, pages),
            failed=self._say_unread,
            where=Where.POOL,
            supersedes="online.file",
            name="online.file",
        )

    def _show_pages(self, wanted: str, pages: _Pages) -> None:
        row = self._chosen
        if row is None or row.submission.id != wanted or pages.place != self.files.currentRow():
            return
        page_ids = [f"{wanted}/{pages.place}/{number}" for number in range(1, pages.count + 1)]
        self.viewer.show_document(None)
        self.viewer.show_waiting(page_ids, row.submission.files[pages.place].name)

    def _say_unread(self, error: AppError) -> None:
        self.viewer.show_document(None)
        row = self._chosen
        if error.code == "online.files_missing" and row is not None:
            self.viewer.title.setText(say_files(self.words, row))
        else:
            self.viewer.title.setText(self.words("online.unread"))

    @Slot()
    def _open(self) -> None:
        if self._chosen is not None:
            self.page_requested.emit(PageId.INTAKE, f"{REQUEST}{self._chosen.submission.id}")


def _count(online: Online, wanted: str, place: int) -> _Pages:
    return _Pages(place, online.count_pages(wanted, place))


def _columns(words: Words) -> tuple[Column, ...]:
    return (
        Column("online.column.applicant", 0, lambda row: row.submission.applicant.full_name),
        Column(
            "online.column.until",
            104,
            lambda row: f"{show_moment(row.acknowledge_by)[:11]}",
            lambda row: Tone.BAD if row.is_late else Tone.CAUTION,
        ),
        Column("online.column.files", 118, lambda row: say_files(words, row)),
    )


def say_until(words: Words, row: OnlineRow) -> str:
    """Return until when a request is answered; that it is late is said in words."""
    return words("online.late" if row.is_late else "online.until", at=show_moment(row.acknowledge_by))


def say_files(words: Words, row: OnlineRow) -> str:
    """Return how many of a request's files are here."""
    count = len(row.submission.files)
    if not count:
        return words("online.no_files")
    key = "online.files" if row.is_whole else "online.files_on_way"
    return words(key, here=row.files_here, count=count)


def _say_file(words: Words, name: str, size_bytes: int) -> str:
    return words("online.file_line", name=name, size=max(1, size_bytes // 1024))
