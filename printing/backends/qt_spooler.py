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
from counter_app.services.answers.printing import Condition, PrinterState, PrinterStatus
from printing.backends import Language, PrintCancelled, PrinterNotReady, PrintInterrupted, Ticket, Watch
from printing.renderers.raster import RasterPage, iter_pages

_DPI = 300
_NO_MARGINS = QMarginsF(0, 0, 0, 0)
_STATES = {
    QPrinter.PrinterState.Idle: PrinterState.READY,
    QPrinter.PrinterState.Active: PrinterState.BUSY,
    QPrinter.PrinterState.Aborted: PrinterState.STOPPED,
    QPrinter.PrinterState.Error: PrinterState.STOPPED,
}


class QtSpooler:
    """One printer by name; with `to_file` Qt writes a PDF there instead, as a printer driver would.

    "Printed" means here that the system's spooler took every page. Windows tells a program no more than that: a printer
    that runs out of paper afterwards is a matter between the clerk and the printer's own message.
    """

    language = Language.PDF

    def __init__(self, printer: str, *, to_file: Path | None = None) -> None:
        self._name = printer
        self._to_file = to_file

    def status(self) -> PrinterStatus:
        """Return what the system knows of the printer. Never raises."""
        info = QPrinterInfo.printerInfo(self._name)
        if self._to_file is not None:
            return self._status(PrinterState.READY)
        if info.isNull():
            return self._status(PrinterState.MISSING)
        state = _STATES.get(info.state(), PrinterState.UNKNOWN)
        return self._status(state, *([Condition.FAULT] if state is PrinterState.STOPPED else []))

    def send(self, content: bytes, ticket: Ticket, watch: Watch) -> str:
        """Draw every page onto the printer, each on paper of its size, and return the printer's name.

        Raises:
            PrinterNotReady: the system says that the printer stands still or is in error; nothing was sent.
            EnvironmentFailure: ``print.printer_missing`` or ``print.printer_unavailable``; nothing was printed.
            PrintCancelled: the watch asked for it before the first page.
            PrintInterrupted: the printer gave up in the middle, or was stopped there.
        """
        pages = iter_pages(content, dpi=_DPI)
        first = next(pages)
        self._check_ready()
        if watch.is_cancelled():
            raise PrintCancelled(self._name)
        printer = self._printer(first, ticket)
        self._print(itertools.chain((first,), pages), printer, watch)
        return self._name

    def _status(self, state: PrinterState, *conditions: Condition) -> PrinterStatus:
        return PrinterStatus(address=self._name, name=self._name, state=state, conditions=conditions)

    def _check_ready(self) -> None:
        status = self.status()
        if status.state is PrinterState.MISSING:
            raise EnvironmentFailure("print.printer_missing", retryable=True, printer=self._name)
        if not status.can_print:
            raise PrinterNotReady(status)

    def _printer(self, first: RasterPage, ticket: Ticket) -> QPrinter:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        if self._to_file is None:
            printer.setPrinterName(self._name)
        else:
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(str(self._to_file))
        printer.setDocName(ticket.document_name)
        printer.setCreator("Quầy Một Cửa")
        printer.setResolution(_DPI)
        printer.setFullPage(True)
        printer.setPageLayout(_layout(first))
        return printer

    def _print(self, pages: Iterable[RasterPage], printer: QPrinter, watch: Watch) -> None:
        painter = QPainter()
        if not painter.begin(printer):
            raise EnvironmentFailure("print.printer_unavailable", retryable=True, printer=self._name)
        try:
            for number, page in enumerate(pages):
                if number and not self._turn_page(printer, page, watch):
                    printer.abort()
                    raise PrintInterrupted(self._name)
                _draw(painter, page, printer.resolution())
        finally:
            ended = painter.end()
        if not ended or printer.printerState() in (QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted):
            raise PrintInterrupted(self._name)

    def _turn_page(self, printer: QPrinter, page: RasterPage, watch: Watch) -> bool:
        # The layout set before a page is turned is that of the new page (QPrinter::newPage).
        printer.setPageLayout(_layout(page))
        return not watch.is_cancelled() and printer.newPage()


def _layout(page: RasterPage) -> QPageLayout:
    """Return the sheet for a page: a landscape A4 page is an A4 sheet turned, a wide label is a wide label."""
    points = QSizeF(page.width_points, page.height_points)
    upright = QPageSize(QSizeF(min(points.toTuple()), max(points.toTuple())), QPageSize.Unit.Point, "", _FUZZY)
    if points.width() > points.height() and upright.id() is not QPageSize.PageSizeId.Custom:
        return QPageLayout(upright, QPageLayout.Orientation.Landscape, _NO_MARGINS)
    size = QPageSize(points, QPageSize.Unit.Point, "", _FUZZY)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, _NO_MARGINS)


_FUZZY = QPageSize.SizeMatchPolicy.FuzzyMatch


def _draw(painter: QPainter, page: RasterPage, resolution: int) -> None:
    image = QImage(page.grey, page.width, page.height, page.stride_bytes, QImage.Format.Format_Grayscale8)
    place = QRectF(0, 0, page.width_points * resolution / 72, page.height_points * resolution / 72)
    painter.drawImage(place, image)
