"""What a list says when it is empty: why, and what to do."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE


class EmptyState(QWidget):
    """One quiet sentence in the middle, and a second one with the next step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(self)
        self._title.setProperty("role", "cardTitle")
        self._advice = QLabel(self)
        self._advice.setProperty("role", "soft")
        column = QVBoxLayout(self)
        column.setSpacing(SPACE.small)
        column.addStretch(1)
        for label in (self._title, self._advice):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
            column.addWidget(label)
        column.addStretch(2)

    def set_text(self, title: str, advice: str = "") -> None:
        """Write both sentences."""
        self._title.setText(title)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
        self.setAccessibleName(f"{title} {advice}".strip())
