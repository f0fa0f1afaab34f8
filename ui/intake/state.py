"""What the intake page knows at one moment, without a widget: what was typed, and what the services said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from counter_app.domain.dossier import Outcome
from counter_app.domain.person import FieldSource, Party
from counter_app.domain.procedure import Component, Procedure, ProcedureCase
from counter_app.domain.unit import Unit
from counter_app.services.answers.catalogue import ProcedureHit
from counter_app.services.answers.documents import Reusable
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.intake import IntakeQuote, Problem

PAGE = "intake"

APPLICANT_FIELDS = (
    "applicant.kind",
    "applicant.full_name",
    "applicant.id_number",
    "applicant.tax_code",
    "applicant.birth_on",
    "applicant.sex",
    "applicant.phone",
    "applicant.email",
    "applicant.address",
    "applicant.old_id_number",
    "applicant.id_issued_on",
    "applicant.current_place",
)
SUBMITTER_FIELDS = (
    "submitter.full_name",
    "submitter.id_number",
    "submitter.birth_on",
    "submitter.sex",
    "submitter.phone",
    "submitter.email",
    "submitter.address",
    "submitter.old_id_number",
    "submitter.id_issued_on",
    "submitter.current_place",
)

OF_THE_CARD = ("applicant.old_id_number", "applicant.id_issued_on", "applicant.card_text")
"""What a card says beside its number; it goes when another number is typed."""

SUBMITTER_SHOWN = "submitter.shown"
YES = "1"
PROCEDURE_WORDS = "procedure.words"
SUBMISSION, SUBMISSION_LINE = "submission", "submission.line"
"""The id of the online request that the form answers, and the line that says so above it."""
REUSED = "reused."
"""Before a line of the checklist, from 0: the id of the digitised paper that stands for it."""

DEFAULT_TEXTS: Mapping[str, str] = {
    "applicant.kind": "person",
    "channel": "direct",
    "result_channel": "desk",
    "dossier_count": "1",
    "time_limit.unit": "working_day",
}


class Counts(NamedTuple):
    """How many pieces of one paper were handed in, by kind of copy."""

    original: int = 0
    certified: int = 0
    copy: int = 0

    @classmethod
    def asked_by(cls, component: Component) -> "Counts":
        """Return what a checklist line asks for; a line without counts asks for one original."""
        asked = cls(component.original, component.certified, component.copy)
        return asked if any(asked) else cls(original=1)


class Tone(StrEnum):
    """How a message is meant: it went well, it is quiet news, or something is to be done."""

    DONE = "done"
    NEWS = "news"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence of resources/texts with its context, said above the form."""

    key: str
    tone: Tone
    context: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The fields by name exactly as they stand on the screen, where each came from, and the counted papers.

    A field that is absent has its text of `DEFAULT_TEXTS`, or is empty.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, FieldSource] = field(default_factory=dict)
    counts: tuple[Counts, ...] = ()

    def text(self, name: str) -> str:
        """Return a field's text."""
        return self.texts.get(name, DEFAULT_TEXTS.get(name, ""))

    def source(self, name: str) -> FieldSource | None:
        """Return where a field's text came from; None when it is empty."""
        return self.sources.get(name) if self.text(name) else None

    def with_text(self, name: str, text: str, source: FieldSource = FieldSource.TYPED) -> "TypedForm":
        """Return the form with one field changed."""
        return replace(self, texts={**self.texts, name: text}, sources={**self.sources, name: source})

    def without(self, names: tuple[str, ...]) -> "TypedForm":
        """Return the form with these fields back at their start."""
        return replace(
            self,
            texts={name: text for name, text in self.texts.items() if name not in names},
            sources={name: source for name, source in self.sources.items() if name not in names},
        )

    def count(self, line: int) -> Counts:
        """Return the counts of a checklist line, zero where nothing was counted yet."""
        return self.counts[line] if line < len(self.counts) else Counts()

    def reused(self, line: int) -> str:
        """Return the id of the digitised paper that is to stand for a checklist line, "" for none."""
        return self.text(f"{REUSED}{line}")

    def with_reused(self, line: int, document_id: str) -> "TypedForm":
        """Return the form with a digitised paper in place of the pieces of a line."""
        return self.with_count(line, Counts()).with_text(f"{REUSED}{line}", document_id)

    def without_reused(self) -> "TypedForm":
        """Return the form with no line that a digitised paper stands for."""
        return self.without(tuple(name for name in self.texts if name.startswith(REUSED)))

    def with_count(self, line: int, counts: Counts) -> "TypedForm":
        """Return the form with one checklist line counted anew; what is handed in needs no digitised paper."""
        lines = [*self.counts, *(Counts() for _ in range(line + 1 - len(self.counts)))]
        lines[line] = counts
        return replace(self, counts=tuple(lines)).without((f"{REUSED}{line}",))

    @property
    def is_empty(self) -> bool:
        """Whether nothing worth keeping has been typed or filled."""
        changed = any(text != DEFAULT_TEXTS.get(name, "") for name, text in self.texts.items())
        return not changed and not any(any(counts) for counts in self.counts)


@dataclass(frozen=True, slots=True)
class IntakeState:
    """Everything the view shows."""

    form: TypedForm = field(default_factory=TypedForm)
    procedure: Procedure | None = None
    hits: tuple[ProcedureHit, ...] = ()
    nothing_found: bool = False
    quote: IntakeQuote | None = None
    local_problems: tuple[Problem, ...] = ()
    units: tuple[Unit, ...] = ()
    earlier: tuple[DossierRow, ...] = ()
    card: Party | None = None
    """The applicant's card as read, and below the person as last written here: where they differ the clerk chooses."""
    known: Party | None = None
    message: Message | None = None
    asking: Outcome | None = None
    why_shown: bool = False
    busy: bool = False
    show_all_problems: bool = False

    @property
    def case(self) -> ProcedureCase | None:
        """The chosen case, or the first one."""
        if self.procedure is None:
            return None
        return self.procedure.find_case(self.form.text("case") or None) or self.procedure.find_case(None)

    @property
    def components(self) -> tuple[Component, ...]:
        """The lines of the checklist."""
        return self.case.components if self.case else ()

    @property
    def missing(self) -> tuple[Component, ...]:
        """The required papers of which nothing was handed in and for which nothing stands."""
        return tuple(
            component
            for line, component in enumerate(self.components)
            if component.required and not any(self.form.count(line)) and not self.form.reused(line)
        )

    def find_offer(self, line: int) -> Reusable | None:
        """Return the paper digitised before that fits a line, from 0."""
        offers = self.quote.offers if self.quote is not None else ()
        return next((offer for offer in offers if offer.component == line + 1), None)

    @property
    def needs_time_limit(self) -> bool:
        """Whether the clerk must say the time limit because the procedure states none."""
        return self.procedure is not None and not (self.procedure.time_limits or (self.case and self.case.time_limit))

    def find_problem(self, name: str) -> Problem | None:
        """Return what is to be said beside a field: the blocking problem first.

        An empty field is left in peace until the clerk has tried to finish the intake.
        """
        if not (self.form.text(name) or self.show_all_problems):
            return None
        said = self.local_problems + (self.quote.problems if self.quote else ())
        here = [problem for problem in said if problem.field == name]
        return next((problem for problem in here if problem.blocking), here[0] if here else None)
