"""Dossiers that another unit received and this one decides."""

from datetime import datetime

import msgspec

from counter_app.domain.concerned import ConcernedAnswer, ConcernedDossier, ConcernedOutcome


class ConcernedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list: the dossier as its unit last had it, and what was answered last, if anything was."""

    dossier: ConcernedDossier
    answer: ConcernedAnswer | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    """Login of the clerk, "" where this desk does not know it."""
    is_late: bool = False
    here: tuple[bool, ...] = ()
    """Of each digitised paper whether it lies at this desk; the others come when somebody opens them."""

    @property
    def is_waiting(self) -> bool:
        """Whether it is this unit's turn: a supplement that was asked for waits until the citizen brought it."""
        since = self.dossier.turn_from
        if since is None or self.answer is None or self.answered_at is None:
            return since is not None
        return self.answer.outcome is ConcernedOutcome.SUPPLEMENT and self.answered_at < since

    @property
    def is_decided(self) -> bool:
        """Whether nothing more is to be answered."""
        asks = ConcernedOutcome.SUPPLEMENT
        return not self.dossier.is_open or (self.answer is not None and self.answer.outcome is not asks)

    @property
    def files_here(self) -> int:
        """How many of its digitised papers lie at this desk."""
        return sum(self.here)


class ConcernedFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many dossiers that others received wait for this unit, and how many of them are late."""

    waiting: int
    late: int
