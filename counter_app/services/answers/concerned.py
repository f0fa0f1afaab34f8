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

    @property
    def is_waiting(self) -> bool:
        """Whether it is this unit's turn: a supplement that was asked for waits for the other one."""
        return self.dossier.is_open and self.answer is None

    @property
    def is_decided(self) -> bool:
        """Whether nothing more is to be answered."""
        asks = ConcernedOutcome.SUPPLEMENT
        return not self.dossier.is_open or (self.answer is not None and self.answer.outcome is not asks)
