"""What every scanner driver does, whatever its cable: list its devices, say what one can, give pages one at a time."""

import threading
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from counter_app.scanning.scanned import ScannedPage

LOWEST_DPI = 200
"""Digitised papers have at least 200 dpi (L§1.11)."""

USUAL_DPI = (200, 300, 400, 600)
"""What is offered where a device takes any number within a range."""


SENSORS_S = 10.0
"""So long one look at a device's sensors takes at most; its driver ends it then."""


class Source(StrEnum):
    """Where the paper lies. DUPLEX is the feeder, both sides of each sheet, front first."""

    FLATBED = "flatbed"
    FEEDER = "feeder"
    DUPLEX = "duplex"


class ColourMode(StrEnum):
    """From the one that keeps most to the one that keeps least."""

    COLOUR = "colour"
    GREY = "grey"
    BITONAL = "bitonal"


class PaperSize(StrEnum):
    """Sheets of a Vietnamese office; CARD is an identity card (ISO 7810 ID-1) with a margin."""

    A4 = "a4"
    A5 = "a5"
    A3 = "a3"
    CARD = "card"

    @property
    def size_mm(self) -> tuple[int, int]:
        """Width and height, upright."""
        return _PAPER_MM[self]


_PAPER_MM = {
    PaperSize.A4: (210, 297),
    PaperSize.A5: (148, 210),
    PaperSize.A3: (297, 420),
    PaperSize.CARD: (90, 58),
}


class ScannerState(StrEnum):
    """How a device is. FOUND: it is there, and its driver tells no more before a scan."""

    READY = "ready"
    FOUND = "found"
    BUSY = "busy"
    JAMMED = "jammed"
    COVER_OPEN = "cover_open"
    STOPPED = "stopped"
    GONE = "gone"
    UNTRUSTED = "untrusted"
    """Its https certificate is vouched for by nobody, and the settings do not accept that."""


class ScannerDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A scanner as its driver names it. `id` is ``driver:the driver's own name`` and stays while the device stays."""

    id: str
    name: str
    driver: str
    state: ScannerState


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a device can. Resolutions are in dpi, ascending; where any number will do, the usual ones."""

    sources: tuple[Source, ...]
    modes: tuple[ColourMode, ...]
    resolutions: tuple[int, ...]
    papers: tuple[PaperSize, ...]
    has_button: bool = False
    """Whether the driver tells when the scanner's own button is pressed."""


class ScanProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How to scan. `name` is for people, "" for one that comes with the program and has its name in the texts."""

    id: str
    name: str = ""
    source: Source = Source.FEEDER
    mode: ColourMode = ColourMode.COLOUR
    dpi: int = 300
    paper: PaperSize = PaperSize.A4
    turns_pile: bool = False
    """Both sides on a scanner that sees one: the pile is scanned, turned over by hand, and scanned again."""


class Cancel:
    """One wish to stop, said from any thread. What listens to it is called once, in the thread that cancels."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = threading.Event()
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_said(self) -> bool:
        """Whether somebody wants the scan to stop."""
        return self._said.is_set()

    def say(self) -> None:
        """Stop the scan: its iterator ends without an error after the page in hand, or at once."""
        with self._lock:
            self._said.set()
            listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener()

    def wait(self, seconds: float) -> bool:
        """Wait as long as nobody cancels; whether somebody did."""
        return self._said.wait(seconds)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call this when the scan is cancelled, or now when it was; the returned function takes it away."""
        with self._lock:
            is_late = self._said.is_set()
            if not is_late:
                self._listeners.append(listener)
        if is_late:
            listener()
        return lambda: self._forget(listener)

    def _forget(self, listener: Callable[[], None]) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)


class ScanDriver(Protocol):
    """One way to reach scanners. Every method may take seconds: for a pool thread, never for the window's.

    Every failure is an AppError with a code ``scan.*``; no other exception passes.
    """

    @property
    def name(self) -> str:
        """First part of its devices' ids: ``sane``, ``escl``, ``wia``, ``twain``."""
        ...

    def list_devices(self) -> tuple[ScannerDevice, ...]:
        """Return the scanners that are there now; none is no failure."""
        ...

    def capabilities(self, device: str) -> Capabilities:
        """Return what a device (its id) can."""
        ...

    def scan(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield pages in the order of the paper; the next one is asked of the device only when it is asked for here.

        So whoever keeps a page before asking for the next loses none, whatever happens to the driver. Ends without an
        error when the paper is through or the scan was cancelled; closing the iterator cancels too. Raises with
        the pages already given untouched: ``scan.feeder_empty`` when not one page came, ``scan.jammed``,
        ``scan.cover_open``, ``scan.busy``, ``scan.gone``, ``scan.failed`` and others of `scanning.failures`.
        """
        ...


@runtime_checkable
class ButtonDriver(ScanDriver, Protocol):
    """A driver whose scanners may tell of their own button."""

    def feel_button(self, device: str, cancel: Cancel) -> Iterator[bool]:
        """Yield, each time it is asked, whether a scan button is down or was since it was asked before.

        The device is open only until the answer is there, so that others may use it in between. Ends without an error
        when cancelled, not before an answer under way is there. Raises ``scan.no_button`` where the device tells of
        none, ``scan.busy`` where another program has it, and others of `scanning.failures`.
        """
        ...


@runtime_checkable
class LiveDriver(ScanDriver, Protocol):
    """A driver of cameras."""

    def watch(self, device: str, profile: ScanProfile, cancel: Cancel) -> Iterator[ScannedPage]:
        """Yield what the camera sees, a picture each time one is asked for, until cancelled; raises as `scan`."""
        ...
