"""A worker process and the pipes to it, as the program's side has them."""

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from typing import IO, Generic, TypeVar

import msgspec

from counter_app.core.errors import AppError
from counter_app.scanning.worker.frames import write_frame

STOP_S = 6.0
LOOK_S = 0.1
_MOST_WAITING = 4

A = TypeVar("A")


def program_command(module: str, argument: str) -> tuple[str, ...]:
    """Return how this program is started as a worker: by its module, or a frozen one by its first argument."""
    if getattr(sys, "frozen", False):
        return (sys.executable, argument)
    return (sys.executable, "-m", module)


class WorkerProcess(Generic[A]):
    """One running process. Used by one thread; a second one reads what it says with `read`.

    `read` returns the next answer or an error that the worker tells of, None when the worker has gone; it may raise an
    AppError at what is no message. `ended` makes the error for a worker that has gone.

    Raises:
        AppError: what `ended` makes: the process cannot be started.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        environment: Mapping[str, str] | None,
        *,
        read: Callable[[IO[bytes]], A | AppError | None],
        ended: Callable[[], AppError],
    ) -> None:
        self._read_next, self._ended = read, ended
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, ValueError) as exc:
            raise ended() from exc
        self._said: queue.Queue[A | AppError] = queue.Queue(_MOST_WAITING)
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="worker-answers", daemon=True)
        self._reader.start()

    def send(self, message: msgspec.Struct) -> None:
        """Say something; that a dead worker does not hear it is noticed at the answer."""
        with contextlib.suppress(OSError, ValueError):
            write_frame(_pipe(self._process.stdin), message)

    def find_answer(self, *, seconds: float) -> A | None:
        """Return the next answer, None when there is none so long.

        Raises:
            AppError: what the worker tells of, or what `ended` makes; after it the worker says no more.
        """
        try:
            answer = self._said.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(answer, AppError):
            raise answer
        return answer

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def close(self) -> None:
        """Let the worker end by itself, as it does when its pipe is closed; end it when it does not."""
        self._closing.set()
        with contextlib.suppress(OSError, ValueError):
            _pipe(self._process.stdin).close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOP_S)
        with contextlib.suppress(OSError, ValueError):
            _pipe(self._process.stdout).close()

    def _read(self) -> None:
        while not self._closing.is_set():
            said = self._next()
            self._hand_over(said)
            if isinstance(said, AppError):
                return

    def _next(self) -> A | AppError:
        try:
            answer = self._read_next(_pipe(self._process.stdout))
        except AppError as error:
            return error
        return self._ended() if answer is None else answer

    def _hand_over(self, said: A | AppError) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put(said, timeout=LOOK_S)
                return


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - all of them were asked for
    return pipe
