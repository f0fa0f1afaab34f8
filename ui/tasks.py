"""Work that must not run in the UI thread: every service call, images, previews.

Results come back into the UI thread by one queued signal. A result whose owner is gone, or that a newer task of the
same key has superseded, is dropped in silence.
"""

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from counter_app.core.errors import AppError, BugError

T = TypeVar("T")

BUSY_AFTER_MS = 300
_POOL_THREADS = 2


class Where(StrEnum):
    """Which thread does the work. STORE: the one thread that calls services. POOL: images, hashing, previews.

    FETCH: what waits for the line, one after another, for minutes where it is cut: nothing else waits behind it.

    A service that works through many things and makes way between them belongs to the pool too: in the store's thread
    a clerk's save would wait for its end.
    """

    STORE = "store"
    POOL = "pool"
    FETCH = "fetch"


class Progress:
    """Handed to work that takes long: it says how far it is and asks whether it should stop. Any thread."""

    def __init__(self, report: Callable[[int, int], None]) -> None:
        self._report = report
        self._cancelled = threading.Event()

    def report(self, done: int, total: int) -> None:
        """Say that `done` of `total` parts are finished."""
        self._report(done, total)

    def is_cancelled(self) -> bool:
        """Whether somebody asked to stop; the work should then return soon."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._cancelled.set()


class Presents(Protocol):
    """Shows an error to the person at the desk."""

    def show(self, error: AppError, *, retry: Callable[[], None] | None = None) -> None:
        """Show the error; `retry` runs the same work again."""
        ...


class Reports(Protocol):
    """Takes note of an error that is ours."""

    def note(self, error: BaseException) -> BugError:
        """Log the error with its traceback and return what can be shown."""
        ...


@dataclass(slots=True, eq=False, kw_only=True)
class _Task:
    number: int
    name: str
    where: Where
    work: Callable[[Progress], Any]
    owner: QObject
    done: Callable[[Any], None]
    failed: Callable[[AppError], None] | None
    progressed: Callable[[int, int], None] | None
    key: tuple[int, str] | None
    progress: Progress = field(init=False)
    result: Any = None
    error: AppError | None = None


class TaskHandle:
    """A running task, for the one who started it."""

    def __init__(self, task: _Task) -> None:
        self._task = task

    def cancel(self) -> None:
        """Ask the work to stop and drop its result."""
        self._task.progress.cancel()


class _Lane:
    """Daemon threads that take tasks from one queue, in order."""

    def __init__(self, name: str, threads: int, execute: Callable[[_Task], None]) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._execute = execute
        names = [name] if threads == 1 else [f"{name}-{number}" for number in range(1, threads + 1)]
        self._threads = [threading.Thread(target=self._loop, name=one, daemon=True) for one in names]
        for thread in self._threads:
            thread.start()

    def put(self, task: _Task) -> None:
        self._tasks.put(task)

    def close(self, deadline: float) -> bool:
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _loop(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._execute(task)


class Tasks(QObject):
    """Runs work in its thread and hands the result back in the UI thread. Make and call it in the UI thread."""

    busy_changed = Signal(bool)
    _ended = Signal(object)
    _progressed = Signal(object, object, object)  # whole numbers of any size: bytes are more than Qt's own hold

    def __init__(self, *, presenter: Presents, reporter: Reports, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._presenter = presenter
        self._reporter = reporter
        self._numbers = itertools.count(1)
        self._newest: dict[tuple[int, str], int] = {}
        self._lanes: dict[Where, _Lane] = {}
        self._open = 0
        self._is_busy = False
        self._is_closed = False
        self._busy_timer = QTimer(self)
        self._busy_timer.setSingleShot(True)
        self._busy_timer.setInterval(BUSY_AFTER_MS)
        self._busy_timer.timeout.connect(self._on_busy)
        self._ended.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._progressed.connect(self._deliver_progress, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], T],
        *,
        owner: QObject,
        done: Callable[[T], None],
        failed: Callable[[AppError], None] | None = None,
        where: Where = Where.STORE,
        name: str = "",
        supersedes: str = "",
    ) -> TaskHandle:
        """Do the work elsewhere, then call `done` with its result in the UI thread.

        `failed` gets the error instead; without it the one presenter shows it. With `supersedes`, results of
        older tasks of this owner and key are dropped (search while typing).
        """
        return self.run_with_progress(
            lambda _progress: work(),
            owner=owner,
            done=done,
            failed=failed,
            where=where,
            name=name,
            supersedes=supersedes,
        )

    def run_with_progress(
        self,
        work: Callable[[Progress], T],
        *,
        owner: QObject,
        done: Callable[[T], None],
        failed: Callable[[AppError], None] | None = None,
        progressed: Callable[[int, int], None] | None = None,
        where: Where = Where.STORE,
        name: str = "",
        supersedes: str = "",
    ) -> TaskHandle:
        """Like `run` for work that reports how far it is (`progressed(done, total)`) and can be cancelled."""
        key = (id(owner), supersedes) if supersedes else None
        task = _Task(
            number=next(self._numbers),
            name=name,
            where=where,
            work=work,
            owner=owner,
            done=done,
            failed=failed,
            progressed=progressed,
            key=key,
        )
        self._submit(task)
        return TaskHandle(task)

    def shutdown(self, deadline_ms: int = 2000) -> bool:
        """Finish what is queued, take no more, and say whether every thread ended in time. Results are dropped."""
        self._is_closed = True
        self._busy_timer.stop()
        deadline = time.monotonic() + deadline_ms / 1000
        ended = [lane.close(deadline) for lane in self._lanes.values()]
        return all(ended)

    def _submit(self, task: _Task) -> None:
        if self._is_closed:
            return
        task.progress = Progress(lambda done, total: self._progressed.emit(task, done, total))
        if task.key is not None:
            self._newest[task.key] = task.number
        self._open += 1
        if self._open == 1 and not self._is_busy:
            self._busy_timer.start()
        self._lane(task.where).put(task)

    def _lane(self, where: Where) -> _Lane:
        if where not in self._lanes:
            threads = _POOL_THREADS if where is Where.POOL else 1
            self._lanes[where] = _Lane(where.value, threads, self._execute)
        return self._lanes[where]

    def _execute(self, task: _Task) -> None:
        """Run in a lane's thread."""
        if not self._is_superseded(task) and not task.progress.is_cancelled():
            try:
                task.result = task.work(task.progress)
            except AppError as error:
                task.error = error
            except Exception as error:  # noqa: BLE001 - the thread's main loop outlives any bug in the work
                task.error = self._reporter.note(error)
        # The window may be gone when the last task of a closing program ends.
        with contextlib.suppress(RuntimeError):
            self._ended.emit(task)

    def _is_superseded(self, task: _Task) -> bool:
        return task.key is not None and self._newest.get(task.key) != task.number

    @Slot(object)
    def _deliver(self, task: _Task) -> None:
        self._count_down()
        superseded = self._is_superseded(task)
        if task.key is not None and not superseded:
            del self._newest[task.key]
        if superseded or not self._is_wanted(task):
            return
        if task.error is None:
            task.done(task.result)
        elif task.failed is not None:
            task.failed(task.error)
        else:
            self._presenter.show(task.error, retry=lambda: self._retry(task))

    @Slot(object, object, object)
    def _deliver_progress(self, task: _Task, done: int, total: int) -> None:
        if task.progressed is not None and self._is_wanted(task) and not self._is_superseded(task):
            task.progressed(done, total)

    def _is_wanted(self, task: _Task) -> bool:
        return not self._is_closed and not task.progress.is_cancelled() and shiboken6.isValid(task.owner)

    def _retry(self, task: _Task) -> None:
        if not shiboken6.isValid(task.owner):
            return
        task.error = None
        task.number = next(self._numbers)
        self._submit(task)

    def _count_down(self) -> None:
        self._open -= 1
        if self._open:
            return
        self._busy_timer.stop()
        if self._is_busy:
            self._is_busy = False
            self.busy_changed.emit(self._is_busy)

    @Slot()
    def _on_busy(self) -> None:
        if self._open:
            self._is_busy = True
            self.busy_changed.emit(self._is_busy)
