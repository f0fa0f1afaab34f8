"""What the print view does: it keeps the choice, asks for previews while it changes, and orders the paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from counter_app.core.errors import AppError
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.facts import FormData, SlipData
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet, Tray
from counter_app.services.answers.dossiers import DossierView
from counter_app.services.answers.printing import PrinterStatus, PrintJob
from counter_app.services.sentences import sentence
from ui.messages import Message, Severity
from ui.page import PageContext, PageImage
from ui.printing.offers import newest_job, offered_forms, offered_sets
from ui.printing.printers import printer_of, say_printer
from ui.printing.state import PaperState
from ui.printing.typed import read_details, write_details
from ui.tasks import Where

PREVIEW_AFTER_MS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """What the store knows of a form's earlier printings."""

    was_ordered: bool
    data: FormData | None
    job: PrintJob | None


@dataclass(frozen=True, slots=True)
class _Typed:
    """What was typed for one form."""

    values: Mapping[str, str]
    touched: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a preview needs, apart from the facts."""

    copies: int
    sheet: Sheet | None
    printer: str


class PaperPresenter(QObject):
    """Holds the state of the print view in the window's thread.

    `changed(PaperState)` when it changed, `previewed(pages)` and `preview_failed(sentence)` with what would print,
    `refused(field)` when a field has to be put right, `ordered(PrintJob)` when the paper is ordered.
    """

    changed = Signal(object)
    previewed = Signal(object)
    preview_failed = Signal(str)
    refused = Signal(str)
    ordered = Signal(object)

    def __init__(self, context: PageContext, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._state: PaperState | None = None
        self._typed: dict[Form, _Typed] = {}
        self._printers: tuple[PrinterStatus, ...] = ()
        self._opening = 0
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(PREVIEW_AFTER_MS)
        self._delay.timeout.connect(self._ask_preview)

    @property
    def state(self) -> PaperState | None:
        """What is shown; None while the view is closed."""
        return self._state

    def open(self, view: DossierView, *, reading: bool) -> None:
        """Begin with a dossier and the paper that suits it, or, only to look, the one printed last."""
        counter = self._context.counter
        self._opening += 1
        self._typed.clear()
        forms = offered_forms(view.dossier, view.print_jobs, now=counter.clock.now())
        last = max(view.print_jobs, key=lambda job: job.ordered_at, default=None)
        first = last.form if reading and last is not None and last.form in forms else forms[0]
        self._state = PaperState(
            dossier=view.dossier,
            jobs=view.print_jobs,
            forms=forms,
            form=first,
            form_set=view.dossier.form_set,
            set_sheet=KINDS[first].sheet,
            set_printer="",
            copies=1,
            is_reading=reading,
            printers=self._printers,
        )
        self.choose_form(first)
        self.read_printers()

    def close(self) -> None:
        """Forget the dossier and what was typed; answers under way are dropped."""
        self._delay.stop()
        self._opening += 1
        self._typed.clear()
        self._state = None

    def begin_printing(self) -> None:
        """From looking at the paper to printing it."""
        if self._state is not None and self._state.is_reading:
            self._put(is_reading=False)
            self._ask_preview()

    def choose_form(self, form: Form) -> None:
        """Take another form; each keeps what was typed for it, because a number or a reason belongs to one paper."""
        state = self._state
        if state is None:
            return
        self._typed[state.form] = _Typed(state.values, state.touched & set(state.asks))
        typed = self._typed.get(form, _Typed({}, frozenset()))
        kind, preferences = KINDS[form], self._context.counter.preferences
        self._put(
            form=form,
            form_set=offered_sets(state.dossier, form)[0],
            set_sheet=self._sheet_of(form),
            set_printer=printer_of(preferences, kind.tray),
            sheet=None,
            copies=kind.copies or int(preferences.get("print.slip.copies")),
            is_further=newest_job(state.jobs, form) is not None and kind.tray is not Tray.LABEL,
            problems={},
            values=typed.values,
            touched=typed.touched,
        )
        self._read_earlier(form)
        self._delay.start()

    def edit(self, field: str, text: str) -> None:
        """Take what the clerk types in a field of the details."""
        state = self._state
        if state is None or state.values.get(field, "") == text:
            return
        problems = {name: key for name, key in state.problems.items() if name != field}
        self._put(values={**state.values, field: text}, touched=state.touched | {field}, problems=problems)
        self._delay.start()

    def edit_reason(self, text: str) -> None:
        """Take the reason of a further printing; it stands in the history, not on the paper."""
        if self._state is not None and self._state.reason != text:
            problems = {name: key for name, key in self._state.problems.items() if name != "print_reason"}
            self._put(reason=text, problems=problems)

    def choose(
        self,
        *,
        form_set: FormSet | None = None,
        copies: int | None = None,
        printer: str | None = None,
    ) -> None:
        """Take another form set, number of copies or printer."""
        chosen: dict[str, Any] = {"form_set": form_set, "copies": copies, "printer": printer}
        known = {name: value for name, value in chosen.items() if value is not None}
        if self._state is not None:
            self._put(touched=self._state.touched | known.keys(), **known)
            self._delay.start()

    def choose_sheet(self, sheet: Sheet | None) -> None:
        """Take another sheet, None for the one of the settings."""
        if self._state is not None:
            self._put(sheet=sheet, touched=self._state.touched | {"sheet"})
            self._delay.start()

    def check_field(self, field: str) -> None:
        """Say beside a field that is left what cannot be read in it."""
        state = self._state
        if state is not None:
            _details, problems = read_details(state.values, (field,))
            if problems:
                self._put(problems={**state.problems, **problems})

    def submit(self) -> None:
        """Order the paper, unless a field has to be put right first."""
        state = self._state
        if state is None or state.is_busy:
            return
        details, problems = read_details(state.values, state.asks)
        if state.is_further and not state.reason.strip():
            problems = {"print_reason": "ui.dossiers.reason_missing", **problems}
        if problems:
            self._put(problems=problems)
            self.refused.emit(next(iter(problems)))
            return
        self._put(is_busy=True)
        self._order(state, details)

    def read_printers(self) -> None:
        """Ask the printers how they are."""
        self._context.tasks.run(
            self._context.printing.list_printers,
            owner=self,
            done=self._keep_printers,
            failed=self._no_printers,
            where=Where.POOL,
            supersedes="printers",
            name="printers.list",
        )

    def _order(self, state: PaperState, details: Details) -> None:
        orders, request = self._context.counter.print_orders, state.request(details)
        opening = self._opening

        def done(job: PrintJob) -> None:
            self._on_ordered(job, state)

        def failed(error: AppError) -> None:
            self._on_refused(error, opening)

        self._context.tasks.run(lambda: orders.order(request), owner=self, done=done, failed=failed, name="print.order")

    def _on_ordered(self, job: PrintJob, state: PaperState) -> None:
        self._context.printing.wake(job.asked)
        words = self._context.words
        text = words(
            "ui.paper.ordered",
            form=words(f"ui.form.{job.form.value}"),
            code=job.dossier_code,
            copies=job.copies,
            printer=say_printer(words, job.asked or state.set_printer, state.printers),
        )
        self._context.messages.show_message(Message(text, Severity.SUCCESS))
        self.ordered.emit(job)

    def _on_refused(self, error: AppError, opening: int) -> None:
        if opening == self._opening:
            self._put(is_busy=False)
        if opening == self._opening and error.code == "print_job.reason_missing":
            # Another desk's order, or one made meanwhile: what seemed the first printing is a further one.
            self._put(is_further=True, problems={"print_reason": "ui.dossiers.reason_missing"})
            self.refused.emit("print_reason")
            return
        self._context.errors.show(error)

    def _sheet_of(self, form: Form) -> Sheet:
        kind = KINDS[form]
        if kind.tray in (Tray.SLIP, Tray.LABEL):
            chosen = Sheet(str(self._context.counter.preferences.get(f"print.{kind.tray.value}.sheet")))
            if chosen in kind.sheets:
                return chosen
        return kind.sheet

    def _read_earlier(self, form: Form) -> None:
        state = self._state
        if state is None:
            return
        orders, papers = self._context.counter.print_orders, self._context.counter.papers
        code, job, opening = state.dossier.code, newest_job(state.jobs, form), self._opening

        def read() -> _Earlier:
            data = papers.get_data(job.id) if job is not None else None
            return _Earlier(was_ordered=orders.was_ordered(code, form), data=data, job=job)

        def done(earlier: _Earlier) -> None:
            if opening == self._opening:
                self._keep_earlier(form, earlier)

        self._context.tasks.run(read, owner=self, done=done, supersedes="earlier", name="print.earlier")

    def _keep_earlier(self, form: Form, earlier: _Earlier) -> None:
        """A further printing says what the one before said, unless the clerk has written something else."""
        state = self._state
        if state is None or state.form is not form:
            return
        changes: dict[str, Any] = {"is_further": earlier.was_ordered}
        data, job = earlier.data, earlier.job
        if data is not None and job is not None:
            before = {"form_set": data.form_set, "copies": job.copies, "sheet": job.sheet}
            changes |= {name: value for name, value in before.items() if name not in state.touched}
        if isinstance(data, SlipData):
            written = write_details(data.details, state.asks)
            typed = {name: text for name, text in state.values.items() if name in state.touched}
            changes["values"] = {**state.values, **written, **typed}
        self._put(**changes)
        self._ask_preview()

    @Slot()
    def _ask_preview(self) -> None:
        self._delay.stop()
        state = self._state
        if state is None:
            return
        papers, opening, job = self._context.counter.papers, self._opening, state.newest
        if state.is_reading and job is not None:
            job_id = job.id
            wanted = _Wanted(copies=1, sheet=job.sheet, printer=job.asked)

            def make() -> FormData:
                return papers.get_data(job_id)
        else:
            details, _problems = read_details(state.values, state.asks)
            request, printing = state.request(details), state.printing
            wanted = _Wanted(copies=state.copies, sheet=state.sheet, printer=state.printer)

            def make() -> FormData:
                # Exactly what will print, with its mark of a further printing.
                return msgspec.structs.replace(papers.draft(request), reprint=printing)

        def done(data: FormData) -> None:
            if opening == self._opening:
                self._render(data, wanted)

        self._context.tasks.run(
            make, owner=self, done=done, failed=self._fail_preview, supersedes="facts", name="preview.facts"
        )

    def _render(self, data: FormData, wanted: _Wanted) -> None:
        printing, opening = self._context.printing, self._opening

        def make() -> Sequence[PageImage]:
            return printing.preview(data, copies=wanted.copies, sheet=wanted.sheet, printer=wanted.printer)

        def done(pages: Sequence[PageImage]) -> None:
            if opening == self._opening:
                self.previewed.emit(pages)

        self._context.tasks.run(
            make,
            owner=self,
            done=done,
            failed=self._fail_preview,
            where=Where.POOL,
            supersedes="pages",
            name="preview.render",
        )

    def _fail_preview(self, error: AppError) -> None:
        if self._state is not None:
            self.preview_failed.emit(sentence(error, self._context.words.language))

    def _keep_printers(self, printers: Sequence[PrinterStatus]) -> None:
        self._printers = tuple(printers)
        if self._state is not None:
            self._put(printers=self._printers)

    def _no_printers(self, _error: AppError) -> None:
        """The list is a convenience: the settings' printer and files can be chosen without it."""

    def _put(self, **changes: Any) -> None:
        if self._state is not None:
            self._state = replace(self._state, **changes)
            self.changed.emit(self._state)
