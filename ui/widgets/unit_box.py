"""The unit that resolves a dossier: a few letters of its name, with or without diacritics, or its code, then Enter."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QFocusEvent

from counter_app.core.text import fold
from ui.widgets.suggest_box import SuggestBox, Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitChoice:
    """A unit to choose: what choosing it means, how it is called, and its code."""

    value: str
    name: str
    code: str


def find_units(units: Sequence[UnitChoice], words: str) -> tuple[UnitChoice, ...]:
    """Return the units of which every typed word begins a word of the name or stands in the code; all for no words.

    Those whose name has the words together, as they were typed, come first; otherwise their order stays.
    """
    wanted = fold(words)
    parts = wanted.split()
    found = [unit for unit in units if _is_called(fold(unit.name), parts) or _has_all(fold(unit.code), parts)]
    return tuple(sorted(found, key=lambda unit: wanted not in fold(unit.name)))


def _is_called(name: str, parts: Sequence[str]) -> bool:
    names = name.split()
    return all(any(word.startswith(part) for word in names) for part in parts)


def _has_all(text: str, parts: Sequence[str]) -> bool:
    return all(part in text for part in parts)


class UnitBox(SuggestBox):
    """`picked` carries the new value with every change a clerk makes; the first unit stands until one does.

    Words that name no unit yet are a value too: whoever takes it refuses them, so that a dossier never goes to the unit
    that stood there before.
    """

    picked = Signal(str)
    widest_answers = 480

    def __init__(self) -> None:
        super().__init__()
        self._units: tuple[UnitChoice, ...] = ()
        self._value = ""
        self.setMaxLength(300)
        self.query_changed.connect(self._on_query)
        self.chosen.connect(self._on_chosen)

    @property
    def value(self) -> str:
        """The chosen unit's value, that of the first for an empty box, or the words that name none."""
        return self._value if self._value or not self._units else self._units[0].value

    @property
    def is_known(self) -> bool:
        """Whether the value is one of the units."""
        return not self._value or self._find(self._value) is not None

    def offer(self, units: Sequence[UnitChoice]) -> None:
        """Offer these units; nothing happens when they are the same."""
        if tuple(units) != self._units:
            self._units = tuple(units)
            self._write()

    def show_value(self, value: str) -> None:
        """Show a value; while the clerk types here the box is theirs."""
        if value != self._value or not self.hasFocus():
            self._value = value
            self._write()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the name of what was left here; an emptied box means the first unit."""
        super().focusOutEvent(event)
        self._write()

    def _find(self, value: str) -> UnitChoice | None:
        return next((unit for unit in self._units if value in (unit.value, unit.code)), None)

    def _write(self) -> None:
        unit = self._find(self.value)
        text = unit.name if unit is not None else self._value
        if text != self.text():
            self.setText(text)
            self.setCursorPosition(0)

    def _change(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self.picked.emit(value)

    @Slot(str)
    def _on_query(self, text: str) -> None:
        unit = self._find(self.value)
        is_untouched = unit is not None and text == unit.name
        if not is_untouched:
            words = text.strip()
            meant = [one for one in self._units if fold(words) in (fold(one.name), fold(one.code))]
            self._change(meant[0].value if len(meant) == 1 else words)
        found = find_units(self._units, "" if is_untouched else text)
        self.set_suggestions([Suggestion(one.name, one.code, one.value) for one in found])

    @Slot(object)
    def _on_chosen(self, suggestion: Suggestion) -> None:
        self._change(str(suggestion.value))
