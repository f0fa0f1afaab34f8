"""The start page: how much is late, due, waiting, and the dossiers that are most urgent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import msgspec
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.clock import local_date
from counter_app.services.answers.concerned import ConcernedFigures
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.lists import DossierFilter, Figures, ListColumn, Scope
from ui.actions import ACTIONS, ActionId, PageId
from ui.dossiers.asking import argument_of
from ui.dossiers.columns import columns_of
from ui.dossiers.feed import Asked
from ui.formats import show_number
from ui.models import RowsTable
from ui.page import Page, PageContext
from ui.start.tiles import FIGURES, Figure, Tiles
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState

if TYPE_CHECKING:
    from counter_app.services.counter import Counter

_MOST_URGENT = 50
_MOST_DEBTS = 100
_TRANSFER_KEY = len(FIGURES) + 1
_ATTENTION_KEY = 0
# What is late follows from the hour, without anything being changed.
_READ_EVERY_MS = 60_000
_KINDS = {True: ButtonKind.SECONDARY, False: ButtonKind.QUIET}
_COLUMNS = (ListColumn.CODE, ListColumn.APPLICANT, ListColumn.PROCEDURE, ListColumn.DUE, ListColumn.STATUS)


@dataclass(frozen=True, slots=True)
class _Today:
    figures: Figures
    urgent: tuple[DossierRow, ...]
    has_dossiers: bool
    attention: tuple[str, ...]
    """Codes of the dossiers that need attention, the oldest first."""
    debts: tuple[str, ...]
    """Codes of the dossiers with somebody whom the population database has not confirmed, the oldest first."""
    has_more_debts: bool


class StartPage(Page):
    """Digits open the list behind a figure, F3 changes whose dossiers are counted, F4 goes to the urgent ones."""

    page_id: ClassVar[PageId] = PageId.START
    title_key: ClassVar[str] = "ui.page.start"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._unsent = QLabel(self)
        self._unsent.setProperty("role", "hint")
        self._today: _Today | None = None
        self.transfer = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._transfer_key = QLabel(str(_TRANSFER_KEY), self)
        self._transfer_key.setProperty("role", "key")
        self.attention = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._attention_key = QLabel(str(_ATTENTION_KEY), self)
        self._attention_key.setProperty("role", "key")
        self.debts = ActionButton(ButtonKind.QUIET, parent=self)
        self.concerned = ActionButton(ButtonKind.SECONDARY, ActionId.PAGE_CONCERNED, self)
        hidden = (self.transfer, self._transfer_key, self.attention, self._attention_key, self.debts, self.concerned)
        for part in hidden:
            part.hide()
        self._scope_label, self._scope_key = QLabel(self), QLabel(ACTIONS[ActionId.START_SCOPE].shown)
        self._scope_label.setProperty("role", "label")
        self._scope_key.setProperty("role", "key")
        self._scopes = QButtonGroup(self)
        self.scope_boxes = {scope: ActionButton(ButtonKind.QUIET, parent=self) for scope in Scope}
        self.tiles = Tiles(self.words, self)
        self.table = RowsTable(columns_of(_COLUMNS, self.words, context.counter.clock), self.words, self)
        self.table.installEventFilter(self)
        self._urgent_label = QLabel(self)
        self._urgent_label.setProperty("role", "cardTitle")
        self._urgent_key = QLabel(ACTIONS[ActionId.START_URGENT].shown)
        self._urgent_key.setProperty("role", "key")
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._again = QTimer(self)
        self._again.setInterval(_READ_EVERY_MS)
        self._lay_out()
        self._connect_signals()
        self.scope_boxes[Scope.DESK].setChecked(True)
        self.retranslate()

    @property
    def scope(self) -> Scope:
        """Whose dossiers are counted."""
        return next(scope for scope, box in self.scope_boxes.items() if box.isChecked())

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - this page shows the same whatever is asked
        """Read the figures; the focus goes to the first."""
        self._read()
        self._again.start()
        self.tiles.focus_first()

    def deactivate(self) -> None:
        """Read no more."""
        self._again.stop()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read again when dossiers or the calendar changed."""
        if topics & {Topic.DOSSIERS, Topic.CALENDAR, Topic.UNITS, Topic.ONLINE, Topic.EXCHANGE}:
            self._read()

    def perform(self, action: ActionId) -> bool:
        """Answer F3, F4 and F5."""
        match action:
            case ActionId.START_SCOPE:
                scopes = tuple(Scope)
                self.scope_boxes[scopes[(scopes.index(self.scope) + 1) % len(scopes)]].click()
            case ActionId.START_URGENT:
                self._enter_urgent()
            case ActionId.REFRESH:
                self._read()
                return False  # the window's own figures are read again too
            case _:
                return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the list behind a figure with its digit."""
        if not self._open_digit(event):
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let digits through the table, and Up leave it at its top."""
        if watched is self.table and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Up and self.table.currentIndex().row() <= 0:
                self.tiles.focus_first()
                return True
            return self._open_digit(event)
        return False

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self._scope_label.setText(words("start.scope"))
        for scope, box in self.scope_boxes.items():
            box.set_text(words(f"lists.scope.{scope.value}"))
        self._urgent_label.setText(words("start.urgent"))
        self.table.setAccessibleName(words("start.urgent"))
        self.table.rows_model.retranslate()
        self.tiles.retranslate()
        if self._today is not None:
            self._show(self._today)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.hair)
        head.addWidget(self._scope_label)
        for box in self.scope_boxes.values():
            box.setCheckable(True)
            box.toggled.connect(lambda is_on, one=box: one.set_kind(_KINDS[is_on]))
            self._scopes.addButton(box)
            head.addWidget(box)
        head.addWidget(self._scope_key)
        head.addStretch(1)
        head.addWidget(self.transfer)
        head.addWidget(self._transfer_key)
        head.addSpacing(SPACE.small)
        head.addWidget(self._unsent)
        below = QHBoxLayout()
        below.addWidget(self._urgent_label)
        below.addWidget(self._urgent_key)
        below.addStretch(1)
        below.addWidget(self.concerned)
        below.addWidget(self.debts)
        below.addWidget(self.attention)
        below.addWidget(self._attention_key)
        self._answers.addWidget(self.table)
        self._answers.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addLayout(head)
        column.addWidget(self.tiles)
        column.addLayout(below)
        column.addWidget(self._answers, 1)

    def _connect_signals(self) -> None:
        for box in self.scope_boxes.values():
            box.clicked.connect(self._read)
        self.transfer.clicked.connect(self._open_transfer)
        self.attention.clicked.connect(self._open_attention)
        self.debts.clicked.connect(self._open_debt)
        self.concerned.clicked.connect(lambda: self.page_requested.emit(PageId.CONCERNED, ""))
        self.tiles.opened.connect(self._open_figure)
        self.tiles.left.connect(self._enter_urgent)
        self.table.row_opened.connect(self._open_row)
        self._again.timeout.connect(self._read)
        self.words.language_changed.connect(self.retranslate)

    def _open_digit(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        number = event.key() - Qt.Key.Key_0.value
        if number == _TRANSFER_KEY and self.transfer.isVisible():
            self._open_transfer()
            return True
        if number == _ATTENTION_KEY and self.attention.isVisible():
            self._open_attention()
            return True
        return 1 <= number <= 9 and self.tiles.open_number(number)

    @Slot()
    def _enter_urgent(self) -> None:
        if self.table.rows_model.rows:
            self.table.setFocus()
            self.table.selectRow(max(0, self.table.currentIndex().row()))

    @Slot()
    def _read(self) -> None:
        counter, scope = self.context.counter, self.scope
        self.tasks.run(
            lambda: _read_today(counter, scope), owner=self, done=self._show, supersedes="today", name="start.read"
        )

    def _show(self, today: _Today) -> None:
        self._today = today
        self.tiles.show_figures(today.figures)
        self._show_transfer(today.figures.to_transfer)
        self._show_attention(len(today.attention))
        self._show_debts(len(today.debts), has_more=today.has_more_debts)
        self._show_concerned(today.figures.concerned)
        unsent, held = (show_number(one, self.words.language) for one in (today.figures.unsent, today.figures.held))
        self._unsent.setText(self.words("start.unsent", unsent=unsent, held=held))
        self.table.show_rows(today.urgent, key=lambda row: row.id)
        self._answers.setCurrentIndex(0 if today.urgent else 1)
        kind = "nothing" if today.has_dossiers else "empty"
        self._empty.set_text(self.words(f"start.{kind}_title"), self.words(f"start.{kind}_advice"))

    def _show_transfer(self, count: int) -> None:
        """Papers that should be on their way ask for attention; while there is none there is nothing to see."""
        said = self.words("start.to_transfer", count=show_number(count, self.words.language))
        self.transfer.set_text(said)
        self.transfer.setAccessibleDescription(self.words("start.key", number=_TRANSFER_KEY))
        for part in (self.transfer, self._transfer_key):
            part.setVisible(count > 0)

    def _show_attention(self, count: int) -> None:
        """What two desks did that cannot both be stands above all figures until somebody decides."""
        self.attention.set_text(self.words("held.tray", count=show_number(count, self.words.language)))
        self.attention.setAccessibleDescription(self.words("start.key", number=_ATTENTION_KEY))
        for part in (self.attention, self._attention_key):
            part.setVisible(count > 0)

    def _show_concerned(self, figures: ConcernedFigures) -> None:
        """What other units received for this one is in nobody's figures: it stands beside them while it waits."""
        waiting, late = (show_number(one, self.words.language) for one in (figures.waiting, figures.late))
        key = "concerned.tray_late" if figures.late else "concerned.tray"
        self.concerned.set_text(self.words(key, count=waiting, late=late))
        self.concerned.setVisible(figures.waiting > 0)

    def _show_debts(self, count: int, *, has_more: bool) -> None:
        """What was received without the population database being asked is checked before it is forgotten."""
        shown = show_number(count, self.words.language) + ("+" if has_more else "")
        self.debts.set_text(self.words("systems.debts", count=shown))
        self.debts.setAccessibleDescription(self.words("systems.debts_advice"))
        self.debts.setToolTip(self.words("systems.debts_advice"))
        self.debts.setVisible(count > 0)

    @Slot()
    def _open_debt(self) -> None:
        if self._today is not None and self._today.debts:
            self.page_requested.emit(PageId.DOSSIERS, self._today.debts[0])

    @Slot()
    def _open_attention(self) -> None:
        """The dossier that waits longest; once it is decided the next one stands here."""
        if self._today is not None and self._today.attention:
            self.page_requested.emit(PageId.DOSSIERS, self._today.attention[0])

    @Slot()
    def _open_transfer(self) -> None:
        self._open_list(DossierFilter(is_to_transfer=True))

    @Slot(object)
    def _open_figure(self, figure: Figure) -> None:
        if figure.name == "to_acknowledge" and self._today is not None and self._today.figures.online_waiting:
            self.page_requested.emit(PageId.ONLINE, "")
            return
        self._open_list(figure.wanted)

    def _open_list(self, wanted: DossierFilter) -> None:
        wanted = msgspec.structs.replace(wanted, scope=self.scope)
        self.page_requested.emit(PageId.DOSSIERS, argument_of(Asked(wanted=wanted)))

    @Slot(object)
    def _open_row(self, row: DossierRow) -> None:
        self.page_requested.emit(PageId.DOSSIERS, row.code)


def _read_today(counter: Counter, scope: Scope) -> _Today:
    urgent = DossierFilter(is_running=True, due_to=local_date(counter.clock.now()), scope=scope)
    rows = counter.lists.page(urgent, limit=_MOST_URGENT).rows
    has_dossiers = bool(rows) or bool(counter.lookup.list_recent(limit=1))
    codes = dict.fromkeys(one.dossier_code for one in counter.held.list_all() if one.dossier_code)
    people = counter.identity_debts.list_all(most=_MOST_DEBTS)
    return _Today(
        figures=counter.figures.read(scope),
        urgent=rows,
        has_dossiers=has_dossiers,
        attention=tuple(codes),
        debts=tuple(dict.fromkeys(one.dossier_code for one in people)),
        has_more_debts=len(people) == _MOST_DEBTS,
    )
