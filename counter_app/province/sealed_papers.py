"""Sealed papers that halls bring, gathered in pieces and opened: the hall that carries one cannot read it.

Each hall has one place, for the paper that is on its way; so nobody can fill the disk with what never becomes whole.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.core.errors import UserError
from counter_app.store.paper_folder import PaperFolder
from counter_app.sync.sealed_papers import SealedPart, open_paper


class SealedComing:
    """Any thread. What has come lies on this machine's disk, also where papers lie in a bucket."""

    def __init__(self, folder: Path) -> None:
        self._folder = PaperFolder(folder)
        self._opening = threading.Lock()

    def append(self, asker: str, part: SealedPart) -> int:
        """Add what fits and return how much of the sealed file is here.

        Raises:
            EnvironmentFailure: disk.
        """
        name = _name_of(asker, part)
        size = self._folder.size_of_part(name)
        if part.offset != size or not part.data or size + len(part.data) > part.name.size_bytes:
            return size
        if not size:
            self._folder.drop_parts(f"{_place_of(asker)}-")
        return self._folder.append(name, part.data)

    @contextmanager
    def opened(self, asker: str, part: SealedPart, identity: str) -> Iterator[bytes]:
        """Give the paper in a sealed file that is here whole; it is gone when the body ends well.

        One at a time: each may be a large paper in memory.

        Raises:
            UserError: ``province.paper_damaged``: it is not that paper, or not for this province; it is gone.
            EnvironmentFailure: disk.
        """
        name = _name_of(asker, part)
        with self._opening:
            content = open_paper(self._folder.read_whole_part(name), part.name.paper, identity)
            if content is not None:
                yield content
            self._folder.drop_parts(name)
        if content is None:
            raise UserError("province.paper_damaged")


def _name_of(asker: str, part: SealedPart) -> str:
    return f"{_place_of(asker)}-{part.name.sha256.hex()}"


def _place_of(asker: str) -> str:
    """Return a name that leads nowhere else, whatever the asker is called."""
    return hashlib.sha256(asker.encode()).hexdigest()[:32]
