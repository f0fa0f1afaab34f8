"""Where a dossier stands: what the actions done so far have made of it. Everything earlier stays readable in here."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Dossier, DueDate, Leg, ResultChannel, Status
from counter_app.domain.forms.details import Hop

#: Statuses in which the office works against the due date; in others nobody does, or the citizen's move is awaited.
RUNNING = frozenset({Status.REGISTERED, Status.RECEIVED, Status.IN_PROGRESS})


class PauseCause(StrEnum):
    """Why the clock of a dossier stands."""

    SUPPLEMENT = "supplement"
    PAYMENT = "payment"


class Pause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wait during which the clock stands; `ended_at` is None while it lasts. `back_to` is the status to return to."""

    cause: PauseCause
    began_at: datetime
    back_to: Status
    ended_at: datetime | None = None


class DueChangeCause(StrEnum):
    """Why a due date moved."""

    ACCEPTED = "accepted"
    SUPPLEMENT = "supplement"
    PAYMENT = "payment"
    EXTENDED = "extended"
    REOPENED = "reopened"


class DueChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One move of the due date; the date before stays beside the one after."""

    at: datetime
    cause: DueChangeCause
    due_before: datetime | None = None
    due_after: datetime | None = None
    reason: str = ""
    reason_code: str = ""


class Handed(StrEnum):
    """What of a dossier changes hands: its paper, its result, or the two together."""

    PAPER = "paper"
    RESULT = "result"
    BOTH = "both"


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was decided. `decided_at` is when that was recorded and the resolving ended, wherever the paper goes then.

    `decided_on` is the date that the paper bears. `here_at` is since when it lies at a desk for its owner,
    None while it is elsewhere.

    `waybill` is the one under which a carrier takes it to its owner since `posted_at`; "" while no carrier has it.
    `hops` are its own changes of hands after it first arrived, apart from those of the paper dossier.
    """

    kind: str
    number: str = ""
    summary: str = ""
    decided_on: date | None = None
    decided_at: datetime | None = None
    signer: str = ""
    here_at: datetime | None = None
    waybill: str = ""
    posted_at: datetime | None = None
    hops: tuple[Hop, ...] = ()

    @property
    def holder(self) -> str:
        """To whom it was handed on last; "" while it is with its agency, or at the desk where it first arrived."""
        return self.hops[-1].receiver if self.hops else ""

    def is_at(self, desk_line: str) -> bool:
        """Whether it lies at this desk for its owner, or is under way from it with a carrier (`waybill`)."""
        return self.here_at is not None and self.holder in ("", desk_line)


class LegResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one agency of a linked procedure decided, and when that was recorded."""

    agency: str
    at: datetime
    result: Result


class Return(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A result, or a part of it, in somebody's hands."""

    at: datetime
    channel: ResultChannel
    receiver: str
    receiver_id_number: str = ""
    receiver_phone: str = ""
    authorisation: str = ""
    what: str = ""
    """Which part, where not everything was handed over."""
    waybill: str = ""
    is_whole: bool = True


class DossierState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fold of a dossier's intake and its actions. Instants are aware, UTC."""

    status: Status
    due: DueDate | None = None
    accepted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    supplements_asked: int = 0
    """During the resolving; asking at the intake itself is not counted."""
    extended_at: datetime | None = None
    payment_due: int | None = None
    due_changes: tuple[DueChange, ...] = ()
    result: Result | None = None
    """Of a linked procedure only when its last agency has decided: all its results as one."""
    legs: tuple[Leg, ...] = ()
    leg_results: tuple[LegResult, ...] = ()
    """Of the agencies in order, as far as they have decided."""
    returns: tuple[Return, ...] = ()
    holder: str = ""
    """Who holds the paper dossier now, in words."""
    hops: tuple[Hop, ...] = ()

    @property
    def is_running(self) -> bool:
        """Whether the clock of the office runs: only then can a dossier be late (DOMAIN rule 2)."""
        return self.status in RUNNING

    @property
    def leg(self) -> Leg | None:
        """The agency of a linked procedure whose turn it is, None where there is none or all have decided."""
        done = len(self.leg_results)
        return self.legs[done] if done < len(self.legs) else None

    @property
    def pause(self) -> Pause | None:
        """The wait that lasts now."""
        last = self.pauses[-1] if self.pauses else None
        return last if last is not None and last.ended_at is None else None


def initial_state(dossier: Dossier, *, desk_line: str) -> DossierState:
    """Return the state of a dossier as its intake left it; `desk_line` names the desk that holds its paper."""
    is_accepted = dossier.due is not None
    submitter = dossier.submitter or dossier.applicant
    received = Hop(giver=submitter.full_name, receiver=desk_line, at=dossier.received_at)
    return DossierState(
        status=dossier.status,
        due=dossier.due,
        accepted_at=dossier.received_at if is_accepted else None,
        holder=desk_line if is_accepted else submitter.full_name,
        hops=(received,) if is_accepted else (),
        legs=dossier.legs,
    )
