"""The program's side: pages made ready by a worker process, which is kept for a while for the next pile."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO

import msgspec

from counter_app.core import machine
from counter_app.core.errors import AppError, UserError
from counter_app.domain.paper_facts import ReadPage
from counter_app.scanning.files import PageFile, iter_pieces, opened
from counter_app.scanning.page_worker.messages import (
    ANSWERS,
    BeginPages,
    Chunk,
    FileBegins,
    FileTaken,
    NoMoreFiles,
    PagesEnded,
    ReadAgain,
    ReadyBegins,
    read_chunks,
    worker_ended,
)
from counter_app.scanning.ready import ReadyPage
from counter_app.scanning.worker.frames import read_frame
from counter_app.scanning.worker.messages import Failed, untell
from counter_app.scanning.worker.process import LOOK_S, WorkerProcess, program_command

PAGE_S = 240.0
"""A page that takes longer never ends."""

KEPT_S, SPARINGLY_KEPT_S = 60.0, 0.1
"""So long a worker with nothing to do is kept: it takes a second to start and 90 MB; and where memory is scarce.

There it is gone before the pages that it made are looked at, which takes as much.
"""

WORKER_ARGUMENT = "page-worker"
_MOST_PAGE_BYTES = 200_000_000

_READY = msgspec.msgpack.Decoder(ReadyPage)
_READ = msgspec.msgpack.Decoder(ReadPage)
_Told = FileTaken | ReadyPage | ReadPage | PagesEnded


class PageWorkers:
    """Makes pages ready in worker processes. Any thread; each pile has a worker of its own.

    `command` is how a worker is started.
    """

    def __init__(self, *, command: tuple[str, ...] = ()) -> None:
        self._command = command or program_command("counter_app.scanning.page_worker", WORKER_ARGUMENT)
        self._lock = threading.Lock()
        self._kept: WorkerProcess[_Told] | None = None
        self._timer: threading.Timer | None = None

    def iter_ready(
        self,
        files: Iterable[PageFile | None],
        *,
        workers: int,
        reads_codes: bool,
        is_cancelled: Callable[[], bool],
    ) -> Iterator[ReadyPage]:
        """Yield the pages of files once they are ready, as `counter_app.scanning.batch.iter_ready` does here.

        Raises:
            UserError: as `counter_app.scanning.reading.iter_pages`.
            EnvironmentFailure: ``document.worker_ended``: the worker ended in the middle, or a page took too long.
        """
        with self._working(is_cancelled) as worker:
            worker.send(BeginPages(workers=workers, reads_codes=reads_codes))
            for page in _Pile(worker, files, is_cancelled).iter_pages():
                if isinstance(page, ReadyPage):
                    yield page

    def find_read_page(self, pdf: bytes, number: int) -> ReadPage | None:
        """Return a page read anew, as `counter_app.scanning.page_reading.find_read_page` does here.

        Raises:
            UserError: as that.
            EnvironmentFailure: as `iter_ready`.
        """
        with self._working(lambda: False) as worker:
            worker.send(ReadAgain(number=number))
            pages = list(_Pile(worker, [PageFile(data=pdf)], lambda: False, is_one=True).iter_pages())
        return next((page for page in pages if isinstance(page, ReadPage)), None)

    @contextmanager
    def _working(self, is_cancelled: Callable[[], bool]) -> Iterator[WorkerProcess[_Told]]:
        worker = self._take()
        is_whole = False
        try:
            yield worker
            is_whole = not is_cancelled()
        finally:
            self._give_back(worker, is_whole=is_whole)

    def close(self) -> None:
        """End the worker that is kept."""
        with self._lock:
            worker, self._kept = self._kept, None
            if self._timer is not None:
                self._timer.cancel()
        if worker is not None:
            worker.close()

    def _take(self) -> WorkerProcess[_Told]:
        with self._lock:
            worker, self._kept = self._kept, None
            if self._timer is not None:
                self._timer.cancel()
        if worker is not None and worker.is_running:
            return worker
        return WorkerProcess(self._command, None, read=_read_answer, ended=worker_ended)

    def _give_back(self, worker: WorkerProcess[_Told], *, is_whole: bool) -> None:
        with self._lock:
            if is_whole and self._kept is None:
                self._kept = worker
                self._timer = threading.Timer(KEPT_S if machine.is_roomy() else SPARINGLY_KEPT_S, self.close)
                self._timer.daemon = True
                self._timer.start()
                return
        if not is_whole:  # it works on something that nobody wants any longer
            worker.kill()
        worker.close()


@cache
def workers_of_this_program() -> PageWorkers:
    """Return the one that every window of this process uses."""
    return PageWorkers()


class _Pile:
    """One pile on its way through a worker."""

    def __init__(
        self,
        worker: WorkerProcess[_Told],
        files: Iterable[PageFile | None],
        is_cancelled: Callable[[], bool],
        *,
        is_one: bool = False,
    ) -> None:
        self._is_one = is_one
        self._worker = worker
        self._files = iter(files)
        self._is_cancelled = is_cancelled
        self._is_waiting = False  # for the worker to begin with a file
        self._is_sent = False

    def iter_pages(self) -> Iterator[ReadyPage | ReadPage]:
        until = time.monotonic() + PAGE_S
        while not self._is_cancelled():
            has_come = self._is_sent or self._is_waiting or self._send_next()
            answer = self._worker.find_answer(seconds=LOOK_S if has_come else 0.001)
            if answer is not None or not has_come:
                until = time.monotonic() + PAGE_S
            elif time.monotonic() > until:
                raise worker_ended()
            if isinstance(answer, PagesEnded):
                return
            if isinstance(answer, FileTaken):
                self._is_waiting = False
            elif answer is not None:
                yield answer

    def _send_next(self) -> bool:
        """Send the next file, or that there is none. Whether it had come."""
        for file in self._files:
            if file is None:
                return False
            self._send(file)
            self._is_waiting, self._is_sent = True, self._is_one
            return True
        self._worker.send(NoMoreFiles())
        self._is_sent = True
        return True

    def _send(self, file: PageFile) -> None:
        """Send a file as it is read: this process never holds one that lies on a disk."""
        with opened(file.data, file.name) as (source, size):
            self._worker.send(FileBegins(size_bytes=size, name=file.name, dpi=file.dpi, is_one_page=file.is_one_page))
            sent = 0
            for piece in iter_pieces(source, size):
                self._worker.send(Chunk(data=piece))
                sent += len(piece)
        if sent != size:
            raise UserError("document.unreadable_file", file=file.name)


def _read_answer(pipe: IO[bytes]) -> _Told | AppError | None:
    answer = read_frame(pipe, ANSWERS)
    if isinstance(answer, ReadyBegins):
        data = read_chunks(pipe, ANSWERS, size_bytes=answer.size_bytes, most_bytes=_MOST_PAGE_BYTES)
        try:
            return _READ.decode(data) if answer.is_read_again else _READY.decode(data)
        except msgspec.MsgspecError as exc:
            raise worker_ended() from exc
    if isinstance(answer, Failed):
        return untell(answer)
    if isinstance(answer, Chunk):
        raise worker_ended()
    return answer
