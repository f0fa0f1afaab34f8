"""The edit form: the facts that may be corrected at the left, at the right the dossier with its earlier values."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter_app.core.errors import AppError
from counter_app.domain.correction import CorrectableFacts, facts_of
from counter_app.domain.dossier import ResultChannel
from counter_app.domain.person import FieldSource, Party, PartyKind, Sex
from counter_app.services.answers.corrections import CorrectionResult
from counter_app.services.answers.dossiers import DossierView
from ui.actions import ActionId
from ui.dossier_edit.papers import PapersEdit
from ui.dossier_edit.reading import APPLICANT_FIELDS, BIRTH, FIELDS, is_birth, read_facts, typed_of
from ui.dossiers.cards import DossierCards
from ui.dossiers.earlier import name_of_field
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, ScrolledColumn

_CARDS_WIDTH = 330
_LONGEST = 1_000
_REASON = "reason"
_WIDE = ("applicant.full_name", "applicant.address", "authorisation", "delivery_address", "note")
_CHOICES = {
    "applicant.sex": ("", *(sex.value for sex in Sex)),
    "result_channel": tuple(channel.value for channel in ResultChannel),
}
# Where the service's refusal belongs; every other one is said in the bar alone.
_PLACES = {
    "correction.name_missing": "applicant.full_name",
    "correction.birth_in_future": BIRTH,
    "correction.birth_too_early": BIRTH,
    "correction.delivery_address_missing": "delivery_address",
    "correction.reason_missing": _REASON,
}


class EditView(QWidget):
    """Takes the whole page. `closed` when the clerk goes back, `corrected(code)` when something was put right."""

    closed = Signal()
    corrected = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._words = context.words
        self._code = ""
        self._facts: CorrectableFacts | None = None
        self._sources: dict[str, FieldSource] = {}
        self._opening = 0
        self.editors: dict[str, QLineEdit | QComboBox] = {name: self._make_editor(name) for name in (*FIELDS, _REASON)}
        self.fields = {name: Field(editor, self) for name, editor in self.editors.items()}
        self.papers = PapersEdit(context.words, self)
        self.papers.left.connect(self.editors[_REASON].setFocus)
        self.cards = DossierCards(context.words, self)
        self.cards.setFixedWidth(_CARDS_WIDTH)
        self._title = QLabel(self)
        self._title.setProperty("role", "cardTitle")
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.save = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_EDIT)
        self.back.clicked.connect(self.close_view)
        self.save.clicked.connect(self.submit)
        self._area = ScrolledColumn(self)
        self._lay_out()
        self.retranslate()

    def open(self, view: DossierView) -> None:
        """Show a dossier's facts as they stand."""
        self._opening += 1
        self._code, self._facts, self._sources = view.dossier.code, facts_of(view.dossier), {}
        self.cards.show_dossier(view)
        self._title.setText(self._words("correction.title", code=self._code))
        for name, text in {**typed_of(self._facts), _REASON: ""}.items():
            self._put(name, text)
            self.fields[name].set_problem("")
        self.papers.open(self._facts.papers)
        is_organisation = view.dossier.applicant.kind is PartyKind.ORGANISATION
        for name in ("applicant.id_number", BIRTH, "applicant.sex"):
            self.fields[name].setVisible(not is_organisation)
        self.fields["applicant.tax_code"].setVisible(is_organisation)
        self._hint()
        self.save.setEnabled(True)
        self.editors["applicant.full_name"].setFocus()

    def renew(self, view: DossierView) -> None:
        """Take the dossier as it is now; what the clerk has not touched follows, what was written stays."""
        if self._facts is None or view.dossier.code != self._code:
            return
        before, self._facts = typed_of(self._facts), facts_of(view.dossier)
        for name, text in typed_of(self._facts).items():
            if self._text(name).strip() == before[name]:
                self._put(name, text)
        self.papers.renew(self._facts.papers)
        self.cards.show_dossier(view)
        self._hint()

    def close_view(self) -> None:
        """Forget what was written."""
        self._opening += 1
        self._facts = None
        self.closed.emit()

    def perform(self, action: ActionId) -> bool:
        """Answer F11, which saves, and Esc; the other keys of the page belong to what stands behind."""
        if action is ActionId.DOSSIER_EDIT:
            self.submit()
        elif action is ActionId.DISMISS:
            self._context.messages.clear()
            self.close_view()
        return action not in (ActionId.FOCUS_SCAN, ActionId.SIGN_OUT)

    def take_card(self, raw: bytes | str) -> None:
        """Put a card's facts into the applicant's fields; what stood there is said under each. Nothing is saved."""
        intake, opening = self._context.counter.intake, self._opening

        def done(party: Party) -> None:
            if opening == self._opening and self._facts is not None:
                self._fill(party)

        self._context.tasks.run(
            lambda: intake.party_from_card(intake.read_card(raw)), owner=self, done=done, name="edit.card"
        )

    @Slot()
    def submit(self) -> None:
        """Save what differs, with its reason."""
        facts, typed = self._facts, {name: self._text(name) for name in FIELDS}
        reason = self._text(_REASON).strip()
        if facts is None or not self.save.isEnabled():
            return
        if not is_birth(typed[BIRTH]):
            self._point(BIRTH, self._words("correction.bad_birth"))
            return
        if not reason:
            self._point(_REASON, self._words("ui.act.needs_value"))
            return
        after, corrections, code = (
            msgspec.structs.replace(read_facts(facts, typed, self._sources), papers=self.papers.papers),
            self._context.counter.corrections,
            self._code,
        )
        self.save.setEnabled(False)
        self._context.tasks.run(
            lambda: corrections.correct(code, before=facts, after=after, reason=reason),
            owner=self,
            done=self._on_saved,
            failed=self._on_refused,
            name="dossier.correct",
        )

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        for name, field in self.fields.items():
            field.set_label(words("correction.reason") if name == _REASON else name_of_field(words, name))
        self.papers.retranslate()
        self.fields[_REASON].set_hint(words("correction.reason_hint"))
        self.back.set_text(words("correction.back"))
        self.save.set_text(words("correction.save"))
        for name in _CHOICES:
            box = self.editors[name]
            if isinstance(box, QComboBox):
                for row in range(box.count()):
                    box.setItemText(row, self._choice(name, box.itemData(row)))
        self.cards.retranslate()
        if self._facts is not None:
            self._title.setText(words("correction.title", code=self._code))
            self._hint()

    def _on_saved(self, result: CorrectionResult) -> None:
        text = self._words("correction.saved", code=result.code)
        self._context.messages.show_message(Message(text, Severity.SUCCESS))
        self.close_view()
        self.corrected.emit(result.code)

    def _on_refused(self, error: AppError) -> None:
        self.save.setEnabled(True)
        if error.code == "correction.outdated":
            self.corrected.emit(self._code)  # what stands now is read again beside the form
        self._context.errors.show(error)
        place = _PLACES.get(error.code)
        if place is not None:
            self.editors[place].setFocus()

    def _fill(self, party: Party) -> None:
        read = typed_of(CorrectableFacts(applicant=party))
        for name in (f"applicant.{fact}" for fact in APPLICANT_FIELDS):
            if read[name]:
                self._put(name, read[name])
                self._sources[name] = FieldSource.CARD
        self._hint()
        self._context.messages.show_message(Message(self._words("correction.card_filled"), Severity.INFO))
        self.editors[_REASON].setFocus()

    def _point(self, name: str, said: str) -> None:
        self.fields[name].set_problem(said)
        self.editors[name].setFocus()

    def _hint(self) -> None:
        """Say under each field that differs what stands in it now."""
        standing = typed_of(self._facts) if self._facts is not None else {}
        for name, value in standing.items():
            shown = self._choice(name, value) if name in _CHOICES else value or self._words("correction.nothing_there")
            differs = self._text(name).strip() != value
            self.fields[name].set_hint(self._words("correction.before", value=shown) if differs else "")

    @Slot()
    def _on_edited(self) -> None:
        name = self.sender().objectName().removeprefix("edit.")
        self._sources.pop(name, None)
        self.fields[name].set_problem("")
        if name != _REASON:
            self._hint()

    def _make_editor(self, name: str) -> QLineEdit | QComboBox:
        editor: QLineEdit | QComboBox
        if name in _CHOICES:
            editor = Choices(self)
            for value in _CHOICES[name]:
                editor.addItem(self._choice(name, value), value)
            editor.activated.connect(self._on_edited)
        else:
            editor = QLineEdit(self)
            editor.setMaxLength(_LONGEST)
            editor.textEdited.connect(self._on_edited)
        editor.setObjectName(f"edit.{name}")
        return editor

    def _choice(self, name: str, value: str) -> str:
        if name == "result_channel":
            return self._words(f"intake.result_channel.{value}")
        return self._words(f"intake.sex.{value or 'none'}")

    def _put(self, name: str, text: str) -> None:
        editor = self.editors[name]
        if isinstance(editor, QLineEdit):
            editor.setText(text)
        else:
            editor.setCurrentIndex(max(0, editor.findData(text)))

    def _text(self, name: str) -> str:
        editor = self.editors[name]
        return editor.text() if isinstance(editor, QLineEdit) else str(editor.currentData())

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.hair)
        row = column = 0
        for name in FIELDS:
            is_wide = name in _WIDE
            row, column = (row + 1, 0) if is_wide and column else (row, column)
            grid.addWidget(self.fields[name], row, column, 1, 2 if is_wide else 1, Qt.AlignmentFlag.AlignTop)
            row, column = (row + 1, 0) if is_wide or column else (row, 1)
        self._area.column.addLayout(grid)
        self._area.column.addWidget(self.papers)
        self._area.end_column()
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addWidget(self.save, 1)
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addWidget(self._title)
        left.addWidget(self._area, 1)
        left.addWidget(self.fields[_REASON])
        left.addLayout(buttons)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.medium)
        outer.addLayout(left, 1)
        outer.addWidget(self.cards)
