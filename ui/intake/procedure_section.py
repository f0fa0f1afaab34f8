"""The right column: the procedure, its case, its checklist, and where and how the result comes back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QWidget

from counter_app.domain.dossier import ResultChannel
from counter_app.domain.procedure import Channel
from counter_app.domain.time_limit import TimeUnit
from ui.actions import ACTIONS, ActionId
from ui.intake.checklist_table import ChecklistTable
from ui.intake.inputs import ChoiceInput, Section, TextInput, UnitInput
from ui.intake.procedure_box import ProcedureBox
from ui.intake.reuse import remarks
from ui.intake.sentences import say_handed_in, say_problem
from ui.intake.state import YES, IntakeState
from ui.widgets import UnitChoice
from ui.words import Words

_CHANNELS = tuple((channel.value, f"intake.channel.{channel.value}") for channel in Channel)
_CONSENT = (("", "systems.consent.no"), (YES, "systems.consent.yes"))
_RESULT_CHANNELS = tuple((channel.value, f"intake.result_channel.{channel.value}") for channel in ResultChannel)
_UNITS_OF_TIME = tuple((unit.value, f"intake.time_limit.{unit.value}") for unit in TimeUnit)


class ProcedureSection(Section):
    """What is asked for. `case_chosen` carries the case's code."""

    case_chosen = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "", parent)
        self.box = ProcedureBox(words)
        self.case = ChoiceInput("case", "intake.procedure.case", words, ())
        self.channel = ChoiceInput("channel", "intake.procedure.channel", words, _CHANNELS)
        self.sets = TextInput("dossier_count", "intake.procedure.dossier_count", words)
        self.sets.setMaximumWidth(64)
        self.limit = TextInput("time_limit", "intake.time_limit.label", words)
        self.limit_unit = ChoiceInput("time_limit.unit", "intake.time_limit.unit", words, _UNITS_OF_TIME)
        for field in (self.channel, self.sets, self.limit, self.limit_unit):
            self.add_input(field)
        self.add_input(self.case, edited=self._on_case)
        self._lay_out()

    def _lay_out(self) -> None:
        self.body.addWidget(self.box)
        row = QHBoxLayout()
        row.setSpacing(8)
        for field, stretch in ((self.case, 4), (self.channel, 3), (self.sets, 1)):
            row.addWidget(field, stretch, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        limits = QHBoxLayout()
        limits.setSpacing(8)
        for field in (self.limit, self.limit_unit):
            limits.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(limits)

    def _on_case(self, _: str, code: str) -> None:
        self.case_chosen.emit(code)

    def show_state(self, state: IntakeState) -> None:
        """Show the procedure, and the fields it needs."""
        self.case.set_options(
            tuple((case.code, case.name or self.words("intake.procedure.only_case")) for case in state.procedure.cases)
            if state.procedure
            else ()
        )
        super().show_state(state)
        if state.case is not None:
            self.case.show_value(state.case.code, None)
        self.case.setVisible(state.procedure is not None and len(state.procedure.cases) > 1)
        self.limit.setVisible(state.needs_time_limit)
        self.limit_unit.setVisible(state.needs_time_limit)
        self.box.show_state(state)

    def retranslate(self) -> None:
        """Write every text anew."""
        super().retranslate()
        if hasattr(self, "box"):
            self.box.retranslate()


class ChecklistSection(Section):
    """The papers of the case, counted."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "", parent)
        self.table = ChecklistTable(words)
        self._summary = QLabel()
        self._keys = QLabel()
        self._keys.setProperty("role", "hint")
        self._keys.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._empty = QLabel()
        self._empty.setProperty("role", "hint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._problem = QLabel()
        self._problem.setProperty("role", "problem")
        self._problem.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._summary, stretch=1)
        self.body.addLayout(head)
        self.body.addWidget(self.table, stretch=1)
        self.body.addWidget(self._empty, stretch=1)
        self.body.addWidget(self._keys)
        self.body.addWidget(self._problem)
        self._state = IntakeState()
        self.retranslate()

    def show_state(self, state: IntakeState) -> None:
        """Show the lines, what was counted, and what is missing."""
        super().show_state(state)
        self._state = state
        self._show_table()
        self.table.setVisible(bool(state.components))
        self._empty.setVisible(not state.components)
        self._keys.setVisible(bool(state.components))
        problem = state.find_problem("papers")
        self._problem.setText(say_problem(self.words, problem))
        self._problem.setVisible(problem is not None)
        self._write_summary()

    def _show_table(self) -> None:
        state = self._state
        digitised = frozenset(line for line in range(len(state.components)) if state.form.reused(line))
        self.table.show_checklist(state.components, state.form.counts, remarks(self.words, state), digitised)

    def _write_summary(self) -> None:
        words = self.words
        self._summary.setText(
            say_handed_in(words, self._state) if self._state.components else words("intake.checklist.title")
        )

    def retranslate(self) -> None:
        """Write every text anew."""
        super().retranslate()
        if hasattr(self, "_state"):
            self.table.retranslate()
            self._keys.setText(
                self.words("intake.checklist.keys", shortcut=ACTIONS[ActionId.INTAKE_ALL_HANDED_IN].shown)
            )
            self._empty.setText(self.words("intake.checklist.empty"))
            self._show_table()
            self._write_summary()


class ResultSection(Section):
    """Who decides, how the citizen gets the result, and a note."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "", parent)
        self.unit = UnitInput("competent_unit", "intake.result.competent_unit", words)
        self.channel = ChoiceInput("result_channel", "intake.result.channel", words, _RESULT_CHANNELS)
        self.address = TextInput("delivery_address", "intake.result.delivery_address", words)
        self.note = TextInput("note", "intake.result.note", words)
        self.notices = ChoiceInput("wants_notices", "systems.consent.label", words, _CONSENT)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for field, row, column, span in (
            (self.unit, 0, 0, 7),
            (self.channel, 0, 7, 5),
            (self.address, 1, 0, 12),
            (self.note, 2, 0, 7),
            (self.notices, 2, 7, 5),
        ):
            self.add_input(field)
            grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)

    def show_state(self, state: IntakeState) -> None:
        """Show the units, and the address only for delivery by post."""
        own, others = state.units[:1], state.units[1:]  # the service lists the desk's own unit first
        name = self.words("intake.result.own_unit", name=own[0].name) if own else ""
        self.unit.box.offer(
            (
                *(UnitChoice(value="", name=name, code=unit.code) for unit in own),
                *(UnitChoice(value=unit.code, name=unit.name, code=unit.code) for unit in others),
            )
        )
        super().show_state(state)
        self.address.setVisible(state.form.text("result_channel") == ResultChannel.POST)
