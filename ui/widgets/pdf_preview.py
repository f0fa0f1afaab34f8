"""Shows a document's pages from memory, page under page."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.page import PageImage
from ui.theme.tokens import SPACE

_STEP = 1.25
_LEAST, _MOST = 0.4, 4.0


class PdfPreview(QScrollArea):
    """Fits the pages' width, up to their own, or shows them larger or smaller than that.

    `zoomed(percent)` says how large, 100 being the width at hand. The pixels stay here while they are shown and are
    written nowhere.
    """

    zoomed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[QImage] = []
        self._labels: list[QLabel] = []
        self._zoom = 1.0
        paper = QWidget()
        self._column = QVBoxLayout(paper)
        self._column.setContentsMargins(SPACE.small, SPACE.small, SPACE.small, SPACE.small)
        self._column.setSpacing(SPACE.small)
        self.setWidget(paper)
        self.setWidgetResizable(True)
        # A bar that came and went would change the width that pages are fitted to, again and again.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    @property
    def page_count(self) -> int:
        """How many pages are shown."""
        return len(self._pages)

    @property
    def zoom_percent(self) -> int:
        """How large the pages are, 100 for the width at hand."""
        return round(self._zoom * 100)

    def show_pages(self, pages: Sequence[PageImage]) -> None:
        """Show the pages of a document in place of the one before; the place that is read stays in sight."""
        place = self.verticalScrollBar().value()
        self._set_count(len(pages))
        self._pages = [_image(page) for page in pages]
        self._fit()
        self.verticalScrollBar().setValue(place)

    def clear(self) -> None:
        """Show nothing and forget the pixels."""
        self._set_count(0)
        self._pages.clear()
        self.verticalScrollBar().setValue(0)

    def zoom_in(self) -> None:
        """Show the pages larger."""
        self._set_zoom(self._zoom * _STEP)

    def zoom_out(self) -> None:
        """Show the pages smaller."""
        self._set_zoom(self._zoom / _STEP)

    def fit_width(self) -> None:
        """Fit the width again."""
        self._set_zoom(1.0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the width anew."""
        super().resizeEvent(event)
        self._fit()

    def _set_count(self, count: int) -> None:
        while len(self._labels) > count:
            label = self._labels.pop()
            self._column.removeWidget(label)
            label.hide()
            label.deleteLater()
        while len(self._labels) < count:
            label = QLabel(self.widget())
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._labels.append(label)
            self._column.addWidget(label)

    def _set_zoom(self, zoom: float) -> None:
        # Steps up and down end where they began, whatever rounding does.
        self._zoom = 1.0 if abs(zoom - 1.0) < 0.05 else min(max(zoom, _LEAST), _MOST)
        self._fit()
        self.zoomed.emit(self.zoom_percent)

    def _fit(self) -> None:
        room = self.viewport().width() - 2 * SPACE.small
        ratio = self.devicePixelRatioF()
        for label, page in zip(self._labels, self._pages, strict=True):
            fitting = min(max(1, round(room * ratio)), page.width())
            width = max(1, round(fitting * self._zoom))
            scaled = QPixmap.fromImage(page.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation))
            scaled.setDevicePixelRatio(ratio)
            label.setPixmap(scaled)


def _image(page: PageImage) -> QImage:
    # A copy: the image does not own the bytes it is made over.
    return QImage(page.grey, page.width, page.height, page.stride_bytes, QImage.Format.Format_Grayscale8).copy()
