"""From a scanner into a dossier: each page is kept before the next is asked for."""

from collections.abc import Callable

from counter_app.core.errors import AppError
from counter_app.scanning.driver import Cancel
from counter_app.scanning.profiles import ScanProfiles
from counter_app.scanning.scanners import Listing, Scanners
from counter_app.services.answers.documents import DocumentView, Scan
from counter_app.services.digitising import Digitising
from counter_app.settings.settings import Settings

__all__ = ["Cancel", "Listing", "Scanning"]


class Scanning:
    """Slow: for a pool or a command. Any thread; a scanner serves one scan at a time."""

    def __init__(self, digitising: Digitising, scanners: Scanners, settings: Settings) -> None:
        self._digitising = digitising
        self._scanners = scanners
        self._settings = settings

    def list_devices(self) -> Listing:
        """Return the scanners of this machine; takes seconds."""
        return self._scanners.list_devices()

    def scan(
        self,
        device: str,
        *,
        profile_id: str = "",
        cancel: Cancel | None = None,
        kept: Callable[[int], None] = lambda _pages: None,
    ) -> Scan:
        """Scan with a profile, the chosen one where none is named; `kept` hears how many pages are safe.

        A scanner that fails in the middle costs no page that it gave: they stay as an interrupted scan, and `error`
        says what happened.

        Raises:
            UserError: nobody signed in, ``scan.unknown_device``, ``scan.unknown_profile``.
            AppError: what the scanner says before its first page.
        """
        profiles = ScanProfiles(self._settings)
        profile = profiles.get(profile_id) if profile_id else profiles.chosen()
        scan, pages = self._digitising.begin_scan(), 0
        try:
            for page in self._scanners.scan(device, profile, cancel or Cancel()):
                self._digitising.tray.capture(scan, page)
                pages += 1
                kept(pages)
        except AppError as error:
            if not pages:
                raise
            return Scan(id=scan, pages=pages, error=error)
        return Scan(id=scan, pages=pages)

    def scan_into(
        self, device: str, code: str, *, component: int = 0, profile_id: str = "", cancel: Cancel | None = None
    ) -> tuple[Scan, DocumentView | None]:
        """Scan into a dossier: the pages become one document once the scanner has given all of them.

        Raises:
            UserError: as `scan`, ``dossier.unknown_code``, ``document.unknown_component``; nothing was scanned.
            AppError: as `scan`.
        """
        self._digitising.check_place(code, component)
        scan = self.scan(device, profile_id=profile_id, cancel=cancel)
        if scan.error is not None or not scan.pages or (cancel is not None and cancel.is_said):
            return scan, None
        return scan, self._digitising.finish_scan(scan.id, code, component=component)
