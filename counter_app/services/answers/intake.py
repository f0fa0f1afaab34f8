"""What the intake page fills in, and what can be said about it."""

from datetime import datetime

import msgspec

from counter_app.domain.dossier import Dossier, DueDate, Paper, ResultChannel
from counter_app.domain.fees import FeeQuote
from counter_app.domain.person import Party
from counter_app.domain.procedure import Channel, FeeLine
from counter_app.domain.time_limit import TimeLimit
from counter_app.services.answers.documents import Reusable
from counter_app.services.answers.dossiers import DossierRow
from counter_app.services.answers.printing import PrintJob


class IntakeForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the clerk has filled in so far. Nothing is required until `Intake.receive`."""

    procedure_code: str = ""
    case_code: str | None = None
    channel: Channel = Channel.DIRECT
    applicant: Party = Party()
    submitter: Party | None = None
    authorisation: str = ""
    papers: tuple[Paper, ...] = ()
    time_limit: TimeLimit | None = None
    """The clerk's own, used only when the procedure states none."""
    competent_unit_code: str = ""
    """Empty: the desk's own unit."""
    result_channel: ResultChannel = ResultChannel.DESK
    delivery_address: str = ""
    dossier_count: int = 1
    note: str = ""
    reason: str = ""
    received_at: datetime | None = None
    """None: now."""
    submission_id: str = ""
    """The online request that it answers: then `Online.receive` takes it, not `Intake.receive`."""
    wants_notices: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one field. `code` is a key of resources/texts; a blocking problem stops `receive`.

    `field` is one of: procedure, case, applicant.full_name, applicant.id_number, applicant.birth_on,
    applicant.phone, applicant.tax_code, applicant.address, submitter.full_name, submitter.id_number,
    authorisation, papers, time_limit, competent_unit, delivery_address, reason, received_at.
    """

    field: str
    code: str
    blocking: bool
    context: dict[str, str] = {}


class IntakeQuote(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk can already say about a form: due date with its why, fees, problems, likely duplicates, and papers
    of the applicant that were digitised before, by the line of the checklist (from 1) that they fit.
    """

    due: DueDate | None
    fee_quote: FeeQuote
    problems: tuple[Problem, ...]
    duplicates: tuple[DossierRow, ...]
    offers: tuple[Reusable, ...] = ()

    @property
    def fees(self) -> tuple[FeeLine, ...]:
        """The lines of the catalogue that stand for the form's case."""
        return tuple(quoted.line for quoted in self.fee_quote.lines)

    @property
    def fee_total(self) -> int:
        """What is known of the sum, in whole đồng."""
        return self.fee_quote.total

    @property
    def fee_is_complete(self) -> bool:
        """Whether `fee_total` is all there is to pay."""
        return self.fee_quote.is_complete


class IntakeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved: the dossier with its code, and the print job that was ordered with it."""

    dossier: Dossier
    print_job: PrintJob | None
