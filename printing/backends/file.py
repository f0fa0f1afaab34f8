"""A folder as printer: each job becomes a PDF, complete or not there at all."""

import os
import tempfile
from pathlib import Path

from counter_app.core.errors import EnvironmentFailure
from printing.backends import Ticket


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder for syncing and needs no such call: NTFS journals the rename.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._write(target, pdf)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EnvironmentFailure("print.folder_unwritable", retryable=True, reason=reason) from error
        return str(target)

    def _write(self, target: Path, pdf: bytes) -> None:
        handle, name = tempfile.mkstemp(prefix=".printing-", suffix=".tmp", dir=self._folder)
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pdf)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)
