"""The program's side: a driver whose work is done in a worker process, one process for each listing and each scan.

A fresh process each time costs a tenth of a second and leaves nothing of a crash, a hang or a leak behind.
"""

import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import IO

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.scanning.driver import Cancel, Capabilities, ScannerDevice, ScanProfile
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedPage
from counter_app.scanning.worker.frames import read_frame, write_frame
from counter_app.scanning.worker.messages import (
    ANSWERS,
    Able,
    Answer,
    AskCapabilities,
    CancelScan,
    Devices,
    Failed,
    ListDevices,
    NextPage,
    PageBegins,
    PageChunk,
    Request,
    ScanEnded,
    StartScan,
    untell,
)

ANSWER_S = 60.0
PAGE_S = 240.0
STOP_S = 6.0
_LOOK_S = 0.1
_MOST_WAITING = 4

WORKER_ARGUMENT = "scan-worker"
"""How a frozen program is told to be the worker; decided in `counter_app.__main__` before anything else."""


def worker_command() -> tuple[str, ...]:
    """Return how the worker is started, from the sources or from a frozen program."""
    if getattr(sys, "frozen", False):
        return (sys.executable, WORKER_ARGUMENT)
    return (sys.executable, "-m", "counter_app.scanning.worker")


class WorkerDriver:
    """A native driver behind the worker process. Safe from any thread; keeps the promises of `ScanDriver`."""

    def __init__(
        self,
        name: str,
        *,
        command: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
        answer_s: float = ANSWER_S,
        page_s: float = PAGE_S,
    ) -> None:
        self._name = name
        self._command = command or worker_command()
        self._environment = environment
        self._answer_s = answer_s
        self._page_s = page_s

    @property
    def name(self) -> str:
        """The native driver's name."""
        return self._name

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return what the native driver lists."""
        answer = self._ask(ListDevices(driver=self._name))
        if not isinstance(answer, Devices):
            raise _ended()
        return answer.devices

    def capabilities(self, device: str) -> Capabilities:
        """Return what the native driver says of a device."""
        answer = self._ask(AskCapabilities(driver=self._name, device=device))
        if not isinstance(answer, Able):
            raise _ended()
        return answer.capabilities

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages of the native driver; ``scan.worker_ended`` when its process dies in the middle."""
        return self._pages(StartScan(driver=self._name, device=device, profile=profile), cancel)

    def watch(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield what a camera sees; raises as `scan`, and ``scan.no_driver`` where the driver has no cameras."""
        return self._pages(StartScan(driver=self._name, device=device, profile=profile, is_live=True), cancel)

    def _pages(self, start: StartScan, cancel: Cancel) -> Iterator[ScannedPage]:
        with self._running() as worker:
            worker.send(start)
            while not cancel.is_said:
                worker.send(NextPage())
                page = worker.receive_page(cancel, seconds=self._page_s)
                if page is None:
                    return
                yield page

    def _ask(self, request: Request) -> Answer:
        with self._running() as worker:
            worker.send(request)
            return worker.receive(Cancel(), seconds=self._answer_s)

    @contextlib.contextmanager
    def _running(self) -> Iterator["_Worker"]:
        worker = _Worker(self._command, self._environment)
        try:
            yield worker
        finally:
            worker.close()


class _Worker:
    """One running process. Used by one thread; a second one reads what it says."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str] | None) -> None:
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
            raise _ended() from exc
        self._said: queue.Queue[Answer | AppError] = queue.Queue(_MOST_WAITING)
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="scan-worker", daemon=True)
        self._reader.start()

    def send(self, request: Request) -> None:
        """Say something; that a dead worker does not hear it is noticed at the answer."""
        with contextlib.suppress(OSError, ValueError):
            write_frame(_pipe(self._process.stdin), request)

    def receive(self, cancel: Cancel, *, seconds: float) -> Answer:
        """Return the next answer; raises what the driver raised. A cancelled worker that goes on too long is ended."""
        until = time.monotonic() + seconds
        is_told = False
        while True:
            if cancel.is_said and not is_told:
                self.send(CancelScan())
                until, is_told = time.monotonic() + STOP_S, True
            try:
                answer = self._said.get(timeout=_LOOK_S)
            except queue.Empty:
                if time.monotonic() < until:
                    continue
                self._process.kill()
                if is_told:
                    return ScanEnded()
                raise failure_of(Trouble.TIMED_OUT) from None
            if isinstance(answer, AppError):
                raise answer
            return answer

    def receive_page(self, cancel: Cancel, *, seconds: float) -> ScannedPage | None:
        """Return the page asked for, None when there is none or the scan was cancelled meanwhile."""
        try:
            head = self.receive(cancel, seconds=seconds)
            if isinstance(head, ScanEnded):
                return None
            if not isinstance(head, PageBegins) or not 0 < head.size_bytes <= MOST_PAGE_BYTES:
                raise _ended()
            picture = self._receive_chunks(head.size_bytes, cancel, seconds=seconds)
        except AppError:
            if cancel.is_said:
                return None
            raise
        if picture is None:
            return None
        return ScannedPage(picture=picture, number=head.number, dpi=head.dpi, is_back=head.is_back)

    def _receive_chunks(self, size: int, cancel: Cancel, *, seconds: float) -> bytes | None:
        picture = bytearray()
        while len(picture) < size:
            chunk = self.receive(cancel, seconds=seconds)
            if isinstance(chunk, ScanEnded):
                return None
            if not isinstance(chunk, PageChunk) or not chunk.data or len(picture) + len(chunk.data) > size:
                raise _ended()
            picture += chunk.data
        return bytes(picture)

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

    def _next(self) -> Answer | AppError:
        try:
            answer = read_frame(_pipe(self._process.stdout), ANSWERS)
        except AppError as error:
            return error
        if answer is None:
            return _ended()
        return untell(answer) if isinstance(answer, Failed) else answer

    def _hand_over(self, said: Answer | AppError) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put(said, timeout=_LOOK_S)
                return


def _ended() -> EnvironmentFailure:
    return EnvironmentFailure("scan.worker_ended", retryable=True)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # noqa: S101 - all of them were asked for
    return pipe
