"""Fields for what somebody states when doing an action: those of papers, and a box for the way of returning."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from counter_app.domain.dossier import ResultChannel
from ui.dossiers.story import name_of_fact
from ui.printing.detail_inputs import DetailInput
from ui.printing.printers import fill_box
from ui.widgets import Choices, Field
from ui.words import Words


def label_of(words: Words, field: str, *, is_needed: bool) -> str:
    """Return a fact's name as a label, marked when it has to be written."""
    label = name_of_fact(words, field)
    return words("ui.act.needed", field=label) if is_needed else label


class FactInput(DetailInput):
    """One field of `ActionFacts`."""

    is_needed = False

    def label_text(self) -> str:
        """Return the fact's name, marked when it has to be written."""
        return label_of(self._words, self.name, is_needed=self.is_needed)

    def mark_needed(self, *, is_needed: bool) -> None:
        """Say whether it has to be written."""
        if is_needed is not self.is_needed:
            self.is_needed = is_needed
            self.set_label(self.label_text())


class ChannelInput(Field):
    """The way a result is returned. It speaks like the other fields: `edited(name, value)`."""

    edited = Signal(str, str)
    left = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        self.name = "channel"
        self._words = words
        self._box = Choices()
        super().__init__(self._box, parent)
        self._box.setObjectName("fact.channel")
        self._box.activated.connect(lambda row: self.edited.emit(self.name, self._box.itemData(row)))
        self.retranslate()

    def show_value(self, value: str) -> None:
        """Show a choice; nothing is told."""
        items = [(self._words(f"intake.result_channel.{one.value}"), one.value) for one in ResultChannel]
        fill_box(self._box, items, value or ResultChannel.DESK.value)

    def mark_needed(self, *, is_needed: bool) -> None:
        """A choice always stands there."""

    def retranslate(self) -> None:
        """Write the label in the language in force."""
        self.set_label(label_of(self._words, self.name, is_needed=False))
        self.show_value(str(self._box.currentData() or ""))


AnyInput = FactInput | ChannelInput


def make_input(name: str, words: Words) -> AnyInput:
    """Return a new field for a fact."""
    return ChannelInput(words) if name == "channel" else FactInput(name, words)
