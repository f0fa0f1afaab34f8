"""The look-up page: a search field, filters, the answers, and the chosen dossier beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.services.answers.actions import ActionOffer, ActionResult
from counter_app.services.answers.dossiers import DossierRow, DossierView
from ui.actions import ActionId, PageId
from ui.dossier_actions.view import ActionView
from ui.dossiers.filters import FilterRow, Kept
from ui.dossiers.view import DossierPanel
from ui.formats import show_day, tone_of
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.printing.view import PrintView
from ui.theme.tokens import SPACE, Tone
from ui.widgets import EmptyState, Field

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


SEARCH_AFTER_MS = 120
_FEWEST_LETTERS = 2
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class _Opened:
    """A dossier and what the signed-in clerk may do with it, read together."""

    view: DossierView
    offers: tuple[ActionOffer, ...]


class DossiersPage(Page):
    """Searches while typing, newest first; Down goes into the list, Enter to the dossier's next steps.

    F3 filters the list, F4 goes to the next steps, F9 prints, F6 previews.
    """

    page_id: ClassVar[PageId] = PageId.DOSSIERS
    title_key: ClassVar[str] = "ui.page.dossiers"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.search = QLineEdit(self)
        self.search.installEventFilter(self)
        self._search_field = Field(self.search, self)
        self.filters = FilterRow(self.words, self)
        self.table = RowsTable(self._columns(), self.words, self)
        self.panel = DossierPanel(self.words, self)
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_AFTER_MS)
        self._wanted_code = ""
        self._browsing = QSplitter(Qt.Orientation.Horizontal, self)
        self.print_view = PrintView(context, self)
        self.action_view = ActionView(context, self)
        self._views = QStackedWidget(self)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def is_printing(self) -> bool:
        """Whether the print view has the page."""
        return self._views.currentWidget() is self.print_view

    @property
    def is_acting(self) -> bool:
        """Whether the form of an action has the page."""
        return self._views.currentWidget() is self.action_view

    def activate(self, argument: str = "") -> None:
        """Show the dossier whose code is the argument, or what a search for other words finds, or the newest ones."""
        if argument:
            self._close_views()
            self.filters.choose(Kept.ALL)
            self.search.setText(argument)
            self._wanted_code = argument
        if self.is_printing:
            self.print_view.options.focus_field()
            return
        if self.is_acting:
            self.action_view.form.focus_field()
            return
        self._search()
        self.search.setFocus()
        self.search.selectAll()

    @Slot(str)
    def open_dossier(self, code: str) -> None:
        """Show one dossier in the panel with what may be done next."""
        lookup, dossiers = self.context.counter.lookup, self.context.counter.dossiers
        self.tasks.run(
            lambda: _Opened(lookup.get_dossier(code), dossiers.list_actions(code)),
            owner=self,
            done=self._show_dossier,
            supersedes="dossier",
            name="dossier.get",
        )

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Search again when dossiers changed, and read the shown one again."""
        if Topic.DOSSIERS in topics:
            self._read_again()
        elif Topic.PRINT_JOBS in topics and self.panel.shown is not None:
            self.open_dossier(self.panel.shown.dossier.code)

    def handle_scan(self, raw: bytes | str) -> bool:
        """Take the identity card of who receives a result, while that is being written."""
        if not self.is_acting or not self.action_view.presenter.takes_cards:
            return False
        self.action_view.presenter.take_card(raw)
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer F3 to F6 and F9; in the print view also Esc and the keys of the zoom, in an action's form Esc."""
        if self.is_printing:
            return self.print_view.perform(action)
        if self.is_acting and self.action_view.perform(action):
            return True
        match action:
            case ActionId.DOSSIER_FILTERS:
                self.filters.focus_chosen()
            case ActionId.DOSSIER_ACTIONS:
                self.panel.focus_steps()
            case ActionId.REFRESH:
                self._read_again()
            case ActionId.DOSSIER_PRINT:
                self._open_print_view()
            case ActionId.DOSSIER_PREVIEW:
                self._open_preview()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._search_field.set_label(self.words("ui.dossiers.search"))
        self._search_field.set_hint(self.words("ui.dossiers.search_hint"))
        self.table.setAccessibleName(self.words(self.title_key))
        self.table.rows_model.retranslate()
        self.filters.retranslate()
        self.panel.retranslate()
        self.print_view.retranslate()
        self.action_view.retranslate()
        self._write_empty()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Down leave the search field into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down and self.table.rows_model.rows:
                self._enter_list()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.table.rows_model.rows:
                self.table.selectRow(max(0, self.table.currentIndex().row()))
                return True
        return False

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("ui.dossiers.code", 162, lambda row: row.code, marks=lambda row: row.match.code),
            Column(
                "ui.dossiers.applicant",
                0,
                lambda row: row.applicant_name,
                marks=lambda row: row.match.applicant_name,
            ),
            Column("ui.dossiers.due", 98, lambda row: show_day(row.due_at)),
            Column("ui.dossiers.status", 118, self._status_text, _row_tone),
        )

    def _status_text(self, row: DossierRow) -> str:
        return self.words("ui.dossier_status.late" if row.is_late else f"ui.dossier_status_short.{int(row.status)}")

    def _lay_out(self) -> None:
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self._search_field)
        column.addWidget(self.filters)
        self._answers.addWidget(self.table)
        self._answers.addWidget(self._empty)
        column.addWidget(self._answers, 1)
        splitter = self._browsing
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE.medium)
        splitter.addWidget(left)
        splitter.addWidget(self.panel)
        splitter.setSizes([517, 348])
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        self._views.addWidget(splitter)
        self._views.addWidget(self.print_view)
        self._views.addWidget(self.action_view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._views)

    def _connect_signals(self) -> None:
        self.search.textEdited.connect(self._on_typed)
        self._delay.timeout.connect(self._search)
        self.filters.chosen.connect(self._on_filter_chosen)
        self.filters.left.connect(self._enter_list)
        self.table.row_chosen.connect(self._on_row_chosen)
        self.table.row_opened.connect(self._on_row_opened)
        self.panel.print_requested.connect(self._open_print_view)
        self.panel.preview_requested.connect(self._open_preview)
        self.panel.action_chosen.connect(self._open_action)
        self.print_view.closed.connect(self._on_view_closed)
        self.action_view.closed.connect(self._on_view_closed)
        self.action_view.presenter.outdated.connect(self.open_dossier)
        self.action_view.presenter.acted.connect(self._on_acted)
        self.words.language_changed.connect(self.retranslate)

    @Slot(str)
    def _on_typed(self, _text: str) -> None:
        """Words that are typed look among all dossiers, so the filter says so."""
        self.filters.choose(Kept.ALL)
        self._delay.start()

    @Slot(object)
    def _on_filter_chosen(self, _kept: Kept) -> None:
        self.search.clear()
        self._search()

    @Slot()
    def _enter_list(self) -> None:
        if self.table.rows_model.rows:
            self.table.setFocus()
            self.table.selectRow(max(0, self.table.currentIndex().row()))

    def _read_again(self) -> None:
        self._search()
        if self.panel.shown is not None:
            self.open_dossier(self.panel.shown.dossier.code)

    @Slot()
    def _search(self) -> None:
        words, kept, counter = self.search.text(), self.filters.kept, self.context.counter
        self.tasks.run(
            lambda: _find(counter, words, kept),
            owner=self,
            done=self._show_rows,
            supersedes="search",
            name="dossier.search",
        )

    def _show_rows(self, rows: tuple[DossierRow, ...]) -> None:
        self.table.show_rows(rows, key=lambda row: row.id)
        self._answers.setCurrentIndex(0 if rows else 1)
        self._write_empty()
        wanted, self._wanted_code = self._wanted_code, ""
        for number, row in enumerate(rows):
            if wanted and row.code == wanted:
                self.table.selectRow(number)

    def _write_empty(self) -> None:
        kind = "empty" if self.search.text().strip() else "nothing"
        if kind == "nothing" and self.filters.kept is not Kept.ALL:
            kind = "filtered"
        name = self.words(f"ui.filter.{self.filters.kept.value}")
        title = self.words(f"ui.dossiers.{kind}_title", filter=name)
        self._empty.set_text(title, self.words(f"ui.dossiers.{kind}_advice"))

    def _show_dossier(self, opened: _Opened) -> None:
        self.panel.show_dossier(opened.view, opened.offers)
        state = self.action_view.presenter.state
        if not self.is_acting or state is None or state.code != opened.view.dossier.code:
            return
        if not self.action_view.renew(opened.view, opened.offers):
            self.action_view.close_view()
            action = self.words(f"action.name.{state.action.value}")
            text = self.words("ui.act.changed", code=state.code, action=action)
            self.context.messages.show_message(Message(text, Severity.WARNING))

    @Slot(object)
    def _on_row_chosen(self, row: DossierRow) -> None:
        if row.code:
            self.open_dossier(row.code)

    @Slot(object)
    def _on_row_opened(self, _row: DossierRow) -> None:
        self.panel.focus_first()

    @Slot()
    def _open_print_view(self) -> None:
        self._show_print_view(reading=False)

    @Slot()
    def _open_preview(self) -> None:
        self._show_print_view(reading=True)

    def _show_print_view(self, *, reading: bool) -> None:
        shown = self.panel.shown
        if shown is not None:
            self._views.setCurrentWidget(self.print_view)
            self.print_view.open(shown, reading=reading)

    @Slot(object)
    def _open_action(self, offer: ActionOffer) -> None:
        shown = self.panel.shown
        if shown is not None:
            self._views.setCurrentWidget(self.action_view)
            self.action_view.open(shown, offer)

    @Slot(object)
    def _on_acted(self, result: ActionResult) -> None:
        self.open_dossier(result.code)

    def _close_views(self) -> None:
        if self.is_printing:
            self.print_view.close_view()
        elif self.is_acting:
            self.action_view.close_view()

    @Slot()
    def _on_view_closed(self) -> None:
        self._views.setCurrentWidget(self._browsing)
        (self.table if self.table.rows_model.rows else self.search).setFocus()


def _find(counter: Counter, words: str, kept: Kept) -> tuple[DossierRow, ...]:
    if len(words.strip()) >= _FEWEST_LETTERS:
        return counter.search.find(words, limit=_MOST_ROWS)
    wanted = kept.wanted
    return counter.lookup.list_recent(limit=_MOST_ROWS) if wanted is None else counter.lists.page(wanted).rows


def _row_tone(row: DossierRow) -> Tone:
    return Tone.BAD if row.is_late else tone_of(row.status)
