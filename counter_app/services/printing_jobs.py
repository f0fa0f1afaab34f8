"""Print jobs as rows: ordered with the dossier, claimed by a printer's thread, settled when the paper is out."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Form
from counter_app.domain.forms import SlipData


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


class PrintingJobs:
    """Orders and follows print jobs. Claiming is atomic: two queues never print one job."""

    def order_reprint(self, dossier_code: str, form: Form, *, reason: str, copies: int = 2) -> PrintJob:
        """Order a further print of a form; it carries "BẢN IN LẠI". The reason is required and journalled."""
        raise NotImplementedError

    def list_recent(self, *, limit: int = 50) -> tuple[PrintJob, ...]:
        """Return the newest jobs first."""
        raise NotImplementedError

    def list_open(self) -> tuple[PrintJob, ...]:
        """Return jobs that are queued, failed or unknown, oldest first."""
        raise NotImplementedError

    def get_slip(self, job_id: str) -> SlipData:
        """Return what the paper of a job says."""
        raise NotImplementedError

    def claim(self, printer: str) -> PrintJob | None:
        """Take the oldest queued job for a printer: its state is durably PRINTING when this returns."""
        raise NotImplementedError

    def claim_job(self, job_id: str, printer: str) -> PrintJob | None:
        """Take one job if it is queued, failed or unknown; None when somebody else has it or it is done."""
        raise NotImplementedError

    def settle(self, job_id: str, state: PrintState, *, error_code: str = "") -> None:
        """Say how a claimed job ended: PRINTED, FAILED or UNKNOWN."""
        raise NotImplementedError

    def recover(self) -> int:
        """At start: jobs found PRINTING become UNKNOWN. Returns how many."""
        raise NotImplementedError
