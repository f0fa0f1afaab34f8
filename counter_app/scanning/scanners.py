"""All scanners of this machine, whatever their driver: one list, and the right driver for an id."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from counter_app.core.errors import AppError, UserError
from counter_app.core.text import nfc
from counter_app.scanning.driver import (
    ButtonDriver,
    Cancel,
    Capabilities,
    LiveDriver,
    ScanDriver,
    ScannerDevice,
    ScanProfile,
)
from counter_app.scanning.drivers.folder import DRIVER as FOLDER
from counter_app.scanning.drivers.folder import WatchedFolder
from counter_app.scanning.scanned import ScannedPage
from counter_app.settings.settings import Settings

if TYPE_CHECKING:
    from counter_app.scanning.drivers.escl import EsclDriver


class DriverReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a driver's listing went: `error` is what it raised, None when all is well."""

    driver: str
    error: AppError | None = None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. One driver that fails never hides the scanners of the others."""

    devices: tuple[ScannerDevice, ...]
    reports: tuple[DriverReport, ...]


class Scanners:
    """The drivers of this machine. Safe from any thread; every method may take seconds."""

    def __init__(self, drivers: Mapping[str, ScanDriver], *, folder: Path | None = None) -> None:
        self._drivers = dict(drivers)
        self._folder = folder

    def list_devices(self) -> Listing:
        """Ask all drivers at the same time."""
        with ThreadPoolExecutor(max(1, len(self._drivers)), thread_name_prefix="scanners") as asking:
            answers = list(asking.map(_list_one, self._drivers.values()))
        devices = [device for found, _ in answers for device in found]
        reports = [report for _, report in answers]
        if self._folder is not None:
            devices.append(WatchedFolder(self._folder).describe())
            reports.append(DriverReport(driver=FOLDER))
        return Listing(devices=tuple(devices), reports=tuple(reports))

    def capabilities(self, device: str) -> Capabilities:
        """Return what a scanner can.

        Raises:
            AppError: ``scan.unknown_device``, ``scan.no_driver``, and those of the driver.
        """
        return self._driver(device).capabilities(device)

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield the pages of a scan as `ScanDriver.scan` promises.

        Raises:
            AppError: ``scan.unknown_device``, ``scan.no_driver``, and those of the driver.
        """
        return self._driver(device).scan(device, profile, cancel)

    def watch(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield what a camera sees until cancelled, as `LiveDriver.watch` promises.

        Raises:
            AppError: ``scan.unknown_device``, ``scan.no_driver``, and those of the driver.
        """
        driver = self._driver(device)
        if not isinstance(driver, LiveDriver):
            raise UserError("scan.unknown_device", device=nfc(device)[:80])
        return driver.watch(device, profile, cancel)

    def feel_button(self, device: str, cancel: Cancel) -> Iterator[bool]:
        """Yield whether a scanner's own button is down, as `ButtonDriver.feel_button` promises.

        Raises:
            AppError: ``scan.unknown_device``, ``scan.no_driver``, ``scan.no_button``, and those of the driver.
        """
        driver = self._driver(device)
        if not isinstance(driver, ButtonDriver):
            raise UserError("scan.no_button")
        return driver.feel_button(device, cancel)

    def watched_folder(self, device: str) -> WatchedFolder:
        """Return the watched folder whose id this is; it gives files instead of pages.

        Raises:
            UserError: ``scan.unknown_device``.
        """
        if self._folder is None or device != f"{FOLDER}:{self._folder}":
            raise UserError("scan.unknown_device", device=nfc(device)[:80])
        return WatchedFolder(self._folder)

    def _driver(self, device: str) -> ScanDriver:
        name, colon, native = device.partition(":")
        if not colon or not native or name == FOLDER:
            raise UserError("scan.unknown_device", device=nfc(device)[:80])
        driver = self._drivers.get(name)
        if driver is None:
            raise UserError("scan.no_driver", driver=nfc(name)[:40])
        return driver


def _list_one(driver: ScanDriver) -> tuple[tuple[ScannerDevice, ...], DriverReport]:
    try:
        return driver.list_devices(), DriverReport(driver=driver.name)
    except AppError as error:
        return (), DriverReport(driver=driver.name, error=error)


def build_scanners(settings: Settings) -> Scanners:
    """Return the scanners of this machine as the settings say; nothing is loaded or searched yet.

    Native drivers run in the worker process, network scanners in this one.
    """
    from counter_app.scanning.worker.client import WorkerDriver
    from counter_app.scanning.worker.native import native_names

    drivers: dict[str, ScanDriver] = {name: WorkerDriver(name) for name in native_names()}
    drivers["escl"] = _escl(settings)
    folder = settings.get("scan.folder")
    return Scanners(drivers, folder=Path(folder) if folder else None)


def _escl(settings: Settings) -> "EsclDriver":
    from counter_app.scanning.drivers.escl import EsclDriver

    accepts = bool(settings.get("scan.network.self_signed"))
    return EsclDriver(
        addresses=settings.get("scan.network.scanners").split(),
        find=_finder(prefers_secure=accepts) if settings.get("scan.network.search") else tuple,
        accepts_self_signed=accepts,
    )


def _finder(*, prefers_secure: bool) -> Callable[[], tuple[str, ...]]:
    def find() -> tuple[str, ...]:
        from counter_app.scanning.discovery import find_scanners

        return find_scanners(prefers_secure=prefers_secure)

    return find
