"""Printers in words: what they are called, how they are, and a box to choose one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from counter_app.domain.forms.kinds import Tray
from counter_app.services.answers.printing import BLOCKING, Condition, PrinterState, PrinterStatus
from ui.theme.tokens import Tone
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.preferences import Preferences

FILES = "file:"
"""The address of PDF files in the data folder."""

_SCHEME = re.compile(r"^(?:ipps?|tcp)://|^serial:", re.IGNORECASE)
_ROLL_SCHEMES = ("tcp:", "serial:")
_BROKEN = (PrinterState.STOPPED, PrinterState.OFFLINE, PrinterState.MISSING)


def printer_of(preferences: Preferences, tray: Tray) -> str:
    """Return the address of the printer that a tray's papers go to first."""
    return str(preferences.get(f"print.{tray.value}.printer")) or FILES


def is_receipt_printer(address: str) -> bool:
    """Whether an address names a receipt printer by its line: it prints on its own roll, whatever sheet is asked."""
    return address.lower().startswith(_ROLL_SCHEMES)


def say_printer(words: Words, address: str, printers: Sequence[PrinterStatus] = ()) -> str:
    """Return what people call a printer: its name where it is known, else where its address points to."""
    if address in ("", FILES):
        return words("printer.files")
    known = next((status.name for status in printers if status.address == address and status.name), "")
    return _SCHEME.sub("", (known or address).partition("?")[0])


def say_state(words: Words, status: PrinterStatus) -> str:
    """Return how a printer is, what is the matter with it first."""
    if status.address == FILES:
        return words("printer.state.ready")
    worst = sorted(status.conditions, key=lambda condition: condition not in BLOCKING)
    if worst:
        return ", ".join(words(f"printer.condition.{condition.value}") for condition in worst)
    return words(f"printer.state.{status.state.value}")


def tone_of_printer(status: PrinterStatus) -> Tone:
    """Return the tone of a printer's state."""
    if status.state in _BROKEN or BLOCKING.intersection(status.conditions):
        return Tone.BAD
    low = {Condition.PAPER_LOW, Condition.INK_LOW}.intersection(status.conditions)
    return Tone.CAUTION if low else Tone.NEUTRAL


def say_with_state(words: Words, status: PrinterStatus) -> str:
    """Return a printer's name with its state."""
    name = say_printer(words, status.address, (status,))
    return name if status.address == FILES else f"{name} · {say_state(words, status)}"


def offer_printers(
    box: QComboBox, words: Words, printers: Sequence[PrinterStatus], *, as_set: str, chosen: str
) -> None:
    """Fill a box: as the settings say (the value ""), then every printer, PDF files last; keep what is chosen."""
    items = [(words("ui.printer.as_set", printer=say_printer(words, as_set, printers)), "")]
    items += [(say_with_state(words, status), status.address) for status in printers if status.address != FILES]
    items.append((words("printer.files"), FILES))
    if chosen not in [address for _text, address in items]:
        items.append((say_printer(words, chosen), chosen))
    fill_box(box, items, chosen)


def fill_box(box: QComboBox, items: Sequence[tuple[str, object]], chosen: object) -> None:
    """Show these choices, nothing happening when they are the same, with the chosen value in front."""
    shown = [(box.itemText(row), box.itemData(row)) for row in range(box.count())]
    if shown != list(items):
        box.clear()
        for text, value in items:
            box.addItem(text, value)
    row = next((number for number, item in enumerate(items) if item[1] == chosen), 0)
    if row != box.currentIndex():
        box.setCurrentIndex(row)
