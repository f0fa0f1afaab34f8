"""The page of dossiers that another unit received and this one decides: which wait, their papers, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError, UserError
from counter_app.domain.concerned import ConcernedAnswer, ConcernedOutcome, check_may_answer
from counter_app.services.answers.concerned import ConcernedRow
from ui.actions import ActionId, PageId
from ui.concerned.answer_form import AnswerForm
from ui.concerned.sentences import columns_of, list_facts, say_file
from ui.incoming.page import IncomingPage
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, ScrolledColumn

_OUTCOMES = {
    ActionId.CONCERNED_RESULT: ConcernedOutcome.RESULT,
    ActionId.CONCERNED_SUPPLEMENT: ConcernedOutcome.SUPPLEMENT,
    ActionId.CONCERNED_REFUSE: ConcernedOutcome.REFUSED,
}
_SIDE_WIDTH = 420
MOST_SHOWN = 500
"""So many rows are shown; the rest comes forward as these are answered."""


class ConcernedPage(IncomingPage):
    """F3, F4 and F6 go to the list, the papers and their pages; F9, F8 and F7 answer, F9 saves what was written."""

    page_id: ClassVar[PageId] = PageId.CONCERNED
    title_key: ClassVar[str] = "ui.page.concerned"
    area = "concerned"
    topics = frozenset({Topic.ONLINE, Topic.DOSSIERS})
    focusing: ClassVar = {
        ActionId.CONCERNED_LIST: "table",
        ActionId.CONCERNED_FILES: "files",
        ActionId.CONCERNED_VIEW: "pages",
    }

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        concerned = context.counter.concerned
        super().__init__(
            context,
            columns_of(context.words),
            parent,
            list_rows=lambda: concerned.list_under_way(most=self.most_shown + 1),
            files=concerned,
        )
        self.most_shown = MOST_SHOWN
        self.cut = QLabel(self)
        self.cut.setProperty("role", "hint")
        self.cut.hide()
        self.form = AnswerForm(self.words, self)
        kinds = {ActionId.CONCERNED_RESULT: ButtonKind.PRIMARY}
        self.buttons = {one: ActionButton(kinds.get(one, ButtonKind.SECONDARY), one, self) for one in _OUTCOMES}
        self._side = QStackedWidget(self)
        self._arrange()
        self.table.row_opened.connect(lambda _row: self.perform(ActionId.CONCERNED_VIEW))
        for action, button in self.buttons.items():
            button.clicked.connect(lambda _checked, one=action: self._begin(_OUTCOMES[one]))
        self.form.confirmed.connect(self._answer)
        self.form.left.connect(self._leave_form)
        self.retranslate()

    @property
    def is_writing(self) -> bool:
        """Whether an answer is being written."""
        return self._side.currentWidget() is self.form

    def activate(self, argument: str = "") -> None:
        """Show what there is; an answer that was begun goes on."""
        super().activate(argument)
        if self.is_writing:
            self.form.focus_field()

    def id_of(self, row: ConcernedRow) -> str:
        """Return the dossier's id."""
        return row.dossier.dossier_id

    def stamp_of(self, row: ConcernedRow) -> object:
        """Return which papers of which dossier there are; one that came here meanwhile is shown already."""
        return (row.dossier.dossier_id, row.dossier.files)

    def title_of(self, row: ConcernedRow) -> str:
        """Return the applicant's name."""
        return row.dossier.applicant_name

    def facts_of(self, row: ConcernedRow) -> Sequence[tuple[str, str]]:
        """Return what the unit that received it had said, and what was answered."""
        return list_facts(self.words, row)

    def files_of(self, row: ConcernedRow) -> Sequence[tuple[str, str]]:
        """Return its digitised papers."""
        files = zip(row.dossier.files, row.here, strict=True)
        return [(file.name, say_file(self.words, file, is_here=is_here)) for file, is_here in files]

    def is_here(self, row: ConcernedRow, place: int) -> bool:
        """Return whether a paper lies at this desk: leafing through the list waits for no line."""
        return row.here[place]

    def say_unread(self, row: ConcernedRow, error: AppError) -> str:
        """Say that a paper has not come yet, else that it cannot be opened."""
        if error.code == "document.not_fetched":
            return self.words("concerned.not_here")
        return super().say_unread(row, error)

    def handle_dossier(self, code: str) -> bool:
        """Choose the dossier whose slip was scanned: its paper comes with one. One that is not here is looked up."""
        rows = self.table.rows_model.rows
        place = next((place for place, row in enumerate(rows) if row.dossier.code == code), None)
        if place is None or self.is_writing:
            return place is not None
        self.table.selectRow(place)
        self.table.setFocus()
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer F9, F8, F7 and Esc, and what every such page answers."""
        if self.is_writing:
            if action is ActionId.CONCERNED_RESULT:
                self.form.submit()
            elif action is ActionId.DISMISS:
                self._leave_form()
            return action in _OUTCOMES or action is ActionId.DISMISS or super().perform(action)
        if action in _OUTCOMES:
            self._begin(_OUTCOMES[action])
            return True
        return super().perform(action)

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        for action, button in self.buttons.items():
            button.set_text(self.words(f"concerned.do.{_OUTCOMES[action].value}"))
        self.cut.setText(self.words("concerned.cut", count=self.most_shown))
        self.form.retranslate()
        super().retranslate()

    def _arrange(self) -> None:
        """Put the list above; below it the facts or the answer at the left, the pages at the right."""
        facts, side, below, whole = QWidget(self), ScrolledColumn(self), QWidget(self), QWidget(self)
        side.column.addWidget(self.facts_card)
        side.end_column()
        left, keys, beside, column = QVBoxLayout(facts), QHBoxLayout(), QHBoxLayout(below), QVBoxLayout(whole)
        for layout in (left, beside, column):
            layout.setContentsMargins(0, 0, 0, 0)
        for layout in (left, keys, column):
            layout.setSpacing(SPACE.small)
        beside.setSpacing(SPACE.medium)
        for button in self.buttons.values():
            keys.addWidget(button)
        left.addWidget(side, 1)
        left.addWidget(self.files)
        left.addLayout(keys)
        self._side.addWidget(facts)
        self._side.addWidget(self.form)
        self._side.setFixedWidth(_SIDE_WIDTH)
        beside.addWidget(self._side)
        beside.addWidget(self.viewer, 1)
        column.addWidget(self.table, 2)
        column.addWidget(self.cut)
        column.addWidget(below, 5)
        self.lay_out(whole)

    def _show_rows(self, rows: tuple[ConcernedRow, ...]) -> None:
        """Show them once nothing is written: what is written stays, whatever became of its dossier meanwhile."""
        if self.is_writing:
            return
        self.cut.setVisible(len(rows) > self.most_shown)
        super()._show_rows(rows[: self.most_shown])

    def _begin(self, outcome: ConcernedOutcome) -> None:
        row, signed_in = self.chosen, self.context.counter.session.current
        if row is None or signed_in is None:
            return
        try:
            check_may_answer(row.answer, outcome, signed_in.clerk.role)
        except UserError as error:
            self.context.errors.show(error)
            return
        self.context.messages.clear()
        self.table.setEnabled(False)  # the answer is about the one that is chosen
        self._side.setCurrentWidget(self.form)
        self.form.open(row, outcome)

    @Slot()
    def _leave_form(self) -> None:
        self.form.close_form()
        self.table.setEnabled(True)
        self._side.setCurrentIndex(0)
        self.table.setFocus()
        self.read()

    @Slot(object)
    def _answer(self, answer: ConcernedAnswer) -> None:
        row, concerned = self.form.row, self.context.counter.concerned
        if row is None:
            return
        wanted = row.dossier.dossier_id
        self.tasks.run(
            lambda: concerned.answer(wanted, answer, seen=row),
            owner=self,
            done=self._on_answered,
            failed=self._on_refused,
            name="concerned.answer",
        )

    def _on_answered(self, row: ConcernedRow) -> None:
        self._leave_form()
        said = self.words("concerned.done", code=row.dossier.code)
        self.context.messages.show_message(Message(said, Severity.SUCCESS))

    def _on_refused(self, error: AppError) -> None:
        self.context.errors.show(error)
        self.form.show_refusal(error)
