"""What the print view shows: the dossier, the paper that is chosen, and what was typed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from counter_app.domain.dossier import Dossier
from counter_app.domain.forms.details import Details
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet
from counter_app.services.answers.printing import PaperRequest, PrinterStatus, PrintJob
from ui.printing.offers import newest_job, next_printing


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperState:
    """One dossier's papers. `set_sheet` and `set_printer` are what the settings say; None and "" follow them.

    `is_reading`: the paper is only looked at. `is_further`: a further printing, which needs its reason.
    """

    dossier: Dossier
    jobs: tuple[PrintJob, ...]
    forms: tuple[Form, ...]
    form: Form
    form_set: FormSet
    set_sheet: Sheet
    set_printer: str
    copies: int
    is_reading: bool = False
    is_further: bool = False
    is_busy: bool = False
    sheet: Sheet | None = None
    printer: str = ""
    printers: tuple[PrinterStatus, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    reason: str = ""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> tuple[str, ...]:
        """The details that the form asks for."""
        return KINDS[self.form].asks

    @property
    def newest(self) -> PrintJob | None:
        """The order of this form that was made last."""
        return newest_job(self.jobs, self.form)

    @property
    def printing(self) -> int:
        """Which printing the next one is: 0 the first."""
        return next_printing(self.jobs, self.form)

    def request(self, details: Details) -> PaperRequest:
        """Return the order that this is."""
        return PaperRequest(
            form=self.form,
            codes=(self.dossier.code,),
            form_set=None if self.form_set is self.dossier.form_set else self.form_set,
            sheet=self.sheet,
            copies=self.copies,
            details=details,
            printer=self.printer,
            reason=self.reason.strip() if self.is_further else "",
        )
