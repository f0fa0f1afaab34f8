"""The left column: the applicant, the person's earlier dossiers, and who submits instead."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from counter_app.domain.person import PartyKind, Sex
from ui.actions import ACTIONS, ActionId
from ui.intake.differences import find_other
from ui.intake.inputs import ChoiceInput, Input, Section, TextInput
from ui.intake.sentences import say_earlier
from ui.intake.state import SUBMITTER_SHOWN, IntakeState
from ui.widgets.buttons import ActionButton, ButtonKind
from ui.words import Words

_SEXES = (("", "intake.sex.none"), (Sex.MALE.value, "intake.sex.male"), (Sex.FEMALE.value, "intake.sex.female"))
_KINDS = (
    (PartyKind.PERSON.value, "intake.kind.person"),
    (PartyKind.ORGANISATION.value, "intake.kind.organisation"),
)
_EARLIER_LINES = 3


class EarlierList(QListWidget):
    """The person's earlier dossiers; Enter takes one's contact facts over."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("earlier")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemActivated.connect(lambda item: self.chosen.emit(item.data(Qt.ItemDataRole.UserRole)))

    def show_rows(self, rows: list[tuple[str, str]]) -> None:
        """Show code and line of each dossier; nothing is drawn anew when they are the same."""
        shown = [(self.item(row).data(Qt.ItemDataRole.UserRole), self.item(row).text()) for row in range(self.count())]
        if shown == rows:
            return
        self.clear()
        for code, line in rows:
            item = QListWidgetItem(line)
            item.setData(Qt.ItemDataRole.UserRole, code)
            item.setToolTip(line)
            self.addItem(item)
        height = self.sizeHintForRow(0) if rows else 0
        self.setFixedHeight(min(len(rows), _EARLIER_LINES) * height + 2 * self.frameWidth() + 4)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter chooses on every platform (a list's own activation key differs between them)."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.count():
            item = self.item(max(self.currentRow(), 0))
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))
            return
        super().keyPressEvent(event)


class ApplicantSection(Section):
    """The person or organisation whose dossier it is."""

    earlier_chosen = Signal(str)
    submitter_toggled = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "intake.applicant.title", parent)
        self.kind = ChoiceInput("applicant.kind", "intake.applicant.kind", words, _KINDS)
        self.full_name = TextInput(
            "applicant.full_name", "intake.applicant.full_name", words, hint_key="intake.applicant.card_hint"
        )
        self.id_number = TextInput("applicant.id_number", "intake.applicant.id_number", words)
        self.tax_code = TextInput("applicant.tax_code", "intake.applicant.tax_code", words)
        self.birth_on = TextInput(
            "applicant.birth_on", "intake.applicant.birth_on", words, hint_key="intake.applicant.birth_hint"
        )
        self.sex = ChoiceInput("applicant.sex", "intake.applicant.sex", words, _SEXES)
        self.phone = TextInput("applicant.phone", "intake.applicant.phone", words)
        self.email = TextInput("applicant.email", "intake.applicant.email", words)
        self.address = TextInput("applicant.address", "intake.applicant.address", words)
        self.earlier = EarlierList()
        self.earlier.chosen.connect(self.earlier_chosen)
        self.switch = ActionButton(ButtonKind.QUIET, ActionId.INTAKE_SUBMITTER)
        self.switch.setObjectName("submitter.switch")
        self.switch.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.switch.clicked.connect(self._on_switch)
        self.header.addWidget(self.switch)
        self._is_submitter_shown = False
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        places: tuple[tuple[Input, int, int, int], ...] = (
            (self.full_name, 0, 0, 8),
            (self.kind, 0, 8, 4),
            (self.id_number, 1, 0, 4),
            (self.tax_code, 1, 0, 4),
            (self.birth_on, 1, 4, 4),
            (self.sex, 1, 8, 4),
            (self.phone, 2, 0, 4),
            (self.email, 2, 4, 8),
            (self.address, 3, 0, 12),
        )
        for field, row, column, span in places:
            self.add_input(field)
            grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)
        self.body.addWidget(self.earlier)
        self.earlier.hide()

    def show_state(self, state: IntakeState) -> None:
        """Show the applicant and the earlier dossiers."""
        super().show_state(state)
        organisation = state.form.text("applicant.kind") == PartyKind.ORGANISATION
        self.full_name.change_label(
            "intake.applicant.organisation_name" if organisation else "intake.applicant.full_name"
        )
        for field in (self.id_number, self.birth_on, self.sex):
            field.setVisible(not organisation)
        self.tax_code.setVisible(organisation)
        place = state.form.text("applicant.current_place")
        usual = {"applicant.address": self.words("intake.applicant.current_place", place=place) if place else ""}
        for name, shown in self.inputs.items():
            shown.set_hint(self._say_other(state, name) or usual.get(name, ""))
        self._is_submitter_shown = bool(state.form.text(SUBMITTER_SHOWN))
        self._write_switch()
        self.earlier.show_rows([(row.code, say_earlier(self.words, row)) for row in state.earlier])
        self.earlier.setVisible(bool(state.earlier))
        self.earlier.setAccessibleName(self.words("intake.earlier.title", count=len(state.earlier)))
        self.earlier.setAccessibleDescription(self.words("intake.earlier.hint"))

    def _say_other(self, state: IntakeState, name: str) -> str:
        other = find_other(state, name)
        if other is None:
            return ""
        text = dict(_SEXES).get(other.text, "") if name == "applicant.sex" else ""
        return self.words(
            f"intake.differences.{other.source.value}",
            text=self.words(text) if text else other.text,
            press=ACTIONS[ActionId.INTAKE_OTHER].shown,
        )

    def retranslate(self) -> None:
        """Write every text anew; the switch says what it will do."""
        super().retranslate()
        self._write_switch()

    def _write_switch(self) -> None:
        shown = self._is_submitter_shown
        self.switch.set_text(self.words("intake.submitter.hide" if shown else "intake.submitter.show"))

    def _on_switch(self) -> None:
        self.submitter_toggled.emit()


class SubmitterSection(Section):
    """Somebody who submits for the applicant, with the authorisation; closed until wanted."""

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(words, "intake.submitter.title", parent)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for name, row, column, span in (("full_name", 0, 0, 2), ("id_number", 1, 0, 1), ("phone", 1, 1, 1)):
            field = TextInput(f"submitter.{name}", f"intake.submitter.{name}", words)
            self.add_input(field)
            grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)
        authorisation = TextInput("authorisation", "intake.submitter.authorisation", words)
        self.add_input(authorisation)
        grid.addWidget(authorisation, 2, 0, 1, 2, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(grid)
        self.hide()

    def show_state(self, state: IntakeState) -> None:
        """Open or close, and show the submitter."""
        super().show_state(state)
        self.setVisible(bool(state.form.text(SUBMITTER_SHOWN)))


def scrolled_column(*sections: QWidget) -> QWidget:
    """Return the sections below each other, pushed to the top."""
    column = QWidget()
    column.setProperty("role", "scrolled")
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(8)
    for section in sections:
        layout.addWidget(section)
    layout.addStretch(1)
    return column
