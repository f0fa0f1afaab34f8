"""From a scanner into a dossier: each page is kept before the next is asked for."""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from counter_app.core.errors import AppError, UserError
from counter_app.scanning.driver import Cancel, Capabilities, ColourMode, PaperSize, ScanProfile, Source
from counter_app.scanning.profiles import OWN, PROFILE, ScanProfiles
from counter_app.scanning.rearranging import PagePicture, draw_preview
from counter_app.scanning.scanned import ScannedPage
from counter_app.scanning.scanners import Listing, Scanners
from counter_app.scanning.turned_pile import back_number, front_number
from counter_app.services.answers.documents import Digitised, DocumentView, Scan, ScanPlace
from counter_app.services.digitising import Digitising
from counter_app.services.page_repairs import PageRepairs
from counter_app.services.pile_scans import Arrivals, PileScans, joined
from counter_app.services.scanner_button import ButtonNews, ScannerButton
from counter_app.settings.settings import Settings

__all__ = [
    "ButtonNews",
    "Cancel",
    "Capabilities",
    "ColourMode",
    "Listing",
    "PagePicture",
    "PaperSize",
    "ScanProfile",
    "Scanning",
    "Source",
]


_PREVIEW = 1200


class ProfileChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles of this desk. An administrator may have locked which one is used, the list of own ones, or both."""

    profiles: tuple[ScanProfile, ...]
    chosen: ScanProfile
    is_choice_locked: bool
    is_list_locked: bool


class Scanning:
    """Slow: for a pool or a command. Any thread; a scanner serves one scan at a time.

    While anything else is asked of a scanner, nobody listens to its `button`.
    """

    def __init__(
        self,
        digitising: Digitising,
        scanners: Callable[[], Scanners],
        settings: Settings,
        repairs: PageRepairs,
        piles: PileScans,
    ) -> None:
        """`scanners` makes them as the settings say now."""
        self._digitising = digitising
        self._scanners = scanners
        self._settings = settings
        self._repairs = repairs
        self.piles = piles
        self.button = ScannerButton(scanners)

    def list_devices(self) -> Listing:
        """Return the scanners of this machine; takes seconds."""
        with self.button.resting():
            return self._scanners().list_devices()

    def capabilities(self, device: str) -> Capabilities:
        """Return what a scanner can; takes seconds.

        Raises:
            AppError: ``scan.unknown_device``, and what the scanner says.
        """
        with self.button.resting():
            return self._scanners().capabilities(device)

    def profiles(self) -> ProfileChoice:
        """Return how may be scanned, and how is scanned."""
        profiles = ScanProfiles(self._settings)
        return ProfileChoice(
            profiles=profiles.list_all(),
            chosen=profiles.chosen(),
            is_choice_locked=profiles.is_choice_locked,
            is_list_locked=profiles.is_locked,
        )

    def choose_profile(self, profile_id: str) -> None:
        """Scan with this profile from now on.

        Raises:
            UserError: ``scan.no_profile``, ``settings.locked``.
            EnvironmentFailure: the disk refused it.
        """
        ScanProfiles(self._settings).choose(profile_id)

    def adjust_profile(self, profile: ScanProfile) -> None:
        """Scan as this profile says from now on; it is kept as the desk's own one, the others stay as they are.

        Raises:
            UserError: ``scan.bad_profile``, ``settings.locked``; nothing was changed.
            EnvironmentFailure: the disk refused it.
        """
        profiles = ScanProfiles(self._settings)
        if profiles.is_choice_locked:
            raise UserError("settings.locked", name=PROFILE)
        profiles.save(msgspec.structs.replace(profile, id=OWN, name=""))
        profiles.choose(OWN)

    def scan(
        self,
        device: str,
        *,
        profile_id: str = "",
        place: ScanPlace | None = None,
        scan_id: str = "",
        cancel: Cancel | None = None,
        kept: Callable[[int], None] = lambda _pages: None,
    ) -> Scan:
        """Scan with a profile, the chosen one where none is named; `kept` hears how many pages are safe.

        A scanner that fails in the middle costs no page that it gave: they stay as an interrupted scan, and `error`
        says what happened. `place` is where the pages are meant to go; `scan_id` names the scan beforehand.

        Raises:
            UserError: nobody signed in, ``scan.unknown_device``, ``scan.no_profile``.
            AppError: what the scanner says before its first page.
        """
        profile = self._profile(profile_id)
        scan = self._digitising.begin_scan(scan_id)

        def number(place: int) -> int:
            return front_number(place) if profile.turns_pile else place

        return self._keep(scan, self._pages(device, profile, cancel), place or ScanPlace(), number, kept)

    def watch(
        self,
        device: str,
        *,
        place: ScanPlace,
        scan_id: str,
        shown: Callable[[PagePicture, int], None],
        wants: Callable[[], bool],
        cancel: Cancel,
    ) -> Scan:
        """Show what a camera sees until cancelled; each time `wants` says so, the picture at hand becomes a page.

        `shown` hears every picture and how many pages are safe.

        Raises:
            UserError: nobody signed in, ``scan.unknown_device``, ``scan.low_resolution``.
            AppError: what the camera says before its first page.
        """
        self._digitising.begin_scan(scan_id)
        pages = 0
        try:
            for picture in self._scanners().watch(device, self._profile(""), cancel):
                if wants():
                    pages += 1
                    page = msgspec.structs.replace(picture, number=pages)
                    self._digitising.tray.capture(scan_id, page, code=place.code, line=place.line)
                shown(draw_preview(picture.picture, longest=_PREVIEW), pages)
        except AppError as error:
            if not pages:
                raise
            return Scan(id=scan_id, pages=pages, error=error)
        finally:
            self._digitising.tray.announce()
        return Scan(id=scan_id, pages=pages)

    def scan_backs(
        self,
        device: str,
        scan: str,
        *,
        profile_id: str = "",
        place: ScanPlace | None = None,
        cancel: Cancel | None = None,
        kept: Callable[[int], None] = lambda _pages: None,
    ) -> Scan:
        """Scan the other side of a pile that was turned over as a whole, into the scan of its fronts.

        Raises:
            UserError: nobody signed in, ``scan.unknown_device``, ``document.no_pages``.
            AppError: what the scanner says before its first page.
        """
        sheets = len(self._digitising.tray.list_of_session(scan))
        if not sheets:
            raise UserError("document.no_pages")
        pages = self._pages(device, self._profile(profile_id), cancel)
        self._digitising.begin_scan(scan)
        return self._keep(scan, pages, place or ScanPlace(), lambda back: back_number(sheets, back), kept)

    def scan_into(
        self, device: str, code: str, *, component: int = 0, profile_id: str = "", cancel: Cancel | None = None
    ) -> tuple[Scan, DocumentView | None]:
        """Scan into a dossier: the pages become one document once the scanner has given all of them.

        Raises:
            UserError: as `scan`, ``dossier.unknown_code``, ``document.unknown_component``; ``scan.turns_pile``:
                somebody has to turn the pile over in between; nothing was scanned.
            AppError: as `scan`.
        """
        self._digitising.check_place(code, component)
        if self._profile(profile_id).turns_pile:
            raise UserError("scan.turns_pile")
        place = ScanPlace(code=code, line=component)
        scan = self.scan(device, profile_id=profile_id, place=place, cancel=cancel)
        if scan.error is not None or not scan.pages or (cancel is not None and cancel.is_said):
            return scan, None
        return scan, self._digitising.finish_scan(scan.id, code, component=component)

    def scan_pile(
        self,
        device: str,
        *,
        profile_id: str = "",
        scan_id: str = "",
        cancel: Cancel | None = None,
        kept: Callable[[int], None] = lambda _pages: None,
        routed: Callable[[Digitised], None] = lambda _part: None,
    ) -> tuple[Scan, Digitised]:
        """Scan a pile and separate it by its codes while the feeder runs; `routed` hears of each group that is done.

        Every page is kept before the next is asked for. What could not be settled when the scanner failed or the scan
        was cancelled stays as an interrupted scan, with the slip it belongs to; `PileScans.separate` goes on with it.

        Raises:
            UserError: nobody signed in, ``scan.unknown_device``, ``scan.no_profile``; ``scan.turns_pile``: somebody
                has to turn the pile over in between; nothing was scanned.
            AppError: what the scanner says before its first page.
        """
        profile = self._profile(profile_id)
        if profile.turns_pile:
            raise UserError("scan.turns_pile")
        scan, cancel, arrived = self._digitising.begin_scan(scan_id), cancel or Cancel(), Arrivals()
        done: list[Digitised] = []
        failure: AppError | None = None

        def feed() -> Scan:
            is_whole = False
            try:
                pages = self._pages(device, profile, cancel)
                fed = self._keep(scan, pages, ScanPlace(is_pile=True), lambda place: place, kept, arrived.put)
                is_whole = fed.error is None
            finally:
                arrived.end(is_cut_short=not is_whole)
            return fed

        with ThreadPoolExecutor(1, thread_name_prefix="feeder") as pool:
            feeding = pool.submit(feed)
            try:
                for part in self.piles.iter_separated(
                    arrived, is_stopped=lambda: cancel.is_said, is_cut_short=lambda: arrived.is_cut_short
                ):
                    done.append(part)
                    routed(part)
            except AppError as error:
                failure = error
                cancel.say()
            except BaseException:
                cancel.say()  # the feeder must not go on with nobody behind it
                raise
        fed = feeding.result()
        return Scan(id=scan, pages=fed.pages, error=fed.error or failure), joined(done)

    def rescan_page(self, device: str, document_id: str, number: int, *, cancel: Cancel | None = None) -> DocumentView:
        """Scan one page and put it in the place of a page of a document; the version before stays.

        Raises:
            UserError: what `PageRepairs.replace_page` says; ``scan.feeder_empty`` and what the scanner says.
        """
        self._repairs.check_page(document_id, number)
        scan = self._digitising.begin_scan()
        cancel = cancel or Cancel()
        pages = self._pages(device, self._profile(""), cancel)
        page = next(pages, None)
        cancel.say()
        next(pages, None)
        if page is None:
            raise UserError("document.no_pages")
        kept = self._digitising.tray.capture(scan, page)
        return self._repairs.replace_page(document_id, number, kept)

    def _profile(self, profile_id: str) -> ScanProfile:
        profiles = ScanProfiles(self._settings)
        return profiles.get(profile_id) if profile_id else profiles.chosen()

    def _pages(self, device: str, profile: ScanProfile, cancel: Cancel | None) -> Generator[ScannedPage]:
        return self._at_rest(self._scanners().scan(device, profile, cancel or Cancel()))

    def _at_rest(self, pages: Iterator[ScannedPage]) -> Generator[ScannedPage]:
        with self.button.resting():
            yield from pages

    def _keep(
        self,
        scan: str,
        pages: Generator[ScannedPage],
        place: ScanPlace,
        number: Callable[[int], int],
        kept: Callable[[int], None],
        captured: Callable[[str], None] = lambda _page_id: None,
    ) -> Scan:
        count = 0
        try:
            for page in pages:
                count += 1
                numbered = msgspec.structs.replace(page, number=number(count))
                page_id = self._digitising.tray.capture(
                    scan, numbered, code=place.code, line=place.line, is_pile=place.is_pile
                )
                kept(count)
                captured(page_id)
        except AppError as error:
            if not count:
                raise
            return Scan(id=scan, pages=count, error=error)
        finally:
            pages.close()
            self._digitising.tray.announce()
        return Scan(id=scan, pages=count)
