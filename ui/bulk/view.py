"""What to do with the marked dossiers, what would come of it for each, how far it is, and what came of it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from counter_app.domain.forms.kinds import KINDS, Form, Per
from counter_app.services.answers.bulk import BulkKind, BulkLine, BulkState
from counter_app.services.sentences import sentence
from ui.actions import ActionId
from ui.bulk.presenter import BulkPresenter, BulkWork, Phase
from ui.models import Column, RowsTable
from ui.page import PageContext
from ui.printing.printers import fill_box
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, Choices, Field

_FORMS = tuple(form for form, kind in KINDS.items() if kind.per is Per.DOSSIER)
_TONES = {BulkState.READY: Tone.GOOD, BulkState.DONE: Tone.GOOD, BulkState.REFUSED: Tone.BAD}


class BulkView(QWidget):
    """Takes the whole page; `closed` when the clerk goes back. Esc stops a run first."""

    closed = Signal()
    dossier_opened = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = context.words
        self._phase = Phase.CHOOSING
        self.presenter = BulkPresenter(context, self)
        self.kind, self.manifest, self.form = Choices(), Choices(), Choices()
        self.reason = QLineEdit()
        self.reason.setMaxLength(500)
        self._kind_field, self._manifest_field = Field(self.kind), Field(self.manifest)
        self._form_field, self._reason_field = Field(self.form), Field(self.reason)
        self.title, self.summary = QLabel(), QLabel()
        self.title.setProperty("role", "cardTitle")
        self.summary.setProperty("role", "soft")
        self.summary.setWordWrap(True)
        self.table = RowsTable(self._columns(), self._words, self)
        self.progress = QProgressBar()
        self.progress.setProperty("role", "batch")
        self.progress.setTextVisible(False)
        self.back = ActionButton(ButtonKind.SECONDARY, ActionId.DISMISS)
        self.start = ActionButton(ButtonKind.PRIMARY, ActionId.DOSSIER_PRINT)
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    def open(self, codes: tuple[str, ...]) -> None:
        """Come forward with these dossiers."""
        self.reason.clear()
        self.presenter.open(codes)
        self.focus_first()

    def focus_first(self) -> None:
        """Put the focus where work begins."""
        (self.table if self.presenter.state.phase is Phase.OVER else self.kind).setFocus()

    def perform(self, action: ActionId) -> bool:
        """Answer F9, and Esc: it stops a run, else it goes back."""
        if action is ActionId.DOSSIER_PRINT:
            self.presenter.start()
        elif action is ActionId.DISMISS and self.presenter.state.phase is Phase.RUNNING:
            self.presenter.stop()
        elif action is ActionId.DISMISS:
            self.closed.emit()
        else:
            return False
        return True

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self._words
        self._kind_field.set_label(words("bulk.what"))
        self._manifest_field.set_label(words("bulk.on_manifest"))
        self._form_field.set_label(words("ui.paper.form"))
        self._reason_field.set_label(words("bulk.reason"))
        self.table.setAccessibleName(words("bulk.lines"))
        self.table.rows_model.retranslate()
        self.progress.setAccessibleName(words("bulk.progress"))
        self._show(self.presenter.state)

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column("custody.dossier", 172, lambda line: line.code),
            Column("custody.applicant", 170, lambda line: line.applicant_name),
            Column("bulk.state_title", 140, self._state_text, lambda line: _TONES.get(line.state, Tone.NEUTRAL)),
            Column("custody.reason", 0, self._reason_text),
        )

    def _state_text(self, line: BulkLine) -> str:
        return self._words(f"bulk.state.{line.state.value}")

    def _reason_text(self, line: BulkLine) -> str:
        return sentence(line.refusal, self._words.language) if line.refusal is not None else ""

    def _lay_out(self) -> None:
        asked, foot = QHBoxLayout(), QHBoxLayout()
        for row in (asked, foot):
            row.setSpacing(SPACE.medium)
        for field in (self._kind_field, self._manifest_field, self._form_field, self._reason_field):
            asked.addWidget(field, 1)
        foot.addWidget(self.back)
        foot.addWidget(self.summary, 1)
        foot.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.small)
        column.addWidget(self.title)
        column.addLayout(asked)
        column.addWidget(self.table, 1)
        column.addWidget(self.progress)
        column.addLayout(foot)

    def _connect_signals(self) -> None:
        presenter = self.presenter
        presenter.changed.connect(self._show)
        self.kind.activated.connect(lambda row: presenter.choose(kind=BulkKind(self.kind.itemData(row))))
        self.manifest.activated.connect(lambda row: presenter.choose(manifest=str(self.manifest.itemData(row))))
        self.form.activated.connect(lambda row: presenter.choose(form=Form(self.form.itemData(row))))
        self.reason.editingFinished.connect(self._on_reason)
        self.back.clicked.connect(lambda: self.perform(ActionId.DISMISS))
        self.start.clicked.connect(presenter.start)
        self.table.row_opened.connect(lambda line: self.dossier_opened.emit(line.code))

    @Slot()
    def _on_reason(self) -> None:
        if self.reason.text().strip() != self.presenter.state.reason:
            self.presenter.choose(reason=self.reason.text().strip())

    @Slot(object)
    def _show(self, state: BulkWork) -> None:
        words, running = self._words, state.phase is Phase.RUNNING
        before, self._phase = self._phase, state.phase
        self.title.setText(words("bulk.title", count=len(state.codes)))
        fill_box(self.kind, [(words(f"bulk.kind.{kind.value}"), kind.value) for kind in BulkKind], state.kind.value)
        manifests = [(f"{row.code} · {row.receiver}", row.code) for row in state.manifests]
        fill_box(self.manifest, [(words("bulk.new_manifest"), ""), *manifests], state.manifest)
        fill_box(self.form, [(words(f"ui.form.{form.value}"), form.value) for form in _FORMS], state.form.value)
        self._manifest_field.setVisible(state.kind is BulkKind.MANIFEST)
        for field in (self._form_field, self._reason_field):
            field.setVisible(state.kind is BulkKind.PRINT)
        for box in (self.kind, self.manifest, self.form, self.reason):
            box.setDisabled(running)
        lines = state.answer.lines if state.answer is not None else ()
        if lines != self.table.rows_model.rows:
            self.table.show_rows(lines, key=lambda line: line.code)
        self.progress.setVisible(running)
        self.progress.setRange(0, max(1, state.total))
        self.progress.setValue(state.done)
        self.back.set_text(words("ui.batch.stop" if running else "ui.paper.back"))
        self.start.set_text(words("bulk.begin_manifest" if state.begins_manifest else "bulk.start"))
        self.start.setEnabled(state.is_ready)
        self.start.setVisible(state.phase is not Phase.OVER)
        if before is Phase.RUNNING and state.phase is Phase.OVER:
            self.table.setFocus()
        self.summary.setText(self._summary(state))
        self.summary.setAccessibleName(self.summary.text())

    def _summary(self, state: BulkWork) -> str:
        words, answer = self._words, state.answer
        if state.phase is Phase.RUNNING:
            return words("bulk.running", done=state.done, total=state.total)
        if answer is None:
            return words("bulk.looking")
        refused = answer.count(BulkState.REFUSED)
        if state.phase is Phase.CHOOSING:
            return words("bulk.summary", ready=answer.count(BulkState.READY), refused=refused)
        done, untouched = answer.count(BulkState.DONE), answer.count(BulkState.UNTOUCHED)
        return words("bulk.done", done=done, refused=refused, untouched=untouched)
