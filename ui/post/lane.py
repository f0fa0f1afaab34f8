"""What the three lanes of the post page have in common."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ui.actions import ActionId, PageId
from ui.messages import Message, Severity
from ui.page import PageContext


class Lane(QWidget):
    """One kind of work. `left_for(PageId, argument)` asks for another page."""

    left_for = Signal(object, str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.words = context.words
        self.tasks = context.tasks

    def load(self) -> None:
        """Read what is shown again."""

    def focus_first(self) -> None:
        """Put the focus where work begins."""

    def take_card(self, raw: bytes | str) -> bool:  # noqa: ARG002 - a lane that takes cards overrides this
        """Take an identity card as read; False when the lane has no use for it."""
        return False

    def take_dossier(self, code: str) -> bool:  # noqa: ARG002 - a lane that takes dossiers overrides this
        """Take the code of a scanned dossier; False when the lane has no use for it."""
        return False

    def perform(self, action: ActionId) -> bool:  # noqa: ARG002 - a lane with keys overrides this
        """Do what a key stands for; False when it means nothing here."""
        return False

    def retranslate(self) -> None:
        """Write every text in the language in force."""

    def say(self, text: str, severity: Severity = Severity.SUCCESS) -> None:
        """Say something in the window's bar."""
        self.context.messages.show_message(Message(text, severity))

    def open_page(self, page: PageId, argument: str) -> None:
        """Ask for another page."""
        self.left_for.emit(page, argument)
