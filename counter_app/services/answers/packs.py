"""Configuration packs as the administrator of a desk sees them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.domain.catalogue.changes import Change


class PackState(StrEnum):
    """Where a pack stands at this desk."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    ROLLED_BACK = "rolled_back"


class PackView(msgspec.Struct, frozen=True, kw_only=True):
    """One pack. `procedures` and `days` count what it holds."""

    number: int
    name: str
    effective_on: date
    issued_at: datetime
    state: PackState
    procedures: int
    days: int


class ProcedureChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the pack changes in one procedure; a procedure it leaves as it is is not listed."""

    code: str
    name: str
    changes: tuple[Change, ...]


class DayChange(msgspec.Struct, frozen=True, kw_only=True):
    """A day that is worked, or is not, where it was the other way round."""

    day: date
    working: bool
    name: str


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier that would have another due date or another fee; fees in whole đồng, None where not known.

    `problem` is the code of what would have kept it from being received.
    """

    code: str
    procedure_code: str
    due_before: datetime | None
    due_after: datetime | None
    fee_before: int | None
    fee_after: int | None
    problem: str = ""


class PackPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack changes, and what it would have done to the dossiers of the last day with any: `replayed_on`."""

    pack: PackView
    procedures: tuple[ProcedureChange, ...]
    days: tuple[DayChange, ...]
    replayed_on: date | None
    replayed: int
    different: tuple[Replayed, ...]
