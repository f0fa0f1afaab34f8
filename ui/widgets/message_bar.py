"""The one place where the window says something: a bar at the top of the page, never a dialog."""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from ui.messages import Message, Severity
from ui.theme.tokens import SPACE
from ui.widgets.buttons import ActionButton, ButtonKind
from ui.widgets.polish import set_look

LEAVES_AFTER_MS = 8000


class MessageBar(QFrame):
    """Shows one message at a time. What went well leaves by itself, anything else stays until it is dismissed.

    The bar lies over the place it was given by `stand_over` and moves nothing: whoever works below keeps their place.
    A text that needs more lines than the place has makes the bar grow downwards.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self._message: Message | None = None
        self._place: QWidget | None = None
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._button = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._button.clicked.connect(self._on_button)
        self._close = ActionButton(ButtonKind.QUIET, parent=self)
        self._close.setObjectName("closeMessage")
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.medium, SPACE.hair, SPACE.hair, SPACE.hair)
        row.setSpacing(SPACE.hair)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LEAVES_AFTER_MS)
        self._timer.timeout.connect(self.clear)
        self.hide()

    @property
    def message(self) -> Message | None:
        """What is shown now."""
        return self._message

    def stand_over(self, place: QWidget, page: QWidget) -> None:
        """Lie over `place`, a widget of `page`, from now on."""
        if self._place is not None:
            self._place.removeEventFilter(self)
        self._place = place
        place.installEventFilter(self)
        self.setParent(page)
        self.setVisible(self._message is not None)
        self._settle()

    def set_close_text(self, text: str) -> None:
        """Write what the small cross does, for the pointer and for screen readers."""
        self._close.set_text("×")
        self._close.setToolTip(text)
        self._close.setAccessibleName(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the place."""
        if watched is self._place and event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show):
            self._settle()
        return super().eventFilter(watched, event)

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
        self._settle()
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

    def _settle(self) -> None:
        page = self.parentWidget()
        if self._place is None or page is None or not page.isAncestorOf(self._place):
            return
        place = self._place.geometry()
        corner = self._place.mapTo(page, QPoint(0, 0))
        self.ensurePolished()
        height = max(self.heightForWidth(place.width()), self.minimumSizeHint().height())
        top = max(corner.y() + (place.height() - height) // 2, SPACE.hair)
        self.setGeometry(corner.x(), top, place.width(), height)
        self.raise_()

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
