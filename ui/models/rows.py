"""One table model for every list of frozen rows, and the table that shows it."""

import html
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from counter_app.domain.search import Span
from ui.theme import colours
from ui.theme.tokens import Theme, Tone
from ui.widgets.marked_text import MARKS_ROLE, MarkedTextDelegate
from ui.words import Words

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
#: Of a column that takes what is left, where nothing is left.
USUAL_WIDTH = 150


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the text key of its title, its width (0: what is left), what a row says in it, and in which tone.

    `marks` gives the parts of that text which were searched for.
    """

    title_key: str
    width: int
    text: Callable[[Any], str]
    tone: Callable[[Any], Tone] | None = None
    marks: Callable[[Any], Sequence[Span]] | None = None


_BOXES: dict[bool | None, Qt.CheckState] = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked}


class RowsModel(QAbstractTableModel):
    """Rows are replaced as a whole; they are at most a few dozen."""

    def __init__(self, columns: Sequence[Column], words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: tuple[Any, ...] = ()
        self._words = words
        #: Says of a row whether it is marked; None while nothing is, so that no boxes are drawn.
        self.is_marked: Callable[[Any], bool | None] | None = None

    def replace(self, rows: Sequence[Any]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def row_at(self, number: int) -> Any:
        """Return a row by its place, or None."""
        return self.rows[number] if 0 <= number < len(self.rows) else None

    def known_places(self) -> Iterable[int]:
        """Return the places of the rows that are known, in order."""
        return range(len(self.rows))

    def change_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns of the same rows."""
        self.beginResetModel()
        self.columns = tuple(columns)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says."""
        column, row = self.columns[index.column()], self.row_at(index.row())
        if row is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            said = column.text(row)
            return _plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        if role == Qt.ItemDataRole.ForegroundRole and column.tone is not None:
            return _colour_of(column.tone(row))
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0 and self.is_marked is not None:
            return _BOXES.get(self.is_marked(row))
        if role == MARKS_ROLE and column.marks is not None:
            return column.marks(row)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | int | None:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
        return self._words(self.columns[section].title_key) if role == Qt.ItemDataRole.DisplayRole else None

    def retranslate(self) -> None:
        """Write titles and cells in the language in force."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(self.columns) - 1)
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(self.columns) - 1))


class RowsTable(QTableView):
    """Whole rows, chosen with the arrows; `row_chosen(row)` follows them, `row_opened(row)` answers Enter."""

    row_chosen = Signal(object)
    row_opened = Signal(object)

    def __init__(
        self, columns: Sequence[Column], words: Words, parent: QWidget | None = None, *, model: RowsModel | None = None
    ) -> None:
        super().__init__(parent)
        self.rows_model = model or RowsModel(columns, words, self)
        self.rows_model.setParent(self)
        self.setModel(self.rows_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if any(column.marks for column in columns):
            self.setItemDelegate(MarkedTextDelegate(self))
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(32)
        self._awaits_row = False
        self.size_columns()
        self.rows_model.dataChanged.connect(self._on_rows_came)
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.activated.connect(self._on_activated)

    @property
    def current_row(self) -> Any:
        """The chosen row, or None."""
        index = self.currentIndex()
        return self.rows_model.row_at(index.row()) if index.isValid() else None

    def show_rows(self, rows: Sequence[Any], *, key: Callable[[Any], object]) -> None:
        """Show rows and keep the choice on the row with the same key."""
        chosen = self.current_row
        self.rows_model.replace(rows)
        self.choose_again(chosen, key=key)

    def choose_again(self, chosen: Any, *, key: Callable[[Any], object]) -> None:
        """Choose the row with the same key as one that was chosen before; without one nothing stays chosen."""
        if chosen is None:
            return
        known = ((number, self.rows_model.row_at(number)) for number in self.rows_model.known_places())
        place = next((number for number, row in known if row is not None and key(row) == key(chosen)), None)
        if place is None:
            self.setCurrentIndex(_NOWHERE)
            self.clearSelection()
        elif place != self.currentIndex().row():
            self.selectRow(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the first or the last row with Home and End: rows are chosen whole, a column has no ends."""
        rows = self.rows_model.rowCount()
        if rows and event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.selectRow(0 if event.key() == Qt.Key.Key_Home else rows - 1)
        else:
            super().keyPressEvent(event)

    def size_columns(self, *, scrolls: bool = False) -> None:
        """Give every column its width; one without takes what is left, or a usual width where the table scrolls."""
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setHorizontalScrollBarPolicy(policy)
        for number, column in enumerate(self.rows_model.columns):
            if column.width or scrolls:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(number, column.width or USUAL_WIDTH)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = self.rows_model.row_at(current.row()) if current.isValid() else None
        self._awaits_row = current.isValid() and row is None
        if row is not None:
            self.row_chosen.emit(row)

    @Slot()
    def _on_rows_came(self) -> None:
        """Tell a choice that was made before its row was known."""
        row = self.current_row
        if self._awaits_row and row is not None:
            self._awaits_row = False
            self.row_chosen.emit(row)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        row = self.rows_model.row_at(index.row())
        if row is not None:
            self.row_opened.emit(row)


def _plain_tip(said: str) -> str:
    """Return a tooltip that shows a text as it is: Qt guesses whether it is HTML, and names come from outside."""
    return f"<span>{html.escape(said)}</span>" if said else ""


def _colour_of(tone: Tone) -> QColor | None:
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    palette = colours(Theme(str(app.property("theme") or "light")) if app is not None else Theme.LIGHT)
    shown = {
        Tone.INFO: palette.accent_text,
        Tone.GOOD: palette.text,
        Tone.CAUTION: palette.caution_text,
        Tone.BAD: palette.bad_text,
    }.get(tone)
    return None if shown is None else QColor(shown)
