"""Fields for what somebody states when doing an action: those of papers, and boxes for what is chosen."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from counter_app.domain.dossier import ResultChannel
from counter_app.services.answers.actions import CodedReason
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


class _ChoiceInput(Field):
    """One of few choices. It speaks like the other fields: `edited(name, value)`."""

    edited = Signal(str, str)
    left = Signal(str)

    def __init__(self, name: str, words: Words, parent: QWidget | None = None) -> None:
        self.name = name
        self._words = words
        self._is_needed = False
        self._box = Choices()
        super().__init__(self._box, parent)
        self._box.setObjectName(f"fact.{name}")
        self._box.activated.connect(lambda row: self.edited.emit(self.name, self._box.itemData(row)))

    def mark_needed(self, *, is_needed: bool) -> None:
        """Say whether something has to be chosen."""
        self._is_needed = is_needed
        self.set_label(label_of(self._words, self.name, is_needed=is_needed))

    def show_value(self, value: str) -> None:
        """Show a choice; nothing is told."""
        fill_box(self._box, self._items(), value or self._standing())

    def retranslate(self) -> None:
        """Write the label and the choices in the language in force."""
        self.mark_needed(is_needed=self._is_needed)
        self.show_value(str(self._box.currentData() or ""))

    def _items(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def _standing(self) -> str:
        """The value that stands there where none was chosen."""
        return ""


class ChannelInput(_ChoiceInput):
    """The way a result is returned."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__("channel", words, parent)
        self.retranslate()

    def mark_needed(self, *, is_needed: bool) -> None:  # noqa: ARG002 - a way always stands there
        """Write the label: a way always stands there."""
        super().mark_needed(is_needed=False)

    def _items(self) -> list[tuple[str, str]]:
        return [(self._words(f"intake.result_channel.{one.value}"), one.value) for one in ResultChannel]

    def _standing(self) -> str:
        return ResultChannel.DESK.value


class ReasonInput(_ChoiceInput):
    """A coded reason; none is chosen at first, so that it is a choice."""

    def __init__(self, words: Words, reasons: Sequence[CodedReason], parent: QWidget | None = None) -> None:
        super().__init__("reason_code", words, parent)
        self._reasons = tuple(reasons)
        self.retranslate()

    def _items(self) -> list[tuple[str, str]]:
        listed = [(reason.words[self._words.language], reason.code) for reason in self._reasons]
        return [(self._words("ui.act.choose_reason"), ""), *listed]


AnyInput = FactInput | ChannelInput | ReasonInput


def make_input(name: str, words: Words, reasons: Sequence[CodedReason] = ()) -> AnyInput:
    """Return a new field for a fact."""
    if name == "channel":
        return ChannelInput(words)
    return ReasonInput(words, reasons) if name == "reason_code" else FactInput(name, words)
