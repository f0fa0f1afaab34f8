"""TWAIN scanners through pytwain, without the maker's own window. Runs in the worker process: its DLLs crash.

UNVERIFIED ON HARDWARE: written after the TWAIN 2.5 specification and pytwain 2.3, tested against objects of our own
only. A 64-bit program needs ``twaindsm.dll`` and a 64-bit driver of the scanner.
"""

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from counter_app.core.errors import AppError, EnvironmentFailure, UserError
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

# Capabilities, types and values of twain.h.
_XFER_COUNT, _FEEDER_ENABLED, _FEEDER_LOADED, _AUTO_FEED = 0x0001, 0x1002, 0x1003, 0x1007
_INDICATORS, _DUPLEX, _DUPLEX_ENABLED = 0x100B, 0x1012, 0x1013
_PIXEL_TYPE, _PHYSICAL_WIDTH, _PHYSICAL_HEIGHT, _X_RESOLUTION, _Y_RESOLUTION = 0x0101, 0x1111, 0x1112, 0x1118, 0x1119
_INT16, _UINT16, _BOOL, _FIX32 = 1, 4, 6, 7
_PIXEL_TYPES = {ColourMode.COLOUR: 2, ColourMode.GREY: 1, ColourMode.BITONAL: 0}
_MM_PER_INCH = 25.4

_TROUBLES = {
    "PaperJam": Trouble.JAMMED,
    "PaperDoubleFeedError": Trouble.DOUBLE_FEED,
    "CheckDeviceOnlineError": Trouble.GONE,
    "NoDataSourceError": Trouble.GONE,
    "MaxConnectionsError": Trouble.BUSY,
    "DeniedError": Trouble.FORBIDDEN,
}
_NO_MANAGER = ("SMLoadFileFailed", "SMGetProcAddressFailed", "SMOpenFailed")


class TwainLibrary(Protocol):
    """The part of pytwain that is used."""

    def manager(self) -> Any:
        """Return an open source manager."""
        ...

    def bitmap(self, handle: Any) -> bytes:
        """Return the picture behind a handle as BMP, and free the handle."""
        ...


class Pytwain:
    """The real library. Windows only."""

    def manager(self) -> Any:
        """Return a source manager without a parent window."""
        from twain import SourceManager

        return SourceManager(0, ProductName="Quay Mot Cua")

    def bitmap(self, handle: Any) -> bytes:
        """Return the picture behind a handle as BMP, and free the handle."""
        import twain

        try:
            return bytes(twain.dib_to_bm_file(handle))
        finally:
            twain.global_handle_free(handle)


class TwainDriver:
    """Scanners of TWAIN. Everything happens in the thread that calls."""

    name = "twain"

    def __init__(self, library: TwainLibrary) -> None:
        self._library = library

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return the sources that are installed; TWAIN does not tell whether a scanner is plugged in."""
        with _told(), contextlib.closing(self._library.manager()) as manager:
            names = [str(name) for name in manager.source_list]
        return tuple(
            ScannerDevice(id=f"{self.name}:{name}", name=nfc(name), driver=self.name, state=ScannerState.FOUND)
            for name in names
        )

    def capabilities(self, device: str) -> Capabilities:
        """Return what a source says it can."""
        with _told(), self._opened(device) as source:
            return _capabilities(source)

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages as PNG; one native transfer each."""
        with _told(), self._opened(device) as source:
            dpi = _set_up(source, profile)
            if profile.source is not Source.FLATBED and _one(source, _FEEDER_LOADED, otherwise=True) is False:
                raise failure_of(Trouble.FEEDER_EMPTY)
            source.request_acquire(show_ui=False, modal_ui=False)
            source.modal_loop()
            number, more = 0, 1
            while more and not cancel.is_said:
                handle, more = source.xfer_image_natively()
                number += 1
                picture = png_of(self._library.bitmap(handle), dpi)
                is_back = profile.source is Source.DUPLEX and number % 2 == 0
                yield ScannedPage(picture=picture, number=number, dpi=dpi, is_back=is_back)

    @contextlib.contextmanager
    def _opened(self, device: str) -> Iterator[Any]:
        driver, _, native = device.partition(":")
        if driver != self.name or not native:
            raise UserError("scan.unknown_device", device=nfc(device)[:80])
        with contextlib.closing(self._library.manager()) as manager:
            source = manager.open_source(native)
            if source is None:
                raise failure_of(Trouble.GONE)
            with contextlib.closing(source):
                yield source


def _capabilities(source: Any) -> Capabilities:
    sources = [Source.FLATBED]
    if _may_be(source, _FEEDER_ENABLED, wanted=True):
        sources.append(Source.FEEDER)
        if _one(source, _DUPLEX, otherwise=0):
            sources.append(Source.DUPLEX)
    pixel_types = {int(value) for value in _values(source, _PIXEL_TYPE)}
    width = float(_one(source, _PHYSICAL_WIDTH, otherwise=0)) * _MM_PER_INCH
    height = float(_one(source, _PHYSICAL_HEIGHT, otherwise=0)) * _MM_PER_INCH
    return Capabilities(
        sources=tuple(sources),
        modes=tuple(mode for mode, number in _PIXEL_TYPES.items() if not pixel_types or number in pixel_types),
        resolutions=_resolutions(source),
        papers=papers_within(width or 210, height or 297),
    )


def _set_up(source: Any, profile: ScanProfile) -> int:
    """Set the profile and return the resolution that pages will have."""
    able = _capabilities(source)
    chosen = choose_source(profile.source, able.sources)
    dpi = choose_dpi(profile.dpi, able.resolutions)
    is_feeder = chosen is not Source.FLATBED
    if Source.FEEDER in able.sources:
        _set(source, _FEEDER_ENABLED, _BOOL, is_feeder)
    if is_feeder:
        _set(source, _AUTO_FEED, _BOOL, True)  # noqa: FBT003 - a value among others
    if Source.DUPLEX in able.sources:
        _set(source, _DUPLEX_ENABLED, _BOOL, chosen is Source.DUPLEX)
    _set(source, _XFER_COUNT, _INT16, -1 if is_feeder else 1)
    _set(source, _INDICATORS, _BOOL, False)  # noqa: FBT003 - a value among others
    _set(source, _PIXEL_TYPE, _UINT16, _PIXEL_TYPES[choose_mode(profile.mode, able.modes)])
    _set(source, _X_RESOLUTION, _FIX32, float(dpi))
    _set(source, _Y_RESOLUTION, _FIX32, float(dpi))
    width, height = (length / _MM_PER_INCH for length in profile.paper.size_mm)
    with _tolerated():
        source.set_image_layout((0.0, 0.0, width, height))
    return dpi


def _resolutions(source: Any) -> tuple[int, ...]:
    try:
        found = source.get_capability(_X_RESOLUTION)
    except Exception:  # noqa: BLE001 - pytwain raises many kinds for what a source does not have
        return USUAL_DPI
    if isinstance(found, dict):
        return usual_within(int(_number(found["MinValue"])), int(_number(found["MaxValue"])))
    return tuple(sorted({int(_number(value)) for value in _listed(found)} - {0})) or USUAL_DPI


def _values(source: Any, capability: int) -> list[Any]:
    try:
        return _listed(source.get_capability(capability))
    except Exception:  # noqa: BLE001 - as above
        return []


def _listed(found: Any) -> list[Any]:
    """Return the values of a capability: pytwain gives (type, value), (type, values) or (type, (_, _, values))."""
    if not isinstance(found, tuple) or len(found) != 2:
        return []
    inner = found[1]
    if isinstance(inner, tuple) and len(inner) == 3:
        return list(inner[2])
    return list(inner) if isinstance(inner, list) else [inner]


def _one(source: Any, capability: int, *, otherwise: Any) -> Any:
    """Return the present value of a capability."""
    try:
        found = source.get_capability_current(capability)
        return _number(found[1]) if not isinstance(found[1], bool) else found[1]
    except Exception:  # noqa: BLE001 - as above
        return otherwise


def _may_be(source: Any, capability: int, *, wanted: bool) -> bool:
    return any(bool(value) is wanted for value in _values(source, capability))


def _number(value: Any) -> float:
    """Return a number, also of TWAIN's fixed point structure."""
    if hasattr(value, "Whole"):
        return float(value.Whole) + float(value.Frac) / 65_536
    return float(value)


def _set(source: Any, capability: int, kind: int, value: float) -> None:
    with _tolerated():
        source.set_capability(capability, kind, value)


@contextlib.contextmanager
def _tolerated() -> Iterator[None]:
    """Go on when a source does not take a setting: what comes out is seen on the page, and many take all but one."""
    try:
        yield
    except Exception as exc:
        if type(exc).__name__ in _TROUBLES:
            raise


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn errors of pytwain, known by their names, into those of this program."""
    try:
        yield
    except AppError:
        raise
    except Exception as exc:
        name = type(exc).__name__
        if name in _NO_MANAGER:
            raise EnvironmentFailure("scan.no_driver", driver="twain") from exc
        raise failure_of(_TROUBLES.get(name, Trouble.FAILED), reason=name) from exc
