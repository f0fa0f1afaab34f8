"""The checklist as a table that is worked with the keyboard: arrows, digits, Space."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from counter_app.domain.procedure import Component
from ui.actions import ACTIONS, ActionId
from ui.intake import checklist
from ui.intake.state import Counts
from ui.words import Words

_Index = QModelIndex | QPersistentModelIndex
_NAME = 0
_HEADER_KEYS = ("intake.checklist.original_short", "intake.checklist.certified_short", "intake.checklist.copy_short")
_KIND_KEYS = ("intake.checklist.original", "intake.checklist.certified", "intake.checklist.copy")
_KIND_MARGIN = 20
_NAME_MARGIN = 48  # the tick, and the padding of a cell on both sides
_LINE_MARGIN = 6
_DIGITS = "0123456789"


class ChecklistModel(QAbstractTableModel):
    """Lines of a checklist: the paper's name with its tick, then handed in / asked for by kind of copy.

    Without `says_asked` only what was handed in is said.
    """

    def __init__(self, words: Words, parent: QWidget, *, says_asked: bool = True) -> None:
        super().__init__(parent)
        self._says_asked = says_asked
        self._words = words
        self._components: tuple[Component, ...] = ()
        self._counts: tuple[Counts, ...] = ()
        self._remarks: tuple[str, ...] = ()
        self._digitised: frozenset[int] = frozenset()

    def remark(self, remarks: tuple[str, ...], digitised: frozenset[int]) -> bool:
        """Show a remark below each name, and the lines for which a digitised paper stands; return if they changed."""
        if (remarks, digitised) == (self._remarks, self._digitised):
            return False
        self._remarks, self._digitised = remarks, digitised
        if self._components:
            self.dataChanged.emit(self.index(0, _NAME), self.index(len(self._components) - 1, _NAME))
        return True

    def show(self, components: tuple[Component, ...], counts: tuple[Counts, ...]) -> None:
        """Show a checklist; the current cell stays when only counts changed."""
        padded = counts[: len(components)] + (Counts(),) * (len(components) - len(counts))
        if components != self._components:
            self.beginResetModel()
            self._components, self._counts = components, padded
            self.endResetModel()
        elif padded != self._counts:
            self._counts = padded
            self.dataChanged.emit(self.index(0, 0), self.index(len(components) - 1, len(_KIND_KEYS)))

    def component(self, line: int) -> Component:
        """Return a line's paper."""
        return self._components[line]

    def counts(self, line: int) -> Counts:
        """Return a line's counts."""
        return self._counts[line]

    def retranslate(self) -> None:
        """Show headers and spoken texts in the present language."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(_KIND_KEYS))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of papers."""
        return 0 if parent.isValid() else len(self._components)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return the name and three kinds of copy."""
        return 0 if parent.isValid() else 1 + len(_KIND_KEYS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        """Return the heading of a column."""
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._words("intake.checklist.name" if section == _NAME else _HEADER_KEYS[section - 1])

    def data(self, index: _Index, role: int = 0) -> object:
        """Return what a cell shows and says."""
        component, counts = self._components[index.row()], self._counts[index.row()]
        if index.column() == _NAME:
            return self._name_data(index.row(), component, counts, role)
        return self._count_data(component, counts, index.column() - 1, role)

    def _name_data(self, line: int, component: Component, counts: Counts, role: int) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                key = "intake.checklist.required" if component.required else "intake.checklist.optional"
                remark = self._remarks[line] if line < len(self._remarks) else ""
                return "\n".join(part for part in (self._words(key, name=component.name), remark) if part)
            case Qt.ItemDataRole.CheckStateRole:
                is_here = any(counts) or line in self._digitised
                return Qt.CheckState.Checked if is_here else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return f"{component.name}\n{component.note}".strip()
            case _:
                return None

    def _count_data(self, component: Component, counts: Counts, kind: int, role: int) -> object:
        asked = Counts.asked_by(component)[kind]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                if not self._says_asked:
                    return str(counts[kind] or "–")
                return f"{counts[kind]}/{asked}" if asked or counts[kind] else "–"
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignCenter
            case Qt.ItemDataRole.FontRole if counts[kind]:
                bold = QFont()
                bold.setBold(True)
                return bold
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._words(
                    "intake.checklist.spoken" if self._says_asked else "intake.checklist.spoken_count",
                    kind=self._words(_KIND_KEYS[kind]),
                    count=counts[kind],
                    asked=asked,
                    name=component.name,
                )
            case _:
                return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Every cell can be stood on; the name carries the tick."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == _NAME else flags


class _WrappedName(QStyledItemDelegate):
    """Gives a line the height its whole name needs; Qt's own hint forgets the tick and the padding."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002 - Qt's signature
        """Return the size of the name within its column."""
        table = self.parent()
        width = table.columnWidth(_NAME) - _NAME_MARGIN if isinstance(table, QTableView) else 0
        name = str(index.data(Qt.ItemDataRole.DisplayRole))
        metrics = QFontMetrics(table.font() if isinstance(table, QTableView) else QFont())
        needed = metrics.boundingRect(QRect(0, 0, max(width, 40), 10_000), Qt.TextFlag.TextWordWrap, name)
        return QSize(needed.width(), needed.height() + _LINE_MARGIN)


class ChecklistTable(QTableView):
    """Says which line the clerk counted, ticked or finished; it never changes a count itself."""

    counted = Signal(int, object)
    toggled = Signal(int, object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None, *, says_asked: bool = True) -> None:
        super().__init__(parent)
        self._words = words
        self._model = ChecklistModel(words, self, says_asked=says_asked)
        self.setModel(self._model)
        self.setItemDelegateForColumn(_NAME, _WrappedName(self))
        # Letters mean nothing here, so an input method must not open its own window over the table.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setWordWrap(True)
        self.setShowGrid(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._on_clicked)
        self.retranslate()

    @property
    def line(self) -> int:
        """The line the clerk stands on, from 0; -1 for none."""
        return self.currentIndex().row()

    def show_checklist(
        self,
        components: tuple[Component, ...],
        counts: tuple[Counts, ...],
        remarks: tuple[str, ...] = (),
        digitised: frozenset[int] = frozenset(),
    ) -> None:
        """Show lines and counts, a remark below each name, and ticks where a digitised paper stands for the line."""
        self._model.show(components, counts)
        if self._model.remark(remarks, digitised):
            self.resizeRowsToContents()
        if components and not self.currentIndex().isValid():
            self.setCurrentIndex(self._model.index(0, _NAME))

    def retranslate(self) -> None:
        """Show everything in the present language."""
        self.setAccessibleName(self._words("intake.checklist.title"))
        keys = ACTIONS[ActionId.INTAKE_ALL_HANDED_IN].shown
        self.setAccessibleDescription(self._words("intake.checklist.keys", shortcut=keys))
        self._model.retranslate()
        header = self.horizontalHeader()
        for column, key in enumerate(_HEADER_KEYS, start=1):
            header.resizeSection(column, header.fontMetrics().horizontalAdvance(self._words(key)) + _KIND_MARGIN)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give every line the height its name needs at the new width."""
        super().resizeEvent(event)
        self.resizeRowsToContents()

    def focus_current(self) -> None:
        """Take the focus and stand on a line."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.currentIndex().isValid() and self._model.rowCount():
            self.setCurrentIndex(self._model.index(0, _NAME))

    def stand_on(self, line: int) -> None:
        """Take the focus and stand on this line."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.setCurrentIndex(self._model.index(line, _NAME))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits count, Space ticks, + and - step, Enter goes on; Ctrl+Enter belongs to the page."""
        index = self.currentIndex()
        if not index.isValid() or not self._act(event, index.row(), index.column()):
            super().keyPressEvent(event)

    def _act(self, event: QKeyEvent, line: int, column: int) -> bool:
        kind = None if column == _NAME else column - 1
        text = event.text()
        if event.key() == Qt.Key.Key_Space:
            self.toggled.emit(line, kind)
        elif len(text) == 1 and text in _DIGITS:
            self._count(line, kind, int(text))
        elif text in ("+", "-"):
            counted = self._model.counts(line)[self._kind(line, kind)]
            self._count(line, kind, counted + (1 if text == "+" else -1))
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self._count(line, kind, 0)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._go_on(line, column)
        else:
            return False
        return True

    def _kind(self, line: int, kind: int | None) -> int:
        return checklist.kind_of_digit(self._model.component(line)) if kind is None else kind

    def _count(self, line: int, kind: int | None, amount: int) -> None:
        changed = checklist.with_kind(self._model.counts(line), self._kind(line, kind), amount)
        self.counted.emit(line, changed)

    def _go_on(self, line: int, column: int) -> None:
        if line + 1 < self._model.rowCount():
            self.setCurrentIndex(self._model.index(line + 1, column))
        else:
            self.left.emit()

    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() == _NAME:
            self.toggled.emit(index.row(), None)
