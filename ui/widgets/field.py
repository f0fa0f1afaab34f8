"""A labelled field with its message underneath and a chip that says where its value came from."""

from collections.abc import Mapping

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from counter_app.domain.person import FieldSource
from ui.theme.tokens import SPACE, Tone
from ui.widgets.polish import set_look

_TONES: Mapping[FieldSource, Tone] = {
    FieldSource.CARD: Tone.GOOD,
    FieldSource.EARLIER: Tone.INFO,
    FieldSource.PROVINCE: Tone.INFO,
    FieldSource.FILE: Tone.NEUTRAL,
    FieldSource.TYPED: Tone.NEUTRAL,
}


class Field(QWidget):
    """Label, editor, message. The label belongs to the editor, so a screen reader says it when the editor has focus.

    With `keeps_line` the message's line stays free even when empty, so nothing moves while typing.
    """

    def __init__(self, editor: QWidget, parent: QWidget | None = None, *, keeps_line: bool = False) -> None:
        super().__init__(parent)
        self.editor = editor
        self._keeps_line = keeps_line
        self._hint = ""
        self._problem = ""
        self._source: FieldSource | None = None
        self._label = QLabel(self)
        self._label.setProperty("role", "label")
        self._label.setBuddy(editor)
        self._chip = QLabel(self)
        self._chip.setProperty("role", "chip")
        self._chip.hide()
        self._message = QLabel(self)
        self._message.setProperty("role", "hint")
        self._message.setWordWrap(True)
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._arrange()
        self.setFocusProxy(editor)
        self._show_message()

    @property
    def source(self) -> FieldSource | None:
        """Where the value came from."""
        return self._source

    @property
    def problem(self) -> str:
        """The problem that is shown, or ""."""
        return self._problem

    def set_label(self, text: str) -> None:
        """Write the label; it is also the editor's accessible name."""
        self._label.setText(text)
        self.editor.setAccessibleName(text)

    def set_hint(self, text: str) -> None:
        """Write what stands underneath while there is no problem."""
        self._hint = text
        self._show_message()

    def set_problem(self, text: str, *, blocking: bool = True) -> None:
        """Show a problem underneath, "" for none. One that blocks is red, one that only warns is amber."""
        self._problem = text
        state = ("blocking" if blocking else "warning") if text else ""
        set_look(self.editor, "problem", state)
        set_look(self._message, "role", {"": "hint", "blocking": "problem", "warning": "caution"}[state])
        self._show_message()

    def set_source(self, source: FieldSource | None, text: str = "") -> None:
        """Show where the value came from, in `text`; None takes the chip away."""
        self._source = source
        self._chip.setVisible(source is not None and bool(text))
        if source is not None:
            self._chip.setText(text)
            set_look(self._chip, "tone", _TONES[source].value)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.small)
        head.addWidget(self._label)
        head.addWidget(self._chip)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.editor)
        column.addWidget(self._message)

    def _show_message(self) -> None:
        text = self._problem or self._hint
        self._message.setText(text)
        self._message.setVisible(bool(text) or self._keeps_line)
        self.editor.setAccessibleDescription(text)
