"""Requests that came in online and wait for their answer."""

from datetime import datetime

import msgspec

from counter_app.domain.online import Submission
from counter_app.services.answers.intake import IntakeForm


class OnlineRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list. `acknowledge_by` is until when it is answered; `files_here` of its files are at this desk.

    `code` is that of the dossier that answers it, "" while it waits.
    """

    submission: Submission
    procedure_name: str
    acknowledge_by: datetime
    is_late: bool
    files_here: int
    code: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every file is at this desk."""
        return self.files_here == len(self.submission.files)


class OnlineIntake(msgspec.Struct, frozen=True, kw_only=True):
    """A request with the form of an intake that it fills in."""

    row: OnlineRow
    form: IntakeForm


class OnlineFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests wait, how many longer than they may, and when the next of the others must be answered."""

    waiting: int
    overdue: int
    next_by: datetime | None
