"""Pictures of a document's pages, drawn in the pool when somebody looks, and a bounded number of them kept."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from counter_app.services.digitising import Digitising
from counter_app.services.scanning import PagePicture
from ui.digitise.camera_steps import image_of
from ui.tasks import Tasks, Where

_MOST_WISHES = 24
# A few large pages and all the small ones of a strip: leafing through hundreds of pages must not fill a 4 GB desk.
_MOST_BYTES = 20 * 1024 * 1024
Key = tuple[str, str, int, int]
"""Document, content, page and longest side; of a page that waits its id, "", page and longest side."""


class DrawsWaiting(Protocol):
    """Draws pages that belong to no document yet, by their id. Slow: from the pool."""

    def draw_waiting(self, page_id: str, *, longest: int) -> PagePicture:
        """Return a page as pixels, its longer side `longest`."""
        ...


class Pictures(QObject):
    """`drawn(page, longest)` when a picture that was asked for is there. UI thread.

    Only the newest wishes are drawn: whoever scrolls past hundreds of pages waits for the ones in sight.
    """

    drawn = Signal(int, int)

    def __init__(self, digitising: DrawsWaiting, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._digitising = digitising
        self._tasks = tasks
        self._kept: OrderedDict[Key, QImage] = OrderedDict()
        self._wanted: OrderedDict[Key, int | None] = OrderedDict()
        self._under_way = False
        self._bytes = 0
        self._document = ""
        self._content = ""
        self._version: int | None = None
        self._waiting: tuple[str, ...] = ()

    def choose(self, document_id: str, content: str, version: int | None) -> None:
        """From now on give pages of this file; what was wanted of another is forgotten. "" for none."""
        self._document, self._content, self._version, self._waiting = document_id, content, version, ()
        self._wanted.clear()

    def choose_waiting(self, page_ids: Sequence[str]) -> None:
        """From now on give pages that wait; what was wanted of these stays wanted."""
        if not self._waiting or self._waiting != tuple(page_ids)[: len(self._waiting)]:
            self.choose("", "", None)
        self._waiting = tuple(page_ids)

    def find(self, page: int, longest: int) -> QImage | None:
        """Return a page's picture; None while it is being drawn."""
        key = self._key(page, longest)
        picture = self._kept.get(key)
        if picture is not None:
            self._kept.move_to_end(key)
            return picture
        if key[0]:
            self._wanted[key] = self._version
            self._wanted.move_to_end(key)
            while len(self._wanted) > _MOST_WISHES:
                self._wanted.popitem(last=False)
            self._draw_next()
        return None

    def _key(self, page: int, longest: int) -> Key:
        if not self._waiting:
            return (self._document, self._content, page, longest)
        return (self._waiting[page - 1] if page <= len(self._waiting) else "", "", page, longest)

    def _draw_next(self) -> None:
        if self._under_way or not self._wanted:
            return
        key, version = self._wanted.popitem()
        if key in self._kept:
            self._draw_next()
            return
        document, content, page, longest = key
        self._under_way = True

        source = self._digitising

        def work() -> QImage:
            if content and isinstance(source, Digitising):
                return image_of(source.draw_page(document, page, longest=longest, version=version))
            return image_of(source.draw_waiting(document, longest=longest))

        self._tasks.run(
            work,
            owner=self,
            done=lambda picture: self._keep(key, picture),
            failed=lambda _error: self._go_on(),
            where=Where.POOL,
            name="digitise.draw",
        )

    def _keep(self, key: Key, picture: QImage) -> None:
        self._kept[key] = picture
        self._bytes += picture.sizeInBytes()
        while self._bytes > _MOST_BYTES and len(self._kept) > 1:
            _old, dropped = self._kept.popitem(last=False)
            self._bytes -= dropped.sizeInBytes()
        if key == self._key(key[2], key[3]):
            self.drawn.emit(key[2], key[3])
        self._go_on()

    def _go_on(self) -> None:
        self._under_way = False
        self._draw_next()
