"""The one place where the window says something: a bar above the page, never a dialog."""

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from ui.messages import Message, Severity
from ui.theme.tokens import SPACE
from ui.widgets.buttons import ActionButton, ButtonKind
from ui.widgets.polish import set_look

LEAVES_AFTER_MS = 8000


class MessageBar(QFrame):
    """Shows one message at a time. What went well leaves by itself, anything else stays until it is dismissed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._message: Message | None = None
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._button = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._button.clicked.connect(self._on_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.medium, SPACE.small, SPACE.medium, SPACE.small)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LEAVES_AFTER_MS)
        self._timer.timeout.connect(self.clear)
        self.hide()

    @property
    def message(self) -> Message | None:
        """What is shown now."""
        return self._message

    def show_message(self, message: Message) -> None:
        """Show a message in place of the one before and tell screen readers."""
        self._message = message
        set_look(self, "severity", message.severity.value)
        self.style().polish(self._text)
        self._text.setText(message.text)
        self._button.setVisible(bool(message.action_text))
        self._button.set_text(message.action_text)
        self.setAccessibleName(message.text)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        if message.severity in (Severity.INFO, Severity.SUCCESS):
            self._timer.start()
        else:
            self._timer.stop()

    @Slot()
    def clear(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self._message = None
        self.hide()

    @Slot()
    def _on_button(self) -> None:
        message = self._message
        if message is None:
            return
        if message.copies:
            QGuiApplication.clipboard().setText(message.copies)
            return
        self.clear()
        if message.action is not None:
            message.action()
