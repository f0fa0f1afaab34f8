"""Marking rows of a list by keys: the space bar, Shift with the arrows, Ctrl+A."""

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent

from ui.models import RowsTable

_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class Marking(QObject):
    """Keeps which dossiers are marked, by code, through whatever the list shows meanwhile. `changed` after each key.

    Ctrl+A asks with `all_requested`: the list may be longer than what the table knows of it.
    """

    changed = Signal()
    all_requested = Signal()

    def __init__(self, table: RowsTable) -> None:
        super().__init__(table)
        self._table = table
        self._codes: dict[str, None] = {}
        table.installEventFilter(self)
        table.rows_model.is_marked = self._is_marked

    @property
    def codes(self) -> tuple[str, ...]:
        """The marked dossiers, in the order in which they were marked."""
        return tuple(self._codes)

    def mark(self, codes: Iterable[str]) -> None:
        """Mark these too."""
        self._codes.update(dict.fromkeys(codes))
        self._tell()

    def clear(self) -> None:
        """Mark nothing."""
        self._codes.clear()
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Mark with the keys of the table; every other key is the table's own."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        if key is Qt.Key.Key_Space and modifiers == Qt.KeyboardModifier.NoModifier:
            self._turn()
        elif key in _STEPS and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._extend(_STEPS[key])
        elif key is Qt.Key.Key_A and modifiers == Qt.KeyboardModifier.ControlModifier:
            self.all_requested.emit()
        else:
            return super().eventFilter(watched, event)
        return True

    def _turn(self) -> None:
        code = self._code_at(self._table.currentIndex())
        if code in self._codes:
            del self._codes[code]
        elif code:
            self._codes[code] = None
        self._tell()

    def _extend(self, step: int) -> None:
        """Mark where the cursor stands, go on, and mark there."""
        before = self._table.currentIndex()
        after = before.siblingAtRow(before.row() + step)
        if after.isValid():
            self._table.selectRow(after.row())
        for index in (before, after):
            code = self._code_at(index)
            if code:
                self._codes[code] = None
        self._tell()

    def _code_at(self, index: QModelIndex | QPersistentModelIndex) -> str:
        row = self._table.rows_model.row_at(index.row()) if index.isValid() else None
        return str(row.code) if row is not None else ""

    def _is_marked(self, row: Any) -> bool | None:
        return row.code in self._codes if self._codes else None

    def _tell(self) -> None:
        self._table.viewport().update()
        self.changed.emit()
