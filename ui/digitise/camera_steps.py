"""A camera at the page: its picture is live, a key keeps the page in front of it, another makes the document."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from counter_app.services.answers.documents import DocumentView, Scan, ScanPlace
from counter_app.services.scanning import Cancel, PagePicture
from ui.tasks import Progress

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

Photographed = tuple[Scan, DocumentView | None]


class CameraSteps(QObject):
    """`take` and `finish` count while the camera is open."""

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._page = page
        self._cancel: Cancel | None = None
        self._wants, self._makes = Event(), Event()
        self._picture: QImage | None = None

    @property
    def is_live(self) -> bool:
        """Whether the camera is open."""
        return self._cancel is not None

    def start(
        self,
        device: str,
        scan: str,
        place: ScanPlace,
        cancel: Cancel,
        *,
        done: Callable[[Photographed], None],
        failed: Callable[[], None],
    ) -> None:
        """Open the camera for a scan of this name; what it gave is handed to `done` once it is closed."""
        self._cancel = cancel
        self._wants.clear()
        self._makes.clear()
        counter = self._page.context.counter

        def work(progress: Progress) -> Photographed:
            def show(picture: PagePicture, pages: int) -> None:
                self._picture = image_of(picture)
                progress.report(pages, 0)

            counter.digitising.check_place(place.code, place.line)
            taken = counter.scanning.watch(
                device, place=place, scan_id=scan, shown=show, wants=self._is_wanted, cancel=cancel
            )
            if not taken.pages or not self._makes.is_set():
                return taken, None
            return taken, counter.digitising.finish_scan(
                scan, place.code, component=place.line, progressed=progress.report
            )

        def end(photographed: Photographed) -> None:
            self._close()
            done(photographed)

        def fail() -> None:
            self._close()
            failed()

        self._page.lists.show_notice(self._page.words("digitise.camera.live"))
        self._page.run_long(work, end, failed=fail, progressed=self._on_picture)

    def take(self) -> None:
        """Keep the page in front of the camera."""
        self._wants.set()

    def finish(self) -> None:
        """Close the camera and make a document of the pages kept."""
        self._makes.set()
        if self._cancel is not None:
            self._cancel.say()

    def _is_wanted(self) -> bool:
        was = self._wants.is_set()
        self._wants.clear()
        return was

    def _on_picture(self, _pages: int, _total: int) -> None:
        # Where pictures come faster than they are painted, the ones between are left out.
        picture, self._picture = self._picture, None
        if picture is not None:
            self._page.show_live(picture)

    def _close(self) -> None:
        self._cancel = None
        self._page.lists.show_notice("")


def image_of(picture: PagePicture) -> QImage:
    """Return a picture as Qt has it. Any thread."""
    shape = (picture.width, picture.height, picture.stride_bytes)
    # A copy: the image does not own the bytes it is made over.
    return QImage(picture.rgb, *shape, QImage.Format.Format_RGB888).copy()
