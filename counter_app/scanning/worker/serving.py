"""The worker's side: one request, answered by the driver it names, then the end of the process."""

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping
from typing import IO

from counter_app.core.errors import AppError, UserError
from counter_app.scanning.driver import ButtonDriver, Cancel, LiveDriver, ScanDriver
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import MOST_PAGE_BYTES, ScannedPage
from counter_app.scanning.worker.frames import CHUNK_BYTES, read_frame, write_frame
from counter_app.scanning.worker.messages import (
    REQUESTS,
    Able,
    AskCapabilities,
    ButtonFelt,
    CancelScan,
    Devices,
    FeelButton,
    ListDevices,
    NextPage,
    PageBegins,
    PageChunk,
    Request,
    ScanEnded,
    StartScan,
    WatchButton,
    tell,
)

Makers = Mapping[str, Callable[[], ScanDriver]]
"""How each native driver is made, by its name."""


class Serving:
    """Answers over a pair of pipes. Drivers run in the thread that calls `serve`: COM and TWAIN stay in one thread."""

    def __init__(self, requests: IO[bytes], answers: IO[bytes], makers: Makers) -> None:
        self._requests = requests
        self._answers = answers
        self._makers = makers
        self._wanted: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancel = Cancel()

    def serve(self) -> None:
        """Answer one request. When the program has gone, the scan is cancelled and this returns."""
        threading.Thread(target=self._listen, name="scan-requests", daemon=True).start()
        with contextlib.suppress(OSError, ValueError):
            try:
                self._answer(self._wanted.get())
            except AppError as error:
                write_frame(self._answers, tell(error))
            except Exception as exc:  # noqa: BLE001 - native libraries raise whatever they like; the kind is told
                write_frame(self._answers, tell(failure_of(Trouble.FAILED, reason=type(exc).__name__)))

    def _listen(self) -> None:
        """Read requests as they come, so that a cancel reaches a driver in the middle of a page."""
        while True:
            try:
                request = read_frame(self._requests, REQUESTS)
            except AppError:
                request = None
            if request is None or isinstance(request, CancelScan):
                self._cancel.say()
            self._wanted.put(request)
            if request is None:
                return

    def _answer(self, request: Request | None) -> None:
        match request:
            case ListDevices():
                write_frame(self._answers, Devices(devices=self._driver(request.driver).list_devices()))
            case AskCapabilities():
                able = self._driver(request.driver).capabilities(request.device)
                write_frame(self._answers, Able(capabilities=able))
            case StartScan():
                self._scan(request)
            case WatchButton():
                self._watch_button(request)
            case NextPage() | FeelButton() | CancelScan() | None:
                return

    def _scan(self, request: StartScan) -> None:
        driver = self._driver(request.driver)
        if not request.is_live:
            pages = driver.scan(request.device, request.profile, self._cancel)
        elif isinstance(driver, LiveDriver):
            pages = driver.watch(request.device, request.profile, self._cancel)
        else:
            raise UserError("scan.no_driver", driver=request.driver[:40])
        try:
            while isinstance(self._wanted.get(), NextPage):
                page = next(pages, None)
                if page is None:
                    break
                self._send(page)
            write_frame(self._answers, ScanEnded())
        finally:
            close = getattr(pages, "close", None)
            if close is not None:
                close()

    def _watch_button(self, request: WatchButton) -> None:
        driver = self._driver(request.driver)
        if not isinstance(driver, ButtonDriver):
            raise UserError("scan.no_button")
        answers = driver.feel_button(request.device, self._cancel)
        while isinstance(self._wanted.get(), FeelButton):
            is_down = next(answers, None)
            if is_down is None:
                break
            write_frame(self._answers, ButtonFelt(is_down=is_down))
        write_frame(self._answers, ScanEnded())

    def _send(self, page: ScannedPage) -> None:
        size = len(page.picture)
        if not 0 < size <= MOST_PAGE_BYTES:
            raise failure_of(Trouble.FAILED, reason=f"{size} bytes")
        write_frame(self._answers, PageBegins(number=page.number, dpi=page.dpi, is_back=page.is_back, size_bytes=size))
        picture = memoryview(page.picture)
        for start in range(0, size, CHUNK_BYTES):
            write_frame(self._answers, PageChunk(data=bytes(picture[start : start + CHUNK_BYTES])))

    def _driver(self, name: str) -> ScanDriver:
        maker = self._makers.get(name)
        if maker is None:
            raise UserError("scan.no_driver", driver=name[:40])
        return maker()
