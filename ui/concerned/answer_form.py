"""What the unit that decides answers: its result with number and day, what is missing, or why it refuses."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from counter_app.core.errors import AppError
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome
from counter_app.services.answers.concerned import ConcernedRow
from counter_app.services.sentences import sentence
from ui.actions import ActionId
from ui.dossier_actions.fact_inputs import FactInput
from ui.intake.typed_values import format_date
from ui.printing.typed import LONG_FIELDS, read_values
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, ScrolledColumn, SectionCard
from ui.words import Words

_NUMBER, _DAY, _SIGNER, _SUMMARY = "result_number", "result_on", "signer_name", "result_summary"
_FIELDS = {
    ConcernedOutcome.RESULT: (_NUMBER, _DAY, _SIGNER, _SUMMARY),
    ConcernedOutcome.SUPPLEMENT: ("missing",),
    ConcernedOutcome.REFUSED: ("reason",),
}
_NEEDED = (_NUMBER, _DAY, "missing", "reason")
_FIELD_OF = {"concerned.future": _DAY}
_COLUMNS = 2


class _AnswerInput(FactInput):
    """A fact of an action, by a name that needs no more room than half the form has."""

    def label_text(self) -> str:
        label = self._words(f"concerned.field.{self.name}")
        return self._words("ui.act.needed", field=label) if self.is_needed else label


class AnswerForm(QWidget):
    """Passive: `confirmed(ConcernedAnswer)` when the clerk is done, `left` when not."""

    confirmed = Signal(object)
    left = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.row: ConcernedRow | None = None
        self.outcome = ConcernedOutcome.RESULT
        self._values: dict[str, str] = {}
        self.inputs: dict[str, _AnswerInput] = {}
        self._card = SectionCard(self, wraps=True)
        self._told = QLabel(self)
        self._told.setProperty("role", "hint")
        self._told.setWordWrap(True)
        self._told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.save = ActionButton(ButtonKind.PRIMARY, ActionId.CONCERNED_RESULT)
        self._lay_out()
        self.back.clicked.connect(self.left)
        self.save.clicked.connect(self.submit)
        self.retranslate()

    def open(self, row: ConcernedRow, outcome: ConcernedOutcome) -> None:
        """Begin an answer about a dossier; what was answered before in the same way stands there to be corrected."""
        self.row, self.outcome = row, outcome
        self._values = _written(row.answer) if row.answer is not None and row.answer.outcome is outcome else {}
        self._place_inputs()
        self.save.setEnabled(True)
        self.retranslate()
        self.focus_field()

    def close_form(self) -> None:
        """Forget what was written."""
        self.row, self._values = None, {}

    def focus_field(self, name: str = "") -> None:
        """Put the focus into a field, or into the first one."""
        field = self.inputs.get(name) or next(iter(self.inputs.values()), None)
        if field is not None:
            field.editor.setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(field, 0, SPACE.medium)

    @Slot()
    def submit(self) -> None:
        """Ask for the answer to be saved, once, unless something is missing or cannot be read."""
        if self.row is None or not self.save.isEnabled():
            return
        found, problems = read_values(self._values, _FIELDS[self.outcome])
        lacking = [name for name in self.inputs if name in _NEEDED and not self._values.get(name, "").strip()]
        problems = dict.fromkeys(lacking, "ui.act.needs_value") | problems
        for name, field in self.inputs.items():
            field.set_problem(self._words(problems[name]) if name in problems else "")
        if problems:
            self.focus_field(next(name for name in self.inputs if name in problems))
            return
        self.save.setEnabled(False)
        self.confirmed.emit(
            ConcernedAnswer(
                outcome=self.outcome,
                number=found.get(_NUMBER, ""),
                decided_on=found.get(_DAY),
                signer=found.get(_SIGNER, ""),
                words=_one_line(found.get("missing", "")) or found.get("reason", "") or found.get(_SUMMARY, ""),
            )
        )

    def show_refusal(self, error: AppError) -> None:
        """Let the clerk correct what the service refused; it stands beside its field where there is one."""
        self.save.setEnabled(True)
        name = _FIELD_OF.get(error.code, "")
        if name in self.inputs:
            self.inputs[name].set_problem(sentence(error, self._words.language))
        self.focus_field(name)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.back.set_text(words("ui.act.back"))
        self.save.set_text(words("concerned.save"))
        self._told.setText(words("concerned.told"))
        for field in self.inputs.values():
            field.retranslate()
        if self.row is not None:
            dossier = self.row.dossier
            self._card.set_title(f"{words(f'concerned.doing.{self.outcome.value}')} · {dossier.code}")

    def _lay_out(self) -> None:
        self._area = ScrolledColumn(self)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE.medium)
        self._grid.setVerticalSpacing(SPACE.small)
        for number in range(_COLUMNS):
            self._grid.setColumnStretch(number, 1)
        self._area.column.addLayout(self._grid)
        self._area.end_column()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addWidget(self.save, 1)
        self._card.body.addWidget(self._area, 1)
        self._card.body.addWidget(self._told)
        self._card.body.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)

    def _place_inputs(self) -> None:
        """New fields for each answer, so that nothing of another one can stand in them."""
        for field in self.inputs.values():
            self._grid.removeWidget(field)
            field.hide()
            field.deleteLater()
        self.inputs = {name: _AnswerInput(name, self._words) for name in _FIELDS[self.outcome]}
        for place, (name, field) in enumerate(self.inputs.items()):
            field.mark_needed(is_needed=name in _NEEDED)
            field.show_value(self._values.get(name, ""))
            field.edited.connect(self._on_edited)
            is_wide = name in LONG_FIELDS or name == _SIGNER
            row, column = (place, 0) if is_wide else divmod(place, _COLUMNS)
            self._grid.addWidget(field, row, column, 1, _COLUMNS if is_wide else 1, Qt.AlignmentFlag.AlignTop)

    @Slot(str, str)
    def _on_edited(self, name: str, text: str) -> None:
        self._values[name] = text
        if name in self.inputs:
            self.inputs[name].set_problem("")


def _written(answer: ConcernedAnswer) -> dict[str, str]:
    """Return an answer as a clerk would have typed it."""
    if answer.outcome is not ConcernedOutcome.RESULT:
        return dict.fromkeys(_FIELDS[answer.outcome], answer.words)
    values = (answer.number, format_date(answer.decided_on), answer.signer, answer.words)
    return dict(zip(_FIELDS[answer.outcome], values, strict=True))


def _one_line(text: str) -> str:
    """One paper a line is how they are written; they travel in one."""
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
