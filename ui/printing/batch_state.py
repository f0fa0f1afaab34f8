"""What printing in a row is about to do, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from counter_app.domain.forms.kinds import KINDS, Form, Per
from counter_app.services.answers.printing import BatchProgress, PaperRequest
from ui.intake.typed_values import find_date

BATCH_FORMS = (Form.RECEIPT, Form.CONTROL_SLIP, Form.LABEL, Form.REGISTER, Form.DAY_CLOSING)


class Phase(StrEnum):
    """Where it is: being chosen, being ordered, being printed, at its end."""

    CHOOSING = "choosing"
    ORDERING = "ordering"
    PRINTING = "printing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """The dossiers of the days, and those of them that have had this form."""

    codes: tuple[str, ...]
    printed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """The choice of the clerk. `first` and `last` are what is typed; `plan` is None while it is being counted."""

    form: Form = Form.RECEIPT
    first: str = ""
    last: str = ""
    copies: int = 1
    printer: str = ""
    takes_printed: bool = False
    reason: str = ""
    needs_reason: bool = False
    plan: BatchPlan | None = None
    phase: Phase = Phase.CHOOSING
    done: int = 0
    total: int = 0
    progress: BatchProgress | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_single_day(self) -> bool:
        """Whether the form is about one day."""
        return KINDS[self.form].per is Per.SESSION

    @property
    def is_one_paper(self) -> bool:
        """Whether one paper holds all of it, instead of one for each dossier."""
        return KINDS[self.form].per is not Per.DOSSIER

    @property
    def days(self) -> tuple[date, date] | None:
        """The days that are typed, None unless both are days in order."""
        first = find_date(self.first)
        last = first if self.is_single_day else find_date(self.last)
        return (first, last) if first is not None and last is not None and first <= last else None

    @property
    def asks_reason(self) -> bool:
        """Whether a reason has to be given: something of it was printed before."""
        again = self.plan is not None and bool(self.plan.printed)
        return self.needs_reason if self.is_one_paper else self.takes_printed and again

    @property
    def codes(self) -> tuple[str, ...]:
        """The dossiers whose papers will be ordered one by one."""
        if self.plan is None or self.is_one_paper:
            return ()
        return tuple(code for code in self.plan.codes if self.takes_printed or code not in self.plan.printed)

    @property
    def is_ready(self) -> bool:
        """Whether there is something to print."""
        choosing = self.phase is Phase.CHOOSING
        return choosing and self.days is not None and (self.is_one_paper or bool(self.codes))

    def requests(self) -> tuple[PaperRequest, ...]:
        """Return the orders: one for the days, or one for each dossier."""
        days = self.days
        if days is None:
            return ()
        reason = self.reason.strip() if self.asks_reason else ""
        if self.is_one_paper:
            first, last = days
            return (
                PaperRequest(
                    form=self.form,
                    first_day=first,
                    last_day=last,
                    copies=self.copies,
                    printer=self.printer,
                    reason=reason,
                ),
            )
        printed = self.plan.printed if self.plan is not None else frozenset()
        return tuple(
            PaperRequest(
                form=self.form,
                codes=(code,),
                copies=self.copies,
                printer=self.printer,
                reason=reason if code in printed else "",
            )
            for code in self.codes
        )
