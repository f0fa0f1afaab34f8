"""The drivers that run native code, and on which system each can be."""

import sys
from collections.abc import Callable

from counter_app.scanning.driver import ScanDriver
from counter_app.scanning.worker.serving import Makers


def native_drivers() -> Makers:
    """Return how the native drivers of this machine are made; none is loaded by asking."""
    from counter_app.scanning.drivers.sane import SaneDriver, find_scanimage

    found: dict[str, Callable[[], ScanDriver]] = {}
    if sys.platform == "win32":
        found["wia"] = _wia
        found["twain"] = _twain
    program = find_scanimage()
    if program is not None:
        found["sane"] = lambda: SaneDriver(program)
    return found


def _wia() -> ScanDriver:
    from counter_app.scanning.drivers.wia import WiaDriver, com_device_manager

    return WiaDriver(com_device_manager)


def _twain() -> ScanDriver:
    from counter_app.scanning.drivers.twain import TwainDriver, source_manager

    return TwainDriver(source_manager)
