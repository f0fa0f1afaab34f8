"""Which dossiers a list is asked for, in which order, and what it answers; the figures of the start page."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Status
from counter_app.domain.procedure import Channel
from counter_app.services.answers.concerned import ConcernedFigures
from counter_app.services.answers.dossiers import DossierRow


class Scope(StrEnum):
    """Whose dossiers: those the signed-in clerk received, those received at this desk, or all that this store holds."""

    MINE = "mine"
    DESK = "desk"
    UNIT = "unit"


class ListOrder(StrEnum):
    """By due date (those without one last), by time of receipt backwards, or by name as Vietnamese lists have it."""

    DUE = "due"
    NEWEST = "newest"
    NAME = "name"


class DossierFilter(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which dossiers are asked for; conditions add up, none of them: all.

    `is_due_soon` and `due_within_days` mean working days of the unit after today, as many as set (`due.soon_days`) or
    as said. Days are local and both included. A due condition
    keeps only dossiers whose clock runs; `due_from` and `due_to` keep the others too.
    """

    is_late: bool = False
    is_due_today: bool = False
    is_due_soon: bool = False
    due_within_days: int = 0
    statuses: tuple[Status, ...] = ()
    is_running: bool = False
    waits_for_owner: bool = False
    """Resolved, and the result is at the desk."""
    is_result_elsewhere: bool = False
    """Resolved, and the result has not come to the desk yet."""
    is_to_acknowledge: bool = False
    """Came online and waits for its acknowledgement."""
    is_to_transfer: bool = False
    """Another unit resolves it, and its paper is still here although it should be on its way (`domain.transfer`)."""
    procedure_code: str = ""
    field_name: str = ""
    channel: Channel | None = None
    competent_unit_code: str = ""
    """Which unit resolves it, whoever received it."""
    received_from: date | None = None
    received_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    scope: Scope = Scope.UNIT
    clerk_id: str = ""
    """Who received it."""

    @property
    def natural_order(self) -> ListOrder:
        """The order in which such a list is read unless another is asked for: what asks for haste by due date."""
        asks_for_work = (
            self.is_late,
            self.is_due_today,
            self.is_due_soon,
            self.due_within_days,
            self.is_running,
            self.waits_for_owner,
            self.is_result_elsewhere,
            self.is_to_acknowledge,
            self.is_to_transfer,
            self.due_from,
            self.due_to,
        )
        return ListOrder.DUE if any(asks_for_work) else ListOrder.NEWEST


class DossierPage(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a list in its order."""

    rows: tuple[DossierRow, ...]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What asks for work, in numbers. Late dossiers that are due today are in both figures.

    `acknowledge_next_by` is when the next acknowledgement must be given, None when none is waiting in time.
    `unsent` entries wait for a province; `held` are entries of other desks that could not be applied.
    """

    late: int
    due_today: int
    due_soon: int
    soon_until: date
    supplement: int
    payment: int
    waits_for_owner: int
    result_elsewhere: int
    to_acknowledge: int
    online_waiting: int
    """Of these, online requests that no desk has answered yet, whoever's dossiers are counted."""
    acknowledge_overdue: int
    acknowledge_next_by: datetime | None
    to_transfer: int
    concerned: ConcernedFigures
    """Dossiers that other units received for this one, whoever's dossiers are counted."""
    unsent: int
    held: int


class ListColumn(StrEnum):
    """A column that a list of dossiers can show; the values name their titles."""

    CODE = "code"
    APPLICANT = "applicant"
    PROCEDURE = "procedure"
    FIELD = "field"
    CHANNEL = "channel"
    RECEIVED = "received"
    CLERK = "clerk"
    DUE = "due"
    STATUS = "status"


#: What a list shows until a clerk chooses otherwise; on the smallest screen no more fits well.
USUAL_COLUMNS = (ListColumn.CODE, ListColumn.APPLICANT, ListColumn.DUE, ListColumn.STATUS)


class SavedView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filter with its order under a clerk's own name; `order` None is the filter's natural one."""

    name: str
    wanted: DossierFilter
    order: ListOrder | None = None
