"""The left side of the digitising page: the dossier, its checklist, what waits, and how far the work is."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from counter_app.domain.dossier import Dossier
from ui.actions import ActionId
from ui.digitise.rows import LineRow, WaitingRow, say_likely, say_name, say_state, say_waiting, tone_of_row
from ui.models import Column, RowsTable
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field
from ui.words import Words

_TRAY_HEIGHT = 116


class LeftLists(QWidget):
    """Passive. Files may be dropped anywhere on it."""

    code_entered = Signal(str)
    files_dropped = Signal(list)
    cancelled = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._dossier: Dossier | None = None
        self._progress = (0, 0)
        self.code = QLineEdit(self)
        self.code.setMaxLength(200)
        self.code_field = Field(self.code, self)
        self.facts = QLabel(self)
        self.facts.setProperty("role", "soft")
        self.facts.setWordWrap(True)
        self.lines = RowsTable(
            (
                Column("digitise.line", 0, lambda row: say_name(words, row)),
                Column("digitise.state", 176, lambda row: say_state(words, row), tone_of_row),
            ),
            words,
            self,
        )
        self.tray = RowsTable(
            (
                Column("digitise.waiting", 0, lambda row: say_waiting(words, row)),
                Column("digitise.likely", 190, lambda row: say_likely(words, row)),
            ),
            words,
            self,
        )
        self.tray.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._tray_title = QLabel(self)
        self._tray_title.setProperty("role", "cardTitle")
        self.setup = ActionButton(ButtonKind.QUIET, ActionId.DIGITISE_SETUP)
        self.setup.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setup.setStyleSheet("text-align: left;")
        self._how = ""
        self.notice, self._notice_words = QFrame(self), QLabel()
        self.notice.setProperty("role", "notice")
        self._notice_words.setWordWrap(True)
        QVBoxLayout(self.notice).addWidget(self._notice_words)
        self.notice.hide()
        self.scan = ActionButton(ButtonKind.PRIMARY, ActionId.DIGITISE_SCAN)
        self.files = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_FILES)
        self.pile = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_PILE)
        self.put = ActionButton(ButtonKind.SECONDARY, ActionId.DIGITISE_PUT)
        self.cancel = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self._said, self._bar = QLabel(self), QProgressBar(self)
        self._work = QWidget(self)
        self.setAcceptDrops(True)
        self._lay_out()
        self.code.returnPressed.connect(lambda: self.code_entered.emit(self.code.text()))
        self.cancel.clicked.connect(self.cancelled)
        self.show_progress(None)
        self.retranslate()

    @property
    def waiting(self) -> tuple[WaitingRow, ...]:
        """The waiting rows that are chosen, in their order."""
        places = sorted(index.row() for index in self.tray.selectionModel().selectedRows())
        return tuple(self.tray.rows_model.rows[place] for place in places)

    @property
    def line(self) -> LineRow | None:
        """The chosen line or document."""
        row: LineRow | None = self.lines.current_row
        return row

    def show_dossier(self, dossier: Dossier, rows: Sequence[LineRow]) -> None:
        """Show a dossier; without a choice its first line that is not digitised is chosen."""
        is_other = self._dossier is None or self._dossier.id != dossier.id
        self._dossier = dossier
        # What is read anew in between leaves alone what the clerk types.
        if is_other or not self.code.hasFocus():
            self.code.setText(dossier.code)
        self.code_field.set_problem("")
        self.facts.setText(f"{dossier.applicant.full_name} · {dossier.procedure_name}")
        self.lines.show_rows(rows, key=lambda row: row.key)
        if is_other or self.line is None:
            self.choose(next((row.key for row in rows if row.component and not row.documents), rows[0].key))

    def choose(self, key: tuple[int, str]) -> None:
        """Choose a line or a document."""
        keys = [row.key for row in self.lines.rows_model.rows]
        if key in keys:
            self.lines.selectRow(keys.index(key))

    def show_waiting(self, rows: Sequence[WaitingRow]) -> None:
        """Show what waits."""
        self.tray.show_rows(rows, key=lambda row: row.key)
        self._write_tray()

    def show_how(self, how: str, *, whole: str) -> None:
        """Say how is scanned; the tool tip says it whole."""
        self._how = how
        self.setup.setToolTip(whole)
        self._write_setup()

    def show_notice(self, text: str) -> None:
        """Say what the clerk does next; "" for nothing."""
        self._notice_words.setText(text)
        self.notice.setVisible(bool(text))
        self._make_room()

    def _make_room(self) -> None:
        """While something is under way nobody changes how is scanned."""
        self.setup.setVisible(self.notice.isHidden() and self._work.isHidden())

    def _write_setup(self) -> None:
        self.setup.set_text(self._how or self._words("ui.action.digitise_setup"))

    def show_progress(self, pages: tuple[int, int] | None) -> None:
        """Say how many pages of how many are done; None: nothing is under way."""
        self._work.setVisible(pages is not None)
        self._make_room()
        for button in (self.scan, self.files, self.pile, self.put):
            button.setEnabled(pages is None)
        if pages is not None:
            done, total = self._progress = pages
            self._bar.setRange(0, total)
            self._bar.setValue(done)
            key = "digitise.progress" if total else "digitise.kept" if done else "digitise.reading"
            self._said.setText(self._words(key, done=done, total=total))
            self._bar.setAccessibleName(self._said.text())

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.code_field.set_label(words("digitise.dossier"))
        if self._dossier is None:
            self.facts.setText(words("digitise.begin"))
        self.lines.setAccessibleName(words("ui.action.digitise_lines"))
        self.tray.setAccessibleName(words("ui.action.digitise_tray"))
        self._write_setup()
        self.scan.set_text(words("digitise.scan"))
        self.files.set_text(words("digitise.files"))
        self.pile.set_text(words("digitise.pile"))
        self.put.set_text(words("digitise.put"))
        self.cancel.set_text(words("digitise.cancel"))
        self.lines.rows_model.retranslate()
        self.tray.rows_model.retranslate()
        self._write_tray()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files only."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Hand the files over; dropped on a line, that line is chosen first."""
        index = self.lines.indexAt(self.lines.viewport().mapFrom(self, event.position().toPoint()))
        if index.isValid():
            self.lines.selectRow(index.row())
        event.acceptProposedAction()
        self.files_dropped.emit([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    @Slot()
    def _write_tray(self) -> None:
        count = sum(len(row.page_ids) for row in self.tray.rows_model.rows)
        self._tray_title.setText(self._words("digitise.tray", count=count))
        self.tray.setVisible(count > 0)
        self._tray_title.setVisible(count > 0)
        self.put.setVisible(count > 0)

    def _lay_out(self) -> None:
        self.tray.setMaximumHeight(_TRAY_HEIGHT)
        self.put.hide()
        work = QHBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(SPACE.small)
        self._bar.setTextVisible(False)
        for widget in (self._said, self._bar, self.cancel):
            work.addWidget(widget, 1 if widget is self._bar else 0)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.scan)
        buttons.addWidget(self.files)
        buttons.addWidget(self.pile)
        buttons.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(self._tray_title, 1)
        head.addWidget(self.put)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.code_field)
        column.addWidget(self.facts)
        column.addWidget(self.lines, 1)
        column.addLayout(buttons)
        column.addWidget(self.setup)
        column.addWidget(self.notice)
        column.addWidget(self._work)
        column.addLayout(head)
        column.addWidget(self.tray)
