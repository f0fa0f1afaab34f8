"""A column of widgets that scrolls up and down and never sideways."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE


class ScrolledColumn(QScrollArea):
    """Add widgets and layouts to `column`; `end_column` pushes them to the top."""

    def __init__(self, parent: QWidget | None = None, *, right_margin: int = SPACE.small) -> None:
        super().__init__(parent)
        body = QWidget()
        body.setProperty("role", "scrolled")
        self.column = QVBoxLayout(body)
        self.column.setContentsMargins(0, 0, right_margin, 0)
        self.column.setSpacing(SPACE.small)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(body)

    def end_column(self) -> None:
        """Leave what room there is below the last widget."""
        self.column.addStretch(1)
