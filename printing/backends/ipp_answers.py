"""What printers say over IPP, in our words: states, reasons, sheets. Knows no line and no library.

Sources: RFC 8011 (IPP/1.1: printer-state-reasons 5.4.12, job-state 5.3.7, job-state-reasons 5.3.8), PWG 5101.1
(self-describing names of media), RFC 8010 (numbers of operations), CUPS's own operations
(https://www.cups.org/doc/spec-ipp.html).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import BLOCKING, Condition, PrinterState

#: One group of attributes of an answer, by name: a value, or a list of several.
Attributes = Mapping[str, Any]


class Operation(IntEnum):
    """The operations that are asked for."""

    PRINT_JOB = 0x0002
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_PRINTER_ATTRIBUTES = 0x000B


class Status(IntEnum):
    """The refusals that mean something of their own (RFC 8011 B.1)."""

    BAD_REQUEST = 0x0400
    FORBIDDEN = 0x0401
    NOT_FOUND = 0x0406
    GONE = 0x0407
    FORMAT_NOT_SUPPORTED = 0x040A
    OPERATION_NOT_SUPPORTED = 0x0501
    SERVICE_UNAVAILABLE = 0x0502
    VERSION_NOT_SUPPORTED = 0x0503
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


class NoAnswer(Exception):  # noqa: N818 - names what happened on the line
    """Nothing came back in time, or nothing that can be read.

    `taken`: the question may have arrived. `garbled`: something came back, but no answer of a printer.
    """

    def __init__(self, *, taken: bool, garbled: bool = False) -> None:
        super().__init__("no answer")
        self.taken = taken
        self.garbled = garbled


class Refused(Exception):  # noqa: N818 - names what happened on the line
    """The printer understood the question and said no."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status:#06x}")
        self.status = status

    @property
    def nothing_taken(self) -> bool:
        """Whether a document sent with the question was surely not printed.

        A client error is found before a job exists; of the server errors only these name such a moment.
        """
        before_any_job = (
            Status.OPERATION_NOT_SUPPORTED,
            Status.SERVICE_UNAVAILABLE,
            Status.VERSION_NOT_SUPPORTED,
            Status.NOT_ACCEPTING_JOBS,
            Status.BUSY,
        )
        return self.status < 0x0500 or self.status in before_any_job


class JobState(IntEnum):
    """Where a job is at the printer."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


_CONDITIONS = {
    "media-empty": Condition.PAPER_OUT,
    "media-needed": Condition.PAPER_OUT,
    "input-tray-missing": Condition.PAPER_OUT,
    "media-low": Condition.PAPER_LOW,
    "cover-open": Condition.COVER_OPEN,
    "door-open": Condition.COVER_OPEN,
    "interlock-open": Condition.COVER_OPEN,
    "media-jam": Condition.JAM,
    "marker-supply-empty": Condition.INK_OUT,
    "toner-empty": Condition.INK_OUT,
    "developer-empty": Condition.INK_OUT,
    "marker-supply-low": Condition.INK_LOW,
    "toner-low": Condition.INK_LOW,
    "developer-low": Condition.INK_LOW,
    "paused": Condition.PAUSED,
    "moving-to-paused": Condition.PAUSED,
    "fuser-over-temp": Condition.FAULT,
    "fuser-under-temp": Condition.FAULT,
    "marker-waste-full": Condition.FAULT,
    "opc-life-over": Condition.FAULT,
    "output-area-full": Condition.FAULT,
    "output-tray-missing": Condition.FAULT,
}
#: What of a condition is true as long as the printer calls it a warning or a report: printing still works.
_SOFTENED = {
    Condition.PAPER_OUT: Condition.PAPER_LOW,
    Condition.PAPER_LOW: Condition.PAPER_LOW,
    Condition.INK_OUT: Condition.INK_LOW,
    Condition.INK_LOW: Condition.INK_LOW,
    Condition.PAUSED: Condition.PAUSED,
}
_GONE = frozenset({"offline", "timed-out", "shutdown"})
#: CUPS says so when a printer lost a job that it had taken, and then calls the job completed.
JOB_LOST = "cups-ipp-missing-job-history"


@dataclass(frozen=True, slots=True)
class Reason:
    """One printer-state-reason taken apart; a known one without a suffix is read as an error."""

    base: str
    is_error: bool
    condition: Condition | None
    """What is the matter with a printer that stands still; FAULT for whatever calls itself an error."""

    @classmethod
    def parse(cls, keyword: str) -> "Reason":
        """Take ``media-empty-warning`` apart."""
        for suffix in ("-warning", "-report"):
            if keyword.endswith(suffix):
                base = keyword.removesuffix(suffix)
                return cls(base, is_error=False, condition=_CONDITIONS.get(base))
        base = keyword.removesuffix("-error")
        is_unknown_error = base != keyword and base not in _GONE
        return cls(base, is_error=True, condition=_CONDITIONS.get(base, Condition.FAULT if is_unknown_error else None))

    @property
    def is_of_device(self) -> bool:
        """Whether it is about the machine itself, not about a queue in front of it."""
        return self.condition not in (None, Condition.PAUSED) and not self.base.startswith("cups-")


@dataclass(frozen=True, slots=True)
class Report:
    """What one printer said about itself."""

    state: int | None
    reasons: tuple[str, ...]
    is_accepting: bool
    name: str = ""
    formats: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    scalings: tuple[str, ...] = ()
    device_uri: str = ""
    is_memory: bool = False
    """An idle CUPS queue tells how its last job went; the printer behind it could not be asked."""

    @classmethod
    def read(cls, attributes: Attributes) -> "Report":
        """Read the attributes of a printer; what is missing or of another type counts as not said."""
        state = attributes.get("printer-state")
        device_uri = "".join(texts(attributes.get("device-uri"))[:1])
        return cls(
            state=int(state) if isinstance(state, int) else None,
            reasons=texts(attributes.get("printer-state-reasons")),
            is_accepting=attributes.get("printer-is-accepting-jobs") is not False,
            name="".join(texts(attributes.get("printer-name"))[:1]),
            formats=texts(attributes.get("document-format-supported")),
            media=texts(attributes.get("media-supported")),
            scalings=texts(attributes.get("print-scaling-supported")),
            device_uri=device_uri,
            is_memory=bool(device_uri) and state == 3,
        )

    def with_device(self, device: "Report | None") -> "Report":
        """Return what a CUPS queue and the printer behind it say together; None is a printer that does not answer.

        Paper, ink and covers are the printer's to tell: what the queue knows of them is older.
        """
        own = tuple(keyword for keyword in self.reasons if not Reason.parse(keyword).is_of_device)
        if device is None:
            return replace(self, reasons=(*own, "offline-error"), is_memory=False)
        return replace(
            self,
            state=max(self.state or 0, device.state or 0) or None,
            reasons=(*own, *device.reasons),
            is_accepting=self.is_accepting and device.is_accepting,
            is_memory=False,
        )

    @property
    def printer_state(self) -> PrinterState:
        """What it is doing."""
        if any(Reason.parse(keyword).base in _GONE for keyword in self.reasons):
            return PrinterState.OFFLINE
        if not self.is_accepting:
            return PrinterState.STOPPED
        by_number = {3: PrinterState.READY, 4: PrinterState.BUSY, 5: PrinterState.STOPPED}
        return by_number.get(self.state or 0, PrinterState.UNKNOWN)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What is the matter with it, the worst first; warnings are not taken for more than they are."""
        return ordered(
            reason.condition if reason.is_error else _SOFTENED.get(reason.condition)
            for reason in map(Reason.parse, self.reasons)
            if reason.condition is not None
        )

    @property
    def holding_up(self) -> tuple[Condition, ...]:
        """What may keep a job waiting that should be printing: warnings count as well, mere reports do not.

        IPP Everywhere printers call an empty tray a warning while they still have a job.
        """
        return self._standing([Reason.parse(key).condition for key in self.reasons if not key.endswith("-report")])

    @property
    def stopped_by(self) -> tuple[Condition, ...]:
        """What surely keeps a job waiting: errors only."""
        return self._standing(list(self.conditions))

    def _standing(self, found: list[Condition | None]) -> tuple[Condition, ...]:
        blocking = [condition for condition in found if condition in BLOCKING]
        if self.printer_state is PrinterState.OFFLINE:
            blocking.append(Condition.OFFLINE)
        elif self.state == 5 and not blocking:
            blocking.append(Condition.FAULT)  # stopped without a word: somebody has to go and look
        return ordered(blocking)


def ordered(conditions: Iterable[Condition | None]) -> tuple[Condition, ...]:
    """Return each condition once, those first under which nothing comes out."""
    found = {condition for condition in conditions if condition is not None}
    rank = list(Condition).index
    return tuple(sorted(found, key=lambda condition: (condition not in BLOCKING, rank(condition))))


def texts(value: object) -> tuple[str, ...]:
    """Return an attribute's values as texts: none, one or several."""
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return (value,) if isinstance(value, str) and value else ()


_SIZES_MM: dict[Sheet, tuple[float, float]] = {
    Sheet.A5: (148, 210),
    Sheet.A4: (210, 297),
    Sheet.A4_LANDSCAPE: (210, 297),
    Sheet.LABEL_50X30: (50, 30),
    Sheet.LABEL_100X50: (100, 50),
}
_NAMED_SIZE = re.compile(r"^(?P<name>.*)_(?P<width>\d+(?:\.\d+)?)x(?P<height>\d+(?:\.\d+)?)(?P<unit>mm|in)$")
_SAME_SIZE_MM = 1.0


def choose_media(sheet: Sheet, supported: tuple[str, ...]) -> str | None:
    """Return the printer's name for a sheet, a custom size within its limits, or None where it has neither.

    None leaves the choice to the printer: one that knows no A5 still prints an A5 page on what lies in it, while some
    refuse a job that names a sheet unknown to them. A landscape page lies on the same sheet as a portrait one.
    """
    wanted = _SIZES_MM.get(sheet)
    if wanted is None:
        return None
    sizes = {name: size for name in supported if (size := _size_mm(name)) is not None}
    fixed = {name: size for name, size in sizes.items() if not name.startswith(("custom_min_", "custom_max_"))}
    for turned in (wanted, wanted[::-1]):
        for name, size in fixed.items():
            if all(abs(have - want) <= _SAME_SIZE_MM for have, want in zip(size, turned, strict=True)):
                return name
    return _custom_media(wanted, sizes)


def _size_mm(name: str) -> tuple[float, float] | None:
    match = _NAMED_SIZE.match(name)
    if match is None:
        return None
    scale = 25.4 if match["unit"] == "in" else 1.0
    return float(match["width"]) * scale, float(match["height"]) * scale


def _custom_media(wanted: tuple[float, float], sizes: Mapping[str, tuple[float, float]]) -> str | None:
    smallest = next((size for name, size in sizes.items() if name.startswith("custom_min_")), None)
    largest = next((size for name, size in sizes.items() if name.startswith("custom_max_")), None)
    if smallest is None or largest is None:
        return None
    if all(low <= want <= high for low, want, high in zip(smallest, wanted, largest, strict=True)):
        size = f"{wanted[0]:g}x{wanted[1]:g}mm"
        return f"custom_{size}_{size}"
    return None
