"""A field for a day: typed as people type days, moved by the arrows."""

from datetime import date, timedelta

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from ui.intake.typed_values import find_date, format_date

_STEPS = {Qt.Key.Key_Up.value: 1, Qt.Key.Key_Down.value: -1}


class DayEdit(QLineEdit):
    """``dd/MM/yyyy``, also without marks. Up is the next day, Down the one before; both count as typed."""

    @property
    def day(self) -> date | None:
        """The day that is written, None when it is none."""
        return find_date(self.text())

    def show_text(self, text: str) -> None:
        """Write a text unless it stands there already."""
        if text != self.text():
            self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a day with the arrows."""
        step, day = _STEPS.get(event.key()), self.day
        if step is None or day is None:
            super().keyPressEvent(event)
            return
        self.setText(format_date(day + timedelta(days=step)))
        self.textEdited.emit(self.text())
