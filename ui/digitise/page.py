"""The digitising page: files become documents of a checklist line, a pile separates itself, pages are put right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from PySide6.QtCore import Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.errors import AppError
from counter_app.services.answers.documents import Digitised, DocumentView, Reusable
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.scanning import ProfileChoice
from counter_app.services.source_files import FileOnDisk
from ui.actions import ActionId, PageId
from ui.digitise.ask import ReasonCard
from ui.digitise.button_steps import ButtonSteps
from ui.digitise.document_tools import DocumentTools
from ui.digitise.lists import LeftLists
from ui.digitise.page_steps import PageSteps
from ui.digitise.pictures import Pictures
from ui.digitise.rows import LineRow, iter_rows, say_offer
from ui.digitise.scan_card import ScanCard, name_of_profile
from ui.digitise.scan_steps import ScanSteps
from ui.digitise.tray_steps import TraySteps
from ui.digitise.viewer import Viewer
from ui.messages import Message, Severity
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.tasks import Progress, TaskHandle, Where
from ui.theme.tokens import SPACE

T = TypeVar("T")
_LEFT_WIDTH = 400
_KINDS = "PDF, JPEG, PNG, TIFF, HEIC (*.pdf *.jpg *.jpeg *.png *.tif *.tiff *.heic *.bmp)"
_Opened = tuple[DossierView, tuple[DocumentView, ...], tuple[Reusable, ...]]


class DigitisePage(Page):
    """A slip that is scanned chooses its dossier; F9 scans into its line, Ctrl+O puts files there."""

    page_id: ClassVar[PageId] = PageId.DIGITISE
    title_key: ClassVar[str] = "ui.page.digitise"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._digitising = context.counter.digitising
        self._opened: _Opened | None = None
        self._wanted_line = 0
        self._wants_to_sign = False
        self._is_refreshing = False
        self._work: TaskHandle | None = None
        self.lists = LeftLists(self.words, self)
        self.viewer = Viewer(self.words, Pictures(self._digitising, self.tasks, self), self)
        self.ask = ReasonCard(self.words, self)
        self.report = RowsTable(
            (
                Column("digitise.dossier", 170, lambda view: view.dossier_code),
                Column("digitise.line", 0, lambda view: view.component_name or self.words("digitise.no_line")),
                Column("digitise.page_count", 80, lambda view: str(view.document.content.pages)),
            ),
            self.words,
            self,
        )
        self._right = QStackedWidget(self)
        self.steps = PageSteps(self)
        self.card = ScanCard(self.words, self)
        self.scans = ScanSteps(self, self.card)
        self.button = ButtonSteps(self)
        self.waiting = TraySteps(self)
        self.tools = DocumentTools(self)
        self._lay_out()
        self._connect()
        self.retranslate()

    @property
    def code(self) -> str:
        """The code of the dossier in hand, or ""."""
        return self._opened[0].dossier.code if self._opened else ""

    @property
    def is_busy(self) -> bool:
        """Whether a long piece of work is under way."""
        return self._work is not None

    def activate(self, argument: str = "") -> None:
        """Read anew; the argument is a dossier's code, with ``#3`` at its third line, with ``#sign`` to sign."""
        code, _mark, line = argument.partition("#")
        self._wanted_line = int(line) if line.isdigit() else 0
        self._wants_to_sign = line == "sign"
        self.read_waiting()
        self.scans.read_profiles()
        if code or self.code:
            self.open(code or self.code)
        (self.lists.lines if code or self.code else self.lists.code).setFocus()

    def deactivate(self) -> None:
        """Leave the scanner to others."""
        self.button.rest()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read anew when something was digitised."""
        if Topic.DOSSIERS in topics:
            self.read_waiting()
            if self.code:
                self.open(self.code)

    def handle_dossier(self, code: str) -> bool:
        """Choose the dossier of a scanned slip, or say with it where something goes."""
        if self.ask.is_moving:
            self.steps.offer_lines(code)
            return True
        self.open(code)
        self.lists.lines.setFocus()
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer the keys of the page."""
        deed = self._keys().get(action)
        if deed is not None:
            deed()
            return True
        if action is ActionId.DISMISS:
            return self._dismiss()
        if action is ActionId.REFRESH:
            self.scans.forget()
            self.activate(self.code)
        return False

    def open(self, code: str) -> None:
        """Show a dossier with what is digitised of it."""
        lookup, digitising, reuse = self.context.counter.lookup, self._digitising, self.context.counter.reuse

        def read() -> _Opened:
            view = lookup.get_dossier(code)
            found = view.dossier.code
            return view, digitising.list_of_dossier(found), reuse.list_offers(found)

        self.tasks.run(
            read, owner=self, done=self._show, failed=self._show_unknown, supersedes="digitise.open", name="digitise"
        )

    def attach(self, paths: Sequence[Path]) -> None:
        """Put files to the chosen line, each as a document of its own."""
        code, row = self.code, self.lists.line
        if not code or row is None:
            self.say("digitise.choose_first", Severity.WARNING)
            self.lists.code.setFocus()
            return
        digitising, component = self._digitising, row.component

        def work(progress: Progress) -> Digitised:
            asks, tells = progress.is_cancelled, progress.report
            return digitising.attach(_on_disk(paths), code, component=component, is_cancelled=asks, progressed=tells)

        self.run_long(work, self._on_attached)

    def route(self, paths: Sequence[Path]) -> None:
        """Separate a pile of files by its codes."""
        digitising = self._digitising

        def work(progress: Progress) -> Digitised:
            return digitising.route(_on_disk(paths), is_cancelled=progress.is_cancelled, progressed=progress.report)

        self.run_long(work, self.show_routed)

    def run_long(
        self,
        work: Callable[[Progress], T],
        done: Callable[[T], None],
        *,
        failed: Callable[[], None] = lambda: None,
        progressed: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        """Do one long piece of work in the pool, with its progress at the left; a second one waits for the clerk."""
        if self.is_busy:
            self.say("digitise.busy", Severity.WARNING)
            return

        def end(result: T) -> None:
            self._end_work()
            done(result)

        def fail(error: AppError) -> None:
            self._end_work()
            failed()
            self.context.errors.show(error)

        def say(so_far: int, total: int) -> None:
            self.lists.show_progress((so_far, total))
            progressed(so_far, total)

        self.lists.show_progress((0, 0))
        self._work = self.tasks.run_with_progress(
            work,
            owner=self,
            done=end,
            failed=fail,
            progressed=say,
            where=Where.POOL,
            name="digitise.work",
        )

    def say(self, key: str, severity: Severity = Severity.SUCCESS, **values: str | int) -> None:
        """Say something in the window's bar."""
        self.context.messages.show_message(Message(self.words(key, **values), severity))

    def show_changed(self, view: DocumentView, *, page: int = 1) -> None:
        """Show a document that has just changed, at a page."""
        self.viewer.show_document(view, page=page)

    def show_viewer(self) -> None:
        """Bring the viewer forward."""
        self._right.setCurrentWidget(self.viewer)

    def show_live(self, picture: QImage) -> None:
        """Show what the camera sees."""
        self.show_viewer()
        self.viewer.show_live(picture)

    def show_scan(self, scan: str) -> None:
        """Show the pages of a scan that are kept so far."""
        tray = self._digitising.tray

        def show(page_ids: tuple[str, ...]) -> None:
            if page_ids and self.scans.scan_id == scan:
                self.show_viewer()
                self.viewer.show_waiting(page_ids, self.words("digitise.kept", done=len(page_ids)), newest=True)

        self.tasks.run(
            lambda: tray.list_of_session(scan), owner=self, done=show, supersedes="digitise.scan", name="digitise.scan"
        )

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.lists.retranslate()
        self.viewer.retranslate()
        self.ask.retranslate()
        self.card.retranslate()
        self.scans.read_profiles()
        self.tools.retranslate()
        self.report.setAccessibleName(self.words("digitise.report"))
        self.report.rows_model.retranslate()

    def _keys(self) -> dict[ActionId, Callable[[], object]]:
        return {
            ActionId.DIGITISE_CODE: self._focus_code,
            ActionId.DIGITISE_LINES: self.lists.lines.setFocus,
            ActionId.DIGITISE_TRAY: self._focus_tray,
            ActionId.DIGITISE_VIEW: self._focus_viewer,
            ActionId.DIGITISE_SCAN: self.scans.scan,
            ActionId.DIGITISE_SETUP: self.scans.set_up,
            ActionId.DIGITISE_RESCAN: self.scans.rescan,
            ActionId.DIGITISE_FILES: lambda: self._choose_files(self.attach),
            ActionId.DIGITISE_PILE: lambda: self._choose_files(self.route),
            ActionId.DIGITISE_PUT: self.scans.put,
            ActionId.DIGITISE_LARGER: lambda: self.viewer.zoom(1),
            ActionId.DIGITISE_SMALLER: lambda: self.viewer.zoom(-1),
            ActionId.DIGITISE_FIT: lambda: self.viewer.zoom(0),
            **self.tools.keys,
            **self.steps.keys,
            ActionId.DIGITISE_WITHDRAW: self._withdraw_or_discard,
        }

    def _lay_out(self) -> None:
        self.lists.setFixedWidth(_LEFT_WIDTH)
        self._right.addWidget(self.viewer)
        self._right.addWidget(self.report)
        right = QVBoxLayout()
        right.setSpacing(SPACE.small)
        right.addWidget(self.card)
        right.addWidget(self.ask)
        right.addWidget(self.tools.panel)
        right.addWidget(self._right, 1)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE.medium)
        outer.addWidget(self.lists)
        outer.addLayout(right, 1)

    def _connect(self) -> None:
        lists = self.lists
        lists.code_entered.connect(self._on_code)
        lists.files_dropped.connect(self.attach)
        lists.cancelled.connect(self._cancel)
        lists.lines.row_chosen.connect(self._show_row)
        lists.lines.row_opened.connect(self._open_row)
        lists.tray.row_chosen.connect(self.waiting.show)
        lists.tray.row_opened.connect(self.waiting.accept)
        lists.scan.clicked.connect(self.scans.scan)
        lists.setup.clicked.connect(self.scans.set_up)
        self.scans.profile_changed.connect(self._show_how)
        self.button.changed.connect(self.scans.tell_how)
        lists.files.clicked.connect(lambda: self._choose_files(self.attach))
        lists.pile.clicked.connect(lambda: self._choose_files(self.route))
        lists.put.clicked.connect(self.waiting.put)
        self.report.row_opened.connect(self._open_reported)
        self.ask.confirmed.connect(self.steps.confirm)
        self.ask.code_entered.connect(self.steps.offer_lines)
        self.words.language_changed.connect(self.retranslate)

    def _choose_files(self, use: Callable[[Sequence[Path]], None]) -> None:
        names, _kind = QFileDialog.getOpenFileNames(self, self.words("digitise.choose_files"), "", _KINDS)
        if names:
            use([Path(name) for name in names])

    def read_waiting(self) -> None:
        """Read anew what waits."""
        self.waiting.read()

    def _show(self, opened: _Opened) -> None:
        before, row = self._opened, self.lists.line
        is_same = before is not None and before[0].dossier.id == opened[0].dossier.id
        self._opened = opened
        self._is_refreshing = True
        self.lists.show_dossier(opened[0].dossier, list(iter_rows(opened[0].dossier, opened[1], opened[2])))
        if self._wanted_line:
            self.lists.choose((self._wanted_line, ""))
            self._wanted_line = 0
        self._is_refreshing = False
        if self._wants_to_sign:
            self._wants_to_sign = False
            self.tools.signs.ask()
        now = self.lists.line
        if is_same and now is not None and row is not None and now.key == row.key:
            self._show_newest(now)
        elif now is not None:
            self._show_row(now)

    def _show_newest(self, row: LineRow) -> None:
        """Show what has become of the document in front, and leave the clerk's place alone when it is as it was."""
        shown, documents = self.viewer.view, self._opened[1] if self._opened else ()
        if shown is None:
            if not (self.lists.tray.hasFocus() or self.scans.is_scanning):
                self._show_first(row)
            return
        newest = next((view for view in documents if view.document.id == shown.document.id), None)
        if newest is not None and newest != shown:
            self.viewer.show_document(newest)

    def _show_unknown(self, error: AppError) -> None:
        if error.code == "dossier.unknown_code":
            self.lists.code_field.set_problem(self.words("digitise.unknown_code"))
        else:
            self.context.errors.show(error)

    @Slot(str)
    def _on_code(self, text: str) -> None:
        if text.strip():
            self.open(text.strip())
            self.lists.lines.setFocus()

    @Slot(object)
    def _show_row(self, row: LineRow) -> None:
        if self._is_refreshing:
            return
        self.show_viewer()
        self.ask.hide()
        self._show_first(row)

    def _show_first(self, row: LineRow) -> None:
        """Show a row's document, else the first of its line, else in full what is offered there."""
        offer = say_offer(self.words, row.offer) if row.offer is not None else ""
        self.viewer.show_document(row.document or self._first_of(row.component), instead=offer)

    def _first_of(self, component: int) -> DocumentView | None:
        documents = self._opened[1] if self._opened else ()
        own = [view for view in documents if view.document.component == component and not view.withdrawn_reason]
        return own[0] if own else None

    @Slot(object)
    def _open_row(self, row: LineRow) -> None:
        if row.document is None:
            self.scans.scan()
        else:
            self._focus_viewer()

    def _on_attached(self, made: Digitised) -> None:
        pages = sum(view.document.content.pages for view in made.documents)
        self.say("digitise.attached", documents=len(made.documents), pages=pages)
        if made.documents:
            self.show_viewer()
            self.viewer.show_document(made.documents[0])

    def show_routed(self, made: Digitised) -> None:
        """Show what a pile became, and that something waits."""
        severity = Severity.WARNING if made.tray else Severity.SUCCESS
        self.say("digitise.routed", severity, documents=len(made.documents), waiting=len(made.tray))
        self.report.show_rows(made.documents, key=lambda view: view.document.id)
        self._right.setCurrentWidget(self.report)
        self.read_waiting()

    @Slot(object)
    def _open_reported(self, view: DocumentView) -> None:
        self._wanted_line = view.document.component
        self.open(view.dossier_code)
        self.show_viewer()
        self.viewer.show_document(view)
        self.lists.lines.setFocus()

    def _end_work(self) -> None:
        self._work = None
        self.lists.show_progress(None)

    @Slot()
    def _cancel(self) -> None:
        if self.scans.is_scanning:
            self.scans.stop()
        elif self._work is not None:
            self._work.cancel()
            self._end_work()
            self.say("digitise.cancelled", Severity.INFO)

    def _dismiss(self) -> bool:
        card = next((card for card in (self.card, self.ask) if card.isVisible()), None)
        if card is not None:
            card.hide()
            self.lists.lines.setFocus()
        elif self.is_busy:
            self._cancel()
        else:
            return self.tools.dismiss() or self.scans.leave_turned()
        return True

    @Slot(object)
    def _show_how(self, choice: ProfileChoice) -> None:
        name = name_of_profile(self.words, choice.chosen)
        brief = name.partition(":")[0]
        how = self.words("digitise.how_locked", how=brief) if choice.is_choice_locked else brief
        how = self.words("digitise.how_pile", how=how) if self.scans.separates else how
        how = self.words("digitise.how_button", how=how) if self.button.is_heard else how
        self.lists.show_how(how, whole=name)

    def _withdraw_or_discard(self) -> None:
        if self.lists.tray.hasFocus():
            self.steps.discard(self.lists.waiting)
        else:
            self.steps.ask_withdrawal()

    def _focus_code(self) -> None:
        self.lists.code.setFocus()
        self.lists.code.selectAll()

    def _focus_tray(self) -> None:
        table = self.lists.tray
        if table.isVisible():
            table.setFocus()
            if not self.lists.waiting:
                table.selectRow(0)

    def _focus_viewer(self) -> None:
        self.show_viewer()
        self.viewer.thumbnails.setFocus()


def _on_disk(paths: Sequence[Path]) -> list[FileOnDisk]:
    return [FileOnDisk(path=path) for path in paths]
