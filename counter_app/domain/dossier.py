"""One request under one procedure, as the desk received it."""

from datetime import date, datetime
from enum import IntEnum, StrEnum

import msgspec

from counter_app.domain.forms.kinds import FormSet
from counter_app.domain.person import Party, PartyRole
from counter_app.domain.procedure import Channel, FeeLine
from counter_app.domain.time_limit import TimeLimit


class Status(IntEnum):
    """The ten national statuses (TrangThaiHoSo), numbered as published provincial systems send them."""

    REGISTERED = 1
    RECEIVED = 2
    NOT_ACCEPTED = 3
    IN_PROGRESS = 4
    SUPPLEMENT_ASKED = 5
    PAYMENT_ASKED = 6
    WITHDRAWN = 7
    STOPPED = 8
    RESOLVED = 9
    RETURNED = 10


#: Nothing more is decided in these.
ENDED = frozenset({Status.NOT_ACCEPTED, Status.WITHDRAWN, Status.STOPPED, Status.RESOLVED, Status.RETURNED})


class ResultChannel(StrEnum):
    """How the citizen gets the result."""

    DESK = "desk"
    POST = "post"
    ONLINE = "online"


class Outcome(StrEnum):
    """How an intake ends: received, told once and in writing what is missing, or refused; each has its own form."""

    ACCEPTED = "accepted"
    SUPPLEMENT_ASKED = "supplement_asked"
    REFUSED = "refused"


class ReusedPaper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The digitised paper of an earlier dossier that stands in a line: the citizen does not hand it in again.

    In a form, `document_id` "" asks for whichever is offered; in a dossier it names the earlier document.
    """

    document_id: str = ""
    dossier_code: str = ""
    digitised_on: date | None = None
    valid_until: date | None = None


class Paper(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the checklist as handed in: how many of each kind of copy, or what stands for them.

    `valid_months` is how long such a paper is valid from its day, 0 where nobody said.
    """

    name: str
    code: str = ""
    original: int = 0
    certified: int = 0
    copy: int = 0
    required: bool = False
    note: str = ""
    reused: ReusedPaper | None = None
    valid_months: int = 0

    @property
    def handed_in(self) -> bool:
        """Whether at least one piece of this paper was handed in."""
        return self.original + self.certified + self.copy > 0

    @property
    def is_had(self) -> bool:
        """Whether the desk has it: a piece was handed in, or a digitised paper stands for it (LAW 1.11)."""
        return self.handed_in or self.reused is not None


class CountedDay(msgspec.Struct, frozen=True):
    """One day that a due date counts, in order."""

    day: date


class SkippedDay(msgspec.Struct, frozen=True):
    """One day that a due date does not count.

    `reason` is a code of resources/texts (``due.reason.weekend``); `detail` a holiday's own name, or "".
    """

    day: date
    reason: str
    detail: str = ""


class DueDate(msgspec.Struct, frozen=True, kw_only=True):
    """When a result is due (UTC) and the days that led there."""

    due_at: datetime
    limit: TimeLimit
    starts_at: datetime
    counted: tuple[CountedDay, ...] = ()
    skipped: tuple[SkippedDay, ...] = ()
    rules: tuple[str, ...] = ()
    """Codes of resources/texts for what moved the start or the end, e.g. ``due.rule.after_three_pm``."""


class Leg(msgspec.Struct, frozen=True):
    """One agency's part of a linked procedure, and the result that it ends with."""

    agency: str
    result: str


class Dossier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of a dossier at intake. Every outcome takes a code, so that every paper can be looked up."""

    id: str
    code: str
    unit_code: str
    competent_unit_code: str
    procedure_code: str
    procedure_effective_on: date
    procedure_name: str
    field_name: str
    status: Status
    channel: Channel
    received_at: datetime
    due: DueDate | None
    form_set: FormSet
    applicant: Party
    submitter: Party | None = None
    authorisation: str = ""
    case_code: str = ""
    case_name: str = ""
    papers: tuple[Paper, ...] = ()
    fees: tuple[FeeLine, ...] = ()
    result_channel: ResultChannel = ResultChannel.DESK
    delivery_address: str = ""
    dossier_count: int = 1
    note: str = ""
    reason: str = ""
    """Why a supplement was asked or the intake refused."""
    clerk_name: str = ""
    desk_name: str = ""
    legs: tuple[Leg, ...] = ()
    """The agencies of a linked procedure in order, as at the intake; empty where one result is all there is."""
    wants_notices: bool = False
    """Whether the citizen said yes to messages on the telephone number given."""


def parties_of(dossier: Dossier) -> dict[PartyRole, Party]:
    """Return the people that a dossier names, by role: the applicant, and a submitter who is somebody else."""
    parties = {PartyRole.APPLICANT: dossier.applicant}
    if dossier.submitter is not None:
        parties[PartyRole.SUBMITTER] = dossier.submitter
    return parties
