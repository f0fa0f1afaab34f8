"""Fields for what a clerk states on one paper: a line, several lines, a day, a moment, an amount."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from ui.printing.typed import LONG_FIELDS, is_day, is_moment
from ui.widgets import Field
from ui.words import Words

_LINES_SHOWN = 3
_MOST_LETTERS = 1000


class _Line(QLineEdit):
    """One line; Enter goes on to the next field."""

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field with Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.focusNextPrevChild(True)  # noqa: FBT003 - Qt's own argument
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Say that the field is left."""
        super().focusOutEvent(event)
        self.left.emit()


class _Lines(QPlainTextEdit):
    """Several lines; Tab goes on to the next field."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * _LINES_SHOWN + 20)


class DetailInput(Field):
    """One field of a form. `edited(name, text)` for what the clerk types, `left(name)` when the focus goes on.

    Its label is the detail's name; a field of something else overrides `label_text`.
    """

    edited = Signal(str, str)
    left = Signal(str)

    def __init__(self, name: str, words: Words, parent: QWidget | None = None) -> None:
        self.name = name
        self._words = words
        self._line = _Line()
        self._lines = _Lines() if name in LONG_FIELDS else None
        super().__init__(self._lines or self._line, parent)
        self.editor.setObjectName(f"detail.{name}")
        self._line.setMaxLength(_MOST_LETTERS)
        self._line.textEdited.connect(self._on_edited)
        self._line.left.connect(self._on_left)
        if self._lines is not None:
            self._lines.textChanged.connect(self._on_lines_changed)
            self._line.setParent(self)
            self._line.hide()
        self.retranslate()

    def show_value(self, text: str) -> None:
        """Write a text; nothing is told."""
        if self._lines is None:
            if text != self._line.text():
                self._line.setText(text)
        elif text != self._lines.toPlainText():
            blocked = self._lines.blockSignals(True)  # noqa: FBT003 - Qt's own argument
            self._lines.setPlainText(text)
            self._lines.blockSignals(blocked)

    def label_text(self) -> str:
        """Return the label in the language in force."""
        return self._words(f"ui.detail.{self.name}")

    def retranslate(self) -> None:
        """Write label and placeholder in the language in force."""
        self.set_label(self.label_text())
        if is_moment(self.name):
            self._line.setPlaceholderText(self._words("ui.paper.moment_shape"))
        elif is_day(self.name):
            self._line.setPlaceholderText(self._words("ui.paper.day_shape"))
        elif self.name == "amount":
            self._line.setPlaceholderText(self._words("ui.paper.amount_shape"))

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        self.edited.emit(self.name, text)

    @Slot()
    def _on_left(self) -> None:
        self.left.emit(self.name)

    @Slot()
    def _on_lines_changed(self) -> None:
        if self._lines is not None:
            self.edited.emit(self.name, self._lines.toPlainText()[:_MOST_LETTERS])
