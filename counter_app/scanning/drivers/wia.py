"""Scanners of Windows Image Acquisition through its automation objects. Runs in the worker process.

UNVERIFIED ON HARDWARE: written after Microsoft's documentation of WIA 2.0 (property ids of ``wiadef.h``), tested
against objects of our own only.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from counter_app.core.errors import AppError, UserError
from counter_app.core.text import nfc
from counter_app.scanning.choosing import choose_dpi, choose_mode, choose_source, papers_within, usual_within
from counter_app.scanning.driver import (
    USUAL_DPI,
    Cancel,
    Capabilities,
    ColourMode,
    ScannerDevice,
    ScannerState,
    ScanProfile,
    Source,
)
from counter_app.scanning.drivers.bitmap import png_of
from counter_app.scanning.failures import Trouble, failure_of
from counter_app.scanning.scanned import ScannedPage

_SCANNER = 1
_BITMAP = "{B96B3CAB-0728-11D3-9D7B-0000F81EF32E}"
_MM_PER_MIL = 0.0254

# Properties of the device, then of its item; the automation objects take the number as text.
_BED_WIDTH, _BED_HEIGHT, _SHEET_WIDTH, _SHEET_HEIGHT = "3074", "3075", "3076", "3077"
_CAN_HANDLE, _HANDLE, _PAGES = "3086", "3088", "3096"
_DATA_TYPE, _X_DPI, _Y_DPI, _X, _Y, _WIDTH, _HEIGHT = "4103", "6147", "6148", "6149", "6150", "6151", "6152"
_FEEDER, _FLATBED, _DUPLEX = 1, 2, 4
_HANDLINGS = {Source.FLATBED: _FLATBED, Source.FEEDER: _FEEDER, Source.DUPLEX: _FEEDER | _DUPLEX}
_DATA_TYPES = {ColourMode.COLOUR: 3, ColourMode.GREY: 2, ColourMode.BITONAL: 0}
_RANGE, _LIST = 1, 2

# Errors of wiadef.h.
_TROUBLES = {
    0x80210002: Trouble.JAMMED,
    0x80210003: Trouble.FEEDER_EMPTY,
    0x80210004: Trouble.JAMMED,
    0x80210005: Trouble.GONE,
    0x80210006: Trouble.BUSY,
    0x80210007: Trouble.WARMING_UP,
    0x80210009: Trouble.GONE,
    0x8021000A: Trouble.GONE,
    0x8021000D: Trouble.BUSY,
    0x80210015: Trouble.GONE,
    0x80210016: Trouble.COVER_OPEN,
    0x80210020: Trouble.DOUBLE_FEED,
    0x80070005: Trouble.FORBIDDEN,
}


def com_device_manager() -> Any:
    """Return ``WIA.DeviceManager``. Windows only; COM is made ready for the calling thread."""
    from comtypes.client import CreateObject

    with _told():
        return CreateObject("WIA.DeviceManager", dynamic=True)


class WiaDriver:
    """Scanners of WIA. Everything happens in the thread that calls."""

    name = "wia"

    def __init__(self, manager: Callable[[], Any]) -> None:
        self._manager = manager

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return the scanners that WIA lists; cameras are left out."""
        with _told():
            infos = [info for info in _each(self._manager().DeviceInfos) if int(info.Type) == _SCANNER]
            return tuple(
                ScannerDevice(
                    id=f"{self.name}:{info.DeviceID}",
                    name=nfc(str(_value(info, "Name", info.DeviceID))),
                    driver=self.name,
                    state=ScannerState.FOUND,
                )
                for info in infos
            )

    def capabilities(self, device: str) -> Capabilities:
        """Return what the properties of a device say."""
        with _told():
            connected = self._connect(device)
            return _capabilities(connected, _item(connected))

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages as PNG; one transfer each."""
        with _told():
            connected = self._connect(device)
            item = _item(connected)
            dpi = _set_up(connected, item, profile)
        number = 0
        while not cancel.is_said:
            bitmap = _transfer(item, has_pages=number > 0)
            if bitmap is None or cancel.is_said:
                return
            number += 1
            is_back = profile.source is Source.DUPLEX and number % 2 == 0
            yield ScannedPage(picture=png_of(bitmap, dpi), number=number, dpi=dpi, is_back=is_back)
            if profile.source is Source.FLATBED:
                return

    def _connect(self, device: str) -> Any:
        driver, _, native = device.partition(":")
        if driver != self.name or not native:
            raise UserError("scan.unknown_device", device=nfc(device)[:80])
        for info in _each(self._manager().DeviceInfos):
            if str(info.DeviceID) == native:
                return info.Connect()
        raise failure_of(Trouble.GONE)


def _transfer(item: Any, *, has_pages: bool) -> bytes | None:
    """Return the next page as a bitmap, None at the end of the paper."""
    try:
        with _told():
            return bytes(item.Transfer(_BITMAP).FileData.BinaryData)
    except AppError as error:
        if has_pages and error.code == "scan.feeder_empty":
            return None
        raise


def _capabilities(device: Any, item: Any) -> Capabilities:
    able = int(_value(device, _CAN_HANDLE, 0))
    sources = [source for source, bits in _HANDLINGS.items() if able & bits == bits] or [Source.FLATBED]
    width = max(int(_value(device, _BED_WIDTH, 0)), int(_value(device, _SHEET_WIDTH, 0))) * _MM_PER_MIL
    height = max(int(_value(device, _BED_HEIGHT, 0)), int(_value(device, _SHEET_HEIGHT, 0))) * _MM_PER_MIL
    types = _choices(item, _DATA_TYPE)
    return Capabilities(
        sources=tuple(sources),
        modes=tuple(mode for mode, number in _DATA_TYPES.items() if not types or number in types),
        resolutions=_resolutions(item),
        papers=papers_within(width or 210, height or 297),
    )


def _set_up(device: Any, item: Any, profile: ScanProfile) -> int:
    """Set every property of the profile and return the resolution that pages will have."""
    able = _capabilities(device, item)
    source = choose_source(profile.source, able.sources)
    dpi = choose_dpi(profile.dpi, able.resolutions)
    _set(device, _HANDLE, _HANDLINGS[source])
    if source is Source.FEEDER:
        _set(device, _PAGES, 1)
    _set(item, _DATA_TYPE, _DATA_TYPES[choose_mode(profile.mode, able.modes)])
    _set(item, _X_DPI, dpi)
    _set(item, _Y_DPI, dpi)
    _set(item, _X, 0)
    _set(item, _Y, 0)
    for name, length_mm in zip((_WIDTH, _HEIGHT), profile.paper.size_mm, strict=True):
        _set(item, name, round(length_mm / 25.4 * dpi))
    return dpi


def _resolutions(item: Any) -> tuple[int, ...]:
    if not _has(item, _X_DPI):
        return USUAL_DPI
    setting = item.Properties.Item(_X_DPI)
    if int(setting.SubType) == _RANGE:
        return usual_within(int(setting.SubTypeMin), int(setting.SubTypeMax))
    return tuple(sorted(_choices(item, _X_DPI))) or USUAL_DPI


def _choices(owner: Any, name: str) -> set[int]:
    """Return the values that a property may have, none where it does not list them."""
    if not _has(owner, name):
        return set()
    setting = owner.Properties.Item(name)
    return {int(value) for value in _each(setting.SubTypeValues)} if int(setting.SubType) == _LIST else set()


def _set(owner: Any, name: str, value: int) -> None:
    """Set a property where the device has it, within the range that it states."""
    if not _has(owner, name):
        return
    setting = owner.Properties.Item(name)
    if bool(setting.IsReadOnly):
        return
    if int(setting.SubType) == _RANGE:
        value = max(int(setting.SubTypeMin), min(value, int(setting.SubTypeMax)))
    setting.Value = value


def _value(owner: Any, name: str, otherwise: Any) -> Any:
    return owner.Properties.Item(name).Value if _has(owner, name) else otherwise


def _has(owner: Any, name: str) -> bool:
    return bool(owner.Properties.Exists(name))


def _item(device: Any) -> Any:
    if int(device.Items.Count) < 1:
        raise failure_of(Trouble.FAILED, reason="WIA items")
    return device.Items.Item(1)


def _each(collection: Any) -> Iterator[Any]:
    """Yield the members of an automation collection, which count from 1."""
    for index in range(1, int(collection.Count) + 1):
        yield collection.Item(index)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn errors of COM into those of this program."""
    try:
        yield
    except AppError:
        raise
    except Exception as exc:
        number = int(getattr(exc, "hresult", 0) or 0) & 0xFFFFFFFF
        raise failure_of(_TROUBLES.get(number, Trouble.FAILED), reason=f"WIA {number:08X}") from exc
