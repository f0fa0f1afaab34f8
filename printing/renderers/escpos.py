"""Receipt printers that speak ESC/POS: pages as dots, or, where the profile says so, letters.

Dots are the rule: what the paper shows is drawn here, so that Vietnamese is always right.
"""

from collections.abc import Iterable

from printing.profiles import ReceiptProfile
from printing.renderers import escpos_commands as commands
from printing.renderers.escpos_dots import dots_of, iter_dots
from printing.renderers.escpos_text import render_escpos_text
from printing.renderers.raster import RasterPage

__all__ = ["render_escpos", "render_escpos_text"]


def render_escpos(pages: Iterable[RasterPage], profile: ReceiptProfile, *, open_drawer: bool = False) -> bytes:
    """Return the pages for a printer, each its own ticket: dots, feed, cut; then the drawer's pulse.

    White above and below the ink is left out; a page without ink makes no ticket. A page wider than the printer loses
    its white margins, and is drawn smaller only when its ink is wider.
    """
    parts = [commands.initialise(profile)]
    for page in pages:
        ink = dots_of(page, profile)
        if ink is not None:
            parts.extend(iter_dots(ink, profile))
            parts.append(commands.end_ticket(profile))
    if open_drawer:
        parts.append(commands.kick_drawer(profile))
    return b"".join(parts)
