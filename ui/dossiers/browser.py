"""The left half of the page of dossiers: a search field, filters, and the list, which may be a million long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.errors import AppError, UserError
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.lists import USUAL_COLUMNS, ListColumn, SavedView
from ui.actions import ActionId
from ui.dossiers.asking import find_asked, say_asked
from ui.dossiers.columns import columns_of
from ui.dossiers.feed import Asked, ListFeed
from ui.dossiers.filter_form import FilterForm, Offered
from ui.dossiers.filters import FilterRow, Kept
from ui.formats import show_number
from ui.messages import Message, Severity
from ui.models import PagedRows, RowsTable
from ui.page import PageContext
from ui.tasks import Where
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState, Field

if TYPE_CHECKING:
    from counter_app.services.counter import Counter

SEARCH_AFTER_MS = 120
_FEWEST_LETTERS = 2
_MOST_ROWS = 50
_TABLE, _EMPTY = range(2)
_MOST_PROCEDURES = 2_000
_LEAST_WIDTH = 100


class DossierBrowser(QStackedWidget):
    """Searches while typing, newest first, or shows a list; Down goes into it. The form of filters takes its place."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._words = context.words
        self._asked = Asked()
        self._columns: tuple[ListColumn, ...] = USUAL_COLUMNS
        self._clerks: dict[str, str] = {}
        self._units: dict[str, str] = {}
        self._wanted_code = ""
        self.search = QLineEdit(self)
        self.search.installEventFilter(self)
        self._search_field = Field(self.search, self)
        self.filters = FilterRow(self._words, self)
        self.summary = QLabel(self)
        self.summary.setProperty("role", "hint")
        self.more_button = ActionButton(ButtonKind.QUIET, ActionId.DOSSIER_MORE_FILTERS)
        columns = columns_of(self._columns, self._words, context.counter.clock)
        self.rows = PagedRows(columns, self._words)
        self.table = RowsTable(columns, self._words, self, model=self.rows)
        self.feed = ListFeed(self.table, self.rows, context.tasks, lambda: context.counter.lists)
        self.form = FilterForm(self._words, self)
        self._empty = EmptyState(self)
        self._answers = QStackedWidget(self)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_AFTER_MS)
        self._lay_out()
        self._connect_signals()
        self._read_kept()

    @property
    def is_choosing(self) -> bool:
        """Whether the form of filters is shown."""
        return self.currentWidget() is self.form

    @property
    def asked(self) -> Asked:
        """The list that is shown while nothing is searched for."""
        return self._asked

    @property
    def columns(self) -> tuple[ListColumn, ...]:
        """The columns that are shown."""
        return self._columns

    @property
    def searched(self) -> str:
        """The words that are searched for, "" while a list is shown."""
        words = self.search.text().strip()
        return words if len(words) >= _FEWEST_LETTERS else ""

    def show_argument(self, argument: str) -> None:
        """Show the list that the argument means, or search for its words; an exact code is chosen."""
        self.close_form()
        asked = find_asked(argument)
        if asked is not None:
            self.show_list(asked)
            return
        self._take_up(Asked(), Kept.ALL)
        self.search.setText(argument)
        self._wanted_code = argument
        self.read_again()

    def show_list(self, asked: Asked) -> None:
        """Show a list from its beginning."""
        kept = next((one for one in Kept if one.wanted == asked.wanted), None) if asked.order is None else None
        self._take_up(asked, kept)
        self.search.clear()
        self.read_again()

    @Slot()
    def read_again(self) -> None:
        """Read what is shown anew: the search while there are words, else the list where it stands."""
        words, counter = self.search.text(), self._context.counter
        if len(words.strip()) < _FEWEST_LETTERS:
            self.feed.open(self._asked)
            return
        self.feed.close()
        self._context.tasks.run(
            lambda: _search(counter, words),
            owner=self,
            done=lambda rows: self._show_found(words, rows),
            supersedes="search",
            name="dossier.search",
        )

    def focus_search(self) -> None:
        """Put the focus into the search field."""
        self.search.setFocus()
        self.search.selectAll()

    @Slot()
    def enter_list(self) -> None:
        """Go into the list, to the chosen dossier or the first."""
        if self.rows.rowCount():
            self.table.setFocus()
            self.table.selectRow(max(0, self.table.currentIndex().row()))

    def focus_back(self) -> None:
        """Put the focus into the list, or where one is looked for."""
        (self.table if self.rows.rowCount() else self.search).setFocus()

    @Slot()
    def open_form(self) -> None:
        """Show the form of filters with the list in force."""
        counter = self._context.counter
        self._context.tasks.run(lambda: _read_offered(counter), owner=self, done=self._show_form, name="lists.form")

    @Slot()
    def close_form(self) -> None:
        """Show the list again."""
        if self.is_choosing:
            self.setCurrentIndex(0)
            self.focus_back()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._search_field.set_label(words("ui.dossiers.search"))
        self._search_field.set_hint(words("ui.dossiers.search_hint"))
        self.table.setAccessibleName(words("ui.page.dossiers"))
        self.more_button.set_text(words("lists.more"))
        self.rows.retranslate()
        self.filters.retranslate()
        self.form.retranslate()
        self._write_summary()
        self._write_empty()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Down leave the search field into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down and self.rows.rowCount():
                self.enter_list()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.rows.rowCount():
                self.table.selectRow(max(0, self.table.currentIndex().row()))
                return True
        return False

    def _lay_out(self) -> None:
        left = QWidget(self)
        line = QHBoxLayout()
        line.addWidget(self.summary, 1)
        line.addWidget(self.more_button)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.hair)
        column.addWidget(self._search_field)
        column.addWidget(self.filters)
        column.addLayout(line)
        self._answers.addWidget(self.table)
        self._answers.addWidget(self._empty)
        column.addWidget(self._answers, 1)
        self.addWidget(left)
        self.addWidget(self.form)

    def _connect_signals(self) -> None:
        self.search.textEdited.connect(self._on_typed)
        self._delay.timeout.connect(self.read_again)
        self.filters.chosen.connect(self._on_filter_chosen)
        self.filters.view_chosen.connect(self._on_view_chosen)
        self.filters.left.connect(self.enter_list)
        self.feed.opened.connect(self._on_opened)
        self.more_button.clicked.connect(self.open_form)
        self.form.applied.connect(self._on_applied)
        self.form.closed.connect(self.close_form)
        self.form.view_chosen.connect(self._on_view_chosen)
        self.form.columns_chosen.connect(self._keep_columns)
        self.form.save_asked.connect(self._save_view)
        self.form.remove_asked.connect(self._remove_view)

    def _take_up(self, asked: Asked, kept: Kept | None) -> None:
        self._asked = asked
        self.filters.choose(kept)
        self.table.setCurrentIndex(self.rows.index(-1, -1))

    @Slot(str)
    def _on_typed(self, _text: str) -> None:
        """Words that are typed look among all dossiers, so the filter says so."""
        self._take_up(Asked(), Kept.ALL)
        self._delay.start()

    @Slot(object)
    def _on_filter_chosen(self, kept: Kept) -> None:
        self.show_list(Asked(wanted=kept.wanted))

    @Slot(object)
    def _on_view_chosen(self, view: SavedView) -> None:
        self.close_form()
        self.show_list(Asked(wanted=view.wanted, order=view.order))
        self.filters.choose_view(view.name)

    @Slot(object)
    def _on_applied(self, asked: Asked) -> None:
        self.close_form()
        self.show_list(asked)
        self.table.setFocus()

    @Slot(int)
    def _on_opened(self, total: int) -> None:
        self._answers.setCurrentIndex(_TABLE if total else _EMPTY)
        self._write_summary()
        self._write_empty()

    def _show_found(self, words: str, rows: tuple[DossierRow, ...]) -> None:
        self._show_rows(rows)
        texts = self._context.counter.paper_texts
        # After the dossiers are on the screen: looking inside papers must hold nobody up.
        self._context.tasks.run(
            lambda: texts.find(words),
            owner=self,
            done=lambda inside: self._add_inside(words, rows, inside),
            supersedes="search.inside",
            where=Where.POOL,
            name="dossier.search_inside",
        )

    def _add_inside(self, words: str, rows: tuple[DossierRow, ...], inside: tuple[DossierRow, ...]) -> None:
        """Show dossiers found by their papers after those found by themselves, unless the words have changed."""
        known = {row.id for row in rows}
        more = tuple(row for row in inside if row.id not in known)
        if more and self.search.text() == words:
            self._show_rows(rows + more)

    def _show_rows(self, rows: tuple[DossierRow, ...]) -> None:
        self.table.show_rows(rows, key=_key_of)
        self._on_opened(len(rows))
        wanted, self._wanted_code = self._wanted_code, ""
        for number, row in enumerate(rows):
            if wanted and row.code == wanted:
                self.table.selectRow(number)

    def _write_summary(self) -> None:
        count = show_number(self.rows.rowCount(), self._words.language)
        parts = [self._words("lists.count", count=count)]
        if len(self.search.text().strip()) < _FEWEST_LETTERS:
            parts.append(self._say_asked())
        said = " · ".join(parts)
        self.summary.setToolTip(said)
        self.summary.setAccessibleName(said)
        room = max(120, self.summary.width())
        self.summary.setText(self.summary.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, room))

    def _write_empty(self) -> None:
        kind = "empty" if self.search.text().strip() else "nothing"
        if kind == "nothing" and self._asked.wanted != Kept.ALL.wanted:
            kind = "filtered"
        kept = self.filters.kept
        said = self._words(f"ui.filter.{kept.value}") if kept else self._say_asked()
        title = self._words(f"ui.dossiers.{kind}_title", filter=said)
        self._empty.set_text(title, self._words(f"ui.dossiers.{kind}_advice"))

    def _say_asked(self) -> str:
        wanted = self._asked.wanted
        clerk = self._clerks.get(wanted.clerk_id, "")
        unit = self._units.get(wanted.competent_unit_code, wanted.competent_unit_code)
        return say_asked(self._words, self._asked, clerk_name=clerk, unit_name=unit)

    def _read_kept(self) -> None:
        counter = self._context.counter
        self._context.tasks.run(lambda: _read_kept(counter), owner=self, done=self._take_kept, name="lists.kept")

    def _take_kept(self, kept: Offered) -> None:
        self._clerks, self._units = dict(kept.clerks), dict(kept.units)
        self.filters.show_views(kept.views)
        self._show_columns(kept.columns)

    def _show_columns(self, columns: tuple[ListColumn, ...]) -> None:
        if columns == self._columns:
            return
        chosen = self.table.currentIndex().row()
        self._columns = columns
        self.rows.change_columns(columns_of(columns, self._words, self._context.counter.clock))
        self._fit_columns()
        if chosen >= 0:
            self.table.selectRow(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the columns share the width, or scroll where they do not fit."""
        super().resizeEvent(event)
        self._fit_columns()
        self._write_summary()

    def _fit_columns(self) -> None:
        needed = sum(column.width or _LEAST_WIDTH for column in self.rows.columns)
        self.table.size_columns(scrolls=needed > self.width())

    def _show_form(self, offered: Offered) -> None:
        self.form.open(self._asked, offered)
        self.setCurrentWidget(self.form)
        self.form.focus_first()

    @Slot(object)
    def _keep_columns(self, columns: tuple[ListColumn, ...]) -> None:
        views = self._context.counter.views
        self._context.tasks.run(
            lambda: views.keep_columns(columns), owner=self, done=self._show_columns, name="lists.columns"
        )

    @Slot(str, object)
    def _save_view(self, name: str, asked: Asked) -> None:
        views = self._context.counter.views
        self._context.tasks.run(
            lambda: (views.save_view(name, asked.wanted, asked.order), views.list_views()),
            owner=self,
            done=self._on_saved,
            failed=self._on_not_saved,
            name="lists.save",
        )

    def _on_saved(self, saved: tuple[SavedView, tuple[SavedView, ...]]) -> None:
        view, views = saved
        self.form.name.clear()
        self.filters.show_views(views)
        self.form.show_views(views)
        self._on_view_chosen(view)
        self._say(self._words("lists.saved", name=view.name), Severity.SUCCESS)

    def _on_not_saved(self, error: AppError) -> None:
        if isinstance(error, UserError):
            self.form.show_name_problem(self._words(error.code, **error.context))
        else:
            self._context.errors.show(error)

    @Slot(str)
    def _remove_view(self, name: str) -> None:
        views = self._context.counter.views

        def remove() -> tuple[SavedView, ...]:
            views.remove_view(name)
            return views.list_views()

        self._context.tasks.run(remove, owner=self, done=lambda left: self._on_removed(name, left), name="lists.remove")

    def _on_removed(self, name: str, views: tuple[SavedView, ...]) -> None:
        self.filters.show_views(views)
        self.form.show_views(views)
        self._say(self._words("lists.removed", name=name), Severity.INFO)

    def _say(self, text: str, severity: Severity) -> None:
        self._context.messages.show_message(Message(text, severity))


def _key_of(row: DossierRow) -> str:
    return row.id


def _search(counter: Counter, words: str) -> tuple[DossierRow, ...]:
    return counter.search.find(words, limit=_MOST_ROWS)


def _read_kept(counter: Counter) -> Offered:
    clerks = tuple((clerk.id, clerk.full_name) for clerk in counter.session.list_clerks())
    units = tuple((unit.code, unit.name) for unit in counter.units.list_all())
    views = counter.views
    return Offered(clerks=clerks, units=units, procedures=(), views=views.list_views(), columns=views.list_columns())


def _read_offered(counter: Counter) -> Offered:
    kept = _read_kept(counter)
    procedures = counter.catalogue.find_procedures("", limit=_MOST_PROCEDURES)
    return replace(kept, procedures=procedures)
