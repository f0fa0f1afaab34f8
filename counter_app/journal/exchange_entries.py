"""The vocabulary of change of the exchange between desks."""

from collections.abc import Iterable
from enum import StrEnum
from typing import ClassVar

from counter_app.domain.concerned import ConcernedAnswer
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
    desk: str = ""
    """That wrote the entry; "" in what earlier programs wrote, which names any entry of this id."""


class Decisions:
    """What was decided about held entries, told in order; of two decisions about one the earlier one counts."""

    def __init__(self, bodies: Iterable[Body]) -> None:
        self._about: dict[str, list[HeldDecided]] = {}
        for body in bodies:
            if isinstance(body, HeldDecided):
                self._about.setdefault(body.entry_id, []).append(body)

    def find(self, desk: str, entry_id: str) -> HeldDecision | None:
        """Return what was decided about a desk's entry, None where nothing was."""
        about = self._about.get(entry_id, ())
        return next((one.decision for one in about if one.desk in ("", desk)), None)


class ConcernedAnswered(Body, frozen=True, kw_only=True):
    """A clerk stated what became of a dossier that `unit_code` received and this unit decides; a later one counts."""

    KIND: ClassVar[str] = "concerned.answered"
    dossier_id: str
    unit_code: str
    code: str
    answer: ConcernedAnswer


def concerned_subject(dossier_id: str) -> str:
    """Return what an answer is filed under: not the dossier's own id, whose stream is another unit's."""
    return f"concerned:{dossier_id}"


EXCHANGE_BODIES: tuple[type[Body], ...] = (HeldDecided, ConcernedAnswered)
