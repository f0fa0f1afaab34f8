"""Print jobs and printers as the window and the command line see them."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from counter_app.domain.forms.details import NO_DETAILS, Details
from counter_app.domain.forms.kinds import Form, FormSet, Sheet


class PrintState(StrEnum):
    """Where a job is. UNKNOWN: the program died or the cable was pulled in the middle; only a person can say."""

    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


#: The error code of a job that somebody took out of the queue.
CANCELLED = "print.cancelled"


class PaperRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A paper that is asked for: a form about dossiers (`codes`), or about local days, both included.

    A form about a period or a day that gets codes takes the days on which those dossiers were received. What is None
    or empty follows from the form, the dossier and the settings. A further printing needs its `reason`.
    """

    form: Form
    codes: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    form_set: FormSet | None = None
    sheet: Sheet | None = None
    copies: int | None = None
    details: Details = NO_DETAILS
    printer: str = ""
    reason: str = ""


class BatchProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the jobs ordered together are."""

    batch: str
    total: int
    printed: int
    failed: int
    unknown: int

    @property
    def is_over(self) -> bool:
        """Whether nothing of it waits or moves any more."""
        return self.printed + self.failed + self.unknown >= self.total


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """One ordered print. `reprint` is 0 for the first of this form and subject, then 1, 2, ...

    `subject` is what the paper is about: a dossier's code, several, a day or a period. `asked` is the printer asked
    for, "" for whichever the settings name. `owed`: it went to a file because no printer would take it, and the paper
    itself is still owed. `error_code` of a job that is printing says what the printer waits for.
    """

    id: str
    dossier_id: str
    dossier_code: str
    form: Form
    copies: int
    reprint: int
    reason: str
    ordered_at: datetime
    state: PrintState
    printer: str = ""
    error_code: str = ""
    subject: str = ""
    form_set: FormSet | None = None
    sheet: Sheet | None = None
    asked: str = ""
    owed: bool = False
    batch: str = ""


class PrinterState(StrEnum):
    """What a printer is doing, as far as it tells."""

    READY = "ready"
    BUSY = "busy"
    STOPPED = "stopped"
    OFFLINE = "offline"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """It does not tell; printing may still work."""


class Condition(StrEnum):
    """What is the matter with a printer; each has a sentence ``printer.condition.<value>`` that says what to do."""

    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    COVER_OPEN = "cover_open"
    JAM = "jam"
    INK_OUT = "ink_out"
    INK_LOW = "ink_low"
    PAUSED = "paused"
    OFFLINE = "offline"
    """It stopped answering while something was under way."""
    FAULT = "fault"


#: Conditions under which nothing comes out, however long one sends.
BLOCKING = frozenset(
    {
        Condition.PAPER_OUT,
        Condition.COVER_OPEN,
        Condition.JAM,
        Condition.INK_OUT,
        Condition.PAUSED,
        Condition.OFFLINE,
        Condition.FAULT,
    }
)


class PrinterStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One printer: how it is addressed in settings, what people call it, and how it is."""

    address: str
    name: str
    state: PrinterState
    conditions: tuple[Condition, ...] = ()

    @property
    def can_print(self) -> bool:
        """Whether sending something now makes sense."""
        broken = self.state in (PrinterState.OFFLINE, PrinterState.MISSING, PrinterState.STOPPED)
        return not broken and not BLOCKING.intersection(self.conditions)
