"""A white area with a title, in which things that belong together stand."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.theme.tokens import SPACE


class SectionCard(QFrame):
    """Add widgets to `body`; small things beside the title go to `header`.

    With `wraps` a title that is too long breaks into lines: for titles that people gave, such as names.
    """

    def __init__(self, parent: QWidget | None = None, *, wraps: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE.large, SPACE.medium, SPACE.large, SPACE.medium)
        outer.setSpacing(SPACE.small)
        self._title = QLabel(self)
        self._title.setProperty("role", "cardTitle")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setWordWrap(wraps)
        self._title.hide()
        self.header = QHBoxLayout()
        self.header.setSpacing(SPACE.small)
        self.header.addWidget(self._title, int(wraps))
        self.header.addStretch(int(not wraps))
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE.small)
        outer.addLayout(self.header)
        outer.addLayout(self.body, 1)

    def set_title(self, title: str) -> None:
        """Write the title; it is also what a screen reader says."""
        self._title.setText(title)
        self._title.setVisible(bool(title))
        self.setAccessibleName(title)
