"""From what a profile wants to what a device can: never less than asked for without saying so."""

from collections.abc import Sequence

from counter_app.core.errors import UserError
from counter_app.scanning.driver import LOWEST_DPI, USUAL_DPI, ColourMode, PaperSize, Source

_MODES = tuple(ColourMode)


def choose_source(wanted: Source, offered: Sequence[Source]) -> Source:
    """Return the wanted source.

    Raises:
        UserError: ``scan.no_source``: the device has no such one; another would give other pages than meant.
    """
    if wanted not in offered:
        raise UserError("scan.no_source", source=wanted.value)
    return wanted


def choose_mode(wanted: ColourMode, offered: Sequence[ColourMode]) -> ColourMode:
    """Return the wanted mode, else the nearest that keeps more, else the richest there is."""
    richer = [mode for mode in reversed(_MODES[: _MODES.index(wanted) + 1]) if mode in offered]
    rest = [mode for mode in _MODES if mode in offered]
    return (richer or rest or [wanted])[0]


def choose_dpi(wanted: int, offered: Sequence[int]) -> int:
    """Return the wanted resolution, else the next higher, else the highest that an official copy may have.

    Raises:
        UserError: ``scan.low_resolution``: the device stays below 200 dpi.
    """
    higher = sorted(dpi for dpi in offered if dpi >= wanted)
    if higher:
        return higher[0]
    highest = max(offered, default=0)
    if highest < LOWEST_DPI:
        raise UserError("scan.low_resolution", most=highest, least=LOWEST_DPI)
    return highest


def usual_within(low: int, high: int) -> tuple[int, ...]:
    """Return the usual resolutions within a range, at least its upper end."""
    return tuple(dpi for dpi in USUAL_DPI if low <= dpi <= high) or (high,)


def papers_within(width_mm: float, height_mm: float) -> tuple[PaperSize, ...]:
    """Return the sheets that fit on an area; 3 mm are forgiven, because devices state their area in their own steps."""
    slack = 3
    return tuple(
        paper for paper in PaperSize if paper.size_mm[0] <= width_mm + slack and paper.size_mm[1] <= height_mm + slack
    )
