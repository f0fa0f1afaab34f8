"""A short state in words on a tinted ground; the words alone say everything, the colour only helps."""

from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme.tokens import Tone
from ui.widgets.polish import set_look


class StatusPill(QLabel):
    """Shows one state."""

    def __init__(self, text: str = "", tone: Tone = Tone.NEUTRAL, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "pill")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self.set_state(text, tone)

    def set_state(self, text: str, tone: Tone) -> None:
        """Show a state."""
        self.setText(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        set_look(self, "tone", tone.value)
