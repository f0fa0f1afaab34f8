"""Buttons that show the key which does the same."""

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QWidget

from ui.actions import ACTIONS, ActionId
from ui.widgets.polish import set_look


class ButtonKind(StrEnum):
    """One primary button a page at most; quiet ones look like links."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    QUIET = "quiet"


class ActionButton(QPushButton):
    """A button with its text and, for an action of `ui.actions`, its key. The key itself is the window's business."""

    def __init__(
        self,
        kind: ButtonKind = ButtonKind.SECONDARY,
        action: ActionId | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.action = action
        self.setAutoDefault(False)
        self.set_kind(kind)

    def set_kind(self, kind: ButtonKind) -> None:
        """Change how much weight the button has."""
        set_look(self, "role", kind.value)

    def set_text(self, text: str) -> None:
        """Write the text; the key is added, and a screen reader hears the text without it."""
        shown = ACTIONS[self.action].shown if self.action is not None else ""
        plain = text.replace("&", "&&")
        self.setText(f"{plain}   {shown}" if shown else plain)
        self.setAccessibleName(text)
        self.setAccessibleDescription(shown)


class LineButton(ActionButton):
    """A line that leads somewhere: at the left, cut with an ellipsis where it does not fit, spoken whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(ButtonKind.QUIET, parent=parent)
        self._whole = ""
        self.setStyleSheet("text-align: left;")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        """Write the line."""
        self._whole = text
        super().set_text(text)
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as fits now."""
        super().resizeEvent(event)
        self._cut()

    def _cut(self) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room)
        self.setText(shown.replace("&", "&&"))
