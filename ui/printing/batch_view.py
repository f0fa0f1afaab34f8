"""Printing in a row: what, of which days, on which printer; then how far it is."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from counter_app.core.changes import Topic
from counter_app.domain.forms.kinds import KINDS, Form
from counter_app.services.answers.printing import PrinterStatus
from ui.actions import ActionId
from ui.page import PageContext
from ui.printing.batch_presenter import BatchPresenter
from ui.printing.batch_state import BATCH_FORMS, BatchState, Phase
from ui.printing.day_edit import DayEdit
from ui.printing.options import MOST_COPIES
from ui.printing.printers import fill_box, offer_printers, printer_of
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, Field, SectionCard

_MOST_WIDTH = 720
_UNDER_WAY = (Phase.ORDERING, Phase.PRINTING)


class BatchView(QWidget):
    """Takes the whole page; `closed` when the clerk goes back. What was ordered goes on printing meanwhile."""

    closed = Signal()

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = context.words
        self._preferences = context.counter.preferences
        self._printers: Sequence[PrinterStatus] = ()
        self.presenter = BatchPresenter(context, self)
        self.form, self.copies, self.printer = Choices(), Choices(), Choices()
        self.first, self.last, self.reason = DayEdit(), DayEdit(), QLineEdit()
        self.again = QCheckBox()
        self.summary, self.progress_text = QLabel(), QLabel()
        self.progress = QProgressBar()
        self._form_field, self._copies_field = Field(self.form), Field(self.copies)
        self._printer_field, self._reason_field = Field(self.printer), Field(self.reason)
        self._first_field, self._last_field = Field(self.first), Field(self.last)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.stop = ActionButton(ButtonKind.SECONDARY, ActionId.JOB_CANCEL)
        self.start = ActionButton(ButtonKind.PRIMARY, ActionId.JOB_AGAIN)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def open(self) -> None:
        """Come forward."""
        self.presenter.open()
        self.focus_first()

    def focus_first(self) -> None:
        """Put the focus where work begins."""
        (self.stop if self.presenter.state.phase in _UNDER_WAY else self.form).setFocus()

    def show_printers(self, printers: Sequence[PrinterStatus]) -> None:
        """Offer these printers."""
        self._printers = printers
        self._show(self.presenter.state)

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Look how far it is."""
        self.presenter.refresh(topics)

    def perform(self, action: ActionId) -> bool:
        """Answer F9, F11 and Esc."""
        match action:
            case ActionId.JOB_AGAIN:
                self.presenter.start()
            case ActionId.JOB_CANCEL:
                self.presenter.cancel()
            case ActionId.DISMISS:
                self.closed.emit()
            case _:
                return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._card.set_title(words("ui.batch.title"))
        self._form_field.set_label(words("ui.paper.form"))
        self._first_field.set_label(words("ui.batch.first"))
        self._last_field.set_label(words("ui.batch.last"))
        self._copies_field.set_label(words("ui.paper.copies"))
        self._printer_field.set_label(words("ui.paper.printer"))
        self._reason_field.set_label(words("ui.batch.reason"))
        self._reason_field.set_hint(words("ui.batch.reason_hint"))
        self.again.setText(words("ui.batch.again"))
        self.progress.setAccessibleName(words("ui.batch.progress"))
        self.back.set_text(words("ui.paper.back"))
        self.stop.set_text(words("ui.batch.stop"))
        self.start.set_text(words("ui.paper.print"))
        for line in (self.first, self.last):
            line.setPlaceholderText(words("ui.paper.day_shape"))
        self._show(self.presenter.state)

    def _lay_out(self) -> None:
        self._card = SectionCard(self)
        self._card.setMaximumWidth(_MOST_WIDTH)
        self.summary.setWordWrap(True)
        self.progress_text.setWordWrap(True)
        self.progress.setProperty("role", "batch")
        self.progress.setTextVisible(False)
        days, target, buttons = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (days, target, buttons):
            row.setSpacing(SPACE.medium)
        days.addWidget(self._form_field, 3)
        days.addWidget(self._first_field, 2)
        days.addWidget(self._last_field, 2)
        target.addWidget(self._copies_field, 1)
        target.addWidget(self._printer_field, 6)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.start)
        body = self._card.body
        body.setSpacing(SPACE.medium)
        body.addLayout(days)
        body.addLayout(target)
        body.addWidget(self.summary)
        body.addWidget(self.again)
        body.addWidget(self._reason_field)
        body.addWidget(self.progress)
        body.addWidget(self.progress_text)
        body.addLayout(buttons)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._card)
        outer.addStretch(1)

    def _connect_signals(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        presenter.refused.connect(self._on_refused)
        self.form.activated.connect(lambda row: presenter.choose_form(Form(self.form.itemData(row))))
        self.copies.activated.connect(lambda row: presenter.choose(copies=self.copies.itemData(row)))
        self.printer.activated.connect(lambda row: presenter.choose(printer=self.printer.itemData(row)))
        self.first.textEdited.connect(lambda text: presenter.edit_days(first=text))
        self.last.textEdited.connect(lambda text: presenter.edit_days(last=text))
        self.first.editingFinished.connect(presenter.check_days)
        self.last.editingFinished.connect(presenter.check_days)
        self.reason.textEdited.connect(lambda text: presenter.choose(reason=text))
        self.reason.returnPressed.connect(presenter.start)
        self.again.toggled.connect(lambda on: presenter.choose(takes_printed=on))
        self.back.clicked.connect(self.closed)
        self.stop.clicked.connect(presenter.cancel)
        self.start.clicked.connect(presenter.start)

    @Slot(object)
    def _show(self, state: BatchState) -> None:
        words, under_way = self._words, state.phase in _UNDER_WAY
        fill_box(self.form, [(words(f"ui.form.{form.value}"), form) for form in BATCH_FORMS], state.form)
        fill_box(self.copies, [(str(count), count) for count in range(1, MOST_COPIES + 1)], state.copies)
        as_set = printer_of(self._preferences, KINDS[state.form].tray)
        offer_printers(self.printer, words, self._printers, as_set=as_set, chosen=state.printer)
        self.first.show_text(state.first)
        self.last.show_text(state.last)
        self._last_field.setHidden(state.is_single_day)
        self._first_field.set_label(words("ui.batch.day" if state.is_single_day else "ui.batch.first"))
        for widget in (self.form, self.first, self.last, self.copies, self.printer, self.again, self.reason):
            widget.setDisabled(under_way)
        printed = state.plan is not None and bool(state.plan.printed)
        self.again.setVisible(printed and state.phase is Phase.CHOOSING)
        if self.again.isChecked() != state.takes_printed:
            self.again.setChecked(state.takes_printed)
        self._reason_field.setVisible(state.asks_reason and not under_way)
        if self.reason.text() != state.reason:
            self.reason.setText(state.reason)
        self._show_problems(state)
        self.summary.setText(self._summary(state))
        self.summary.setVisible(state.phase is Phase.CHOOSING)
        self._show_progress(state)
        self.start.setEnabled(state.is_ready)
        begins, ends = under_way and self.stop.isHidden(), not under_way and self.stop.hasFocus()
        if ends:
            self.form.setFocus()
        self.stop.setVisible(under_way)
        if begins:
            self.stop.setFocus()

    def _show_problems(self, state: BatchState) -> None:
        for name, field in (("first", self._first_field), ("last", self._last_field), ("reason", self._reason_field)):
            key = state.problems.get(name, "")
            field.set_problem(self._words(key) if key else "")

    def _summary(self, state: BatchState) -> str:
        words, plan = self._words, state.plan
        if state.days is None:
            return words("ui.batch.choose_days")
        if plan is None:
            return words("ui.batch.counting")
        if state.is_one_paper:
            return words("ui.batch.one_paper", count=len(plan.codes))
        if not plan.codes:
            return words("ui.batch.none")
        if not plan.printed:
            return words("ui.batch.all_new", count=len(plan.codes))
        facts = {"count": len(plan.codes), "printed": len(plan.printed), "left": len(state.codes)}
        return words("ui.batch.some_printed", **facts)

    def _show_progress(self, state: BatchState) -> None:
        words, progress = self._words, state.progress
        shown = state.phase is not Phase.CHOOSING
        self.progress.setVisible(shown)
        self.progress_text.setVisible(shown)
        if state.phase is Phase.ORDERING:
            self._set_bar(state.done, state.total)
            self.progress_text.setText(words("ui.batch.ordering", done=state.done, total=state.total))
        elif progress is None:
            self._set_bar(0, 0)
            self.progress_text.setText(words("ui.batch.starting"))
        elif not progress.total:
            self._set_bar(0, 1)
            self.progress_text.setText(words("ui.batch.nothing_ordered"))
        else:
            self._set_bar(progress.printed, progress.total)
            parts = [words("ui.batch.printed", done=progress.printed, total=progress.total)]
            if progress.failed:
                parts.append(words("ui.batch.failed", count=progress.failed))
            if progress.unknown:
                parts.append(words("ui.batch.unknown", count=progress.unknown))
            self.progress_text.setText(" · ".join(parts))

    def _set_bar(self, done: int, total: int) -> None:
        # A range of nothing is Qt's way to show that the end is not known.
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.setAccessibleDescription(f"{done}/{total}")

    @Slot(str)
    def _on_refused(self, name: str) -> None:
        fields: dict[str, QWidget] = {"first": self.first, "last": self.last, "reason": self.reason}
        fields[name].setFocus()
