"""A TWAIN source manager with one source, as pytwain 2.3 shows them. No Windows, no DLL."""

from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wia_objects import bitmap

_FIX32 = 7


class PaperJam(Exception):  # noqa: N818 - the names of pytwain
    pass


class PaperDoubleFeedError(Exception):
    pass


class CheckDeviceOnlineError(Exception):
    pass


class CapUnsupported(Exception):  # noqa: N818
    pass


class CheckStatus(Exception):  # noqa: N818
    pass


class SMLoadFileFailed(Exception):  # noqa: N818
    pass


@dataclass
class Fix32:
    Whole: int
    Frac: int = 0


@dataclass
class TwainScanner:
    """What lies in the feeder, and what goes wrong. It is the library, the manager and the source in one."""

    sheets: int = 3
    has_feeder: bool = True
    error_after: tuple[int, type[Exception]] | None = None
    open_error: type[Exception] | None = None
    values: dict[int, Any] = field(default_factory=dict)
    given: int = 0
    handles: set[int] = field(default_factory=set)
    state: str = "closed"
    layout: tuple[float, ...] = ()
    source_list: tuple[str, ...] = ("Máy quét TWAIN",)

    def manager(self) -> Any:
        if self.open_error is not None:
            raise self.open_error
        return self

    def open_source(self, name: str) -> Any:
        if name not in self.source_list:
            return None
        self.state, self.given = "open", 0
        return self

    def close(self) -> None:
        self.state = "closed"

    def get_capability(self, capability: int) -> Any:
        found = {
            0x0101: (4, (0, 0, [0, 1, 2])),
            0x1118: (_FIX32, (0, 0, [Fix32(100), Fix32(200), Fix32(300)])),
            0x1002: (6, (0, 0, [0, 1])),
        }
        if capability not in found or (capability == 0x1002 and not self.has_feeder):
            raise CapUnsupported
        return found[capability]

    def get_capability_current(self, capability: int) -> Any:
        found: dict[int, Any] = {
            0x1003: (6, self.sheets > 0),
            0x1012: (4, 1),
            0x1111: (_FIX32, 8.5),
            0x1112: (_FIX32, 11.7),
        }
        if capability not in found:
            raise CapUnsupported
        return found[capability]

    def set_capability(self, capability: int, kind: int, value: Any) -> None:
        assert (self.state, kind in (1, 4, 6, 7)) == ("open", True)
        self.values[capability] = value
        if capability == 0x1118:
            raise CheckStatus

    def set_image_layout(self, frame: tuple[float, ...]) -> None:
        self.layout = frame

    def request_acquire(self, show_ui: bool, modal_ui: bool) -> None:
        assert (show_ui, modal_ui) == (False, False)
        self.state = "enabled"

    def modal_loop(self) -> None:
        assert self.state == "enabled"
        self.state = "ready"

    def xfer_image_natively(self) -> tuple[int, int]:
        assert self.state == "ready"
        if self.error_after is not None and self.given >= self.error_after[0]:
            raise self.error_after[1]
        self.given += 1
        is_feeder = bool(self.values.get(0x1002))
        is_duplex = bool(self.values.get(0x1013))
        if is_feeder and not (is_duplex and self.given % 2 == 0):
            self.sheets -= 1
        self.handles.add(self.given)
        more = is_feeder and (self.sheets > 0 or (is_duplex and self.given % 2 == 1))
        self.state = "ready" if more else "enabled"
        return self.given, -1 if more else 0

    def bitmap(self, handle: int) -> bytes:
        self.handles.remove(handle)
        dpi = int(self.values[0x1118])
        width, height = (round(length * dpi) for length in self.layout[2:])
        return bitmap({0: "1", 1: "L", 2: "RGB"}[self.values[0x0101]], width, height)
