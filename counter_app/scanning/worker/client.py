"""The program's side: a driver whose work is done in a worker process, one process for each listing and each scan.

A fresh process each time costs a tenth of a second and leaves nothing of a crash, a hang or a leak behind.
"""

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import IO

from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.scanning.driver import SENSORS_S, Cancel, Capabilities, ScannerDevice, ScanProfile
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedPage
from counter_app.scanning.worker.frames import read_frame
from counter_app.scanning.worker.messages import (
    ANSWERS,
    Able,
    Answer,
    AskCapabilities,
    ButtonFelt,
    CancelScan,
    Devices,
    Failed,
    FeelButton,
    ListDevices,
    NextPage,
    PageBegins,
    PageChunk,
    Request,
    ScanEnded,
    StartScan,
    WatchButton,
    untell,
)
from counter_app.scanning.worker.process import LOOK_S, STOP_S, WorkerProcess, program_command

ANSWER_S = 60.0
PAGE_S = 240.0

WORKER_ARGUMENT = "scan-worker"
"""How a frozen program is told to be the worker; decided in `counter_app.__main__` before anything else."""


def worker_command() -> tuple[str, ...]:
    """Return how the worker is started, from the sources or from a frozen program."""
    return program_command("counter_app.scanning.worker", WORKER_ARGUMENT)


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
        stop_s: float = STOP_S,
    ) -> None:
        self._name = name
        self._command = command or worker_command()
        self._environment = environment
        self._answer_s = answer_s
        self._page_s = page_s
        self._stop_s = stop_s

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

    def feel_button(self, device: str, cancel: Cancel) -> Iterator[bool]:
        """Yield what the native driver feels, of one process; ``scan.no_button`` where it has no way to.

        A look that is cancelled goes to its end: a worker that is killed leaves a program behind that has the scanner.
        """
        with self._running() as worker:
            worker.send(WatchButton(driver=self._name, device=device))
            while not cancel.is_said:
                worker.send(FeelButton())
                felt = worker.receive(cancel, seconds=self._answer_s, stop_s=SENSORS_S + self._stop_s)
                if not isinstance(felt, ButtonFelt):
                    return
                yield felt.is_down

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
        worker = _Worker(self._command, self._environment, stop_s=self._stop_s)
        try:
            yield worker
        finally:
            worker.close()


class _Worker(WorkerProcess[Answer]):
    """One running worker of a native driver."""

    def __init__(self, command: tuple[str, ...], environment: Mapping[str, str] | None, *, stop_s: float) -> None:
        self._stop_s = stop_s
        super().__init__(command, environment, read=_read_answer, ended=_ended)

    def receive(self, cancel: Cancel, *, seconds: float, stop_s: float | None = None) -> Answer:
        """Return the next answer; raises what the driver raised. A cancelled worker that goes on too long is ended.

        It has `stop_s` for that, and where that is not said what every one has.
        """
        until = time.monotonic() + seconds
        is_told = False
        while True:
            if cancel.is_said and not is_told:
                self.send(CancelScan())
                until, is_told = time.monotonic() + (self._stop_s if stop_s is None else stop_s), True
            answer = self.find_answer(seconds=LOOK_S)
            if answer is not None:
                return answer
            if time.monotonic() < until:
                continue
            self.kill()
            if is_told:
                return ScanEnded()
            raise failure_of(Trouble.TIMED_OUT)

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


def _read_answer(pipe: IO[bytes]) -> Answer | AppError | None:
    answer = read_frame(pipe, ANSWERS)
    return untell(answer) if isinstance(answer, Failed) else answer


def _ended() -> EnvironmentFailure:
    return EnvironmentFailure("scan.worker_ended", retryable=True)
