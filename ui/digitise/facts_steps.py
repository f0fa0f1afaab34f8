"""Taking facts from a paper: read in the pool, asked one by one, kept together when the clerk is through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QImage

from counter_app.core.clock import local_date
from counter_app.core.errors import AppError
from counter_app.core.text import nfc
from counter_app.domain.document import StatedFact, value_of
from counter_app.domain.paper_facts import Box, FactField, FactSource, Proposal, find_good_value
from counter_app.services.answers.documents import DocumentView, ProposedFacts
from ui.digitise.facts_strip import FactsStrip
from ui.intake.typed_values import find_date, format_date
from ui.messages import Severity
from ui.tasks import Where

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

_LONGEST = 2200
_AROUND = 0.012
# Metadata of a digitised paper (NĐ 107/2021/NĐ-CP, article 21a); the owner is known from the dossier.
_WANTED = (FactField.NUMBER_SYMBOL, FactField.ISSUED_ON, FactField.ISSUER)

_END = FactField.VALID_UNTIL


@dataclass(frozen=True, slots=True)
class _Question:
    """One field of the paper with the values it may have, the likeliest first; none where it has to be typed."""

    field: FactField
    proposals: tuple[Proposal, ...] = ()
    kept: str = ""
    """What the store says now, where the clerk looks at it again."""

    @property
    def sure(self) -> Proposal | None:
        return next((one for one in self.proposals if one.is_sure), None)


class FactsSteps(QObject):
    """One paper at a time. What was accepted is kept at the end of the pass, also of one that Esc ends early."""

    def __init__(self, page: DigitisePage, strip: FactsStrip) -> None:
        super().__init__(page)
        self._page = page
        self._strip = strip
        self._words = page.words
        self._facts = page.context.counter.paper_facts
        self._read_from: DocumentView | None = None
        self._is_keeping = self._reads_next = False
        self._questions: tuple[_Question, ...] = ()
        self._at = 0
        self._taken: list[StatedFact] = []
        self._pictures: dict[int, QImage] = {}
        strip.accepted.connect(self.accept)
        strip.skipped.connect(self.skip)
        strip.ended.connect(self.end)
        page.viewer.shown.connect(self._on_shown)

    @property
    def is_asking(self) -> bool:
        """Whether a question stands."""
        return bool(self._questions)

    def start(self) -> None:
        """Read the document in front and begin to ask."""
        view, facts = self._page.viewer.view, self._facts
        if view is None or self._page.viewer.is_earlier or view.withdrawn_reason:
            self._page.say("facts.no_document", Severity.WARNING)
            return
        document = view.document.id
        self.end()
        if self._is_keeping:  # it may put another version in force: read that one
            self._reads_next = True
            return
        self._page.run_long(lambda _progress: facts.propose(document), self._on_proposed)

    @Slot(str)
    def accept(self, text: str) -> None:
        """Take what stands in the field and go on."""
        if not self.is_asking:
            return
        question = self._questions[self._at]
        typed = _read(question.field, text)
        value = find_good_value(question.field, typed, local_date(self._page.context.counter.clock.now()))
        if not typed:
            self._strip.show_problem(self._words("facts.type_first"))
        elif value is None:
            self._strip.show_problem(self._words(f"facts.bad.{question.field.value}"))
        else:
            if value != question.kept:
                self._taken.append(_stated(question, value))
            self._go_on()

    @Slot()
    def skip(self) -> None:
        """Leave this fact as it is and go on."""
        if self.is_asking:
            self._go_on()

    @Slot()
    def end(self) -> bool:
        """End the pass and keep what was accepted; False when none was under way."""
        if not self.is_asking:
            return False
        over, taken = self._read_from, tuple(self._taken)
        self._questions, self._taken, self._pictures, self._read_from = (), [], {}, None
        self._strip.hide()
        self._page.lists.lines.setFocus()
        if taken and over is not None:
            self._keep(over, taken)
        return True

    def _keep(self, over: DocumentView, taken: tuple[StatedFact, ...]) -> None:
        facts, self._is_keeping = self._facts, True

        def done(_view: DocumentView) -> None:
            self._page.say("facts.kept", count=len(taken))
            self._on_kept()

        def failed(error: AppError) -> None:
            if error.code == "document.changed_meanwhile":
                self._page.say("facts.changed", Severity.WARNING)
                self._reads_next |= self._is_in_front(over)
            else:
                self._page.context.errors.show(error)
            self._on_kept()

        self._page.tasks.run(
            lambda: facts.describe(over, taken),
            owner=self,
            done=done,
            failed=failed,
            where=Where.POOL,
            name="facts.describe",
        )

    def _on_kept(self) -> None:
        self._is_keeping, reads_next, self._reads_next = False, self._reads_next, False
        if reads_next:
            self.start()

    def _is_in_front(self, view: DocumentView) -> bool:
        front = self._page.viewer.view
        return front is not None and front.document.id == view.document.id

    def _on_proposed(self, proposed: ProposedFacts) -> None:
        if not self._is_in_front(proposed.view):
            return  # the clerk went on to another document meanwhile
        if not proposed.is_read:
            self._page.say("document.no_recognition", Severity.WARNING)
        self._questions = _questions(proposed)
        self._read_from, self._at, self._taken = proposed.view, 0, []
        self._ask()

    def _go_on(self) -> None:
        self._at += 1
        if self._at < len(self._questions):
            self._ask()
        else:
            self.end()

    def _ask(self) -> None:
        question, words = self._questions[self._at], self._words
        first, sure = next(iter(question.proposals), None), question.sure
        ready = sure.value if sure is not None else question.kept
        self._strip.ask(
            words("facts.title", number=self._at + 1, total=len(self._questions)),
            words(f"facts.field.{question.field.value}"),
            value=_shown(question.field, ready) if ready else "",
            hint=self._hint(question, first),
            choices=[] if sure is not None else [_shown(question.field, one.value) for one in question.proposals],
        )
        if first is not None:
            self._show_crop(first)

    def _hint(self, question: _Question, first: Proposal | None) -> str:
        words = self._words
        if first is None:
            return words("facts.is_kept" if question.kept else "facts.not_found")
        how = words("facts.from_code") if first.source is FactSource.CODE else words("facts.from_text", page=first.page)
        return f"{how} {words('facts.look' if question.sure is None else 'facts.enter')}"

    def _show_crop(self, proposal: Proposal) -> None:
        picture = self._pictures.get(proposal.page)
        if picture is not None:
            self._strip.show_crop(_cut(picture, proposal.box))
            return
        read_from, digitising = self._read_from, self._page.context.counter.digitising
        if read_from is None:
            return
        document, version = read_from.document.id, len(read_from.versions) - 1

        def draw() -> QImage:
            drawn = digitising.draw_page(document, proposal.page, longest=_LONGEST, version=version)
            shape = (drawn.width, drawn.height, drawn.stride_bytes)
            return QImage(drawn.rgb, *shape, QImage.Format.Format_RGB888).copy()

        def done(picture: QImage) -> None:
            if read_from is self._read_from:
                self._pictures[proposal.page] = picture
                for first in self._questions[self._at].proposals[:1]:
                    self._show_crop(first)

        self._page.tasks.run(draw, owner=self, done=done, where=Where.POOL, name="facts.crop", supersedes="facts.crop")

    @Slot(object)
    def _on_shown(self, view: DocumentView | None) -> None:
        """Another document in front ends the pass of this one."""
        read_from = self._read_from
        if read_from is not None and (view is None or view.document.id != read_from.document.id):
            self.end()


def _questions(proposed: ProposedFacts) -> tuple[_Question, ...]:
    """Ask about what was read, then for what the law wants and nobody knows; else show what is kept again."""
    facts = proposed.view.document.facts
    read = [_Question(field, tuple(own)) for field, own in groupby(proposed.proposals, key=lambda one: one.field)]
    asked = {question.field for question in read}
    missing = [_Question(field) for field in _WANTED if field not in asked and not value_of(facts, field)]
    again = [_Question(field, kept=value) for field in FactField if (value := value_of(facts, field))]
    asked_now = (*read, *missing) or tuple(again)
    # Few papers have an end: it is asked for last, also where everything else is known, so that it can be typed.
    is_open = all(question.field is not _END for question in asked_now) and not value_of(facts, _END)
    return (*asked_now, _Question(_END)) if is_open else asked_now


def _stated(question: _Question, value: str) -> StatedFact:
    for one in question.proposals:
        if one.value == value:
            return StatedFact(field=one.field, value=value, source=one.source, page=one.page, confidence=one.confidence)
    return StatedFact(field=question.field, value=value, source=FactSource.TYPED)


def _shown(field: FactField, value: str) -> str:
    return format_date(date.fromisoformat(value)) if field.is_day else value


def _read(field: FactField, text: str) -> str:
    """Return what is written as it is kept; a day that cannot be read stays as it is, and is refused by the rule."""
    clean = nfc(text)
    day = find_date(clean) if field.is_day else None
    return day.isoformat() if day is not None else clean


def _cut(page: QImage, box: Box) -> QImage:
    """Return the piece of a page with some paper around it, never larger than the page."""
    width, height = page.width(), page.height()
    left, top = max(0.0, box.left - _AROUND), max(0.0, box.top - _AROUND)
    right, bottom = min(1.0, box.right + _AROUND), min(1.0, box.bottom + _AROUND)
    return page.copy(
        round(left * width), round(top * height), round((right - left) * width), round((bottom - top) * height)
    )
