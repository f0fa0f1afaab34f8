"""A folder as printer: each job becomes a PDF, complete or not there at all."""

from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.replacing import replace_file
from printing.backends import Ticket


class FileBackend:
    """Writes into one folder, made on first use and readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        """Write the PDF durably and return its path; printing the same job again replaces the file.

        Raises:
            EnvironmentFailure: ``print.folder_unwritable``; no file, or the earlier one, is there.
        """
        target = self._folder / f"{ticket.document_name}.pdf"
        try:
            replace_file(target, pdf)
        except EnvironmentFailure as error:
            cause = error.__cause__
            reason = (cause.strerror if isinstance(cause, OSError) else None) or type(cause).__name__
            raise EnvironmentFailure("print.folder_unwritable", retryable=True, reason=reason) from error
        return str(target)
