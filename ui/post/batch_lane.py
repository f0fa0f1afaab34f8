"""Many dossiers that one person hands in: typed, scanned or read from a file; one key receives them all."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from counter_app.core.errors import AppError, UserError
from counter_app.core.reading import read_at_most
from counter_app.domain.person import Party
from counter_app.domain.sheet_files import MOST_BYTES
from counter_app.services.answers.bulk_intake import Batch, BatchEnd, BulkLine
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.bulk_files import ReadBatch, digest_of
from counter_app.services.bulk_intake import MOST_LINES
from ui.actions import ActionId, PageId
from ui.messages import Severity
from ui.models import Column, RowsTable
from ui.page import PageContext
from ui.post.batch_form import BatchForm
from ui.post.lane import Lane
from ui.tasks import Progress, Where
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, Field
from ui.widgets.scrolled import ScrolledColumn

_FORM_WIDTH = 352


class BatchLane(Lane):
    """F9 receives what is not received yet and, when nothing is refused, ends the batch; F8 ends it as it is.

    The first card read is whose hands bring the pile, every other one a new line. What is typed survives a power cut.
    """

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.batch = Batch(id="")
        self._is_busy = False
        words = self.words
        self.table = RowsTable(
            (
                Column("post.line_state", 178, self._state, _tone),
                Column("post.applicant", 0, lambda line: line.form.applicant.full_name),
                Column("post.procedure", 96, lambda line: line.form.procedure_code),
                Column("post.unit_code", 88, lambda line: line.form.competent_unit_code),
            ),
            words,
            self,
        )
        self.submitter, self.authorisation = QLineEdit(self), QLineEdit(self)
        self._submitter_field, self._authorisation_field = Field(self.submitter), Field(self.authorisation)
        self.form = BatchForm(words)
        self.receive = ActionButton(ButtonKind.PRIMARY, ActionId.POST_DO, self)
        self.end = ActionButton(ButtonKind.SECONDARY, ActionId.POST_BACK, self)
        self.remove = ActionButton(ButtonKind.SECONDARY, ActionId.POST_REMOVE, self)
        self.read_file = ActionButton(ButtonKind.SECONDARY, ActionId.POST_IMPORT, self)
        self._said = QLabel(self)
        self._said.setProperty("role", "soft")
        self._said.setWordWrap(True)
        self._lay_out()
        self._connect_signals()

    def load(self) -> None:
        """Take up the unfinished batch, and the units that may be chosen."""
        if self._is_busy:
            return
        post, units = self.context.counter.post, self.context.counter.units
        self.tasks.run(units.list_all, owner=self, done=self.form.show_units, supersedes="units", name="post.units")
        if not self.batch.id:
            self.tasks.run(post.bulk.begin, owner=self, done=self._take_up, supersedes="batch", name="post.batch")

    def focus_first(self) -> None:
        """Begin with who hands the pile in, then with the next line."""
        if self.submitter.text().strip():
            self.form.focus_first()
        else:
            self.submitter.setFocus()

    def take_card(self, raw: bytes | str) -> bool:
        """Take the card of who hands the pile in, or of the next applicant."""
        intake = self.context.counter.intake
        self.tasks.run(
            lambda: intake.party_from_card(intake.read_card(raw)), owner=self, done=self._take_party, name="post.card"
        )
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer F8, F9, F11, Ctrl+N and Ctrl+O."""
        match action:
            case ActionId.POST_DO:
                self._receive()
            case ActionId.POST_BACK:
                self._end()
            case ActionId.POST_REMOVE:
                self._remove()
            case ActionId.POST_NEW:
                self.form.focus_first()
            case ActionId.POST_IMPORT:
                self._choose_file()
            case _:
                return False
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self._submitter_field.set_label(words("post.submitter"))
        self._authorisation_field.set_label(words("post.authorisation"))
        self.receive.set_text(words("post.receive_all"))
        self.end.set_text(words("post.end_batch"))
        self.remove.set_text(words("post.remove_line"))
        self.read_file.set_text(words("post.read_file"))
        self.form.retranslate()
        self.table.setAccessibleName(words("post.lane.batch"))
        self.table.rows_model.retranslate()
        self._show()

    def read_path(self, path: Path) -> None:
        """Put the dossiers of a file on the batch."""
        post, batch = self.context.counter.post, self.batch

        def read() -> ReadBatch:
            data = _read(path)
            post.bulk.require_untouched(digest_of(data))
            taken = post.bulk_files.read(data, msgspec.structs.replace(batch, lines=()))
            known = {line.id for line in batch.lines}
            lines = (*batch.lines, *(line for line in taken.batch.lines if line.id not in known))
            return msgspec.structs.replace(taken, batch=msgspec.structs.replace(taken.batch, lines=lines))

        self.tasks.run(read, owner=self, done=self._take_read, name="post.read_batch")

    def _lay_out(self) -> None:
        head, foot = QHBoxLayout(), QHBoxLayout()
        for row in (head, foot):
            row.setSpacing(SPACE.small)
        head.addWidget(self._submitter_field, 2)
        head.addWidget(self._authorisation_field, 2)
        head.addWidget(self.read_file, 0, Qt.AlignmentFlag.AlignBottom)
        for line in (self.submitter, self.authorisation):
            line.setMaxLength(300)
        foot.addWidget(self.remove)
        foot.addStretch(1)
        foot.addWidget(self.end)
        foot.addWidget(self.receive)
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addLayout(head)
        left.addWidget(self.table, 1)
        left.addWidget(self._said)
        left.addLayout(foot)
        right = ScrolledColumn(self)
        right.column.addWidget(self.form)
        right.setFixedWidth(_FORM_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addLayout(left, 1)
        row.addWidget(right)

    def _connect_signals(self) -> None:
        self.form.added.connect(self._add)
        self.form.procedure_typed.connect(self._find_procedures)
        self.receive.clicked.connect(self._receive)
        self.end.clicked.connect(self._end)
        self.remove.clicked.connect(self._remove)
        self.read_file.clicked.connect(self._choose_file)
        self.submitter.editingFinished.connect(self._keep_submitter)
        self.authorisation.editingFinished.connect(self._keep_submitter)
        self.table.row_chosen.connect(self._say_line)
        self.table.row_opened.connect(self._open_line)

    def _take_up(self, batch: Batch) -> None:
        self.batch = batch
        self.submitter.setText(batch.submitter.full_name if batch.submitter else "")
        self.authorisation.setText(batch.authorisation)
        self._show()

    def _take_party(self, party: Party) -> None:
        if self.submitter.text().strip():
            self.form.show_party(party)
            return
        self.submitter.setText(party.full_name)
        self._keep(msgspec.structs.replace(self.batch, submitter=party))
        self.form.focus_first()

    @Slot()
    def _keep_submitter(self) -> None:
        name, paper = " ".join(self.submitter.text().split()), self.authorisation.text().strip()
        known = self.batch.submitter
        if name == (known.full_name if known else "") and paper == self.batch.authorisation:
            return
        same = known is not None and known.full_name == name
        submitter = known if same else Party(full_name=name) if name else None
        self._keep(msgspec.structs.replace(self.batch, submitter=submitter, authorisation=paper))

    @Slot(object, bool)
    def _add(self, form: IntakeForm, has_all: bool) -> None:  # noqa: FBT001 - the signal's own signature
        if len(self.batch.lines) >= MOST_LINES:
            self.say(self.words("postal.batch_too_long", most=MOST_LINES), Severity.WARNING)
            return
        if not has_all:
            self._append(BulkLine(form=form))
            return
        files = self.context.counter.post.bulk_files

        def fill() -> BulkLine:
            return BulkLine(form=msgspec.structs.replace(form, papers=files.list_required(form)))

        self.tasks.run(fill, owner=self, done=self._append, name="post.checklist")

    def _append(self, line: BulkLine) -> None:
        self._keep(msgspec.structs.replace(self.batch, lines=(*self.batch.lines, line)))

    def _keep(self, batch: Batch) -> None:
        self.batch = batch
        self._show()
        if batch.id:
            bulk = self.context.counter.post.bulk
            self.tasks.run(lambda: bulk.keep(batch), owner=self, done=_nothing, name="post.keep")

    @Slot()
    def _remove(self) -> None:
        line = self.table.current_row
        if line is not None and not line.is_received and not self._is_busy:
            rest = list(self.batch.lines)
            rest.pop(self.table.currentIndex().row())
            self._keep(msgspec.structs.replace(self.batch, lines=tuple(rest)))

    @Slot()
    def _receive(self) -> None:
        if self._is_busy or not self.batch.lines:
            return
        self._keep_submitter()
        bulk, batch = self.context.counter.post.bulk, self.batch
        self._set_busy(is_busy=True)
        # In the store's thread first: nothing that was kept before may come after a line's mark in the draft.
        self.tasks.run(
            lambda: bulk.keep(batch),
            owner=self,
            done=self._receive_kept,
            failed=self._on_failed,
            name="post.keep",
        )

    def _receive_kept(self, batch: Batch) -> None:
        bulk, total = self.context.counter.post.bulk, len(batch.open_lines)

        def receive(progress: Progress) -> Batch:
            return bulk.receive(
                batch,
                progressed=lambda now: progress.report(total - len(now.open_lines), total),
                is_cancelled=progress.is_cancelled,
            )

        self.tasks.run_with_progress(
            receive,
            owner=self,
            done=self._show_received,
            failed=self._on_failed,
            progressed=lambda done, count: self._said.setText(self.words("post.receiving", done=done, total=count)),
            where=Where.POOL,
            name="post.receive",
        )

    def _show_received(self, batch: Batch) -> None:
        self._set_busy(is_busy=False)
        self.batch = batch
        self._show()
        if not batch.open_lines:
            self._end()
            return
        self.say(self.words("post.some_refused", count=len(batch.open_lines)), Severity.WARNING)
        place = next(number for number, line in enumerate(batch.lines) if not line.is_received)
        self.table.selectRow(place)
        self.table.setFocus()

    @Slot()
    def _end(self) -> None:
        if self._is_busy or not self.batch.received:
            return
        bulk, batch = self.context.counter.post.bulk, self.batch
        self._set_busy(is_busy=True)
        self.tasks.run(
            lambda: bulk.end(batch), owner=self, done=self._show_end, failed=self._on_failed, name="post.end"
        )

    def _show_end(self, end: BatchEnd) -> None:
        self._set_busy(is_busy=False)
        self.context.printing.wake()
        self.say(self.words("post.batch_ended", count=len(end.codes)))
        self.batch = Batch(id="")
        for line in (self.submitter, self.authorisation):
            line.clear()
        self._show()
        self.load()
        self.submitter.setFocus()

    def _on_failed(self, error: AppError) -> None:
        """Take up what the draft knows: lines before the failure have their codes."""
        self._set_busy(is_busy=False)
        self.context.errors.show(error)
        self.batch = Batch(id="")
        self.load()

    def _set_busy(self, *, is_busy: bool) -> None:
        self._is_busy = is_busy
        self.form.setEnabled(not is_busy)
        for button in (self.receive, self.end, self.remove, self.read_file):
            button.setEnabled(not is_busy)

    @Slot()
    def _choose_file(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self.words("post.read_file"), "", "XLSX, CSV, JSON (*.xlsx *.csv *.json)"
        )
        if name:
            self.read_path(Path(name))

    def _take_read(self, read: ReadBatch) -> None:
        if read.batch.submitter is not None:
            self.submitter.setText(read.batch.submitter.full_name)
            self.authorisation.setText(read.batch.authorisation)
        self._keep(read.batch)
        if read.unread:
            rows = ", ".join(str(line.row) for line in read.unread[:20])
            text = self.words("post.rows_unread", count=len(read.unread), rows=rows)
            self.say(text, Severity.WARNING)

    @Slot(str)
    def _find_procedures(self, words: str) -> None:
        catalogue = self.context.counter.catalogue

        def find() -> tuple[ProcedureHit, ...]:
            return catalogue.find_procedures(words)

        self.tasks.run(find, owner=self, done=self.form.show_hits, supersedes="procedures", name="post.procedures")

    def _show(self) -> None:
        self.table.show_rows(self.batch.lines, key=id)
        received, waiting = len(self.batch.received), len(self.batch.open_lines)
        self._said.setText(self.words("post.counted", received=received, waiting=waiting))

    def _state(self, line: BulkLine) -> str:
        return line.code or self.words("post.refused" if line.problem else "post.waiting")

    @Slot(object)
    def _say_line(self, line: BulkLine) -> None:
        if line.problem:
            self._said.setText(self.words(line.problem, **line.context))

    @Slot(object)
    def _open_line(self, line: BulkLine) -> None:
        if line.code:
            self.open_page(PageId.DOSSIERS, line.code)


def _tone(line: BulkLine) -> Tone:
    return Tone.GOOD if line.is_received else Tone.BAD if line.problem else Tone.NEUTRAL


def _nothing(_kept: Batch) -> None:
    return


def _read(path: Path) -> bytes:
    try:
        data = read_at_most(path, MOST_BYTES)
    except OSError as exc:
        raise UserError("postal.file_unreadable") from exc
    if data is None:
        raise UserError("postal.file_too_large", most_mb=MOST_BYTES // 1_000_000)
    return data
