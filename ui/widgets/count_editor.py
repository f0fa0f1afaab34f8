"""A count for a checklist without arrows to aim at: digits set it, Space toggles between one and none."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QIntValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class CountEditor(QLineEdit):
    """0 to 999. Plus and minus change it by one; Up, Down, Left, Right are left to the table around it."""

    value_changed = Signal(int)

    def __init__(self, value: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "count")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setValidator(QIntValidator(0, 999, self))
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
        self.setText(str(value))
        self.textEdited.connect(self._on_edited)

    @property
    def value(self) -> int:
        """The count; an empty field counts as none."""
        return int(self.text() or 0)

    def set_value(self, value: int) -> None:
        """Show a count without announcing it."""
        self.setText(str(max(0, min(999, value))))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer Space, plus and minus; pass the arrows to the table."""
        key = event.key()
        if key == Qt.Key.Key_Space:
            self._change_to(0 if self.value else 1)
        elif key == Qt.Key.Key_Plus:
            self._change_to(self.value + 1)
        elif key == Qt.Key.Key_Minus:
            self._change_to(self.value - 1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select everything, so that the next digit replaces the count."""
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Write the zero that an emptied field stands for."""
        self.set_value(self.value)
        super().focusOutEvent(event)

    def _change_to(self, value: int) -> None:
        self.set_value(value)
        self.selectAll()
        self.value_changed.emit(self.value)

    @Slot()
    def _on_edited(self) -> None:
        self.value_changed.emit(self.value)
