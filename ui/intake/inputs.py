"""The page's fields by name: each says what the clerk changed, and shows a text, its source and its problem."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from counter_app.domain.person import FieldSource
from ui.intake.sentences import say_problem
from ui.intake.state import IntakeState
from ui.widgets.card import SectionCard
from ui.widgets.choices import Choices
from ui.widgets.field import Field
from ui.widgets.unit_box import UnitBox
from ui.words import Words

Options = tuple[tuple[str, str], ...]


class Input(Field):
    """A field of the page. `edited` carries its name and new text, only for changes the clerk made."""

    edited = Signal(str, str)

    def __init__(self, name: str, label_key: str, words: Words, editor: QWidget) -> None:
        super().__init__(editor)
        self.name = name
        self._words = words
        self._label_key = label_key
        editor.setObjectName(name)

    def change_label(self, key: str) -> None:
        """Give the field another label."""
        if key != self._label_key:
            self._label_key = key
            self.set_label(self._words(key))

    def retranslate(self) -> None:
        """Write the label anew."""
        self.set_label(self._words(self._label_key))

    def show_value(self, text: str, source: FieldSource | None) -> None:
        """Show a text and where it came from. What the clerk typed needs no mark."""
        self._write(text)
        marked = source is not None and source is not FieldSource.TYPED
        self.set_source(source, self._words(f"intake.source.{source.value}") if source and marked else "")

    def focus_editor(self, cursor: int) -> None:  # noqa: ARG002 - only a line of text has a cursor
        """Take the focus; the cursor stands at its place, or at the end for -1."""
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def cursor_place(self) -> int:
        """Return the cursor's place in the text."""
        return 0

    def _write(self, text: str) -> None:
        raise NotImplementedError


class TextInput(Input):
    """A line of text. An unfinished syllable of an input method is not text yet: nothing is told before it is."""

    def __init__(self, name: str, label_key: str, words: Words, *, hint_key: str = "") -> None:
        self._line = QLineEdit()
        self._line.setMaxLength(1000)
        super().__init__(name, label_key, words, self._line)
        self._hint_key = hint_key
        self._line.textEdited.connect(lambda text: self.edited.emit(self.name, text))
        self.retranslate()

    def retranslate(self) -> None:
        """Write label and placeholder anew."""
        super().retranslate()
        if self._hint_key:
            self._line.setPlaceholderText(self._words(self._hint_key))

    def focus_editor(self, cursor: int) -> None:
        """Take the focus."""
        super().focus_editor(cursor)
        self._line.deselect()
        self._line.setCursorPosition(len(self._line.text()) if cursor < 0 else cursor)

    def cursor_place(self) -> int:
        """Return the cursor's place."""
        return self._line.cursorPosition()

    def _write(self, text: str) -> None:
        if text == self._line.text():
            return
        self._line.setText(text)
        self._line.setCursorPosition(len(text) if self._line.hasFocus() else 0)


class ChoiceInput(Input):
    """One of few choices, each a value and the key of its words (or the words themselves, as a unit's name)."""

    def __init__(self, name: str, label_key: str, words: Words, options: Options) -> None:
        self._box = Choices()
        super().__init__(name, label_key, words, self._box)
        self._options: Options = ()
        self.set_options(options)
        self._box.activated.connect(self._on_activated)
        self.retranslate()

    def set_options(self, options: Options) -> None:
        """Offer these choices; nothing happens when they are the same."""
        if options == self._options:
            return
        chosen = self._box.currentData()
        self._options = options
        self._box.clear()
        for value, key in options:
            self._box.addItem(self._word(key), value)
        self._write(chosen or "")

    def retranslate(self) -> None:
        """Write label and choices anew."""
        super().retranslate()
        for row, (_, key) in enumerate(self._options):
            self._box.setItemText(row, self._word(key))

    def _word(self, key: str) -> str:
        return self._words(key) if self._words.has(key) else key

    def _on_activated(self, row: int) -> None:
        self.edited.emit(self.name, self._box.itemData(row))

    def _write(self, text: str) -> None:
        row = self._box.findData(text)
        if row >= 0 and row != self._box.currentIndex():
            self._box.setCurrentIndex(row)


class UnitInput(Input):
    """The unit that resolves, by a few letters; the desk's own is the empty value, there until another is chosen."""

    def __init__(self, name: str, label_key: str, words: Words) -> None:
        self.box = UnitBox()
        super().__init__(name, label_key, words, self.box)
        self.box.picked.connect(lambda value: self.edited.emit(self.name, value))
        self.retranslate()

    def retranslate(self) -> None:
        """Write label and placeholder anew."""
        super().retranslate()
        self.box.setPlaceholderText(self._words("intake.result.unit_hint"))

    def _write(self, text: str) -> None:
        self.box.show_value(text)


class Section(SectionCard):
    """A card of the page with its fields; shows in each what the state says about it."""

    edited = Signal(str, str)

    def __init__(self, words: Words, title_key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = words
        self.inputs: dict[str, Input] = {}
        self._title_key = title_key

    def add_input(self, field: Input, *, edited: Callable[[str, str], None] | None = None) -> None:
        """Take a field in; its changes go to `edited` of the section unless something else takes them."""
        self.inputs[field.name] = field
        field.edited.connect(edited or self.edited.emit)

    def show_state(self, state: IntakeState) -> None:
        """Show texts, sources and problems."""
        for name, field in self.inputs.items():
            field.show_value(state.form.text(name), state.form.source(name))
            problem = state.find_problem(name)
            field.set_problem(say_problem(self.words, problem), blocking=problem is None or problem.blocking)
            field.editor.setEnabled(not state.busy)

    def retranslate(self) -> None:
        """Write every text anew."""
        if self._title_key:
            self.set_title(self.words(self._title_key))
        for field in self.inputs.values():
            field.retranslate()
