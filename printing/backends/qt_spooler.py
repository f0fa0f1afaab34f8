"""The operating system's printers through Qt: Windows spooler, CUPS.

The pages are drawn at 300 dpi, so every driver prints what the preview shows. QPrinter may be painted on outside the
window's thread (https://doc.qt.io/qt-6/threads-modules.html, "Painting in Threads"); a QGuiApplication must exist.
"""

import itertools
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from counter_app.core.errors import EnvironmentFailure
from printing.backends import PrintInterrupted, Ticket
from printing.renderers.raster import RasterPage, iter_pages

_DPI = 300


def list_system_printers() -> tuple[str, ...]:
    """Return the names of the printers, the system's default first."""
    default = QPrinterInfo.defaultPrinterName()
    names = sorted(QPrinterInfo.availablePrinterNames())
    return tuple(sorted(names, key=lambda name: name != default))


class QtSpooler:
    """One printer by name; with `to_file` Qt writes a PDF there instead, as a printer driver would."""

    def __init__(self, printer: str, *, to_file: Path | None = None) -> None:
        self._name = printer
        self._to_file = to_file

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        """Draw every page onto the printer and return its name.

        Raises:
            EnvironmentFailure: ``print.printer_missing`` or ``print.printer_unavailable``; nothing was printed.
            PrintInterrupted: the printer gave up in the middle.
        """
        pages = iter_pages(pdf, dpi=_DPI)
        first = next(pages)
        printer = self._printer(QSizeF(first.width_points, first.height_points), ticket)
        self._print(itertools.chain((first,), pages), printer)
        return self._name

    def _printer(self, points: QSizeF, ticket: Ticket) -> QPrinter:
        if self._to_file is None and QPrinterInfo.printerInfo(self._name).isNull():
            raise EnvironmentFailure("print.printer_missing", retryable=True, printer=self._name)
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if self._to_file is None:
            printer.setPrinterName(self._name)
        else:
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(str(self._to_file))
        printer.setDocName(ticket.document_name)
        printer.setCreator("Quầy Một Cửa")
        printer.setResolution(_DPI)
        size = QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
        printer.setFullPage(True)
        printer.setPageSize(size)
        printer.setPageOrientation(QPageLayout.Orientation.Portrait)
        printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
        return printer

    def _print(self, pages: Iterable[RasterPage], printer: QPrinter) -> None:
        painter = QPainter()
        if not painter.begin(printer):
            raise EnvironmentFailure("print.printer_unavailable", retryable=True, printer=self._name)
        try:
            for number, page in enumerate(pages):
                if number and not printer.newPage():
                    printer.abort()
                    raise PrintInterrupted(self._name)
                _draw(painter, page, printer.resolution())
        finally:
            ended = painter.end()
        if not ended or printer.printerState() in (QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted):
            raise PrintInterrupted(self._name)


def _draw(painter: QPainter, page: RasterPage, resolution: int) -> None:
    image = QImage(page.grey, page.width, page.height, page.stride_bytes, QImage.Format.Format_Grayscale8)
    place = QRectF(0, 0, page.width_points * resolution / 72, page.height_points * resolution / 72)
    painter.drawImage(place, image)
