"""Where a finished PDF goes: a folder, or a printer of the operating system."""

from dataclasses import dataclass
from typing import Protocol

from counter_app.core.errors import EnvironmentFailure
from counter_app.domain.dossier import Form


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a backend may know about a job: enough to name a document, nothing about a person."""

    job_id: str
    code: str
    form: Form
    reprint: int

    @property
    def document_name(self) -> str:
        """The name in a printer's list and of a file: code, form, and which further printing."""
        safe = "".join(char if char.isascii() and (char.isalnum() or char in "-.") else "_" for char in self.code)
        name = f"{safe.strip('.') or self.job_id}_{self.form.value}"
        return f"{name}_reprint-{self.reprint}" if self.reprint else name


class Backend(Protocol):
    """One way to the paper. Called from one thread at a time."""

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        """Hand the pages over and return where they went (a path, or a printer's name).

        Raises:
            PrintInterrupted: something may already be on paper.
            EnvironmentFailure: nothing was printed; the job can simply be tried again.
        """
        ...


class PrintInterrupted(EnvironmentFailure):
    """The pages were under way: only a person can say whether a paper came out. Code ``print.interrupted``."""

    def __init__(self, printer: str) -> None:
        super().__init__("print.interrupted", retryable=False, printer=printer)
