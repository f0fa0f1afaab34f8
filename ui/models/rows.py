"""One table model for every list of frozen rows, and the table that shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from counter_app.domain.search import Span
from ui.theme import colours
from ui.theme.tokens import Theme, Tone
from ui.widgets.marked_text import MARKS_ROLE, MarkedTextDelegate
from ui.words import Words

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


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


class RowsModel(QAbstractTableModel):
    """Rows are replaced as a whole; they are at most a few dozen."""

    def __init__(self, columns: Sequence[Column], words: Words, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: tuple[Any, ...] = ()
        self._words = words

    def replace(self, rows: Sequence[Any]) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows = tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NOWHERE) -> int:
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell says."""
        column, row = self.columns[index.column()], self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(row)
        if role == Qt.ItemDataRole.ForegroundRole and column.tone is not None:
            return _colour_of(column.tone(row))
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
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))


class RowsTable(QTableView):
    """Whole rows, chosen with the arrows; `row_chosen(row)` follows them, `row_opened(row)` answers Enter."""

    row_chosen = Signal(object)
    row_opened = Signal(object)

    def __init__(self, columns: Sequence[Column], words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows_model = RowsModel(columns, words, self)
        self.setModel(self.rows_model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if any(column.marks for column in columns):
            self.setItemDelegate(MarkedTextDelegate(self))
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(32)
        self._size_columns()
        self.selectionModel().currentRowChanged.connect(self._on_current_changed)
        self.activated.connect(self._on_activated)

    @property
    def current_row(self) -> Any:
        """The chosen row, or None."""
        index = self.currentIndex()
        return self.rows_model.rows[index.row()] if index.isValid() else None

    def show_rows(self, rows: Sequence[Any], *, key: Callable[[Any], object]) -> None:
        """Show rows and keep the choice on the row with the same key."""
        chosen = self.current_row
        wanted = None if chosen is None else key(chosen)
        self.rows_model.replace(rows)
        for number, row in enumerate(rows):
            if wanted is not None and key(row) == wanted:
                self.selectRow(number)

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(40)
        for number, column in enumerate(self.rows_model.columns):
            if column.width:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Interactive)
                header.resizeSection(number, column.width)
            else:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self.rows_model.rows[current.row()])

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.row_opened.emit(self.rows_model.rows[index.row()])


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
