"""What lies below the form: due date with its why, fees, the three ways to finish, and the reason of two of them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QVBoxLayout, QWidget

from counter_app.domain.dossier import Outcome
from ui.actions import ActionId
from ui.intake.inputs import Section, TextInput
from ui.intake.sentences import (
    say_due,
    say_duplicates,
    say_fee,
    say_fee_label,
    say_fee_steps,
    say_missing,
    say_why,
)
from ui.intake.state import IntakeState
from ui.widgets.buttons import ActionButton, ButtonKind
from ui.words import Words

_WHY_LINES = 8
_BUTTONS = {
    ActionId.INTAKE_WHY: (ButtonKind.QUIET, "intake.due.why"),
    ActionId.INTAKE_REFUSE: (ButtonKind.SECONDARY, "intake.action.refuse"),
    ActionId.INTAKE_SUPPLEMENT: (ButtonKind.SECONDARY, "intake.action.supplement"),
    ActionId.INTAKE_ACCEPT: (ButtonKind.PRIMARY, "intake.action.accept"),
}


class WhyPanel(QFrame):
    """The days that make the due date, one line each."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why")
        self.setProperty("role", "card")
        self._words = words
        self._title = QLabel()
        self._title.setProperty("role", "cardTitle")
        self.steps = QListWidget()
        self.steps.setObjectName("why.steps")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        layout.addWidget(self.steps)
        self.hide()

    def show_state(self, state: IntakeState) -> None:
        """Show the steps, or nothing."""
        due = state.quote.due if state.quote else None
        self.setVisible(state.why_shown and due is not None)
        if due is None or not state.why_shown:
            return
        self._title.setText(self._words("intake.due.why_title", due=say_due(self._words, state.quote)))
        self.steps.setAccessibleName(self._title.text())
        lines = say_why(self._words, due)
        if [self.steps.item(row).text() for row in range(self.steps.count())] != lines:
            self.steps.clear()
            self.steps.addItems(lines)
        height = self.steps.sizeHintForRow(0) * min(len(lines), _WHY_LINES)
        self.steps.setFixedHeight(height + 2 * self.steps.frameWidth() + 4)


class ReasonPanel(Section):
    """What is missing and why, before a supplement request or a refusal is saved."""

    confirmed = Signal()
    cancelled = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "", parent)
        self.setObjectName("reason.panel")
        self._asking: Outcome | None = None
        self._title = QLabel()
        self._title.setProperty("role", "cardTitle")
        self.missing = QLabel()
        self.missing.setWordWrap(True)
        self.reason = TextInput("reason", "intake.asking.refuse_reason", words)
        self.add_input(self.reason)
        self._back = ActionButton(ButtonKind.QUIET)
        self._back.clicked.connect(self._on_back)
        self._confirm = ActionButton(ButtonKind.PRIMARY)
        self._confirm.clicked.connect(self._on_confirm)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.reason, stretch=1)
        for button in (self._back, self._confirm):
            row.addWidget(button, alignment=Qt.AlignmentFlag.AlignBottom)
        self.body.addWidget(self._title)
        self.body.addWidget(self.missing)
        self.body.addLayout(row)
        self.hide()

    def show_state(self, state: IntakeState) -> None:
        """Show what the outcome asks for, or nothing."""
        self._asking = state.asking
        self.setVisible(state.asking is not None)
        self._write()
        super().show_state(state)
        self.missing.setVisible(state.asking is Outcome.SUPPLEMENT_ASKED)
        self.missing.setText(say_missing(self.words, state))

    def _write(self) -> None:
        name = "supplement" if self._asking is Outcome.SUPPLEMENT_ASKED else "refuse"
        self._title.setText(self.words(f"intake.asking.{name}_title"))
        self.reason.change_label(f"intake.asking.{name}_reason")
        self._back.set_text(self.words("intake.action.back"))
        self._confirm.set_text(self.words("intake.action.confirm"))

    def _on_back(self) -> None:
        self.cancelled.emit()

    def _on_confirm(self) -> None:
        self.confirmed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter saves; it never leaves a reason half said by moving on."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.cancelled if self._back.hasFocus() else self.confirmed).emit()
            return
        super().keyPressEvent(event)


class OutcomeBar(QFrame):
    """Due date, fees and the ways to finish. `acted` carries the action of a pressed button."""

    acted = Signal(object)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outcome")
        self.setProperty("role", "card")
        self._words = words
        self._state = IntakeState()
        self.duplicate = QLabel()
        self.duplicate.setObjectName("duplicate")
        self.duplicate.setProperty("role", "caution")
        self.duplicate.setWordWrap(True)
        self.duplicate.hide()
        self._due_label, self.due = QLabel(), QLabel()
        self._fee_label, self.fee = QLabel(), QLabel()
        for label in (self._due_label, self._fee_label):
            label.setProperty("role", "hint")
        for label in (self.due, self.fee):  # no larger: a fee is as often words as a figure, and has to fit beside them
            label.setProperty("role", "cardTitle")
        self._buttons = {action: ActionButton(kind, action) for action, (kind, _) in _BUTTONS.items()}
        for action, button in self._buttons.items():
            button.clicked.connect(lambda _=False, action=action: self.acted.emit(action))
        self._lay_out()
        self.retranslate()

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        outer.setSpacing(4)
        outer.addWidget(self.duplicate)
        row = QHBoxLayout()
        row.setSpacing(8)
        outer.addLayout(row)
        for label, value in ((self._due_label, self.due), (self._fee_label, self.fee)):
            pair = QVBoxLayout()
            pair.setSpacing(0)
            pair.addWidget(label)
            pair.addWidget(value)
            row.addLayout(pair)
            if value is self.due:
                row.addWidget(self._buttons[ActionId.INTAKE_WHY])
        row.addStretch(1)
        for action in (ActionId.INTAKE_REFUSE, ActionId.INTAKE_SUPPLEMENT, ActionId.INTAKE_ACCEPT):
            row.addWidget(self._buttons[action])

    def show_state(self, state: IntakeState) -> None:
        """Show the quote."""
        self._state = state
        words = self._words
        self.due.setText(say_due(words, state.quote))
        self._show_fee(state)
        self.duplicate.setText(say_duplicates(words, state.quote))
        self.duplicate.setVisible(bool(self.duplicate.text()))
        self._buttons[ActionId.INTAKE_WHY].setEnabled(state.quote is not None and state.quote.due is not None)
        for action in (ActionId.INTAKE_REFUSE, ActionId.INTAKE_SUPPLEMENT, ActionId.INTAKE_ACCEPT):
            self._buttons[action].setEnabled(not state.busy)
        for label, value in ((self._due_label, self.due), (self._fee_label, self.fee)):
            value.setAccessibleName(f"{label.text()}: {value.text()}")

    def _show_fee(self, state: IntakeState) -> None:
        """The short words, and how they come about for the pointer and for screen readers."""
        self._fee_label.setText(say_fee_label(self._words, state))
        self.fee.setText(say_fee(self._words, state))
        steps = "\n".join(say_fee_steps(self._words, state))
        for label in (self._fee_label, self.fee):
            label.setToolTip(steps)
        self.fee.setAccessibleDescription(steps)

    def retranslate(self) -> None:
        """Write every text anew."""
        self._due_label.setText(self._words("intake.due.label"))
        for action, button in self._buttons.items():
            button.set_text(self._words(_BUTTONS[action][1]))
        self.show_state(self._state)
