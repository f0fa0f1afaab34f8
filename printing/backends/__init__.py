"""Where finished pages go: a folder, a printer of the operating system, one on the network or on a serial port."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.forms.kinds import Form, Sheet
from counter_app.services.answers.printing import Condition, PrinterStatus


class Language(StrEnum):
    """What a backend's printer understands."""

    PDF = "pdf"
    ESCPOS = "escpos"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a backend may know about a job: enough to name a document, nothing about a person."""

    job_id: str
    code: str
    form: Form
    reprint: int
    sheet: Sheet = Sheet.A5

    @property
    def document_name(self) -> str:
        """The name in a printer's list and of a file: code, form, which further printing, and the end of the job's id.

        The end of the id is random (RFC 9562, version 7) and keeps two papers of one form apart; the same job keeps
        its name however often it is sent.
        """
        name = f"{_safe(self.code)[:80] or _safe(self.job_id)}_{self.form.value}"
        if self.reprint:
            name = f"{name}_reprint-{self.reprint}"
        return f"{name}_{_safe(self.job_id[-6:])}"


def _safe(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-.") else "_" for char in text).strip(".")


@dataclass(frozen=True, slots=True)
class Watch:
    """How a backend tells and asks while a job is under way. Both are cheap and may be called from its thread only.

    `waiting` gets what the printer waits for, and () when it goes on. `is_cancelled` says that somebody wants to stop.
    """

    waiting: Callable[[tuple[Condition, ...]], None] = lambda _conditions: None
    is_cancelled: Callable[[], bool] = lambda: False


class Backend(Protocol):
    """One way to the paper. Called from one thread at a time."""

    @property
    def language(self) -> Language:
        """What `send` takes."""
        ...

    def status(self) -> PrinterStatus:
        """Ask the printer how it is, before something is sent. Takes at most about two seconds and never raises."""
        ...

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:
        """Hand the content over, follow it as far as the printer tells, and return where it went (path or printer).

        Raises:
            PrintInterrupted: something may already be on paper.
            EnvironmentFailure: nothing was printed; the job can simply be tried again.
        """
        ...


class PrintInterrupted(EnvironmentFailure):
    """The pages were under way: only a person can say whether a paper came out. Code ``print.interrupted``."""

    def __init__(self, printer: str) -> None:
        super().__init__("print.interrupted", retryable=False, printer=printer)


class PrintCancelled(EnvironmentFailure):
    """Somebody stopped the job before anything came out. Code ``print.cancelled``."""

    def __init__(self, printer: str) -> None:
        super().__init__("print.cancelled", retryable=False, printer=printer)


class PrinterNotReady(EnvironmentFailure):
    """The printer said before a byte was sent that it cannot print. Code ``print.not_ready.<state or condition>``."""

    def __init__(self, status: PrinterStatus) -> None:
        reason = next((condition.value for condition in status.conditions), status.state.value)
        super().__init__(f"print.not_ready.{reason}", retryable=True, printer=status.name)
        self.status = status
