"""How settings name a printer, and the backend that each kind of name opens.

==========================================  ==============================================================
``file:`` or empty                          PDF files in the data folder
``ipp://host/path``, ``ipps://host/path``   a network printer or a CUPS queue (RFC 8011)
``tcp://host:9100?profile=generic-80``      a receipt printer on the network, raw port
``serial:COM3?baud=19200&profile=...``      a receipt printer on a serial port
anything else                               a printer of the operating system by its name
==========================================  ==============================================================
"""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from counter_app.core.errors import UserError
from printing.backends import Backend
from printing.routes import FILES

_RAW_PORT = 9100
_DEFAULT_BAUD = 19_200


def open_backend(address: str, *, files: Path) -> Backend:
    """Return the backend of an address; nothing is connected yet. Safe from any thread.

    Raises:
        UserError: ``print.bad_address``; `printer_profile.unknown` for a profile that does not exist.
    """
    if address in ("", FILES):
        from printing.backends.file import FileBackend

        return FileBackend(files)
    scheme = address.partition(":")[0].lower()
    if scheme in ("ipp", "ipps"):
        return _ipp(address)
    if scheme in ("tcp", "serial"):
        return _receipt_printer(address, scheme)
    from printing.backends.system import system_printer

    return system_printer(address)


def _ipp(address: str) -> Backend:
    from printing.backends.ipp import IppPrinter

    if not urlsplit(address).hostname:
        raise UserError("print.bad_address", printer=address)
    return IppPrinter(address)


def _receipt_printer(address: str, scheme: str) -> Backend:
    from printing.backends.receipt_printer import ReceiptPrinter, serial_stream, tcp_stream
    from printing.profiles import get_profile

    try:
        parts = urlsplit(address)
        options = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        port = parts.port or _RAW_PORT
        baud = int(options.pop("baud", _DEFAULT_BAUD))
    except ValueError as exc:
        raise UserError("print.bad_address", printer=address) from exc
    profile = get_profile(options.pop("profile", "generic-80"))
    if scheme == "tcp" and parts.hostname and not options and not parts.path:
        return ReceiptPrinter(address, tcp_stream(parts.hostname, port), profile)
    if scheme == "serial" and parts.path and not parts.netloc and not options:
        return ReceiptPrinter(address, serial_stream(parts.path, baud), profile)
    raise UserError("print.bad_address", printer=address)
