"""The drivers that run native code, and on which system each can be."""

import sys
from collections.abc import Callable

from counter_app.scanning.driver import ScanDriver
from counter_app.scanning.drivers.camera import LINUX_CAMERAS, CameraDriver
from counter_app.scanning.drivers.sane import SaneDriver, find_scanimage


def native_names() -> tuple[str, ...]:
    """Return the native drivers that this machine can have; none is loaded by asking."""
    if sys.platform == "win32":
        return ("wia", "twain", "camera")
    sane = ("sane",) if find_scanimage() is not None else ()
    return (*sane, "camera") if LINUX_CAMERAS.is_dir() else sane


def native_drivers() -> dict[str, Callable[[], ScanDriver]]:
    """Return how each of them is made."""
    makers = {"wia": _wia, "twain": _twain, "sane": _sane, "camera": CameraDriver}
    return {name: makers[name] for name in native_names()}


def _sane() -> ScanDriver:
    return SaneDriver(find_scanimage() or "scanimage")


def _wia() -> ScanDriver:
    from counter_app.scanning.drivers.wia import WiaDriver, com_device_manager

    return WiaDriver(com_device_manager)


def _twain() -> ScanDriver:
    from counter_app.scanning.drivers.twain import Pytwain, TwainDriver

    return TwainDriver(Pytwain())
