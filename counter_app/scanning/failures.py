"""What goes wrong at a scanner, as the errors that the program knows. Texts are in resources/texts/*/scan.toml."""

from collections.abc import Callable
from enum import StrEnum

from counter_app.core.errors import AppError, EnvironmentFailure, UserError


class Trouble(StrEnum):
    """The physical situations that every driver tells in its own words."""

    JAMMED = "jammed"
    FEEDER_EMPTY = "feeder_empty"
    COVER_OPEN = "cover_open"
    DOUBLE_FEED = "double_feed"
    BUSY = "busy"
    WARMING_UP = "warming_up"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


_ERRORS: dict[Trouble, Callable[[str], AppError]] = {
    Trouble.JAMMED: lambda _: UserError("scan.jammed"),
    Trouble.FEEDER_EMPTY: lambda _: UserError("scan.feeder_empty"),
    Trouble.COVER_OPEN: lambda _: UserError("scan.cover_open"),
    Trouble.DOUBLE_FEED: lambda _: UserError("scan.double_feed"),
    Trouble.BUSY: lambda _: EnvironmentFailure("scan.busy", retryable=True),
    Trouble.WARMING_UP: lambda _: EnvironmentFailure("scan.warming_up", retryable=True),
    Trouble.GONE: lambda _: EnvironmentFailure("scan.gone", retryable=True),
    Trouble.FORBIDDEN: lambda _: EnvironmentFailure("scan.forbidden"),
    Trouble.TIMED_OUT: lambda _: EnvironmentFailure("scan.timed_out", retryable=True),
    Trouble.FAILED: lambda reason: EnvironmentFailure("scan.failed", retryable=True, reason=reason or "-"),
}


def failure_of(trouble: Trouble, *, reason: str = "") -> AppError:
    """Return the error to raise; `reason` is the driver's own short word or code and holds no personal data."""
    return _ERRORS[trouble](reason)
