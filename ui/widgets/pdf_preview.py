"""Shows a PDF from memory, page under page."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from ui.page import PageImage
from ui.theme.tokens import SPACE


class PdfPreview(QScrollArea):
    """Fits the pages' width, up to their own. The pixels stay here while they are shown and are written nowhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: list[QPixmap] = []
        self._labels: list[QLabel] = []
        paper = QWidget()
        self._column = QVBoxLayout(paper)
        self._column.setContentsMargins(SPACE.small, SPACE.small, SPACE.small, SPACE.small)
        self._column.setSpacing(SPACE.small)
        self.setWidget(paper)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @property
    def page_count(self) -> int:
        """How many pages are shown."""
        return len(self._pages)

    def show_pages(self, pages: Sequence[PageImage]) -> None:
        """Show the pages of a document in place of the one before."""
        self.clear()
        self._pages = [QPixmap.fromImage(_image(page)) for page in pages]
        for _page in self._pages:
            label = QLabel(self.widget())
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._labels.append(label)
            self._column.addWidget(label)
        self._fit()
        self.verticalScrollBar().setValue(0)

    def clear(self) -> None:
        """Show nothing and forget the pixels."""
        for label in self._labels:
            self._column.removeWidget(label)
            label.deleteLater()
        self._labels.clear()
        self._pages.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the width anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.viewport().width() - 2 * SPACE.small
        ratio = self.devicePixelRatioF()
        for label, page in zip(self._labels, self._pages, strict=True):
            width = min(max(1, round(room * ratio)), page.width())
            scaled = page.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)
            scaled.setDevicePixelRatio(ratio)
            label.setPixmap(scaled)


def _image(page: PageImage) -> QImage:
    return QImage(page.grey, page.width, page.height, page.stride_bytes, QImage.Format.Format_Grayscale8)
