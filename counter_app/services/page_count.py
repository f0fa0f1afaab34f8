"""Counts the pages of several files as they become ready."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from counter_app.scanning.files import count_pages
from counter_app.services.source_files import SourceFile, page_file_of

P = TypeVar("P")

Progressed = Callable[[int, int], None]
"""Hears how many pages of how many are ready."""


class PageCount:
    """Made once for all files of a piece of work.

    Raises:
        UserError: as `count_pages`.
    """

    def __init__(self, files: Sequence[SourceFile], progressed: Progressed) -> None:
        self._total = sum(count_pages(file.data, name=file.name) for file in map(page_file_of, files))
        self._done = 0
        self._progressed = progressed

    def each(self, pages: Iterable[P]) -> Iterator[P]:
        """Give the pages on, holding none; each counts once the next is asked for."""
        source = iter(pages)
        while handed_over := list(islice(source, 1)):
            yield handed_over.pop()
            self._done += 1
            self._progressed(self._done, self._total)
