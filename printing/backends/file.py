"""A folder as printer: each job becomes a PDF, complete or not there at all."""

from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.replacing import replace_file
from counter_app.services.answers.printing import PrinterState, PrinterStatus
from printing.backends import Language, Ticket, Watch


class FileBackend:
    """Writes into one folder, made on first use and readable by its owner only; `name` gives every job one file."""

    language = Language.PDF
    archives = True
    """What is kept as a file is made fit for the archive (PDF/A-2b)."""

    def __init__(self, folder: Path, *, name: str = "") -> None:
        self._folder = folder
        self._name = name

    def status(self) -> PrinterStatus:
        """Return that a folder is always ready; a full disk shows when something is written."""
        return PrinterStatus(address="file:", name=self._folder.name, state=PrinterState.READY)

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:  # noqa: ARG002 - nothing to wait for
        """Write the PDF durably and return its path; printing the same job again replaces the file.

        Raises:
            EnvironmentFailure: ``print.folder_unwritable``; no file, or the earlier one, is there.
        """
        target = self._folder / (self._name or f"{ticket.document_name}.pdf")
        try:
            replace_file(target, content)
        except EnvironmentFailure as error:
            cause = error.__cause__
            reason = (cause.strerror if isinstance(cause, OSError) else None) or type(cause).__name__
            raise EnvironmentFailure("print.folder_unwritable", retryable=True, reason=reason) from error
        return str(target)
