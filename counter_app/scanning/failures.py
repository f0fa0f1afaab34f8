"""What goes wrong at a scanner, as the errors that the program knows. Texts are in resources/texts/*/scan.toml."""

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



def failure_of(trouble: Trouble, *, reason: str = "") -> AppError:
    """Return the error to raise; `reason` is the driver's own short word or code and holds no personal data."""
    match trouble:
        case Trouble.JAMMED:
            return UserError("scan.jammed")
        case Trouble.FEEDER_EMPTY:
            return UserError("scan.feeder_empty")
        case Trouble.COVER_OPEN:
            return UserError("scan.cover_open")
        case Trouble.DOUBLE_FEED:
            return UserError("scan.double_feed")
        case Trouble.BUSY:
            return EnvironmentFailure("scan.busy", retryable=True)
        case Trouble.WARMING_UP:
            return EnvironmentFailure("scan.warming_up", retryable=True)
        case Trouble.GONE:
            return EnvironmentFailure("scan.gone", retryable=True)
        case Trouble.FORBIDDEN:
            return EnvironmentFailure("scan.forbidden")
        case Trouble.TIMED_OUT:
            return EnvironmentFailure("scan.timed_out", retryable=True)
        case Trouble.FAILED:
            return EnvironmentFailure("scan.failed", retryable=True, reason=reason or "-")
