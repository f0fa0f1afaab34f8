"""Waybills on the way, tried, delivered and come back; results that wait for one; lists to and from the carrier."""

from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.errors import AppError, UserError
from counter_app.core.reading import read_at_most
from counter_app.core.replacing import replace_file
from counter_app.domain.person import Party
from counter_app.domain.postal import is_misspelled
from counter_app.domain.sheet_files import MOST_BYTES
from counter_app.services.answers.postal import DayMoney, OwedMoney, WaybillView
from counter_app.services.post_files import ImportReport, OutList, RowState
from ui.actions import ActionId, PageId
from ui.formats import show_dong
from ui.messages import Severity
from ui.models import Column, RowsTable
from ui.page import PageContext
from ui.post.lane import Lane
from ui.post.report import ReportView
from ui.post.sentences import Kept, PostRow, say_cod, say_state
from ui.post.steps import PLACES, do_step, find_unreadable
from ui.post.waybill_panel import Recorded, Step, WaybillPanel
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, Choices, EmptyState, Field

_PANEL_WIDTH = 344
_MOST_ROWS = 500


class WaybillsLane(Lane):
    """A scanned waybill comes to the right side whatever the list keeps; a scanned slip finds its dossier's line."""

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        words = self.words
        self.kept = Choices(self)
        self._kept_field = Field(self.kept)
        self.table = RowsTable(
            (
                Column("post.number_or_code", 160, lambda row: row.number or row.code),
                Column("post.receiver", 0, lambda row: row.receiver),
                Column("post.cod", 88, say_cod),
                Column("post.state", 124, lambda row: say_state(words, row), lambda row: row.tone),
            ),
            words,
            self,
        )
        self.panel = WaybillPanel(words, str(context.counter.preferences.get("post.carrier")), self)
        self.report = ReportView(words, self)
        self.write = ActionButton(ButtonKind.SECONDARY, ActionId.POST_EXPORT, self)
        self.read = ActionButton(ButtonKind.SECONDARY, ActionId.POST_IMPORT, self)
        self._money = QLabel(self)
        self._money.setProperty("role", "soft")
        self._empty = EmptyState(self)
        self._views = QStackedWidget(self)
        self._right = QStackedWidget(self)
        self._lay_out()
        self.kept.activated.connect(self.load)
        self.table.row_chosen.connect(self._on_chosen)
        self.table.row_opened.connect(lambda row: self.open_page(PageId.DOSSIERS, row.code))
        self.panel.recorded.connect(self._record)
        self.report.left.connect(self._close_report)
        self.write.clicked.connect(self._choose_target)
        self.read.clicked.connect(self._choose_file)

    def load(self) -> None:
        """Read the list and the money of today."""
        waybills, kept = self.context.counter.post.waybills, Kept(str(self.kept.currentData() or Kept.READY))

        def read() -> tuple[PostRow, ...]:
            if kept is Kept.READY:
                return tuple(PostRow(ready=ready) for ready in waybills.list_ready())
            if kept is Kept.OWED:
                return tuple(PostRow(view=view) for view in waybills.owed(limit=_MOST_ROWS).waybills)
            return tuple(PostRow(view=view) for view in waybills.list_all(states=kept.states, limit=_MOST_ROWS))

        self.tasks.run(read, owner=self, done=self._show_rows, supersedes="waybills", name="post.list")

        def count() -> tuple[DayMoney, OwedMoney]:
            return waybills.money(), waybills.owed(limit=0)

        self.tasks.run(count, owner=self, done=self._show_money, supersedes="money", name="post.money")

    def focus_first(self) -> None:
        """Begin with the list."""
        self.table.setFocus()

    def open(self, number: str) -> None:
        """Show a waybill by its number."""
        waybills = self.context.counter.post.waybills
        self.tasks.run(
            lambda: waybills.get(number), owner=self, done=self._show_view, supersedes="waybill", name="post.get"
        )

    def take_card(self, raw: bytes | str) -> bool:
        """Take the card of whoever receives it."""
        if self.panel.step is not Step.DELIVER:
            return False
        intake = self.context.counter.intake

        def take(party: Party) -> None:
            self.panel.take_party(party)

        self.tasks.run(lambda: intake.party_from_card(intake.read_card(raw)), owner=self, done=take, name="post.card")
        return True

    def take_dossier(self, code: str) -> bool:
        """Find the line of a scanned dossier; False when the list has none."""
        place = next((place for place, row in enumerate(self.table.rows_model.rows) if row.code == code), None)
        if place is None:
            return False
        self.table.selectRow(place)
        self.panel.focus_first()
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer F7 to F9, Ctrl+E and Ctrl+O; Esc closes the report of an import."""
        match action:
            case ActionId.POST_DO | ActionId.POST_ATTEMPT | ActionId.POST_BACK | ActionId.POST_REMOVE:
                return self.panel.press(action)
            case ActionId.POST_NEW:
                self.kept.setFocus()
            case ActionId.POST_EXPORT:
                self._choose_target()
            case ActionId.POST_IMPORT:
                self._choose_file()
            case ActionId.DISMISS if self._right.currentWidget() is self.report:
                self._close_report()
            case _:
                return False
        return True

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words, chosen = self.words, self.kept.currentData()
        self.kept.clear()
        for kept in Kept:
            self.kept.addItem(words(f"post.kept.{kept.value}"), kept.value)
        self.kept.setCurrentIndex(max(0, self.kept.findData(chosen)))
        self._kept_field.set_label(words("post.show"))
        self.write.set_text(words("post.write_list"))
        self.read.set_text(words("post.read_list"))
        self._empty.set_text(words("post.no_waybills_title"), words("post.no_waybills_advice"))
        self.table.setAccessibleName(words("post.lane.waybills"))
        self.table.rows_model.retranslate()
        self.panel.retranslate()
        self.report.retranslate()

    def write_path(self, path: Path) -> None:
        """Write the list for the carrier."""
        files = self.context.counter.post.files

        def write() -> OutList:
            made = files.write(path.suffix.casefold())
            replace_file(path, made.data)
            return made

        def say(made: OutList) -> None:
            self.say(self.words("postal.written", file=path.name, waybills=made.waybills, orders=made.orders))

        self.tasks.run(write, owner=self, done=say, name="post.write")

    def read_path(self, path: Path) -> None:
        """Take a carrier's list."""
        files = self.context.counter.post.files

        def read() -> ImportReport:
            return files.read(_content(path))

        self.tasks.run(read, owner=self, done=self._show_report, name="post.read")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE.medium)
        self._kept_field.setFixedWidth(192)
        head.addWidget(self._kept_field)
        head.addStretch(1)
        for button in (self.read, self.write):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignBottom)
        self._views.addWidget(self.table)
        self._views.addWidget(self._empty)
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addLayout(head)
        left.addWidget(self._views, 1)
        left.addWidget(self._money)
        self._right.addWidget(self.panel)
        self._right.addWidget(self.report)
        self._right.setFixedWidth(_PANEL_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addLayout(left, 1)
        row.addWidget(self._right)

    def _show_rows(self, rows: tuple[PostRow, ...]) -> None:
        self.table.show_rows(rows, key=lambda row: (row.number, row.code))
        self._views.setCurrentIndex(0 if rows else 1)
        if self.table.current_row is not None:
            self.panel.show_row(self.table.current_row)
        elif rows and self.panel.row is None:
            self.table.selectRow(0)

    def _show_money(self, counted: tuple[DayMoney, OwedMoney]) -> None:
        money, owed = counted
        count = sum(row.counts for row in money.rows)
        said = [self.words("post.money", amount=show_dong(money.total), count=count)] if count else []
        if owed.count:
            said.append(self.words("post.owed", amount=show_dong(owed.total), count=owed.count))
        self._money.setText("\n".join(said))
        self._money.setVisible(bool(said))

    def _show_view(self, view: WaybillView) -> None:
        self.table.clearSelection()
        self.table.setCurrentIndex(self.table.rows_model.index(-1, -1))
        self.panel.show_row(PostRow(view=view))
        self._right.setCurrentWidget(self.panel)
        self.panel.focus_first()

    @Slot(object)
    def _on_chosen(self, row: PostRow) -> None:
        self.panel.show_row(row)

    @Slot(object)
    def _record(self, done: Recorded) -> None:
        unreadable = find_unreadable(done)
        if unreadable:
            self.panel.show_problem(unreadable, self.words("postal.row_amount"))
            return
        waybills, clock = self.context.counter.post.waybills, self.context.counter.clock
        self.tasks.run(
            lambda: do_step(waybills, clock.now(), done),
            owner=self,
            done=lambda view: self._show_done(done, view),
            failed=self._refused,
            name="post.step",
        )

    def _refused(self, error: AppError) -> None:
        place = PLACES.get(error.code, "")
        if place:
            context = {name: str(value) for name, value in error.context.items()}
            self.panel.show_problem(place, self.words(error.code, **context))
        else:
            self.context.errors.show(error)

    def _show_done(self, done: Recorded, view: WaybillView) -> None:
        waybill = view.waybill
        if done.step is Step.SEND and is_misspelled(waybill.number):
            self.say(self.words("postal.misspelled", number=waybill.number), Severity.WARNING)
        else:
            self.say(self.words(f"post.done.{done.step.value}", number=waybill.number))
        if done.row.view is not None and self.table.current_row is None:
            self.panel.show_row(PostRow(view=view))
        else:
            self.panel.show_row(None)
        self.load()
        self.table.setFocus()

    @Slot()
    def _choose_target(self) -> None:
        name, _kind = QFileDialog.getSaveFileName(self, self.words("post.write_list"), "", "XLSX (*.xlsx);;CSV (*.csv)")
        if name:
            path = Path(name)
            self.write_path(path if path.suffix else path.with_suffix(".xlsx"))

    @Slot()
    def _choose_file(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, self.words("post.read_list"), "", "XLSX, CSV (*.xlsx *.csv)")
        if name:
            self.read_path(Path(name))

    def _show_report(self, report: ImportReport) -> None:
        self.report.show_report(report)
        self._right.setCurrentWidget(self.report)
        doubtful = report.count(RowState.DOUBTFUL)
        text = self.words(
            "postal.read",
            accepted=report.count(RowState.ACCEPTED),
            unchanged=report.count(RowState.UNCHANGED),
            doubtful=doubtful,
        )
        self.say(text, Severity.WARNING if doubtful else Severity.SUCCESS)
        self.load()

    @Slot()
    def _close_report(self) -> None:
        self._right.setCurrentWidget(self.panel)
        self.table.setFocus()


def _content(path: Path) -> bytes:
    try:
        data = read_at_most(path, MOST_BYTES)
    except OSError as exc:
        raise UserError("postal.file_unreadable") from exc
    if data is None:
        raise UserError("postal.file_too_large", most_mb=MOST_BYTES // 1_000_000)
    return data
