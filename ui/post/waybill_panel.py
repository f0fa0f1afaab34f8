"""The chosen waybill, and the one step that is being recorded for it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from counter_app.domain.person import Party
from counter_app.domain.postal import AttemptOutcome
from ui.actions import ActionId
from ui.dossiers.lines import lines_layout, show_lines
from ui.post.sentences import PostRow, say_state, tell_row
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard, StatusPill
from ui.widgets.scrolled import ScrolledColumn
from ui.words import Words


class Step(StrEnum):
    """What may be recorded for a line."""

    SEND = "send"
    ATTEMPT = "attempt"
    RETURN = "return"
    DELIVER = "deliver"
    COLLECT = "collect"
    CANCEL = "cancel"
    UNPAY = "unpay"


_FIELDS = {
    Step.SEND: ("number", "carrier", "cod", "weight"),
    Step.ATTEMPT: ("outcome", "note"),
    Step.RETURN: ("reason",),
    Step.DELIVER: ("receiver", "relation", "id_number", "collected"),
    Step.COLLECT: ("collected",),
    Step.CANCEL: ("reason",),
    Step.UNPAY: ("reason",),
}
_KEYS = {
    Step.SEND: ActionId.POST_DO,
    Step.ATTEMPT: ActionId.POST_ATTEMPT,
    Step.RETURN: ActionId.POST_BACK,
    Step.DELIVER: ActionId.POST_DO,
    Step.COLLECT: ActionId.POST_DO,
    Step.CANCEL: ActionId.POST_REMOVE,
    Step.UNPAY: ActionId.POST_REMOVE,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step as written, for the line it was written for."""

    step: Step
    row: PostRow
    values: dict[str, str]


class WaybillPanel(QWidget):
    """Passive: `recorded(Recorded)` when a step is done. A key chooses its step first, and records it once chosen."""

    recorded = Signal(object)

    def __init__(self, words: Words, carrier: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._carrier = carrier
        self._row: PostRow | None = None
        self.step: Step | None = None
        self.pill = StatusPill()
        self.facts = SectionCard()
        self.form = SectionCard()
        self._lines = lines_layout()
        self.lines = {
            name: QLineEdit()
            for name in dict.fromkeys(name for names in _FIELDS.values() for name in names)
            if name != "outcome"
        }
        self.outcome = Choices()
        self.fields = {name: Field(line) for name, line in self.lines.items()} | {"outcome": Field(self.outcome)}
        self.buttons = {step: ActionButton(ButtonKind.SECONDARY, _KEYS[step]) for step in Step}
        self._lay_out()
        for line in self.lines.values():
            line.setMaxLength(300)
            line.returnPressed.connect(self.submit)
        for step, button in self.buttons.items():
            button.clicked.connect(self._choosing(step))

    @property
    def row(self) -> PostRow | None:
        """The line that is shown."""
        return self._row

    def show_row(self, row: PostRow | None) -> None:
        """Show a line; what is half written for it stays while nothing about it has changed."""
        is_changed = row != self._row
        self._row = row
        if is_changed:
            self._begin(self._usual())
        self._render()

    def steps(self) -> tuple[Step, ...]:
        """Return what may be recorded for the line."""
        row = self._row
        if row is None:
            return ()
        if row.view is None:
            return (Step.SEND,)
        if row.view.waybill.is_underway:
            return (Step.ATTEMPT, Step.RETURN, Step.DELIVER, Step.CANCEL)
        if row.view.owed:
            return (Step.COLLECT,)
        return (Step.UNPAY,) if any(one.counts for one in row.view.collections) else ()

    def press(self, key: ActionId) -> bool:
        """Answer a key: choose its step, or record the one that is chosen."""
        step = next((one for one in self.steps() if _KEYS[one] is key), None)
        if step is None:
            return False
        if step is self.step:
            self.submit()
        else:
            self._begin(step)
            self._render()
            self.focus_first()
        return True

    def focus_first(self) -> None:
        """Put the focus on the first field of the step."""
        if self.step is not None:
            editor = self.fields[_FIELDS[self.step][0]].editor
            editor.setFocus(Qt.FocusReason.ShortcutFocusReason)
            if isinstance(editor, QLineEdit):
                editor.selectAll()

    def take_party(self, party: Party) -> bool:
        """Fill in who takes it, from their card."""
        if self.step is not Step.DELIVER:
            return False
        self.lines["receiver"].setText(party.full_name)
        self.lines["id_number"].setText(party.id_number)
        return True

    def show_problem(self, name: str, text: str) -> None:
        """Say what is wrong with a field, and go there."""
        for field in self.fields.values():
            field.set_problem("")
        if name in self.fields:
            self.fields[name].set_problem(text)
            self.fields[name].editor.setFocus()

    @Slot()
    def submit(self) -> None:
        """Hand the step over."""
        if self.step is not None and self._row is not None:
            values = {name: self.lines[name].text().strip() for name in _FIELDS[self.step] if name in self.lines}
            values["outcome"] = str(self.outcome.currentData())
            self.recorded.emit(Recorded(self.step, self._row, values))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        for name, field in self.fields.items():
            field.set_label(words(f"post.field.{name}"))
        chosen = self.outcome.currentData()
        self.outcome.clear()
        for outcome in AttemptOutcome:
            self.outcome.addItem(words(f"postal.outcome.{outcome.value}"), outcome.value)
        self.outcome.setCurrentIndex(max(0, self.outcome.findData(chosen)))
        for step, button in self.buttons.items():
            button.set_text(words(f"post.step.{step.value}"))
        self._render()

    def _usual(self) -> Step | None:
        steps = self.steps()
        return next((step for step in (Step.DELIVER, Step.SEND, Step.COLLECT) if step in steps), None)

    def _choosing(self, step: Step) -> Callable[[], object]:
        return lambda: self.press(_KEYS[step])

    def _begin(self, step: Step | None) -> None:
        """Fill in what is known already."""
        self.step = step
        for name, line in self.lines.items():
            line.clear()
            self.fields[name].set_problem("")
        row = self._row
        if row is None or step is None:
            return
        if step is Step.SEND:
            self.lines["carrier"].setText(self._carrier)
        if step is Step.DELIVER:
            self.lines["receiver"].setText(row.receiver)
        if step in (Step.DELIVER, Step.COLLECT) and row.view is not None and row.view.waybill.cod:
            self.lines["collected"].setText(str(row.view.waybill.cod))

    def _render(self) -> None:
        row, words, steps = self._row, self._words, self.steps()
        self.facts.setVisible(row is not None)
        self.form.setVisible(bool(steps))
        for step, button in self.buttons.items():
            button.setVisible(step in steps)
            button.set_kind(ButtonKind.PRIMARY if step is self.step else ButtonKind.SECONDARY)
        shown = _FIELDS[self.step] if self.step is not None else ()
        for name, field in self.fields.items():
            has_cod = row is not None and row.view is not None and row.view.waybill.cod > 0
            field.setVisible(name in shown and (name != "collected" or has_cod))
        if row is None:
            return
        self.facts.set_title(row.number or row.code)
        self.pill.set_state(say_state(words, row), row.tone)
        self.form.set_title(words(f"post.doing.{self.step.value}") if self.step is not None else "")
        show_lines(self._lines, tell_row(words, row))

    def _lay_out(self) -> None:
        self.facts.body.addWidget(self.pill)
        self.facts.body.addLayout(self._lines)
        for field in ("number", "carrier", "cod", "weight", "outcome", "note", "reason", "receiver", "relation",
                      "id_number", "collected"):  # fmt: skip
            self.form.body.addWidget(self.fields[field])
        for step in Step:
            self.form.body.addWidget(self.buttons[step])
        scrolled = ScrolledColumn(self)
        scrolled.column.addWidget(self.form)
        scrolled.column.addWidget(self.facts)
        scrolled.end_column()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scrolled)
