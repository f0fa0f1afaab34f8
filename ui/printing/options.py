"""The left column of the print view: which paper, on what, with which words."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet
from ui.actions import ActionId
from ui.formats import show_moment
from ui.printing.detail_inputs import DetailInput
from ui.printing.offers import has_job, offered_sets
from ui.printing.printers import fill_box, is_receipt_printer, offer_printers
from ui.printing.state import PaperState
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, ScrolledColumn
from ui.words import Words

WIDTH = 344
MOST_COPIES = 9
REASON = "print_reason"


class PaperOptions(QWidget):
    """Passive: `show_state` fills it, each change of the clerk is a signal."""

    form_chosen = Signal(object)
    set_chosen = Signal(object)
    sheet_chosen = Signal(object)
    copies_chosen = Signal(int)
    printer_chosen = Signal(str)
    edited = Signal(str, str)
    left = Signal(str)
    reason_edited = Signal(str)
    print_requested = Signal()
    close_requested = Signal()

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._state: PaperState | None = None
        self.form, self.form_set, self.sheet = Choices(), Choices(), Choices()
        self.copies, self.printer = Choices(), Choices()
        self.copies.setMinimumContentsLength(1)
        self.reason = QLineEdit()
        self.reason.setObjectName("paper.reason")
        self.reason.setMaxLength(500)
        self.details: dict[str, DetailInput] = {}
        self._form_field, self._set_field = Field(self.form), Field(self.form_set)
        self._sheet_field, self._copies_field = Field(self.sheet), Field(self.copies)
        self._printer_field, self.reason_field = Field(self.printer), Field(self.reason)
        self._empty_hint = QLabel()
        self._empty_hint.setProperty("role", "hint")
        self._empty_hint.setWordWrap(True)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.print = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_PRINT)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def show_state(self, state: PaperState) -> None:
        """Show the choice; only what differs is touched, so nobody loses their place."""
        self._state = state
        words, printing = self._words, not state.is_reading
        fill_box(self.form, [(self._form_text(state, form), form) for form in state.forms], state.form)
        sets = [(self._set_text(state, one), one) for one in offered_sets(state.dossier, state.form)]
        fill_box(self.form_set, sets, state.form_set)
        fill_box(self.copies, [(str(count), count) for count in range(1, MOST_COPIES + 1)], state.copies)
        offer_printers(self.printer, words, state.printers, as_set=state.set_printer, chosen=state.printer)
        self._form_field.set_hint(self._printed_text(state))
        self._show_sheets(state)
        self._show_details(state)
        for field in (self._set_field, self._copies_field, self._printer_field, self._sheet_field):
            field.setVisible(printing)
        self.reason_field.setVisible(printing and state.is_further)
        self._empty_hint.setVisible(printing and bool(state.asks))
        if self.reason.text() != state.reason:
            self.reason.setText(state.reason)
        self._show_problem(self.reason_field, REASON)
        self.print.setDisabled(state.is_busy)
        self.print.set_text(words("ui.paper.print_this") if state.is_reading else words("ui.paper.print"))

    def focus_field(self, name: str = "") -> None:
        """Put the focus into a field of the details, into the reason, or where work begins."""
        state = self._state
        if state is None:
            return
        if name in self.details:
            self.details[name].editor.setFocus()
        elif name == REASON or (not name and state.is_further and not state.is_reading):
            self.reason.setFocus()
        elif not name and state.asks and not state.is_reading:
            self.details[state.asks[0]].editor.setFocus()
        else:
            self.form.setFocus()

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._form_field.set_label(words("ui.paper.form"))
        self._set_field.set_label(words("ui.paper.form_set"))
        self._sheet_field.set_label(words("ui.paper.sheet"))
        self._copies_field.set_label(words("ui.paper.copies"))
        self._printer_field.set_label(words("ui.paper.printer"))
        self.reason_field.set_label(words("ui.dossiers.reason"))
        self.reason_field.set_hint(words("ui.dossiers.reason_hint"))
        self._empty_hint.setText(words("ui.paper.empty_hint"))
        self.back.set_text(words("ui.paper.back"))
        for detail in self.details.values():
            detail.retranslate()
        if self._state is not None:
            self.show_state(self._state)

    def _lay_out(self) -> None:
        self.setFixedWidth(WIDTH)
        self._area = ScrolledColumn(self)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = self._area.column
        sizes = QHBoxLayout()
        sizes.setSpacing(SPACE.small)
        sizes.addWidget(self._copies_field, 4)
        sizes.addWidget(self._sheet_field, 8)
        sizes.addWidget(self._set_field, 10)
        self._details_column = QVBoxLayout()
        self._details_column.setSpacing(SPACE.small)
        column.addWidget(self._form_field)
        column.addWidget(self.reason_field)
        column.addWidget(self._printer_field)
        column.addLayout(sizes)
        column.addWidget(self._empty_hint)
        column.addLayout(self._details_column)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE.small)
        buttons.addWidget(self.back)
        buttons.addWidget(self.print, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.small)
        outer.addWidget(self._area, 1)
        outer.addLayout(buttons)

    def _connect_signals(self) -> None:
        self._tell(self.form, lambda value: self.form_chosen.emit(Form(value)))
        self._tell(self.form_set, lambda value: self.set_chosen.emit(FormSet(value)))
        self._tell(self.sheet, lambda value: self.sheet_chosen.emit(Sheet(value) if value else None))
        self._tell(self.copies, self.copies_chosen.emit)
        self._tell(self.printer, self.printer_chosen.emit)
        self.reason.textEdited.connect(self.reason_edited)
        self.reason.returnPressed.connect(self.print_requested)
        self.back.clicked.connect(self.close_requested)
        self.print.clicked.connect(self.print_requested)

    def _tell(self, box: Choices, tell: Callable[[Any], None]) -> None:
        box.activated.connect(lambda row: tell(box.itemData(row)))

    def _form_text(self, state: PaperState, form: Form) -> str:
        name = self._words(f"ui.form.{form.value}")
        return self._words("ui.paper.printed_before", form=name) if has_job(state.jobs, form) else name

    def _printed_text(self, state: PaperState) -> str:
        newest = state.newest
        if newest is None:
            return ""
        count = sum(1 for job in state.jobs if job.form is state.form)
        return self._words("ui.paper.printed_times", count=count, moment=show_moment(newest.ordered_at))

    def _set_text(self, state: PaperState, form_set: FormSet) -> str:
        short = form_set.value.removesuffix("/TT-VPCP")
        return short if form_set is state.dossier.form_set else self._words("ui.paper.other_set", form_set=short)

    def _show_sheets(self, state: PaperState) -> None:
        sheets = KINDS[state.form].sheets
        on_roll = is_receipt_printer(state.printer or state.set_printer)
        words = self._words
        if on_roll:
            items: list[tuple[str, object]] = [(words("ui.paper.roll"), None)]
        else:
            others = [sheet for sheet in sheets if sheet is not state.set_sheet]
            items = [(words(f"ui.sheet.{state.set_sheet.value}"), None)]
            items += [(words(f"ui.sheet.{sheet.value}"), sheet) for sheet in others]
        fill_box(self.sheet, items, None if on_roll else state.sheet)
        self.sheet.setEnabled(len(items) > 1)

    def _show_details(self, state: PaperState) -> None:
        for name in state.asks:
            if name not in self.details:
                detail = self.details[name] = DetailInput(name, self._words)
                detail.edited.connect(self.edited)
                detail.left.connect(self.left)
        if [name for name in self.details if not self.details[name].isHidden()] != list(state.asks):
            for name in state.asks:
                # Taken out and put in again, so that they stand and are reached in the form's own order.
                self._details_column.removeWidget(self.details[name])
                self._details_column.addWidget(self.details[name])
        for name, detail in self.details.items():
            detail.setVisible(name in state.asks and not state.is_reading)
            detail.show_value(state.values.get(name, ""))
            self._show_problem(detail, name)

    def _show_problem(self, field: Field, name: str) -> None:
        key = self._state.problems.get(name, "") if self._state is not None else ""
        field.set_problem(self._words(key) if key else "")
