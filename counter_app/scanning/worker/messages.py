"""What the program and its scan worker say to each other. Both are of one version: they are the same program."""

import msgspec

from counter_app.core.errors import AppError, BugError, EnvironmentFailure, UserError
from counter_app.scanning.driver import Capabilities, ScannerDevice, ScanProfile


class ListDevices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Which scanners does this driver see?"""

    driver: str


class AskCapabilities(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What can this one do?"""

    driver: str
    device: str


class StartScan(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Get ready; no page is scanned before the first `NextPage`."""

    driver: str
    device: str
    profile: ScanProfile
    is_live: bool = False
    """Of a camera: pictures until cancelled."""


class WatchButton(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Get ready to tell of this one's own button."""

    driver: str
    device: str


class FeelButton(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Is it down now?"""


class NextPage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The page before is safe; scan one more."""


class CancelScan(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Stop the scanner."""


class Devices(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `ListDevices`."""

    devices: tuple[ScannerDevice, ...]


class Able(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `AskCapabilities`."""

    capabilities: Capabilities


class ButtonFelt(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Answer to `FeelButton`."""

    is_down: bool


class PageBegins(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A page follows in chunks that are `size_bytes` together."""

    number: int
    dpi: int
    is_back: bool
    size_bytes: int


class PageChunk(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The next bytes of the page, never none."""

    data: bytes


class ScanEnded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """No more pages, and no more of the button: the paper is through, or it was cancelled."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """An error that the driver raised; the same one is raised again on the other side."""

    kind: str
    code: str
    is_retryable: bool = False
    context: dict[str, str | int] = {}


Request = ListDevices | AskCapabilities | StartScan | NextPage | WatchButton | FeelButton | CancelScan
Answer = Devices | Able | ButtonFelt | PageBegins | PageChunk | ScanEnded | Failed
REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)


def tell(error: AppError) -> Failed:
    """Return an error as a message."""
    kind = "user" if isinstance(error, UserError) else "environment" if isinstance(error, EnvironmentFailure) else "bug"
    is_retryable = isinstance(error, EnvironmentFailure) and error.retryable
    return Failed(kind=kind, code=error.code, is_retryable=is_retryable, context=dict(error.context))


def untell(failed: Failed) -> AppError:
    """Return the error that a message tells of."""
    context = {name: value for name, value in failed.context.items() if name not in ("code", "retryable", "self")}
    if failed.kind == "user":
        return UserError(failed.code, **context)
    if failed.kind == "environment":
        return EnvironmentFailure(failed.code, retryable=failed.is_retryable, **context)
    return BugError(failed.code, **context)
