"""The printers of the operating system by their names, each through the way that tells most about it."""

import sys

from printing.backends import Backend


def list_system_printers() -> tuple[str, ...]:
    """Return the names of the printers, the system's default first. A QGuiApplication must exist."""
    from PySide6.QtPrintSupport import QPrinterInfo

    default = QPrinterInfo.defaultPrinterName()
    names = sorted(set(QPrinterInfo.availablePrinterNames()))
    return tuple(sorted(names, key=lambda name: name != default))


def system_printer(name: str) -> Backend:
    """Return the way to a printer of the system; asks the print server, so it may take up to two seconds.

    Where CUPS answers and has the queue, IPP follows each job to the paper. Elsewhere, and always on Windows, Qt hands
    the pages to the spooler; a printer that is not there shows when something is sent.
    """
    if sys.platform != "win32":
        from printing.backends.ipp import find_cups_printer

        queue = find_cups_printer(name)
        if queue is not None:
            return queue
    from printing.backends.qt_spooler import QtSpooler

    return QtSpooler(name)
