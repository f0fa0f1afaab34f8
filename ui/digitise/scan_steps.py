"""Scanning into the chosen line: the scanner is found, its pages are kept one by one and become a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from counter_app.services.answers.documents import DocumentView, Scan
from counter_app.services.scanning import Cancel, Listing
from ui.digitise.device_box import DeviceBox
from ui.messages import Severity
from ui.tasks import Progress

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

_Scanned = tuple[Scan, DocumentView | None]
_FOLDER = "folder"


class ScanSteps(QObject):
    """One scan at a time. `is_scanning` while the device gives pages: Esc then stops it, and keeps its pages."""

    def __init__(self, page: DigitisePage, devices: DeviceBox) -> None:
        super().__init__(page)
        self._page = page
        self._devices = devices
        self._scanning = page.context.counter.scanning
        self._cancel: Cancel | None = None

    @property
    def is_scanning(self) -> bool:
        """Whether a device gives pages now."""
        return self._cancel is not None

    def scan(self) -> None:
        """Scan into the chosen line; the first time, look for scanners before."""
        row = self._page.lists.line
        if not self._page.code or row is None:
            self._page.say("digitise.choose_first", Severity.WARNING)
        elif self._devices.device:
            self._scan(self._devices.device, self._page.code, row.component)
        else:
            self._page.run_long(lambda _progress: self._scanning.list_devices(), self._on_listed)

    def stop(self) -> None:
        """Let the device stop after the page in hand."""
        if self._cancel is not None:
            self._cancel.say()

    def _on_listed(self, listing: Listing) -> None:
        # A watched folder gives files when they come; nobody can ask it for a page.
        found = [(device.id, device.name) for device in listing.devices if device.driver != _FOLDER]
        self._devices.show_devices(found)
        if len(found) == 1:
            self.scan()
        elif found:
            self._page.say("digitise.which_scanner", Severity.INFO)
            self._devices.box.setFocus()
        else:
            self._page.say("digitise.no_scanner", Severity.WARNING)

    def _scan(self, device: str, code: str, component: int) -> None:
        if self._page.is_busy:
            self._page.say("digitise.busy", Severity.WARNING)
            return
        cancel = self._cancel = Cancel()
        work = self._work_of(device, code, component, cancel)
        self._page.run_long(work, self._on_scanned, failed=self._on_failed)

    def _work_of(self, device: str, code: str, component: int, cancel: Cancel) -> Callable[[Progress], _Scanned]:
        scanning, digitising = self._scanning, self._page.context.counter.digitising

        def work(progress: Progress) -> _Scanned:
            digitising.check_place(code, component)
            scan = scanning.scan(device, cancel=cancel, kept=lambda pages: progress.report(pages, 0))
            if scan.error is not None or cancel.is_said or not scan.pages:
                return scan, None
            made = digitising.finish_scan(scan.id, code, component=component, is_cancelled=lambda: cancel.is_said)
            return scan, made

        return work

    def _on_failed(self) -> None:
        self._cancel = None
        self._devices.forget()
        self._page.read_waiting()

    def _on_scanned(self, scanned: _Scanned) -> None:
        self._cancel = None
        scan, view = scanned
        self._page.read_waiting()
        if scan.error is not None:
            self._page.context.errors.show(scan.error)
        elif view is not None:
            self._page.show_changed(view)
            self._page.say("digitise.scanned", pages=scan.pages)
        else:
            self._page.say("digitise.scan_stopped", Severity.INFO, pages=scan.pages)
