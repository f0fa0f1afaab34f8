"""One dossier of a batch while it is typed: procedure, whose it is, where it goes."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit

from counter_app.domain.dossier import ResultChannel
from counter_app.domain.person import FieldSource, Party
from counter_app.domain.unit import Unit
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.intake import IntakeForm
from ui.intake.typed_values import find_date, find_year, format_date
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Field, SectionCard, SuggestBox, Suggestion, UnitBox, UnitChoice
from ui.words import Words


class BatchForm(SectionCard):
    """Passive: `added(IntakeForm, bool)` when a line is done (True: all papers are there); `procedure_typed(str)`.

    The procedure, the unit and the delivery stay for the next line: a runner's pile is often of one kind.
    """

    added = Signal(object, bool)
    procedure_typed = Signal(str)

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._procedure = ""
        self._party = Party()
        self.procedure = SuggestBox()
        self.name, self.id_number, self.birth, self.phone = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.address, self.delivery = QLineEdit(), QLineEdit()
        self.unit = UnitBox()
        self.papers = QCheckBox()
        self.papers.setChecked(True)
        self.add = ActionButton(ButtonKind.SECONDARY)
        self._fields = {
            "procedure": Field(self.procedure),
            "unit": Field(self.unit),
            "name": Field(self.name),
            "id_number": Field(self.id_number),
            "birth": Field(self.birth),
            "phone": Field(self.phone),
            "address": Field(self.address),
            "delivery": Field(self.delivery),
        }
        self._lay_out()
        for line in (self.name, self.id_number, self.birth, self.phone, self.address, self.delivery):
            line.setMaxLength(300)
            line.returnPressed.connect(self.submit)
        self.add.clicked.connect(self.submit)
        self.procedure.query_changed.connect(self._on_query)
        self.procedure.chosen.connect(self._on_chosen)

    def show_units(self, units: Sequence[Unit]) -> None:
        """Offer these units; the desk's own stands first."""
        self.unit.offer([UnitChoice(value=unit.code, name=unit.name, code=unit.code) for unit in units])

    def show_hits(self, hits: Sequence[ProcedureHit]) -> None:
        """Offer these procedures."""
        self.procedure.set_suggestions([Suggestion(hit.name, hit.code, hit.code) for hit in hits])

    def show_party(self, party: Party) -> None:
        """Fill in whose card was read."""
        self._party = party
        self.name.setText(party.full_name)
        self.id_number.setText(party.id_number)
        self.birth.setText(format_date(party.birth_on) or str(party.birth_year or ""))
        self.address.setText(party.address)
        (self.phone if self._procedure else self.procedure).setFocus()

    def focus_first(self) -> None:
        """Begin with what is missing first."""
        (self.name if self._procedure else self.procedure).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def submit(self) -> None:
        """Hand the line over, unless procedure, unit or name is missing."""
        missing = (
            ("procedure", "" if self._procedure else "check.procedure_missing"),
            ("unit", "" if self.unit.is_known else "unit.not_chosen"),
            ("name", "" if self.name.text().strip() else "check.name_missing"),
        )
        for field, code in missing:
            self._fields[field].set_problem(self._words(code) if code else "")
        first = next((field for field, code in missing if code), None)
        if first is not None:
            self._fields[first].editor.setFocus()
            return
        self.added.emit(self._form(), self.papers.isChecked())
        self._party = Party()
        for line in (self.name, self.id_number, self.birth, self.phone, self.address, self.delivery):
            line.clear()
        self.name.setFocus()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self.set_title(words("post.new_line"))
        for name, field in self._fields.items():
            field.set_label(words(f"post.line.{name}"))
        self._fields["delivery"].set_hint(words("post.delivery_hint"))
        self.papers.setText(words("post.all_papers"))
        self.add.set_text(words("post.add_line"))

    def _form(self) -> IntakeForm:
        birth = self.birth.text()
        stated = {
            "full_name": self.name.text(),
            "id_number": self.id_number.text(),
            "phone": self.phone.text(),
            "address": self.address.text(),
            "birth_on": find_date(birth),
            "birth_year": find_year(birth),
        }
        known = self._party
        typed = {name: FieldSource.TYPED for name, said in stated.items() if said and said != getattr(known, name)}
        party = msgspec.structs.replace(known, sources={**known.sources, **typed}, **stated)
        delivery = self.delivery.text().strip()
        return IntakeForm(
            procedure_code=self._procedure,
            applicant=party,
            competent_unit_code=self.unit.value,
            result_channel=ResultChannel.POST if delivery else ResultChannel.DESK,
            delivery_address=delivery,
        )

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE.medium)
        grid.setVerticalSpacing(SPACE.hair)
        places = {
            "procedure": (0, 0, 2), "unit": (1, 0, 2), "name": (2, 0, 2), "id_number": (3, 0, 1), "birth": (3, 1, 1),
            "phone": (4, 0, 1), "address": (4, 1, 1), "delivery": (5, 0, 2),
        }  # fmt: skip
        for name, (row, column, span) in places.items():
            grid.addWidget(self._fields[name], row, column, 1, span)
        self.body.addLayout(grid)
        self.body.addWidget(self.papers)
        self.body.addWidget(self.add)
        self.body.addStretch(1)

    @Slot(str)
    def _on_query(self, text: str) -> None:
        self._procedure = ""
        self.procedure_typed.emit(text)

    @Slot(object)
    def _on_chosen(self, suggestion: Suggestion) -> None:
        self._procedure = str(suggestion.value)
        self.procedure.setText(suggestion.text)
        self._fields["procedure"].set_problem("")
        self.name.setFocus()
