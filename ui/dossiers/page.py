"""The look-up page: a search field, filters, the answers, and the chosen dossier beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.services.answers.actions import ActionOffer, ActionResult
from counter_app.services.answers.documents import DocumentView
from counter_app.services.answers.dossiers import DossierRow, DossierView
from counter_app.services.answers.held import HeldEntry
from ui.actions import ActionId, PageId
from ui.bulk.view import BulkView
from ui.dossier_actions.view import ActionView
from ui.dossier_edit.view import EditView
from ui.dossiers.asking import find_asked
from ui.dossiers.browser import DossierBrowser
from ui.dossiers.list_work import ListWork
from ui.dossiers.view import DossierPanel
from ui.messages import Message, Severity
from ui.page import Page, PageContext
from ui.printing.view import PrintView
from ui.theme.tokens import SPACE

SEARCH_AFTER_MS = 120
_FEWEST_LETTERS = 2
_MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class _Opened:
    """A dossier and what the signed-in clerk may do with it, read together."""

    view: DossierView
    offers: tuple[ActionOffer, ...]
    documents: tuple[DocumentView, ...]


class DossiersPage(Page):
    """Searches while typing, newest first; Down goes into the list, Enter to the dossier's next steps.

    F3 filters the list, F7 opens all filters, F4 goes to the next steps, F9 prints, F6 previews,
    F11 corrects facts. The space bar marks
    dossiers for F8, which does one thing with all of them; Ctrl+E exports the list.
    """

    page_id: ClassVar[PageId] = PageId.DOSSIERS
    title_key: ClassVar[str] = "ui.page.dossiers"

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.browser = DossierBrowser(context, self)
        self.search, self.filters, self.table = self.browser.search, self.browser.filters, self.browser.table
        self.panel = DossierPanel(self.words, self)
        self._browsing = QSplitter(Qt.Orientation.Horizontal, self)
        self.print_view = PrintView(context, self)
        self.action_view = ActionView(context, self)
        self.edit_view = EditView(context, self)
        self.list_work = ListWork(context, self.browser)
        self.bulk_view = BulkView(context, self)
        self._views = QStackedWidget(self)
        self._answers: dict[ActionId, Callable[[], object]] = {
            ActionId.DOSSIER_FILTERS: self._focus_filters,
            ActionId.DOSSIER_MORE_FILTERS: self.browser.open_form,
            ActionId.DOSSIER_ACTIONS: self.panel.focus_steps,
            ActionId.REFRESH: self._read_again,
            ActionId.DOSSIER_PRINT: self._open_print_view,
            ActionId.DOSSIER_PREVIEW: self._open_preview,
            ActionId.DOSSIER_BULK: self._open_bulk,
            ActionId.DOSSIER_EDIT: self._open_edit,
            ActionId.DOSSIER_DIGITISE: lambda: self._open_digitising(0),
            ActionId.DOSSIER_RELATED: self.panel.cards.focus_related,
            ActionId.DOSSIER_EXPORT: self.list_work.export,
        }
        self._lay_out()
        self._connect_signals()
        self.retranslate()

    @property
    def is_printing(self) -> bool:
        """Whether the print view has the page."""
        return self._views.currentWidget() is self.print_view

    @property
    def is_acting(self) -> bool:
        """Whether the form of an action has the page."""
        return self._views.currentWidget() is self.action_view

    @property
    def is_editing(self) -> bool:
        """Whether the form that corrects facts has the page."""
        return self._views.currentWidget() is self.edit_view

    @property
    def is_in_bulk(self) -> bool:
        """Whether working on many dossiers has the page."""
        return self._views.currentWidget() is self.bulk_view

    def activate(self, argument: str = "") -> None:
        """Show the dossier whose code is the argument, the list it means, or what a search for other words finds."""
        if argument:
            self._close_views()
            self.browser.show_argument(argument)
        if self.is_printing:
            self.print_view.options.focus_field()
            return
        if self.is_acting:
            self.action_view.form.focus_field()
            return
        if self.is_in_bulk:
            self.bulk_view.focus_first()
            return
        if self.is_editing:
            self.edit_view.editors["reason"].setFocus()
            return
        if not argument:
            self.browser.read_again()
        if self.browser.is_choosing:
            self.browser.form.focus_first()
        elif find_asked(argument) is not None:
            self.table.setFocus()
        else:
            self.browser.focus_search()

    @Slot(str)
    def open_dossier(self, code: str) -> None:
        """Show one dossier in the panel with what may be done next."""
        counter = self.context.counter
        self.tasks.run(
            lambda: _Opened(
                counter.lookup.get_dossier(code),
                counter.dossiers.list_actions(code),
                counter.digitising.list_of_dossier(code),
            ),
            owner=self,
            done=self._show_dossier,
            supersedes="dossier",
            name="dossier.get",
        )

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Search again when dossiers changed, and read the shown one again."""
        if Topic.DOSSIERS in topics:
            self._read_again()
        elif topics & {Topic.PRINT_JOBS, Topic.EXCHANGE} and self.panel.shown is not None:
            self.open_dossier(self.panel.shown.dossier.code)

    def handle_scan(self, raw: bytes | str) -> bool:
        """Take the identity card of who receives a result, or whose facts are being corrected."""
        if self.is_editing:
            self.edit_view.take_card(raw)
            return True
        if not self.is_acting or not self.action_view.presenter.takes_cards:
            return False
        self.action_view.presenter.take_card(raw)
        return True

    def perform(self, action: ActionId) -> bool:
        """Answer F3 to F7 and F9; in the print view also Esc and the keys of the zoom, in an action's form Esc."""
        if self.is_printing:
            return self.print_view.perform(action)
        if self.is_acting and self.action_view.perform(action):
            return True
        if self.is_in_bulk:
            return self.bulk_view.perform(action)
        if self.is_editing:
            return self.edit_view.perform(action)
        if action is ActionId.DISMISS:
            return self._dismiss()
        answer = self._answers.get(action)
        if answer is not None:
            answer()
        return answer is not None

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.browser.retranslate()
        self.panel.retranslate()
        self.print_view.retranslate()
        self.action_view.retranslate()
        self.bulk_view.retranslate()
        self.edit_view.retranslate()

    def _lay_out(self) -> None:
        splitter = self._browsing
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(SPACE.medium)
        splitter.addWidget(self.browser)
        splitter.addWidget(self.panel)
        splitter.setSizes([517, 348])
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        self._views.addWidget(splitter)
        self._views.addWidget(self.print_view)
        self._views.addWidget(self.action_view)
        self._views.addWidget(self.bulk_view)
        self._views.addWidget(self.edit_view)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._views)

    def _connect_signals(self) -> None:
        self.table.row_chosen.connect(self._on_row_chosen)
        self.table.row_opened.connect(self._on_row_opened)
        self.panel.print_requested.connect(self._open_print_view)
        self.panel.preview_requested.connect(self._open_preview)
        self.panel.digitised.line_opened.connect(self._open_digitising)
        self.panel.digitised.sign_requested.connect(self._open_signing)
        self.panel.action_chosen.connect(self._open_action)
        self.panel.held.decided.connect(self._decide)
        self.print_view.closed.connect(self._on_view_closed)
        self.action_view.closed.connect(self._on_view_closed)
        self.action_view.presenter.outdated.connect(self.open_dossier)
        self.action_view.presenter.acted.connect(self._on_acted)
        self.bulk_view.closed.connect(self._on_view_closed)
        self.edit_view.closed.connect(self._on_view_closed)
        self.edit_view.corrected.connect(self.open_dossier)
        self.panel.cards.related_chosen.connect(self.open_dossier)
        self.bulk_view.dossier_opened.connect(self.activate)
        self.bulk_view.presenter.manifest_wanted.connect(self._begin_manifest)
        self.bulk_view.presenter.finished.connect(self.list_work.marking.clear)
        self.words.language_changed.connect(self.retranslate)

    @Slot(object, str)
    def _decide(self, one: HeldEntry, decision: str) -> None:
        held = self.context.counter.held
        self.tasks.run(
            lambda: held.decide(one.entry_id, decision, desk_id=one.desk_id),
            owner=self,
            done=self._say_decided,
            name="held.decide",
        )

    def _say_decided(self, left: Sequence[HeldEntry]) -> None:
        """The dossier itself is shown anew when the change is announced."""
        said = self.words("held.decided", count=len(left))
        self.context.messages.show_message(Message(said, Severity.SUCCESS))

    def _read_again(self) -> None:
        self.browser.read_again()
        if self.panel.shown is not None:
            self.open_dossier(self.panel.shown.dossier.code)

    def _show_dossier(self, opened: _Opened) -> None:
        self.panel.show_dossier(opened.view, opened.offers, opened.documents)
        if self.is_editing:
            self.edit_view.renew(opened.view)
        state = self.action_view.presenter.state
        if not self.is_acting or state is None or state.code != opened.view.dossier.code:
            return
        if not self.action_view.renew(opened.view, opened.offers):
            self.action_view.close_view()
            action = self.words(f"action.name.{state.action.value}")
            text = self.words("ui.act.changed", code=state.code, action=action)
            self.context.messages.show_message(Message(text, Severity.WARNING))

    @Slot(object)
    def _on_row_chosen(self, row: DossierRow) -> None:
        if row.code:
            self.open_dossier(row.code)

    @Slot(object)
    def _on_row_opened(self, _row: DossierRow) -> None:
        self.panel.focus_first()

    @Slot()
    def _open_print_view(self) -> None:
        self._show_print_view(reading=False)

    @Slot()
    def _open_preview(self) -> None:
        self._show_print_view(reading=True)

    def _show_print_view(self, *, reading: bool) -> None:
        shown = self.panel.shown
        if shown is not None:
            self._views.setCurrentWidget(self.print_view)
            self.print_view.open(shown, reading=reading)

    @Slot(object)
    def _open_action(self, offer: ActionOffer) -> None:
        shown = self.panel.shown
        if shown is not None:
            self._views.setCurrentWidget(self.action_view)
            self.action_view.open(shown, offer)

    @Slot(object)
    def _on_acted(self, result: ActionResult) -> None:
        self.open_dossier(result.code)

    def _focus_filters(self) -> None:
        self.browser.close_form()
        self.filters.focus_chosen()

    def _dismiss(self) -> bool:
        """Leave the form of filters, else mark nothing any more; False when there is neither."""
        if self.browser.is_choosing:
            self.browser.close_form()
        elif self.list_work.marking.codes:
            self.list_work.marking.clear()
        else:
            return False
        return True

    def _open_bulk(self) -> None:
        codes = self.list_work.chosen
        if codes:
            self.context.messages.clear()
            self._views.setCurrentWidget(self.bulk_view)
            self.bulk_view.open(codes)

    def _open_edit(self) -> None:
        if self.panel.shown is not None:
            self._views.setCurrentWidget(self.edit_view)
            self.edit_view.open(self.panel.shown)

    @Slot(int)
    def _open_digitising(self, line: int) -> None:
        if self.panel.shown is not None:
            code = self.panel.shown.dossier.code
            self.page_requested.emit(PageId.DIGITISE, f"{code}#{line}" if line else code)

    @Slot()
    def _open_signing(self) -> None:
        if self.panel.shown is not None:
            self.page_requested.emit(PageId.DIGITISE, f"{self.panel.shown.dossier.code}#sign")

    @Slot(object)
    def _begin_manifest(self, codes: tuple[str, ...]) -> None:
        self.list_work.marking.clear()
        self._on_view_closed()
        self.page_requested.emit(PageId.CUSTODY, ",".join(codes))

    def _close_views(self) -> None:
        if self.is_printing:
            self.print_view.close_view()
        elif self.is_acting:
            self.action_view.close_view()
        elif self.is_editing:
            self.edit_view.close_view()
        elif self.is_in_bulk:
            self._on_view_closed()

    @Slot()
    def _on_view_closed(self) -> None:
        self._views.setCurrentWidget(self._browsing)
        self.browser.focus_back()
