"""The page of online requests: which wait, by when each is answered, what it says, its files; one key takes it up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from counter_app.services.answers.online import OnlineRow
from ui.actions import ActionId, PageId
from ui.formats import show_moment
from ui.incoming.page import IncomingPage
from ui.intake.online import REQUEST
from ui.models import Column
from ui.page import PageContext
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind
from ui.words import Words

_LIST_WIDTH = 470


class OnlinePage(IncomingPage):
    """Up and Down choose a request, Enter or F9 opens it on the intake page; F4 goes to its files, F7 to pages."""

    page_id: ClassVar[PageId] = PageId.ONLINE
    title_key: ClassVar[str] = "ui.page.online"
    area = "online"
    topics = frozenset({Topic.ONLINE, Topic.DOSSIERS, Topic.CALENDAR, Topic.CATALOGUE})
    focusing: ClassVar = {
        ActionId.ONLINE_LIST: "table",
        ActionId.ONLINE_FILES: "files",
        ActionId.ONLINE_VIEW: "pages",
    }

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        online = context.counter.online
        super().__init__(context, _columns(context.words), parent, list_rows=online.list_waiting, files=online)
        self.open = ActionButton(ButtonKind.PRIMARY, ActionId.ONLINE_OPEN, self)
        self._hint = QLabel(self)
        self._hint.setProperty("role", "hint")
        self._hint.setWordWrap(True)
        self._arrange()
        self.table.row_opened.connect(lambda _row: self._open())
        self.open.clicked.connect(self._open)
        self.retranslate()

    def id_of(self, row: OnlineRow) -> str:
        """Return the request's id."""
        return row.submission.id

    def stamp_of(self, row: OnlineRow) -> object:
        """Return which files of which request there are; one that came here meanwhile is shown already."""
        return (row.submission.id, row.submission.files)

    def title_of(self, row: OnlineRow) -> str:
        """Return the applicant's name."""
        return row.submission.applicant.full_name

    def facts_of(self, row: OnlineRow) -> Sequence[tuple[str, str]]:
        """Return what the request says."""
        asked = row.submission
        return (
            ("number", asked.number),
            ("procedure", row.procedure_name),
            ("id_number", asked.applicant.id_number or asked.applicant.tax_code),
            ("phone", asked.applicant.phone),
            ("address", asked.applicant.address),
            ("handed_in", show_moment(asked.handed_in_at)),
            ("until", say_until(self.words, row)),
            ("note", asked.note),
        )

    def files_of(self, row: OnlineRow) -> Sequence[tuple[str, str]]:
        """Return its files with their sizes."""
        return [(file.name, say_file(self.words, file.name, file.size_bytes)) for file in row.submission.files]

    def say_unread(self, row: OnlineRow, error: AppError) -> str:
        """Say how many files are here where one is not, else that it cannot be opened."""
        if error.code == "online.files_missing":
            return say_files(self.words, row)
        return super().say_unread(row, error)

    def row_shown(self, row: OnlineRow) -> None:
        """Work on the files while the clerk reads: receiving then does not wait for it."""
        online, wanted = self.context.counter.online, row.submission.id
        if row.files_here:
            self.run_apart(lambda: online.make_ready(wanted), name="online.ready")

    def perform(self, action: ActionId) -> bool:
        """Answer F9, and what every such page answers."""
        if action is ActionId.ONLINE_OPEN:
            self._open()
            return True
        return super().perform(action)

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.open.set_text(self.words("online.open"))
        self._hint.setText(self.words("online.hint"))
        super().retranslate()

    def _arrange(self) -> None:
        """Put the list and the facts at the left, the files at the right."""
        column, detail, whole = QWidget(self), QWidget(self), QWidget(self)
        left, right, row = QVBoxLayout(column), QVBoxLayout(detail), QHBoxLayout(whole)
        for layout in (left, right, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE.small)
        left.addWidget(self.table, 1)
        for part in (self.facts_card, self._hint, self.open):
            left.addWidget(part)
        right.addWidget(self.files)
        right.addWidget(self.viewer, 1)
        column.setFixedWidth(_LIST_WIDTH)
        row.setSpacing(SPACE.medium)
        row.addWidget(column)
        row.addWidget(detail, 1)
        self.lay_out(whole)

    @Slot()
    def _open(self) -> None:
        if self.chosen is not None:
            self.page_requested.emit(PageId.INTAKE, f"{REQUEST}{self.chosen.submission.id}")


def _columns(words: Words) -> tuple[Column, ...]:
    def by(row: Any) -> str:
        return show_moment(row.acknowledge_by)[:11]

    return (
        Column("online.column.applicant", 0, lambda row: row.submission.applicant.full_name),
        Column("online.column.until", 104, by, lambda row: Tone.BAD if row.is_late else Tone.CAUTION),
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


def say_file(words: Words, name: str, size_bytes: int) -> str:
    """Return the line of a file."""
    return words("online.file_line", name=name, size=max(1, size_bytes // 1024))
