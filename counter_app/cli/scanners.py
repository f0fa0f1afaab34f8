"""Scanners of this machine: what is there, through which driver, and how it is. No store is opened for it."""

from typing import Any

from counter_app.cli.output import Output
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.scanning.driver import ScannerDevice, ScannerState
from counter_app.scanning.profiles import ScanProfiles
from counter_app.scanning.scanners import DriverReport, Listing, build_scanners
from counter_app.services.diagnostics import CheckState
from counter_app.services.sentences import sentence
from counter_app.settings.settings import Settings, open_settings

_USABLE = (ScannerState.READY, ScannerState.FOUND)


def list_scanners(folder: DataFolder, output: Output) -> None:
    """Answer with every scanner, how each driver's search went, and the scan profiles."""
    settings = open_settings(folder)
    listing = build_scanners(settings).list_devices()
    devices = [_device(device, output) for device in listing.devices]
    document = {
        "devices": devices,
        "drivers": [_driver(report, output) for report in listing.reports],
        "profiles": _profiles(settings, output),
    }
    lines = [f"{entry['id']}  {entry['name']}  {entry['words']}" for entry in devices]
    output.answer(document, *(lines or [output.words("scan.list.none")]), *_problems(listing, output))


def examine_scanners(folder: DataFolder, output: Output) -> list[dict[str, str]]:
    """Return the doctor's lines about scanners; a desk without one is fine.

    A kind of scanner that cannot be used here is a fault only where the desk's own scanner is of that kind: a fresh
    Windows has no TWAIN, and a desk that scans nothing loses nothing by it.
    """
    settings = open_settings(folder)
    listing = build_scanners(settings).list_devices()
    own = str(settings.get("scan.device")).partition(":")[0]
    found = [
        _finding(
            CheckState.FAILED if report.driver == own else CheckState.WARNING, sentence(report.error, output.language)
        )
        for report in listing.reports
        if report.error is not None
    ]
    for device in listing.devices:
        state = CheckState.OK if device.state in _USABLE else CheckState.WARNING
        said = output.words(
            "doctor.scanner",
            name=device.name,
            driver=_driver_words(device.driver, output),
            how=output.words(f"scan.state.{device.state.value}"),
        )
        found.append(_finding(state, said))
    return found or [_finding(CheckState.OK, output.words("doctor.scanners_none"))]


def _finding(state: CheckState, said: str) -> dict[str, str]:
    return {"name": "scanner", "state": state.value, "sentence": said}


def _device(device: ScannerDevice, output: Output) -> dict[str, Any]:
    return {
        "id": device.id,
        "name": device.name,
        "driver": device.driver,
        "state": device.state.value,
        "words": output.words(f"scan.state.{device.state.value}"),
    }


def _driver(report: DriverReport, output: Output) -> dict[str, Any]:
    return {
        "driver": report.driver,
        "name": _driver_words(report.driver, output),
        "error": report.error.code if report.error is not None else None,
        "words": _words(report.error, output),
    }


def _words(error: AppError | None, output: Output) -> str | None:
    return sentence(error, output.language) if error is not None else None


def _driver_words(driver: str, output: Output) -> str:
    return output.words(f"scan.driver.{driver}")


def _profiles(settings: Settings, output: Output) -> list[dict[str, Any]]:
    profiles = ScanProfiles(settings)
    chosen = profiles.chosen().id
    return [
        {
            "id": profile.id,
            "name": profile.name or output.words(f"scan.profile.{profile.id}"),
            "source": profile.source.value,
            "mode": profile.mode.value,
            "dpi": profile.dpi,
            "paper": profile.paper.value,
            "chosen": profile.id == chosen,
        }
        for profile in profiles.list_all()
    ]


def _problems(listing: Listing, output: Output) -> list[str]:
    return [sentence(report.error, output.language) for report in listing.reports if report.error is not None]
