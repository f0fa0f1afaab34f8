"""Scanning into the chosen line: the scanner is found, its pages are kept one by one and become a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from counter_app.core.ids import new_id
from counter_app.services.answers.documents import Digitised, DocumentView, Scan, ScanPlace
from counter_app.services.scanning import Cancel, Capabilities, Listing, ProfileChoice, ScanProfile
from ui.digitise.camera_steps import CameraSteps
from ui.digitise.scan_card import ScanCard
from ui.messages import Severity
from ui.tasks import Progress, Where

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

_Scanned = tuple[Scan, DocumentView | Digitised | None]
_FOLDER = "folder"
_CAMERA = "camera:"
_DEVICE = "scan.device"
_SEPARATE = "scan.separate"


class ScanSteps(QObject):
    """One scan at a time. `scan_id` while the device gives pages: Esc then stops it, and keeps its pages.

    `turned` is a scan whose fronts are here and whose pile somebody turns over now.
    """

    profile_changed = Signal(object)

    def __init__(self, page: DigitisePage, card: ScanCard) -> None:
        super().__init__(page)
        self._page = page
        self._card = card
        self._scanning = page.context.counter.scanning
        self._cancel: Cancel | None = None
        self._choice: ProfileChoice | None = None
        self._remembered = self._device = str(page.context.counter.preferences.get(_DEVICE))
        self.separates = bool(page.context.counter.preferences.get(_SEPARATE))
        card.show_separating(separates=self.separates)
        self._is_listed = False
        self.camera = CameraSteps(page)
        self.scan_id = ""
        self.turned = ""
        self._turned_place = ScanPlace()
        self._sheets = 0
        card.device_chosen.connect(self._on_device)
        card.profile_chosen.connect(self._on_profile)
        card.adjusted.connect(self._on_adjusted)
        card.separating_chosen.connect(self._on_separating)

    @property
    def is_scanning(self) -> bool:
        """Whether a device gives pages now."""
        return self._cancel is not None

    @property
    def device_in_use(self) -> str:
        """The scanner that a scan would begin with, "" where the clerk would have to choose."""
        return self._device or self._remembered

    def read_profiles(self) -> None:
        """Ask how is scanned."""
        self._page.tasks.run(
            self._scanning.profiles,
            owner=self,
            done=self._show_choice,
            supersedes="digitise.profiles",
            name="digitise.profiles",
        )

    @Slot()
    def tell_how(self) -> None:
        """Tell once more how is scanned."""
        if self._choice is not None:
            self.profile_changed.emit(self._choice)

    def set_up(self) -> None:
        """Choose the scanner and how it scans."""
        if self._is_listed:
            self._card.open()
        else:
            self._list(self._card.open)

    def scan(self) -> None:
        """Scan into the chosen line; the first time, look for scanners before. With a camera open, keep its page."""
        row = self._page.lists.line
        if self.camera.is_live:
            self.camera.take()
        elif self.turned:
            self._with_device(self._scan_backs)
        elif self.separates or (self._page.code and row is not None):
            self._with_device(self._scan_fronts)
        else:
            self._page.say("digitise.choose_first", Severity.WARNING)

    def rescan(self) -> None:
        """Scan the page in front again; the version before stays."""
        if self._page.steps.changeable() is not None:
            self._with_device(self._rescan)

    def put(self) -> None:
        """Make a document of what the camera gave; without a camera, of what waits."""
        if self.camera.is_live:
            self.camera.finish()
        else:
            self._page.waiting.put()

    def stop(self) -> None:
        """Let the device stop after the page in hand."""
        if self._cancel is not None:
            self._cancel.say()

    def leave_turned(self) -> bool:
        """Let a pile wait whose backs were not scanned; whether there was one."""
        was, self.turned = bool(self.turned), ""
        if was:
            self._page.lists.show_notice("")
            self._page.read_waiting()
        return was

    def forget(self) -> None:
        """Look for scanners anew next time."""
        self._is_listed, self._device = False, ""
        self._card.show_devices((), "")

    def _with_device(self, use: Callable[[str], None]) -> None:
        if self._page.is_busy:
            self._page.say("digitise.busy", Severity.WARNING)
        elif self._device:
            use(self._device)
        elif self._card.isVisible() and self._card.device.count():
            self._on_device(str(self._card.device.currentData()))
            use(self._device)
        else:
            self._list(lambda: self._go_on(use))

    def _go_on(self, use: Callable[[str], None]) -> None:
        if self._device:
            use(self._device)
        elif self._card.device.count():
            self._page.say("digitise.which_scanner", Severity.INFO)
            self._card.open()

    def _list(self, then: Callable[[], None]) -> None:
        def done(listing: Listing) -> None:
            # A watched folder gives files when they come; nobody can ask it for a page.
            found = [(device.id, device.name) for device in listing.devices if device.driver != _FOLDER]
            self._is_listed = bool(found)
            if self._device not in dict(found):
                only = found[0][0] if len(found) == 1 else ""
                self._device = self._remembered if self._remembered in dict(found) else only
                self._remembered = self._device or self._remembered
            self._card.show_devices(found, self._device)
            if not found:
                self._page.say("digitise.no_scanner", Severity.WARNING)
            then()

        self._page.run_long(lambda _progress: self._scanning.list_devices(), done)

    @Slot(str)
    def _on_device(self, device: str) -> None:
        self._remembered = self._device = device
        preferences = self._page.context.counter.preferences
        self._page.tasks.run(
            lambda: preferences.set(_DEVICE, device), owner=self, done=lambda _none: None, name="digitise.device"
        )
        self._page.tasks.run(
            lambda: self._scanning.capabilities(device),
            owner=self,
            done=self._show_able,
            failed=lambda _error: self._card.show_able(None),
            where=Where.POOL,
            supersedes="digitise.able",
            name="digitise.able",
        )

    def _show_able(self, able: Capabilities) -> None:
        self._card.show_able(able)

    @Slot(str)
    def _on_profile(self, profile: str) -> None:
        self._change(lambda: self._scanning.choose_profile(profile))

    @Slot(object)
    def _on_adjusted(self, profile: ScanProfile) -> None:
        self._change(lambda: self._scanning.adjust_profile(profile))

    @Slot(bool)
    def _on_separating(self, separates: bool) -> None:  # noqa: FBT001 - Qt's signature
        self.separates = separates
        preferences = self._page.context.counter.preferences
        self._change(lambda: preferences.set(_SEPARATE, separates))

    def _change(self, change: Callable[[], None]) -> None:
        def work() -> ProfileChoice:
            change()
            return self._scanning.profiles()

        self._page.tasks.run(work, owner=self, done=self._show_choice, name="digitise.profile")

    def _show_choice(self, choice: ProfileChoice) -> None:
        self._choice = choice
        self._card.show_choice(choice)
        self.profile_changed.emit(choice)

    def _scan_fronts(self, device: str) -> None:
        place = self._place(device)
        if place is None:
            self._page.say("digitise.choose_first", Severity.WARNING)
            return
        turns = self._choice is not None and self._choice.chosen.turns_pile
        scan, cancel = self._begin(new_id()), Cancel()
        self._cancel = cancel
        if place.is_pile and not turns:
            self._scan_pile(device, scan, cancel)
            return
        if device.startswith(_CAMERA):
            self.camera.start(device, scan, place, cancel, done=self._on_scanned, failed=self._on_failed)
            return
        scanning, digitising = self._scanning, self._page.context.counter.digitising

        def work(progress: Progress) -> _Scanned:
            if not place.is_pile:
                digitising.check_place(place.code, place.line)
            done = scanning.scan(
                device, place=place, scan_id=scan, cancel=cancel, kept=lambda pages: progress.report(pages, 0)
            )
            if turns or done.error is not None or cancel.is_said or not done.pages:
                return done, None
            return done, self._finish(scan, place, cancel, progress)

        ended = self._on_fronts if turns else self._on_scanned
        self._turned_place = place
        self._page.run_long(work, ended, failed=self._on_failed, progressed=self._on_kept)

    def _place(self, device: str) -> ScanPlace | None:
        """Return where pages go: nowhere yet for a pile to separate, else to the chosen line, None without one."""
        row = self._page.lists.line
        if self.separates and not device.startswith(_CAMERA):
            return ScanPlace(is_pile=True)
        return ScanPlace(code=self._page.code, line=row.component) if self._page.code and row is not None else None

    def _scan_pile(self, device: str, scan: str, cancel: Cancel) -> None:
        """Scan a pile that is separated while it comes."""
        scanning = self._scanning

        def work(progress: Progress) -> _Scanned:
            return scanning.scan_pile(device, scan_id=scan, cancel=cancel, kept=lambda pages: progress.report(pages, 0))

        self._page.run_long(work, self._on_scanned, failed=self._on_failed)

    def _scan_backs(self, device: str) -> None:
        place, scan, cancel = self._turned_place, self._begin(self.turned), Cancel()
        self._cancel = cancel
        sheets, scanning = self._sheets, self._scanning

        def work(progress: Progress) -> _Scanned:
            done = scanning.scan_backs(
                device, scan, place=place, cancel=cancel, kept=lambda pages: progress.report(pages, 0)
            )
            if done.error is not None or cancel.is_said or done.pages != sheets:
                return done, None
            return done, self._finish(scan, place, cancel, progress)

        self._page.run_long(work, self._on_backs, failed=self._on_failed, progressed=self._on_kept)

    def _finish(
        self, scan: str, place: ScanPlace, cancel: Cancel, progress: Progress
    ) -> DocumentView | Digitised | None:
        if place.is_pile:
            return self._scanning.piles.separate(scan, is_cancelled=lambda: cancel.is_said, progressed=progress.report)
        return self._page.context.counter.digitising.finish_scan(
            scan,
            place.code,
            component=place.line,
            is_cancelled=lambda: cancel.is_said,
            progressed=progress.report,
        )

    def _rescan(self, device: str) -> None:
        view, number, cancel = self._page.steps.changeable(), self._page.viewer.number, Cancel()
        if view is None:
            return
        self._cancel = cancel
        scanning, document = self._scanning, view.document.id

        def done(changed: DocumentView) -> None:
            self._cancel = None
            self._page.show_changed(changed, page=number)
            self._page.say("digitise.rescanned", number=number)

        work: Callable[[Progress], DocumentView] = lambda _progress: scanning.rescan_page(  # noqa: E731 - one call
            device, document, number, cancel=cancel
        )
        self._page.run_long(work, done, failed=self._on_failed)

    def _begin(self, scan: str) -> str:
        if self._card.isVisible():
            self._card.hide()
            self._page.lists.lines.setFocus()
        self.scan_id = scan
        return scan

    def _on_kept(self, done: int, total: int) -> None:
        """Show a page as soon as it is safe; while they become a document there is nothing new to see."""
        if not total and done:
            self._page.show_scan(self.scan_id)

    def _on_failed(self) -> None:
        self._end()
        self.forget()

    def _end(self) -> None:
        self._cancel, self.scan_id = None, ""
        self._page.read_waiting()

    def _on_fronts(self, scanned: _Scanned) -> None:
        scan, _none = scanned
        was_stopped = self._cancel is not None and self._cancel.is_said
        if scan.error is not None or was_stopped or not scan.pages:
            self._on_scanned(scanned)
            return
        self.turned, self._sheets = scan.id, scan.pages
        self._end()
        self._page.lists.show_notice(self._page.words("digitise.turn_pile", sheets=scan.pages))

    def _on_backs(self, scanned: _Scanned) -> None:
        scan, view = scanned
        was_stopped = self._cancel is not None and self._cancel.is_said
        self.turned = ""
        self._page.lists.show_notice("")
        if view is None and scan.error is None and not was_stopped:
            self._end()
            self._page.say("digitise.backs_differ", Severity.WARNING, fronts=self._sheets, backs=scan.pages)
        else:
            self._on_scanned(scanned)

    def _on_scanned(self, scanned: _Scanned) -> None:
        was_stopped = self._cancel is not None and self._cancel.is_said
        self._end()
        scan, view = scanned
        if isinstance(view, Digitised):
            self._page.show_routed(view)
            if scan.error is None and was_stopped:
                self._page.say("digitise.pile_stopped", Severity.INFO, documents=len(view.documents))
        if scan.error is not None:
            self._page.context.errors.show(scan.error)
        elif isinstance(view, DocumentView):
            self._page.show_changed(view)
            self._page.say("digitise.scanned", pages=view.document.content.pages)
        elif view is None:
            self._page.say("digitise.scan_stopped", Severity.INFO, pages=scan.pages)
