"""What a page is: a part of the window that comes forward, hears scans and keys, and writes its texts anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from counter_app.core.changes import Topic
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import PrinterStatus
from ui.actions import ActionId, PageId
from ui.errors import ErrorPresenter
from ui.messages import Message
from ui.tasks import Tasks
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


class Messages(Protocol):
    """Where a page says something quietly."""

    def show_message(self, message: Message) -> None:
        """Show a message in the bar above the pages."""
        ...

    def clear(self) -> None:
        """Take the message away."""
        ...


class PageImage(Protocol):
    """One page of paper as 8-bit grey pixels."""

    @property
    def width(self) -> int:
        """Pixels in a row."""
        ...

    @property
    def height(self) -> int:
        """Rows."""
        ...

    @property
    def stride_bytes(self) -> int:
        """Bytes from one row to the next."""
        ...

    @property
    def grey(self) -> bytes:
        """All rows."""
        ...


class Printing(Protocol):
    """Printers and previews, as the window sees them."""

    def wake(self, printer: str = "") -> None:
        """Look for new jobs now, also for a printer that no setting names; returns at once."""
        ...

    def cancel(self, job_id: str) -> None:
        """Stop a job that waits or is under way. Call through `tasks` only."""
        ...

    def preview(
        self, data: FormData, *, copies: int = 1, sheet: Sheet | None = None, printer: str = ""
    ) -> Sequence[PageImage]:
        """Return the pages as they would print. Slow: call through `tasks`, in the pool."""
        ...

    def list_printers(self) -> Sequence[PrinterStatus]:
        """Return this machine's printers with their state. Slow: call through `tasks`, in the pool."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDesk:
    """An open store's services and its printers."""

    counter: Counter
    printing: Printing


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """Everything a page may use."""

    counter: Counter
    tasks: Tasks
    words: Words
    errors: ErrorPresenter
    messages: Messages
    printing: Printing


class Page(QWidget):
    """A page is made when it is first shown and lives as long as the window. Its texts are written in `retranslate`."""

    page_id: ClassVar[PageId]
    title_key: ClassVar[str]
    keeps_readings: ClassVar[bool] = False
    """True on a page that tests readers: what is read there leads nowhere else."""

    page_requested = Signal(object, str)
    """Asks the window for another page (PageId) with an argument, for example a dossier's code."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.words = context.words
        self.tasks = context.tasks

    def activate(self, argument: str = "") -> None:
        """The page has come forward; `argument` is what it was asked to show. Put the focus where work begins."""

    def deactivate(self) -> None:
        """Another page comes forward now."""

    def handle_scan(self, raw: bytes | str) -> bool:  # noqa: ARG002 - a page that takes scans overrides this
        """Take an identity card as read or pasted; False when the page has no use for it."""
        return False

    def handle_dossier(self, code: str) -> bool:  # noqa: ARG002 - a page that counts dossiers overrides this
        """Take the code of a dossier that was scanned or typed; False: the window opens the dossier instead."""
        return False

    def handle_manifest(self, text: str) -> bool:  # noqa: ARG002 - the hand-over page overrides this
        """Take a manifest's code or a part of its signed texts; False when the page has no use for it."""
        return False

    def perform(self, action: ActionId) -> bool:  # noqa: ARG002 - a page with keys overrides this
        """Do what a key of `ui.actions` stands for; False when it means nothing at this moment."""
        return False

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Something shown here has changed in the store. Called only while the page is in front."""

    def retranslate(self) -> None:
        """Write every text in the language in force."""
