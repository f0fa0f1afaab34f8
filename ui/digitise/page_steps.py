"""What the keys do with the page and the document in front: turn, move, leave out, split, withdraw, move away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from counter_app.services.answers.documents import DocumentView, PagePlace
from ui.actions import ActionId
from ui.digitise.rows import say_name
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
            ActionId.DIGITISE_WITHDRAW: self._ask_withdrawal,
            ActionId.DIGITISE_MOVE: self._ask_move,
            ActionId.DIGITISE_VERSION: page.viewer.show_earlier,
        }

    def turn(self) -> None:
        """Turn the page in front a quarter to the right."""
        view = self._changeable()
        if view is not None:
            number, places = self._viewer.number, _places(view)
            places[number - 1] = PagePlace(number=number, turned=_QUARTER)
            self._rearrange(view, places, number)

    def shift(self, steps: int) -> None:
        """Change places with the page before or after."""
        view = self._changeable()
        number = self._viewer.number
        if view is not None and 1 <= number + steps <= view.document.content.pages:
            places = _places(view)
            places.insert(number - 1 + steps, places.pop(number - 1))
            self._rearrange(view, places, number + steps)

    def leave_out(self) -> None:
        """Leave the page in front out of the document; the version before keeps it."""
        view = self._changeable()
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
        view = self._changeable()
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

    @Slot(str, int)
    def confirm(self, reason: str, component: int) -> None:
        """Withdraw the document in front, or move it to a line of its dossier."""
        view = self._changeable()
        if view is None:
            return
        document, code, digitising = view.document.id, view.dossier_code, self._digitising

        def work(_progress: object) -> None:
            if component < 0:
                digitising.withdraw(document, reason)
            else:
                digitising.move(document, code, component=component, reason=reason)

        done = "digitise.withdrawn_done" if component < 0 else "digitise.moved_done"
        self._page.run_long(work, lambda _nothing: self._page.say(done))

    def _ask_withdrawal(self) -> None:
        if self._changeable() is not None:
            self._page.ask.ask_withdrawal()

    def _ask_move(self) -> None:
        view = self._changeable()
        if view is not None:
            rows = self._page.lists.lines.rows_model.rows
            lines = [row for row in rows if row.document is None and row.component != view.document.component]
            self._page.ask.ask_move([(row.component, say_name(self._page.words, row)) for row in lines])

    def _changeable(self) -> DocumentView | None:
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
