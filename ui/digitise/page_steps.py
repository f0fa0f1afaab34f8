"""What the keys do with the page and the document in front: turn, move, leave out, split, withdraw, move away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from counter_app.core.errors import AppError
from counter_app.services.answers.documents import DiscardedPages, DocumentView, PagePlace
from counter_app.services.answers.dossiers import DossierView
from ui.actions import ActionId
from ui.digitise.ask import Order
from ui.digitise.rows import WaitingRow, iter_rows, say_name
from ui.messages import Message, Severity

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

_QUARTER = 1


class PageSteps(QObject):
    """Every step leaves the version before in place; what can be undone is offered with the message."""

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._page = page
        self._viewer = page.viewer
        self._digitising = page.context.counter.digitising
        self.keys: dict[ActionId, Callable[[], object]] = {
            ActionId.DIGITISE_TURN: self.turn,
            ActionId.DIGITISE_EARLIER_PAGE: lambda: self.shift(-1),
            ActionId.DIGITISE_LATER_PAGE: lambda: self.shift(1),
            ActionId.DIGITISE_LEAVE_OUT: self.leave_out,
            ActionId.DIGITISE_SPLIT: self.split,
            ActionId.DIGITISE_MOVE: self._ask_move,
            ActionId.DIGITISE_REUSE: self.reuse,
            ActionId.DIGITISE_VERSION: page.viewer.show_earlier,
        }

    def turn(self) -> None:
        """Turn the page in front a quarter to the right."""
        view = self.changeable()
        if view is not None:
            number, places = self._viewer.number, _places(view)
            places[number - 1] = PagePlace(number=number, turned=_QUARTER)
            self._rearrange(view, places, number)

    def shift(self, steps: int) -> None:
        """Change places with the page before or after."""
        view = self.changeable()
        number = self._viewer.number
        if view is not None and 1 <= number + steps <= view.document.content.pages:
            places = _places(view)
            places.insert(number - 1 + steps, places.pop(number - 1))
            self._rearrange(view, places, number + steps)

    def leave_out(self) -> None:
        """Leave the page in front out of the document; the version before keeps it."""
        view = self.changeable()
        if view is None:
            return
        if view.document.content.pages == 1:
            self._page.say("digitise.last_page", Severity.WARNING)
            return
        number, places = self._viewer.number, _places(view)
        del places[number - 1]
        self._rearrange(view, places, min(number, len(places)))

    def split(self) -> None:
        """Make what follows the page in front a document of its own."""
        view = self.changeable()
        if view is None:
            return
        document, after, digitising = view.document.id, self._viewer.number, self._digitising
        if after >= view.document.content.pages:
            self._page.say("digitise.nothing_after", Severity.WARNING)
            return

        def done(halves: tuple[DocumentView, DocumentView]) -> None:
            self._page.show_changed(halves[0], page=after)
            self._page.say("digitise.split_done", number=after)

        self._page.run_long(lambda _progress: digitising.split(document, after), done)

    def reuse(self) -> None:
        """Use the paper that is offered for the chosen line; never without this key."""
        row, code, reuse = self._page.lists.line, self._page.code, self._page.context.counter.reuse
        offer = row.offer if row is not None else None
        if offer is None:
            self._page.say("digitise.nothing_offered", Severity.WARNING)
            return

        def done(view: DocumentView) -> None:
            self._page.show_changed(view)
            if offer.stored is not None:
                self._page.say("digitise.stored_done", line=view.component_name)
                return
            self._page.say("digitise.reused_done", line=view.component_name, code=offer.dossier_code)

        self._page.run_long(lambda _progress: reuse.use(offer.document_id, code, component=offer.component), done)

    @Slot(object)
    def confirm(self, order: Order) -> None:
        """Withdraw the document in front, or move it or its page."""
        view = self.changeable()
        if view is None:
            return
        document, counter = view.document.id, self._page.context.counter

        def work(_progress: object) -> None:
            if not order.code:
                counter.digitising.withdraw(document, order.reason)
            elif order.page:
                counter.page_repairs.move_pages(
                    document, [order.page], order.code, component=order.component, reason=order.reason
                )
            else:
                counter.digitising.move(document, order.code, component=order.component, reason=order.reason)

        def done(_nothing: None) -> None:
            if not order.code:
                self._page.say("digitise.withdrawn_done")
            elif order.page:
                self._page.say("digitise.page_moved", number=order.page, code=order.code)
            else:
                self._page.say("digitise.moved_done", code=order.code)

        self._page.run_long(work, done)

    def discard(self, rows: Sequence[WaitingRow]) -> None:
        """Let waiting pages go; the message brings them back."""
        tray, ids = self._digitising.tray, [one for row in rows for one in row.page_ids]
        if not ids:
            return

        def done(discarded: DiscardedPages) -> None:
            self._page.read_waiting()
            words = self._page.words
            undo = Message(
                words("digitise.discarded", count=len(ids)),
                Severity.INFO,
                words("digitise.undo"),
                action=lambda: self._bring_back(discarded),
            )
            self._page.context.messages.show_message(undo)

        self._page.run_long(lambda _progress: tray.discard(ids), done)

    def _bring_back(self, discarded: DiscardedPages) -> None:
        tray = self._digitising.tray
        self._page.run_long(lambda _progress: tray.restore(discarded), lambda _none: self._page.read_waiting())

    @Slot(str)
    def offer_lines(self, code: str) -> None:
        """Offer the lines of a dossier as places for what is moved."""
        lookup, ask, words = self._page.context.counter.lookup, self._page.ask, self._page.words

        def show(view: DossierView) -> None:
            rows = [row for row in iter_rows(view.dossier, ()) if row.document is None]
            ask.show_lines(view.dossier.code, [(row.component, say_name(words, row)) for row in rows])

        def fail(error: AppError) -> None:
            if error.code == "dossier.unknown_code":
                ask.show_unknown()
            else:
                self._page.context.errors.show(error)

        self._page.tasks.run(
            lambda: lookup.get_dossier(code),
            owner=self,
            done=show,
            failed=fail,
            supersedes="digitise.to",
            name="digitise",
        )

    def ask_withdrawal(self) -> None:
        """Ask why the document in front no longer counts."""
        if self.changeable() is not None:
            self._page.ask.ask_withdrawal()

    def _ask_move(self) -> None:
        view = self.changeable()
        if view is not None:
            rows = self._page.lists.lines.rows_model.rows
            lines = [row for row in rows if row.document is None and row.component != view.document.component]
            named = [(row.component, say_name(self._page.words, row)) for row in lines]
            pages = view.document.content.pages
            self._page.ask.ask_move(view.dossier_code, named, page=self._viewer.number, pages=pages)

    def changeable(self) -> DocumentView | None:
        """Return the document in front, None after saying why it is not to be changed."""
        view = self._viewer.view
        if view is None:
            self._page.say("digitise.no_document", Severity.WARNING)
        elif self._viewer.is_earlier:
            self._page.say("digitise.earlier_only", Severity.WARNING)
        else:
            return view
        return None

    def _rearrange(self, view: DocumentView, places: list[PagePlace], page: int) -> None:
        document, digitising, before = view.document.id, self._digitising, len(view.versions) - 1

        def done(changed: DocumentView) -> None:
            self._page.show_changed(changed, page=page)
            words = self._page.words
            undo = Message(
                words("digitise.rearranged"),
                Severity.SUCCESS,
                words("digitise.undo"),
                action=lambda: self._restore(document, before),
            )
            self._page.context.messages.show_message(undo)

        self._page.run_long(lambda _progress: digitising.rearrange(document, places), done)

    def _restore(self, document: str, version: int) -> None:
        digitising = self._digitising
        self._page.run_long(
            lambda _progress: digitising.restore(document, version),
            self._page.show_changed,
        )


def _places(view: DocumentView) -> list[PagePlace]:
    return [PagePlace(number=number) for number in range(1, view.document.content.pages + 1)]
