"""The form of an action: what has to be written first, then what may be, and what will come of it."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from counter_app.domain.actions.state import DossierState
from counter_app.domain.actions.table import Action
from ui.actions import ActionId
from ui.dossier_actions.fact_inputs import AnyInput, make_input
from ui.dossier_actions.state import AUTHORISATION, REASON_CODE, ActionState
from ui.formats import show_moment
from ui.printing.typed import LONG_FIELDS
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, ScrolledColumn
from ui.words import Words

_COLUMNS = 2
_FROM_PAPER = ("result_number", "result_on")


class ActionForm(QWidget):
    """Passive: `show_state` fills it, what the clerk writes is `edited(field, text)`."""

    edited = Signal(str, str)
    left = Signal(str)
    confirmed = Signal()
    close_requested = Signal()

    def __init__(self, words: Words, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._now = now
        self._state: ActionState | None = None
        self._shown: tuple[Action | None, tuple[str, ...]] = (None, ())
        self.inputs: dict[str, AnyInput] = {}
        self._title = QLabel(self)
        self._title.setProperty("role", "cardTitle")
        self._title.setWordWrap(True)
        self.outlook = QLabel(self)
        self.outlook.setWordWrap(True)
        self.outlook.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.confirm = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_PRINT)
        self._empty = QLabel(self)
        self._empty.setProperty("role", "soft")
        self._empty.setWordWrap(True)
        self._lay_out()
        self.back.clicked.connect(self.close_requested)
        self.confirm.clicked.connect(self.confirmed)
        self.retranslate()

    def show_state(self, state: ActionState) -> None:
        """Show the action; only what differs is touched, so nobody loses their place."""
        self._state = state
        if self._shown != (state.action, state.fields):
            self._shown = (state.action, state.fields)
            self._place_inputs(state)
        self._title.setText(self._words(f"action.name.{state.action.value}"))
        self._empty.setVisible(not state.fields)
        for name, field in self.inputs.items():
            field.mark_needed(is_needed=name in state.needed)
            field.show_value(state.values.get(name, ""))
            field.set_hint(self._hint(state, name))
            field.set_problem(state.problems.get(name, ""))
        self.outlook.setText(self._say_outlook(state))
        self.outlook.setAccessibleName(self.outlook.text())
        self.confirm.setAccessibleDescription(f"F9. {self.outlook.text()}")
        self.confirm.setDisabled(state.is_busy)

    def focus_field(self, name: str = "") -> None:
        """Put the focus into a field, or into the first one; without fields on the button."""
        field = self.inputs.get(name) or next(iter(self.inputs.values()), None)
        if field is None:
            self.confirm.setFocus()
        else:
            field.editor.setFocus()
            self._area.ensureWidgetVisible(field, 0, SPACE.medium)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.back.set_text(words("ui.act.back"))
        self.confirm.set_text(words("ui.act.confirm"))
        self._empty.setText(words("ui.act.empty"))
        for field in self.inputs.values():
            field.retranslate()
        if self._state is not None:
            self.show_state(self._state)

    def _lay_out(self) -> None:
        self._area = ScrolledColumn(self)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = self._area.column
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE.medium)
        self._grid.setVerticalSpacing(SPACE.small)
        for number in range(_COLUMNS):
            self._grid.setColumnStretch(number, 1)
        column.addWidget(self._empty)
        column.addLayout(self._grid)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addWidget(self.confirm, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.small)
        outer.addWidget(self._title)
        outer.addWidget(self._area, 1)
        outer.addWidget(self.outlook)
        outer.addLayout(buttons)

    def _place_inputs(self, state: ActionState) -> None:
        """New fields for each action, so that nothing of another one can stand in them."""
        for field in self.inputs.values():
            self._grid.removeWidget(field)
            field.hide()
            field.deleteLater()
        self.inputs = {name: make_input(name, self._words, state.offer.reasons) for name in state.fields}
        row = column = 0
        for name, field in self.inputs.items():
            field.edited.connect(self.edited)
            field.left.connect(self.left)
            is_wide = name in (*LONG_FIELDS, REASON_CODE) or len(state.fields) <= _COLUMNS
            if is_wide and column:
                row, column = row + 1, 0
            self._grid.addWidget(field, row, column, 1, _COLUMNS if is_wide else 1, Qt.AlignmentFlag.AlignTop)
            column += _COLUMNS if is_wide else 1
            if column >= _COLUMNS:
                row, column = row + 1, 0

    def _hint(self, state: ActionState, name: str) -> str:
        words, due = self._words, state.view.state.due
        if name == AUTHORISATION:
            return words("ui.act.receiver_other" if state.needs_authorisation else "ui.act.receiver_owner")
        if name == "new_due_at" and due is not None:
            return words("ui.act.old_due", moment=show_moment(due.due_at))
        if name == "receiver" and AUTHORISATION in state.fields:
            return words("ui.act.scan_hint")
        if name == "reason" and REASON_CODE in state.fields:
            return words("ui.act.reason_hint")
        if name == "result_kind" and state.view.state.leg is not None:
            return words("process.whose_result", **_turn(state.view.state))
        hints = {"missing": "ui.act.missing_hint", "part": "ui.act.part_hint"}
        proposed = state.offer.proposed
        if proposed.result_number or proposed.result_on is not None:
            told = {line.facts.get("number") for line in state.view.systems}
            is_told = proposed.result_number in told
            hints |= dict.fromkeys(_FROM_PAPER, "systems.from_decision" if is_told else "facts.from_paper")
        return words(hints[name]) if name in hints else ""

    def _say_outlook(self, state: ActionState) -> str:
        words, after = self._words, state.status_after(self._now())
        status = words(f"ui.dossier_status.{int(after)}")
        key = "ui.act.stays" if after is state.view.state.status else "ui.act.becomes"
        said = [words(key, status=status)]
        if state.resumes:
            said.append(words("ui.act.due_resumes"))
        form = state.prints
        said.append(
            words("ui.act.prints_nothing")
            if form is None
            else words("ui.act.prints", form=words(f"ui.form.{form.value}"))
        )
        return " ".join(said)


def _turn(state: DossierState) -> dict[str, str | int]:
    """Return which agency of a linked procedure it is the turn of."""
    agency = state.leg.agency if state.leg is not None else ""
    return {"agency": agency, "number": len(state.leg_results) + 1, "count": len(state.legs)}
