"""Search as you type: a field, and under it the answers, chosen with the arrows and Enter without leaving the field."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QListView, QWidget

_MOST_ROWS = 9
_LIST_MARGIN = 40


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One answer: what is shown, a second quieter part, and what it stands for."""

    text: str
    detail: str = ""
    value: object = None


class _SuggestionModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.suggestions: tuple[Suggestion, ...] = ()

    def replace(self, suggestions: Sequence[Suggestion]) -> None:
        self.beginResetModel()
        self.suggestions = tuple(suggestions)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        return 0 if parent.isValid() else len(self.suggestions)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        suggestion = self.suggestions[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{suggestion.text}  ·  {suggestion.detail}" if suggestion.detail else suggestion.text
        return suggestion.text if role == Qt.ItemDataRole.ToolTipRole else None


class SuggestBox(QLineEdit):
    """The owner answers `query_changed` with `set_suggestions`; `chosen` gives the suggestion taken.

    Typing, also through an input method, never loses the focus. Down opens the list, Esc closes it, Enter takes the
    marked answer (the first one unless the arrows moved), Tab takes it and goes on.
    """

    query_changed = Signal(str)
    chosen = Signal(object)

    #: How wide the answers may become beyond the field where they need it.
    widest_answers = 0

    # Of the class, because Qt asks through `event` while the box is still being made.
    _is_open = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _SuggestionModel(self)
        self._query_open = False
        self._list = QListView(self)
        self._list.setWindowFlags(Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self._list.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setProperty("role", "suggestions")
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setUniformItemSizes(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setModel(self._model)
        self._list.clicked.connect(self._on_clicked)
        self.textEdited.connect(self._on_edited)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The answers that are known now."""
        return self._model.suggestions

    @property
    def is_open(self) -> bool:
        """Whether the answers are shown."""
        return self._is_open

    def set_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Show answers to what was typed last; they appear only while the field has the focus and is being asked."""
        self._model.replace(suggestions)
        if suggestions and self._query_open and self.hasFocus():
            self._open()
        else:
            self._hide()

    def ask(self) -> None:
        """Ask with what stands in the field, as if it had just been typed."""
        self._query_open = True
        self.query_changed.emit(self.text())

    def close_suggestions(self) -> None:
        """Put the answers away."""
        self._query_open = False
        self._hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move in the answers and take one; everything else is typing."""
        key = event.key()
        if self.is_open and key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            QApplication.sendEvent(self._list, event)
        elif key == Qt.Key.Key_Down:
            self.ask()
        elif self.is_open and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take(self._list.currentIndex().row())
        elif self.is_open and key == Qt.Key.Key_Escape:
            self.close_suggestions()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Esc for the open list, and take the marked answer with Tab before the focus moves."""
        if self.is_open and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self._take(self._list.currentIndex().row())
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Put the answers away when the focus leaves."""
        self.close_suggestions()
        super().focusOutEvent(event)

    def _open(self) -> None:
        rows = min(len(self._model.suggestions), _MOST_ROWS)
        height = rows * max(self._list.sizeHintForRow(0), 20) + 12
        below = self.mapToGlobal(self.rect().bottomLeft())
        screen = self.screen().availableGeometry()
        top = below.y() + 2
        if top + height > screen.bottom():
            top = self.mapToGlobal(self.rect().topLeft()).y() - height - 2
        needed = min(self._list.sizeHintForColumn(0) + _LIST_MARGIN, self.widest_answers)
        self._list.setGeometry(below.x(), top, max(self.width(), needed), height)
        self._list.setCurrentIndex(self._model.index(0, 0))
        self._list.setAccessibleName(self.accessibleName())
        self._list.show()
        self._is_open = True

    def _hide(self) -> None:
        self._list.hide()
        self._is_open = False

    def _take(self, row: int) -> None:
        if not 0 <= row < len(self._model.suggestions):
            return
        suggestion = self._model.suggestions[row]
        self.close_suggestions()
        self.setText(suggestion.text)
        self.setCursorPosition(0)
        self.chosen.emit(suggestion)

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self._query_open = True
        self.query_changed.emit(text)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._take(index.row())
