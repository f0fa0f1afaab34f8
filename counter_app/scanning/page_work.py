"""Where pages are made ready: in this process, or in one of its own where a window must not wait for it."""

from collections.abc import Callable, Iterable, Iterator

from counter_app.domain.paper_facts import ReadPage
from counter_app.scanning.files import PageFile
from counter_app.scanning.page_worker.client import PageWorkers
from counter_app.scanning.ready import ReadyPage


class PageWork:
    """Any thread. A command works in its own process: it would wait a second for another one to start."""

    def __init__(self) -> None:
        self._workers: PageWorkers | None = None

    def go_apart(self, workers: PageWorkers) -> None:
        """Work in other processes from now on."""
        self._workers = workers

    def iter_ready(
        self,
        files: Iterable[PageFile | None],
        *,
        workers: int,
        reads_codes: bool,
        is_cancelled: Callable[[], bool],
    ) -> Iterator[ReadyPage]:
        """Yield the pages of files once they are ready, in order; None of a source that waits for its next file.

        Raises:
            UserError: as `counter_app.scanning.reading.iter_pages`.
            EnvironmentFailure: ``document.worker_ended``, retryable.
        """
        if self._workers is not None:
            yield from self._workers.iter_ready(
                files, workers=workers, reads_codes=reads_codes, is_cancelled=is_cancelled
            )
            return
        # Working on pages loads OpenCV and more: only when the first paper comes.
        from counter_app.scanning.batch import iter_ready
        from counter_app.scanning.reading import iter_pages

        yield from iter_ready(iter_pages(files), workers=workers, reads_codes=reads_codes, is_cancelled=is_cancelled)

    def find_read_page(self, pdf: bytes, number: int) -> ReadPage | None:
        """Return a page of a kept PDF read anew, by its number from 1; None behind the last.

        Raises:
            UserError: as `counter_app.scanning.page_reading.find_read_page`.
            EnvironmentFailure: ``document.worker_ended``, retryable.
        """
        if self._workers is not None:
            return self._workers.find_read_page(pdf, number)
        from counter_app.scanning.page_reading import find_read_page

        return find_read_page(pdf, number)
