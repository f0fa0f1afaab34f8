"""The hand-over page: the manifests of this desk at the left, the one in hand beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.domain.manifest import looks_like_manifest_code
from ui.actions import ActionId, PageId
from ui.custody.begin_form import BeginForm
from ui.custody.codes_view import CodesView
from ui.custody.hand_panel import HandPanel
from ui.custody.presenter import CustodyPresenter
from ui.custody.sentences import say_row_count, say_row_state, tone_of_row
from ui.custody.state import CustodyState, HandRow, Mode
from ui.models import Column, RowsTable
from ui.page import Page, PageContext
from ui.theme.tokens import SPACE
from ui.widgets import ActionButton, ButtonKind, EmptyState

_LIST_WIDTH = 336


class CustodyPage(Page):
    """Scanning is the main input: a dossier goes on the manifest in hand or is counted out of its bag, a manifest's
    code opens it, a QR of its paper begins to receive it. Ctrl+N begins one, F3 goes to the list, F9 signs.
    """

    page_id: ClassVar[PageId] = PageId.CUSTODY
    title_key: ClassVar[str] = "ui.page.custody"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.presenter = CustodyPresenter(context, self)
        self.list = RowsTable(self._columns(), self.words, self)
        self.new = ActionButton(ButtonKind.SECONDARY, ActionId.CUSTODY_NEW)
        self.panel = HandPanel(self.words, self)
        self.begin_form = BeginForm(self.words, self)
        self.codes = CodesView(self.words, self)
        self._nothing = EmptyState(self)
        self._right = QStackedWidget(self)
        self._answers: dict[ActionId, Callable[[], object]] = {
            ActionId.CUSTODY_NEW: lambda: self._make(()),
            ActionId.CUSTODY_LIST: self.list.setFocus,
            ActionId.CUSTODY_ENTRY: self._on_entry_key,
            ActionId.CUSTODY_CODES: self._show_codes,
            ActionId.CUSTODY_DIFFERENCES: self.presenter.show_differences,
            ActionId.CUSTODY_PRINT: self.presenter.print_paper,
            ActionId.CUSTODY_SIGN: self._sign,
            ActionId.CUSTODY_REMOVE: self.panel.take_back,
            ActionId.REFRESH: self.presenter.load,
        }
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def state(self) -> CustodyState:
        """What is shown."""
        return self.presenter.state

    def activate(self, argument: str = "") -> None:
        """Read the list; the argument is a manifest's code to open, or dossiers' codes that a new one begins with."""
        self.presenter.load()
        if looks_like_manifest_code(argument):
            self.presenter.open(argument)
        elif argument:
            self._make(tuple(argument.split(",")))
        elif self.state.mode is Mode.NONE:
            self.list.setFocus()
        else:
            self.panel.focus_first()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Read the list again when dossiers or manifests changed."""
        if Topic.DOSSIERS in topics:
            self.presenter.load()

    def handle_dossier(self, code: str) -> bool:
        """Put a scanned dossier on the manifest in hand, or count it."""
        return self.presenter.take_dossier(code)

    def handle_manifest(self, text: str) -> bool:
        """Open a manifest by its code, or take a part of its signed texts."""
        self.presenter.take_paper(text)
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer the page's keys; Esc leaves the codes and the form of a new manifest."""
        if action is ActionId.DISMISS:
            return self._go_back()
        answer = self._answers.get(action)
        if answer is not None:
            answer()
        return answer is not None

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        words = self.words
        self.list.setAccessibleName(words("custody.list"))
        self.list.rows_model.retranslate()
        self.new.set_text(words("custody.begin"))
        self._nothing.set_text(words("custody.nothing_title"), words("custody.nothing_advice"))
        for part in (self.panel, self.begin_form, self.codes):
            part.retranslate()

    def _columns(self) -> tuple[Column, ...]:
        words = self.words
        return (
            Column("custody.code", 174, lambda row: row.code),
            Column("custody.row_state", 0, lambda row: say_row_state(words, row), tone_of_row),
            Column("custody.row_count", 64, say_row_count),
        )

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(SPACE.small)
        left.addWidget(self.new)
        left.addWidget(self.list, 1)
        self.list.setFixedWidth(_LIST_WIDTH)
        self.new.setFixedWidth(_LIST_WIDTH)
        for part in (self._nothing, self.begin_form, self.panel, self.codes):
            self._right.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE.medium)
        row.addLayout(left)
        row.addWidget(self._right, 1)

    def _connect_signals(self) -> None:
        presenter, panel = self.presenter, self.panel
        presenter.changed.connect(self._show)
        presenter.signing.connect(panel.focus_password)
        presenter.unsettled.connect(panel.lead_to)
        self.list.row_opened.connect(self._on_row_opened)
        self.new.clicked.connect(lambda: self._make(()))
        self.begin_form.wanted.connect(presenter.begin)
        self.begin_form.left.connect(self._go_back)
        self.codes.left.connect(self._go_back)
        panel.entered.connect(presenter.take_typed)
        panel.settled.connect(presenter.settle)
        panel.taken_back.connect(presenter.take_back)
        panel.signed.connect(self._sign)
        panel.codes_requested.connect(self._show_codes)
        panel.differences_requested.connect(presenter.show_differences)
        panel.print_requested.connect(presenter.print_paper)
        panel.count_requested.connect(presenter.count_here)
        panel.dossier_opened.connect(lambda code: self.page_requested.emit(PageId.DOSSIERS, code))
        self.words.language_changed.connect(self.retranslate)

    @Slot(object)
    def _show(self, state: CustodyState) -> None:
        if self.list.rows_model.rows != state.rows:
            self.list.show_rows(state.rows, key=lambda row: row.code)
        before = self.panel.shown
        self.panel.show_state(state)
        is_new = before != self.panel.shown
        if state.mode is Mode.MAKING:
            self.begin_form.show_pending(len(state.pending))
        if is_new:
            parts: dict[Mode, QWidget] = {Mode.NONE: self._nothing, Mode.MAKING: self.begin_form}
            self._right.setCurrentWidget(parts.get(state.mode, self.panel))
            if state.mode not in parts:
                self.panel.focus_first()

    def _make(self, pending: tuple[str, ...]) -> None:
        self.presenter.make(pending)
        self.begin_form.open([row.other for row in self.state.rows if row.found is None])

    @Slot()
    def _sign(self) -> None:
        if self.state.mode is Mode.MAKING:
            self.begin_form.submit()
        else:
            panel = self.panel
            self.presenter.sign(panel.password.text(), bag=panel.bag.text(), seal=panel.seal.text())
            panel.password.clear()

    @Slot()
    def _show_codes(self) -> None:
        view = self.state.view
        if self.state.mode is Mode.SHOWN and view is not None and self.state.codes_to_show:
            self._right.setCurrentWidget(self.codes)
            self.codes.open(self.state.codes_to_show, is_acknowledgement=not view.passport)

    def _on_entry_key(self) -> None:
        if self.state.mode is Mode.SHOWN:
            self.presenter.count_here()
        elif self._right.currentWidget() is self.panel:
            self.panel.focus_first()

    @Slot()
    def _go_back(self) -> bool:
        if self._right.currentWidget() is self.codes:
            self._right.setCurrentWidget(self.panel)
            self.panel.focus_first()
        elif self.state.mode is Mode.MAKING:
            self.presenter.leave()
            self.list.setFocus()
        else:
            return False
        return True

    @Slot(object)
    def _on_row_opened(self, row: HandRow) -> None:
        self.presenter.open(row.code)
