"""Shows a PDF from memory. Qt's PDF module is loaded with the first preview, not with the window."""

from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtWidgets import QVBoxLayout, QWidget


class PdfPreview(QWidget):
    """Fits the page's width. The bytes stay here as long as they are shown and are written nowhere."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._buffer: QBuffer | None = None
        self._document: Any = None
        self._view: Any = None

    @property
    def page_count(self) -> int:
        """How many pages are shown; 0 for nothing or an unreadable file."""
        return 0 if self._document is None else int(self._document.pageCount())

    def show_pdf(self, data: bytes) -> None:
        """Show a document in place of the one before."""
        if self._view is None:
            self._build()
        self._document.close()
        self._buffer = QBuffer(self)
        self._buffer.setData(QByteArray(data))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._document.load(self._buffer)

    def clear(self) -> None:
        """Show nothing and forget the bytes."""
        if self._document is not None:
            self._document.close()
        self._buffer = None

    def _build(self) -> None:
        from PySide6.QtPdf import QPdfDocument
        from PySide6.QtPdfWidgets import QPdfView

        self._document = QPdfDocument(self)
        self._view = QPdfView(self)
        self._view.setDocument(self._document)
        self._view.setPageMode(QPdfView.PageMode.MultiPage)
        self._view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self._view.setAccessibleName(self.accessibleName())
        self._column.addWidget(self._view)
