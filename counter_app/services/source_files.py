"""Files as chosen on this machine, read when their turn comes: a pile of hundreds is never in memory at once."""

from pathlib import Path

import msgspec

from counter_app.scanning.files import PageFile
from counter_app.services.answers.documents import NamedFile


class FileOnDisk(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is read when its pages are made, and never held as a whole by the window."""

    path: Path

    @property
    def name(self) -> str:
        """What people call it."""
        return self.path.name


SourceFile = NamedFile | FileOnDisk


def page_file_of(file: SourceFile) -> PageFile:
    """Return a file as one whose pages are wanted."""
    return PageFile(data=file.path if isinstance(file, FileOnDisk) else file.data, name=file.name)
