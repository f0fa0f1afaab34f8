"""Files as chosen on this machine, read when their turn comes: a pile of hundreds is never in memory at once."""

from pathlib import Path

import msgspec

from counter_app.core.errors import UserError
from counter_app.core.reading import read_at_most
from counter_app.scanning.files import MOST_FILE_BYTES
from counter_app.services.answers.documents import NamedFile


class FileOnDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is read anew each time somebody asks for its data."""

    path: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name

    @property
    def data(self) -> bytes:
        """Its content now.

        Raises:
            UserError: ``document.file_too_large``, ``document.unreadable_file``.
        """

        try:
            data = read_at_most(self.path, MOST_FILE_BYTES)
        except OSError as exc:
            raise UserError("document.unreadable_file", file=self.name) from exc
        if data is None:
            raise UserError("document.file_too_large", file=self.name)
        return data


SourceFile = NamedFile | FileOnDisk
