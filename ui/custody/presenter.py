"""Fills and closes manifests, and counts bags. Every answer of a service comes back here, in the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from counter_app.core.errors import AppError, UserError
from counter_app.domain.forms.kinds import Form
from counter_app.domain.manifest import ItemState, ManifestKind, ManifestState
from counter_app.domain.manifest_passport import is_acknowledgement, looks_like_bag_paper, parse_passport
from counter_app.domain.qr_parts import PartsInHand
from counter_app.services.answers.bags import AcknowledgedBag, BagCount, Counted, ScanOutcome
from counter_app.services.answers.dossiers import ScanKind, ScanTarget
from counter_app.services.answers.manifests import ManifestView, NewManifest, ReceiptResult
from counter_app.services.answers.printing import PaperRequest, PrintJob
from counter_app.services.sentences import sentence
from ui.custody.sentences import say_counted, say_item, say_received
from ui.custody.state import CustodyState, HandRow, Mode, RowState, Said
from ui.messages import Message, Severity
from ui.page import PageContext
from ui.theme.tokens import Tone

if TYPE_CHECKING:
    from counter_app.services.counter import Counter

T = TypeVar("T")
_NEWEST = 100
_IN_HAND = {"view": None, "count": None, "said_by_other": None, "last": None, "last_code": "", "awaited": ""}


class CustodyPresenter(QObject):
    """Holds the state. `changed(CustodyState)`; `signing` when the clerk's password is wanted; `unsettled(code)` when
    a difference lacks its reason.
    """

    changed = Signal(object)
    signing = Signal()
    unsettled = Signal(str)

    def __init__(self, context: PageContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._words = context.words
        self._texts: tuple[str, ...] = ()
        self.state = CustodyState()

    def load(self) -> None:
        """Read the list again, and the manifest in hand where somebody else may have changed it."""
        counter = self._context.counter
        self._run(lambda: _read_rows(counter), lambda rows: self._put(rows=rows), supersedes="rows")
        if self.state.mode in (Mode.FILLING, Mode.SHOWN):
            code = self.state.code
            self._run(lambda: counter.custody.get(code), self._show_again, supersedes="again")

    def make(self, pending: tuple[str, ...] = ()) -> None:
        """Prepare a manifest, with dossiers that go on it."""
        self._take_in_hand(mode=Mode.MAKING, pending=pending)

    def leave(self) -> None:
        """Put what is in hand away; everything about it is kept."""
        self._take_in_hand(mode=Mode.NONE)

    def begin(self, wanted: NewManifest) -> None:
        """Begin the manifest and put on it what waits for it."""
        counter, pending = self._context.counter, self.state.pending

        def work() -> tuple[ManifestView, list[UserError]]:
            view = counter.custody.begin(wanted)
            refused: list[UserError] = []
            for code in pending:
                try:
                    view = counter.custody.add(view.manifest.code, [code])
                except UserError as error:
                    refused.append(error)
            return view, refused

        def done(made: tuple[ManifestView, list[UserError]]) -> None:
            view, refused = made
            self._show(view)
            if refused:
                text = self._words("custody.some_refused", count=len(refused), reason=self._sentence(refused[0]))
                self._say(text, Tone.BAD)

        self._run(work, done, busy=True)

    def open(self, code: str) -> None:
        """Take a manifest or a bag that is being counted in hand by its code."""
        counter = self._context.counter

        def work() -> ManifestView | BagCount:
            try:
                return counter.custody.get(code)
            except UserError:
                return counter.bag_counts.begin(code=code)

        def failed(error: AppError) -> None:
            if error.code == "manifest.unknown_code":
                self._take_in_hand(mode=Mode.COLLECTING, awaited=code, parts=PartsInHand())
            else:
                self._context.errors.show(error)

        self._run(work, self._show, failed, supersedes="hand")

    def count_here(self) -> None:
        """Scan a manifest that is on the way in at this desk, with the receiver beside it."""
        counts, code = self._context.counter.bag_counts, self.state.code
        view = self.state.view
        if self.state.mode is Mode.SHOWN and view is not None and view.state is ManifestState.CLOSED:
            self._run(lambda: counts.begin(code=code), self._show, supersedes="hand")

    def take_paper(self, text: str) -> None:
        """Take the code of a manifest, or a QR of its signed list or of an acknowledgement."""
        if not looks_like_bag_paper(text):
            self.open(text)
            return
        try:
            parts = self.state.parts.with_text(text)
        except UserError as error:
            self._refuse(error)
            return
        if not parts.is_complete:
            self._take_in_hand(mode=Mode.COLLECTING, parts=parts, awaited=self.state.awaited)
            return
        self._put(parts=PartsInHand())
        texts = tuple(parts.texts.values())
        if is_acknowledgement(parts.mark):
            self._read_acknowledgement(texts)
        else:
            self._read_passport(texts)

    def take_typed(self, text: str) -> None:
        """Take a code that was typed as one that is scanned."""
        lookup = self._context.counter.lookup

        def done(target: ScanTarget) -> None:
            if target.kind is ScanKind.MANIFEST:
                self.take_paper(target.manifest_code or target.text)
            elif target.kind is not ScanKind.DOSSIER or not self.take_dossier(target.dossier_code):
                self._say(self._words("custody.not_a_code"), Tone.BAD)

        self._run(lambda: lookup.resolve_scan(text), done)

    def take_dossier(self, code: str) -> bool:
        """Take a dossier's code for what is in hand; False when nothing in hand wants one."""
        match self.state.mode:
            case Mode.MAKING:
                self._put(pending=tuple(dict.fromkeys((*self.state.pending, code))))
            case Mode.FILLING:
                self._add(code)
            case Mode.COUNTING:
                self._count(code)
            case _:
                return False
        return True

    def take_back(self, code: str) -> None:
        """Take a dossier off the open manifest, or count it as not scanned."""
        counter, manifest = self._context.counter, self.state.code
        if self.state.mode is Mode.FILLING:
            self._run(lambda: counter.custody.remove(manifest, [code]), self._keep_view)
        elif self.state.mode is Mode.COUNTING:
            self._run(lambda: counter.bag_counts.take_back(manifest, code), self._keep_count)

    def show_differences(self) -> None:
        """Say that the bag is empty: whatever was not scanned is missing. Again: scanning goes on."""
        count = self.state.count
        if self.state.mode is Mode.COUNTING and count is not None:
            self._finish_scanning(is_counted=not count.is_counted)

    def settle(self, code: str, reason: str) -> None:
        """Note how a difference was settled, and go to the next one."""
        counts, manifest = self._context.counter.bag_counts, self.state.code

        def done(count: BagCount) -> None:
            self._keep_count(count)
            if count.unsettled:
                self.unsettled.emit(count.unsettled[0].code)
            elif count.is_counted:
                self.signing.emit()

        self._run(lambda: counts.settle(manifest, code, reason), done)

    def sign(self, password: str, *, bag: str = "", seal: str = "") -> None:
        """Close, receive or confirm what is in hand with the clerk's password, or say what has to be done first."""
        if self.state.is_busy or not self.state.needs_signature:
            return
        if self.state.mode is Mode.COUNTING and not self._is_settled():
            return
        if not password:
            self._put(password_problem=self._words("custody.password_missing"))
            self.signing.emit()
            return
        self._put(password_problem="")
        match self.state.mode:
            case Mode.FILLING:
                self._close(password, bag, seal)
            case Mode.COUNTING:
                self._receive(password)
            case _:
                self._confirm(password)

    def print_paper(self) -> None:
        """Order the paper of the manifest; a further one says that it is one."""
        view = self.state.view
        if view is None or not self.state.may_print:
            return
        orders = self._context.counter.print_orders
        form = Form.RESULT_HANDOVER if view.manifest.kind is ManifestKind.RESULTS else Form.MANIFEST
        request = PaperRequest(form=form, codes=(view.manifest.code,))
        again = PaperRequest(form=form, codes=request.codes, reason=self._words("custody.reprint_reason"))

        def work() -> PrintJob:
            try:
                return orders.order(request)
            except UserError as error:
                if error.code != "print_job.reason_missing":
                    raise
                return orders.order(again)

        def done(job: PrintJob) -> None:
            self._context.printing.wake()
            form_name = self._words(f"ui.form.{job.form.value}")
            self._tell(self._words("custody.printed", form=form_name, code=view.manifest.code), Severity.SUCCESS)

        self._run(work, done)

    def _read_passport(self, texts: tuple[str, ...]) -> None:
        counter = self._context.counter

        def work() -> ManifestView | BagCount:
            code = parse_passport(texts).code
            try:
                return counter.custody.get(code)
            except UserError:
                return counter.bag_counts.begin(parts=texts)

        self._run(work, self._show, self._refuse, supersedes="hand")

    def _read_acknowledgement(self, texts: tuple[str, ...]) -> None:
        counter = self._context.counter

        def work() -> tuple[ManifestView, AcknowledgedBag]:
            said = counter.bag_counts.read_acknowledgement(texts)
            return counter.custody.get(said.code), said

        def done(found: tuple[ManifestView, AcknowledgedBag]) -> None:
            view, said = found
            if view.state is not ManifestState.CLOSED:
                self._show(view)
                return
            self._texts = texts
            self._take_in_hand(mode=Mode.CONFIRMING, view=view, said_by_other=said)
            self._say(say_received(self._words, said), Tone.BAD if said.differences else Tone.GOOD)
            self.signing.emit()

        self._run(work, done, self._refuse, supersedes="hand")

    def _add(self, code: str) -> None:
        custody, manifest, words = self._context.counter.custody, self.state.code, self._words
        known = {item.code for item in self.state.items}

        def done(view: ManifestView) -> None:
            if not self._keep_view(view):
                return
            item = next(item for item in view.items if item.code == code)
            key = "custody.listed_again" if code in known else "custody.added"
            self._put(last_code=code)
            self._say(words(key, item=say_item(item)), Tone.CAUTION if code in known else Tone.GOOD)

        self._run(lambda: custody.add(manifest, [code]), done, self._refuse)

    def _count(self, code: str) -> None:
        counts, manifest = self._context.counter.bag_counts, self.state.code

        def done(counted: Counted) -> None:
            if not self._keep_count(counted.count):
                return
            self._put(last_code=counted.item.code)
            tones = {ScanOutcome.OK: Tone.GOOD, ScanOutcome.AGAIN: Tone.CAUTION, ScanOutcome.EXTRA: Tone.BAD}
            self._say(say_counted(self._words, counted), tones[counted.outcome])

        self._run(lambda: counts.scan(manifest, code), done, self._refuse)

    def _is_settled(self) -> bool:
        """Whether the count may be signed; otherwise say what is open and lead there."""
        count = self.state.count
        if count is None:
            return False
        if not count.is_counted and count.count(ItemState.LISTED):
            self._finish_scanning(is_counted=True)
            return False
        if count.unsettled:
            self._say_differences(count)
            self.unsettled.emit(count.unsettled[0].code)
        return not count.unsettled

    def _finish_scanning(self, *, is_counted: bool) -> None:
        counts, manifest = self._context.counter.bag_counts, self.state.code

        def done(count: BagCount) -> None:
            if self._keep_count(count) and is_counted:
                self._say_differences(count)
                if count.unsettled:
                    self.unsettled.emit(count.unsettled[0].code)

        self._run(lambda: counts.finish_scanning(manifest, is_counted=is_counted), done)

    def _say_differences(self, count: BagCount) -> None:
        missing, extra = count.count(ItemState.MISSING), count.count(ItemState.EXTRA)
        if missing or extra:
            self._say(self._words("custody.differences", missing=missing, extra=extra), Tone.BAD)
        else:
            self._say(self._words("custody.all_there", count=count.expected), Tone.GOOD)

    def _close(self, password: str, bag: str, seal: str) -> None:
        custody, code = self._context.counter.custody, self.state.code

        def done(view: ManifestView) -> None:
            self._show(view)
            count, receiver = len(view.manifest.codes), view.manifest.receiver
            self._say(self._words("manifest.handed_over", count=count, code=code, receiver=receiver), Tone.GOOD)

        self._run(lambda: custody.close(code, bag=bag, seal=seal, password=password), done, self._unsigned, busy=True)

    def _receive(self, password: str) -> None:
        counter, code = self._context.counter, self.state.code

        def work() -> tuple[ReceiptResult, ManifestView]:
            return counter.bag_counts.receive(code, password=password), counter.custody.get(code)

        self._run(work, self._on_received, self._unsigned, busy=True)

    def _confirm(self, password: str) -> None:
        counter, code, texts = self._context.counter, self.state.code, self._texts

        def work() -> tuple[ReceiptResult, ManifestView]:
            return counter.custody.acknowledge(code, texts, password=password), counter.custody.get(code)

        self._run(work, self._on_received, self._unsigned, busy=True)

    def _on_received(self, done: tuple[ReceiptResult, ManifestView]) -> None:
        result, view = done
        self._show(view)
        found = result.comparison
        counts = {"ok": len(found.ok), "missing": len(found.missing), "extra": len(found.extra)}
        self._say(self._words("manifest.received", code=result.code, **counts), Tone.GOOD)

    def _unsigned(self, error: AppError) -> None:
        if error.code.startswith("session."):
            self._put(password_problem=self._sentence(error))
            self.signing.emit()
        else:
            self._context.errors.show(error)

    def _show(self, found: ManifestView | BagCount) -> None:
        if isinstance(found, BagCount):
            self._take_in_hand(mode=Mode.COUNTING, count=found)
        else:
            mode = Mode.FILLING if found.state is ManifestState.OPEN else Mode.SHOWN
            self._take_in_hand(mode=mode, view=found)
        self.load()

    def _show_again(self, view: ManifestView) -> None:
        if view.manifest.code == self.state.code and self.state.mode in (Mode.FILLING, Mode.SHOWN):
            mode = Mode.FILLING if view.state is ManifestState.OPEN else Mode.SHOWN
            self._put(view=view, mode=mode)

    def _keep_view(self, view: ManifestView) -> bool:
        """Take a newer view of what is in hand; False when something else is by now."""
        is_in_hand = self.state.mode is Mode.FILLING and self.state.code == view.manifest.code
        if is_in_hand:
            self._put(view=view)
        return is_in_hand

    def _keep_count(self, count: BagCount) -> bool:
        is_in_hand = self.state.mode is Mode.COUNTING and self.state.code == count.code
        if is_in_hand:
            rows = (replace(row, found=count.found) if row.code == count.code else row for row in self.state.rows)
            self._put(count=count, rows=tuple(rows))
        return is_in_hand

    def _take_in_hand(self, **changes: Any) -> None:
        fresh: dict[str, Any] = {**_IN_HAND, "pending": (), "password_problem": ""}
        if "parts" not in changes:
            fresh["parts"] = PartsInHand()
        self._put(**{**fresh, **changes})

    def _refuse(self, error: AppError) -> None:
        """A scan that cannot be taken: said where the clerk looks, and to the ear."""
        if not isinstance(error, UserError):
            self._context.errors.show(error)
            return
        self._put(last_code="")
        self._say(self._sentence(error), Tone.BAD)

    def _say(self, text: str, tone: Tone) -> None:
        if tone is Tone.BAD:
            QApplication.beep()
        if self.state.mode in (Mode.NONE, Mode.MAKING):
            self._tell(text, Severity.WARNING)
        else:
            self._put(last=Said(text=text, tone=tone))

    def _tell(self, text: str, severity: Severity) -> None:
        self._context.messages.show_message(Message(text, severity))

    def _sentence(self, error: AppError) -> str:
        return sentence(error, self._words.language)

    def _run(
        self,
        work: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[AppError], None] | None = None,
        *,
        supersedes: str = "",
        busy: bool = False,
    ) -> None:
        def finished(result: T) -> None:
            if busy:
                self._put(is_busy=False)
            done(result)

        def refused(error: AppError) -> None:
            if busy:
                self._put(is_busy=False)
            (failed or self._context.errors.show)(error)

        if busy:
            self._put(is_busy=True)
        name = "custody"
        self._context.tasks.run(work, owner=self, done=finished, failed=refused, name=name, supersedes=supersedes)

    def _put(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self.changed.emit(self.state)


_ROW_STATES = {
    ManifestState.OPEN: RowState.OPEN,
    ManifestState.CLOSED: RowState.ON_THE_WAY,
    ManifestState.RECEIVED: RowState.RECEIVED,
}


def _read_rows(counter: Counter) -> tuple[HandRow, ...]:
    """Return what asks for work first: open ones, bags being counted, those on the way, then what was received."""
    bags = {
        row.code: HandRow(
            code=row.code, state=RowState.COUNTING, other=row.giver, expected=row.expected, found=row.found
        )
        for row in counter.bag_counts.list_all()
    }
    found = [row for state in ManifestState for row in counter.custody.list_all(state=state, limit=_NEWEST)]
    manifests = [
        HandRow(code=row.code, state=_ROW_STATES[row.state], other=row.receiver, expected=row.count)
        for row in found
        if row.code not in bags
    ]
    order = list(RowState)
    return tuple(sorted((*bags.values(), *manifests), key=lambda row: order.index(row.state)))
