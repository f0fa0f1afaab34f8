"""Print jobs as the window and the command line see them."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Form


class PrintState(StrEnum):
    """Where a job is. UNKNOWN: the program died or the cable was pulled in the middle; only a person can say."""

    QUEUED = "queued"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """One ordered print. `reprint` is 0 for the first of this form and dossier, then 1, 2, ..."""

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
