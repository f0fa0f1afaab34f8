"""The vocabulary of change of the exchange between desks."""

from enum import StrEnum
from typing import ClassVar

from counter_app.journal.body import Body


class HeldDecision(StrEnum):
    """What becomes of a held entry."""

    APPLY = "apply"
    """It did happen: it counts beside what it contradicts."""
    DROP = "drop"
    """It stays in the journal without effect."""


class HeldDecided(Body, frozen=True, kw_only=True):
    """A clerk decided about a held entry, at whichever desk; of two decisions the earlier one counts."""

    KIND: ClassVar[str] = "held.decided"
    entry_id: str
    dossier_id: str
    decision: HeldDecision
    reason: str


EXCHANGE_BODIES: tuple[type[Body], ...] = (HeldDecided,)
