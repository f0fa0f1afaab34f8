"""Signing what is digitised: the dialog, the token in the pool, and what the signatures of a file are worth."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from counter_app.core.clock import local_date
from counter_app.core.errors import AppError
from counter_app.core.text import fold
from counter_app.services.answers.documents import DocumentView, SignedDocument
from counter_app.services.answers.signatures import (
    CertificateFacts,
    CertificateState,
    PinState,
    TokenFacts,
    VerificationReport,
)
from counter_app.services.scanning import Cancel
from counter_app.services.sentences import sentence
from ui.digitise.sign_dialog import SignDialog, SignRow
from ui.digitise.signature_strip import SignatureStrip
from ui.messages import Severity
from ui.tasks import Progress, Where
from ui.words import Words

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

_MOST_REPORTS = 64
# Where a word about the PIN is not enough: before it is typed, the clerk should know what one more mistake costs.
_PIN_SENTENCES = {PinState.LAST_TRY: "sign.last_try", PinState.LOCKED: "signing.pin_locked"}


@dataclass(slots=True)
class _Batch:
    """What became of a batch so far; `error` is what stopped it, or the first document's that was not signed."""

    done: list[SignedDocument] = field(default_factory=list)
    error: AppError | None = None

    @property
    def signed(self) -> list[str]:
        return [one.document_id for one in self.done if one.view is not None]


class SignSteps(QObject):
    """One batch at a time. Everything about the token happens in the pool."""

    def __init__(self, page: DigitisePage, strip: SignatureStrip) -> None:
        super().__init__(page)
        self._page = page
        self._strip = strip
        self._words = page.words
        self._signing = page.context.counter.document_signing
        self._reports: OrderedDict[str, VerificationReport] = OrderedDict()
        self._cancel = Cancel()
        self._wanted = ""
        self.dialog: SignDialog | None = None
        strip.upgrade_requested.connect(self.upgrade)

    def ask(self) -> None:
        """Show what of the dossier is not signed yet, and ask for the PIN where the token is not open."""
        code, digitising = self._page.code, self._page.context.counter.digitising
        if not code:
            self._page.say("digitise.choose_first", Severity.WARNING)
            return
        # Read anew: what the page shows may be a moment old, and nothing shall be signed twice.
        self._page.tasks.run(
            lambda: digitising.list_of_dossier(code),
            owner=self,
            done=self._open,
            supersedes="sign.ask",
            name="sign.ask",
        )

    def _open(self, documents: Sequence[DocumentView]) -> None:
        rows = _rows(documents, self._words)
        if self.dialog is not None:
            return
        if not rows:
            self._page.say("sign.nothing", Severity.INFO)
            return
        dialog = self.dialog = SignDialog(self._words, self._page)
        dialog.show_documents(rows)
        dialog.confirmed.connect(self._sign)
        dialog.stopped.connect(self._stop)
        dialog.finished.connect(self._on_closed)
        dialog.open()
        token = self._signing.token
        self._page.tasks.run(
            token.list_tokens,
            owner=dialog,
            done=lambda found: self._show_tokens(dialog, found),
            failed=lambda error: self._show_no_token(dialog, error),
            where=Where.POOL,
            name="sign.tokens",
        )

    def check(self, view: DocumentView | None) -> None:
        """Say below the document what the signatures of its file are worth; nothing for one without."""
        content = view.document.content if view is not None else None
        self._wanted = content.sha256 if content is not None and content.is_signed else ""
        known = self._reports.get(self._wanted)
        if view is None or not self._wanted or known is not None:
            self._strip.show_report(known)
            return
        self._strip.show_checking()
        document, wanted, signing = view.document.id, self._wanted, self._signing
        self._page.tasks.run(
            lambda: signing.verify(document),
            owner=self,
            done=lambda report: self._keep(wanted, report),
            failed=lambda error: self._strip.show_sentence(sentence(error, self._words.language)),
            where=Where.POOL,
            name="sign.verify",
            supersedes="sign.verify",
        )

    @Slot()
    def upgrade(self) -> None:
        """Add time stamp and proofs to the document in front."""
        view, signing = self._page.viewer.view, self._signing
        if view is None:
            return
        document = view.document.id
        self._page.run_long(lambda _progress: signing.upgrade(document), self._on_upgraded)

    def _on_upgraded(self, done: SignedDocument) -> None:
        if done.view is not None:
            self._page.show_changed(done.view)
        if done.remarks:
            self._page.say(done.remarks[0], Severity.WARNING)
        else:
            self._page.say("sign.upgraded", level=done.level)

    def _keep(self, wanted: str, report: VerificationReport) -> None:
        self._reports[wanted] = report
        while len(self._reports) > _MOST_REPORTS:
            self._reports.popitem(last=False)
        if wanted == self._wanted:
            self._strip.show_report(report)

    def _show_tokens(self, dialog: SignDialog, found: Sequence[TokenFacts]) -> None:
        needs_pin = not self._signing.token.is_open
        if not found:
            dialog.show_token(self._words("signing.no_token"), is_fine=False, needs_pin=needs_pin)
            return
        token = found[0]
        said = [token.label]
        now = self._page.context.counter.clock.now()
        usable = [one for one in token.certificates if one.state_at(now) is CertificateState.USABLE]
        # The one that lasts longest signs; the issuers' own certificates may lie on the token too.
        for certificate in sorted(usable, key=lambda one: one.not_after)[-1:]:
            until = f"{local_date(certificate.not_after):%d/%m/%Y}"
            said.append(self._words("sign.certificate", name=certificate.subject, until=until))
        is_own = self._is_own(usable)
        if not is_own:
            said.append(self._words("sign.other_person"))
        is_fine = token.pin is PinState.FINE and is_own
        if token.pin is not PinState.FINE:
            said.append(self._words(_PIN_SENTENCES.get(token.pin, f"signing.pin.{token.pin.value}")))
        is_locked = token.pin is PinState.LOCKED
        dialog.show_token(" · ".join(said), is_fine=is_fine, needs_pin=needs_pin, is_locked=is_locked)

    def _is_own(self, usable: Sequence[CertificateFacts]) -> bool:
        """Whether a usable certificate has the clerk's name: the visible mark names the clerk."""
        signed_in = self._page.context.counter.session.current
        names = {fold(one.subject) for one in usable}
        return not names or signed_in is None or fold(signed_in.clerk.full_name) in names

    def _show_no_token(self, dialog: SignDialog, error: AppError) -> None:
        dialog.show_token(sentence(error, self._words.language), is_fine=False, needs_pin=True)

    @Slot(str, list)
    def _sign(self, pin: str, ids: list[str]) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        signing, cancel = self._signing, Cancel()
        self._cancel = cancel
        signed_in = self._page.context.counter.session.current
        given_by = signed_in.clerk.id if signed_in is not None else ""

        def work(progress: Progress) -> _Batch:
            batch = _Batch()
            try:
                if pin:
                    signing.open_token(pin, given_by=given_by)
                for one in signing.iter_signed(ids):
                    batch.done.append(one)
                    batch.error = batch.error or one.error
                    progress.report(len(batch.signed), len(ids))
                    if cancel.is_said:
                        break
            except AppError as error:
                batch.error = error
            return batch

        self._page.tasks.run_with_progress(
            work,
            owner=dialog,
            done=lambda batch: self._on_signed(dialog, batch, len(ids)),
            progressed=dialog.show_progress,
            where=Where.POOL,
            name="sign.batch",
        )

    def _on_signed(self, dialog: SignDialog, batch: _Batch, wanted: int) -> None:
        signed = batch.signed
        if batch.error is None:
            dialog.show_problem("", signed=signed, needs_pin=False)
            dialog.accept()
            remarks = [remark for one in batch.done for remark in one.remarks]
            if len(signed) < wanted:
                self._page.say("sign.stopped", Severity.INFO, done=len(signed), total=wanted)
            elif remarks:
                self._page.say("sign.done_remark", Severity.WARNING, count=len(signed), remark=self._words(remarks[0]))
            else:
                self._page.say("sign.done", count=len(signed))
            return
        said = sentence(batch.error, self._words.language)
        if signed:
            said = self._words("sign.partly", done=len(signed), total=wanted, reason=said)
        is_locked = batch.error.code == "signing.pin_locked"
        dialog.show_problem(said, signed=signed, needs_pin=not self._signing.token.is_open, is_locked=is_locked)

    @Slot()
    def _stop(self) -> None:
        self._cancel.say()

    @Slot()
    def _on_closed(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()


def _rows(documents: Sequence[DocumentView], words: Words) -> list[SignRow]:
    numbers: Counter[int] = Counter()
    rows = []
    for view in documents:
        numbers[view.document.component] += 1  # as the list at the left counts them, line by line
        if not view.withdrawn_reason and not view.document.content.is_signed:
            name = _name(view, numbers[view.document.component], words)
            rows.append(SignRow(document_id=view.document.id, name=name))
    return rows


def _name(view: DocumentView, number: int, words: Words) -> str:
    line = view.component_name or words("digitise.no_line")
    return words("sign.row", line=line, number=number, pages=view.document.content.pages)
