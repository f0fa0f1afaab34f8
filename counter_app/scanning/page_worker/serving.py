"""The worker's side: files come in, their pages go out once they are ready, until the program goes."""

import os
import queue
import threading
from collections.abc import Iterator
from typing import IO

from counter_app.core.errors import AppError
from counter_app.scanning.batch import give_way, iter_ready
from counter_app.scanning.files import MOST_FILE_BYTES, PageFile, read_whole
from counter_app.scanning.page_worker.messages import (
    REQUESTS,
    BeginPages,
    Chunk,
    FileBegins,
    FileTaken,
    NoMoreFiles,
    PagesEnded,
    ReadAgain,
    read_chunks,
    worker_ended,
    write_page,
)
from counter_app.scanning.reading import iter_pages
from counter_app.scanning.worker.frames import read_frame, write_frame
from counter_app.scanning.worker.messages import tell

# While it waits nothing else comes out of the pages under way.
_PATIENCE_S = 0.02
_MOST_WAITING = 2

_Heard = BeginPages | ReadAgain | PageFile | NoMoreFiles


class Serving:
    """Serves over a pair of pipes, one pile after the other."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes]) -> None:
        self._requests = requests
        self._answers = answers
        self._heard: queue.Queue[_Heard] = queue.Queue(_MOST_WAITING)

    def serve(self) -> None:
        """Serve until the program has gone; then the process ends in the middle of whatever it does."""
        give_way()
        threading.Thread(target=self._listen, name="page-requests", daemon=True).start()
        while True:
            begun = self._heard.get()
            try:
                if isinstance(begun, BeginPages):
                    self._make_ready(begun)
                elif isinstance(begun, ReadAgain):
                    self._read_again(begun.number)
            except AppError as error:
                write_frame(self._answers, tell(error))

    def _make_ready(self, begun: BeginPages) -> None:
        pages = iter_pages(self._iter_files())
        for page in iter_ready(pages, workers=begun.workers, reads_codes=begun.reads_codes):
            write_page(self._answers, page)
        write_frame(self._answers, PagesEnded())

    def _read_again(self, number: int) -> None:
        from counter_app.scanning.page_reading import find_read_page

        file = self._heard.get()
        page = find_read_page(read_whole(file.data, file.name), number) if isinstance(file, PageFile) else None
        if page is not None:
            write_page(self._answers, page)
        write_frame(self._answers, PagesEnded())

    def _iter_files(self) -> Iterator[PageFile | None]:
        while True:
            try:
                heard = self._heard.get(timeout=_PATIENCE_S)
            except queue.Empty:
                yield None
                continue
            if not isinstance(heard, PageFile):
                return
            write_frame(self._answers, FileTaken())
            handed_over = [heard]
            del heard  # its bytes are not held while its pages are worked on
            yield handed_over.pop()

    def _listen(self) -> None:
        try:
            while (heard := self._hear()) is not None:
                self._heard.put(heard)
        except AppError:  # half a message: the program was ended
            pass
        # Not sys.exit: a page under way must not keep a worker whose program has gone.
        os._exit(0)

    def _hear(self) -> _Heard | None:
        request = read_frame(self._requests, REQUESTS)
        if isinstance(request, FileBegins):
            data = read_chunks(self._requests, REQUESTS, size_bytes=request.size_bytes, most_bytes=MOST_FILE_BYTES)
            return PageFile(data=data, name=request.name, dpi=request.dpi, is_one_page=request.is_one_page)
        if isinstance(request, Chunk):
            raise worker_ended()
        return request
