"""The intake page: the sections put together, keys led to the presenter, states shown."""

from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from counter_app.domain.dossier import Outcome
from counter_app.services.answers.intake import IntakeResult
from ui.actions import ActionId, PageId
from ui.intake import online
from ui.intake.applicant_section import ApplicantSection, SubmitterSection, scrolled_column
from ui.intake.inputs import Input, Section
from ui.intake.online import REQUEST
from ui.intake.outcome_bar import OutcomeBar, ReasonPanel, WhyPanel
from ui.intake.presenter import IntakePresenter
from ui.intake.procedure_section import ChecklistSection, ProcedureSection, ResultSection
from ui.intake.state import IntakeState, Message, Tone
from ui.messages import Message as BarMessage
from ui.messages import Severity
from ui.page import Page, PageContext

_SEVERITIES = {Tone.DONE: Severity.SUCCESS, Tone.NEWS: Severity.INFO, Tone.WARNING: Severity.WARNING}
_GAP = 10  # as wide as a scroll bar of the style sheet
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class IntakePage(Page):
    """Receives a dossier, keyboard only. A passive view: what it shows is decided by `IntakePresenter`."""

    page_id: ClassVar[PageId] = PageId.INTAKE
    title_key: ClassVar[str] = "intake.title"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        words = context.words
        self._message: Message | None = None
        self.applicant = ApplicantSection(words)
        self.submitter = SubmitterSection(words)
        self.procedure = ProcedureSection(words)
        self.checklist = ChecklistSection(words)
        self.result = ResultSection(words)
        self.reason = ReasonPanel(words)
        self.why = WhyPanel(words)
        self.outcome = OutcomeBar(words)
        self._sections: tuple[Section, ...] = (
            self.applicant,
            self.submitter,
            self.procedure,
            self.checklist,
            self.result,
            self.reason,
        )
        self._inputs: dict[str, Input] = {
            name: field for section in self._sections for name, field in section.inputs.items()
        }
        self.presenter = IntakePresenter(
            context.counter,
            context.tasks,
            self,
            self,
            show_error=context.errors.show,
            received=self._on_received,
        )
        self._actions: dict[ActionId, Callable[[], None]] = {
            ActionId.INTAKE_PROCEDURE: lambda: self.focus_field("procedure"),
            ActionId.INTAKE_CHECKLIST: lambda: self.focus_field("checklist"),
            ActionId.INTAKE_ALL_HANDED_IN: self.presenter.hand_in_all,
            ActionId.INTAKE_REUSE: lambda: self.presenter.switch_reuse(self.checklist.table.line),
            ActionId.INTAKE_WHY: self.presenter.toggle_why,
            ActionId.INTAKE_SUBMITTER: self.presenter.toggle_submitter,
            ActionId.INTAKE_OTHER: self.presenter.take_other,
            ActionId.INTAKE_REFUSE: lambda: self.presenter.ask(Outcome.REFUSED),
            ActionId.INTAKE_SUPPLEMENT: lambda: self.presenter.ask(Outcome.SUPPLEMENT_ASKED),
            ActionId.INTAKE_ACCEPT: self.presenter.accept,
            ActionId.INTAKE_NEW: self.presenter.start_anew,
        }
        self._left = QScrollArea()
        self._online = QLabel(self)
        self._online.setTextFormat(Qt.TextFormat.PlainText)
        self._online.setProperty("role", "cardTitle")
        self._online.hide()
        self._lay_out()
        self._order_focus()
        self._connect()
        words.language_changed.connect(self.retranslate)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]
        self.retranslate()

    def _lay_out(self) -> None:
        left = self._left
        left.setWidgetResizable(True)
        left.setFrameShape(QFrame.Shape.NoFrame)
        left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        left.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        left.setWidget(scrolled_column(self.applicant, self.submitter, self.result))
        left.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self._keep_width(0, 0)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.procedure)
        column.addWidget(self.checklist, stretch=1)
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addWidget(left, stretch=1)
        columns.addWidget(right, stretch=1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        outer.addWidget(self._online)
        outer.addLayout(columns, stretch=1)
        for below in (self.why, self.reason, self.outcome):
            outer.addWidget(below)

    def _keep_width(self, _: int, most: int) -> None:
        """The bar appears in the gap between the columns, so that no field moves or changes its width."""
        column = cast("QWidget", self._left.widget()).layout()
        if column is not None:
            column.setContentsMargins(0, 0, 0 if most else _GAP, 0)

    def _order_focus(self) -> None:
        """The way of the work, not of the columns: who, what, which papers, how it comes back."""
        before_result = (self.applicant, self.submitter)
        way: list[QWidget] = [field.editor for section in before_result for field in section.inputs.values()]
        way.insert(len(self.applicant.inputs), self.applicant.earlier)
        way += [self.procedure.box.box, self.procedure.case.editor]
        way += [field.editor for name, field in self.procedure.inputs.items() if name != "case"]
        way.append(self.checklist.table)
        way += [field.editor for field in self.result.inputs.values()]
        for first, second in pairwise(way):
            self.setTabOrder(first, second)

    def _connect(self) -> None:
        presenter = self.presenter
        for section in self._sections:
            section.edited.connect(presenter.edit)
        self.applicant.earlier_chosen.connect(presenter.choose_earlier)
        self.applicant.submitter_toggled.connect(presenter.toggle_submitter)
        self.procedure.box.words_typed.connect(presenter.search_procedures)
        self.procedure.box.chosen.connect(presenter.choose_procedure)
        self.procedure.box.left.connect(presenter.leave_procedure)
        self.procedure.case_chosen.connect(presenter.choose_case)
        table = self.checklist.table
        table.counted.connect(presenter.count)
        table.toggled.connect(presenter.toggle)
        table.left.connect(lambda: self.focus_field("competent_unit"))
        self.reason.confirmed.connect(presenter.confirm)
        self.reason.cancelled.connect(presenter.step_back)
        self.outcome.acted.connect(self.perform)

    def activate(self, argument: str = "") -> None:
        """Come forward where the clerk left off, or at the first field; or with the online request of the argument."""
        if argument.startswith(REQUEST):
            self.presenter.take_submission(argument.removeprefix(REQUEST))
        self.presenter.activate()
        name, cursor = self.place()
        self.focus_field(name or "applicant.full_name", cursor)

    def deactivate(self) -> None:
        """Keep what is half typed."""
        self.presenter.deactivate()

    def handle_scan(self, raw: bytes | str) -> bool:
        """Fill the form from an identity card."""
        self.presenter.read_card(raw)
        return True

    def perform(self, action: ActionId) -> bool:
        """Do what a key stands for."""
        act = self._actions.get(action)
        if act is not None:
            act()
            return True
        return action is ActionId.DISMISS and self.presenter.step_back()

    def show_state(self, state: IntakeState) -> None:
        """Show a state. The fields stay editable only while nothing is being saved."""
        line = online.say_line(self.words, state.form)
        self._online.setText(line)
        self._online.setVisible(bool(line))
        for section in self._sections:
            section.show_state(state)
        self.why.show_state(state)
        self.outcome.show_state(state)
        self._say(state.message)

    def focus_field(self, name: str, cursor: int = -1) -> None:
        """Put the focus into a field by its name."""
        if name == "checklist":
            self.checklist.table.focus_current()
        elif name == "procedure":
            self.procedure.box.focus_box()
        elif name in self._inputs:
            field = self._inputs[name]
            field.focus_editor(cursor)
            if self._left.isAncestorOf(field):
                # A section that has just been opened has its place only after the layout has run.
                QTimer.singleShot(0, field, lambda: self._reveal(field))

    def _reveal(self, field: Input) -> None:
        """Scroll to the whole section of a field, and in any case to the field."""
        self._left.ensureWidgetVisible(cast("QWidget", field.parentWidget()), 0, 0)
        self._left.ensureWidgetVisible(field, 0, 48)

    def place(self) -> tuple[str, int]:
        """Return the focused field and the cursor in it."""
        focused = cast("QWidget | None", self.focusWidget())
        if focused is None:
            return "", 0
        for name, field in self._inputs.items():
            if field.isAncestorOf(focused):
                return name, field.cursor_place()
        if self.procedure.box.isAncestorOf(focused):
            return "procedure", 0
        return ("checklist", 0) if focused is self.checklist.table else ("", 0)

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        for section in self._sections:
            section.retranslate()
        self.outcome.retranslate()
        self.show_state(self.presenter.state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on to the next field; on a button it presses the button."""
        if event.key() not in _ENTER or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, QPushButton):
            focused.click()
        else:
            self.focusNextChild()
            if self.focusWidget() is self.applicant.earlier:
                self.focusNextChild()  # the earlier dossiers are an offer (Tab), not a step on the way

    def _say(self, message: Message | None) -> None:
        if message is self._message:
            return
        # What went well stays to be read while the next citizen's name is typed; it leaves by itself.
        was_passing = self._message is not None and self._message.tone is not Tone.DONE
        self._message = message
        if message is not None:
            text = self.words(message.key, **message.context)
            self.context.messages.show_message(BarMessage(text, _SEVERITIES[message.tone]))
        elif was_passing:
            self.context.messages.clear()

    def _on_received(self, result: IntakeResult) -> None:
        if result.print_job is not None:
            self.context.printing.wake()

    def _on_focus_changed(self, _: QWidget | None, now: QWidget | None) -> None:
        if now is not None and self.isAncestorOf(now):
            self.presenter.moved()
