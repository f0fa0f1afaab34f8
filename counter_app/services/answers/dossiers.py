"""Dossiers as lists and pages show them, and what a scan turned out to be."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Dossier, Status
from counter_app.services.answers.printing import PrintJob


class DossierRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of dossiers."""

    id: str
    code: str
    procedure_name: str
    applicant_name: str
    status: Status
    received_at: datetime
    due_at: datetime | None
    is_late: bool


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One journal entry of a dossier, in order: when, who, what (`kind`, a key of texts `history.<kind>`)."""

    at: datetime
    clerk_name: str
    kind: str


class DossierView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the dossier page shows."""

    dossier: Dossier
    history: tuple[HistoryLine, ...]
    print_jobs: tuple[PrintJob, ...]


class ScanKind(StrEnum):
    """What a scanned or pasted text turned out to be."""

    IDENTITY_CARD = "identity_card"
    DOSSIER = "dossier"
    UNKNOWN = "unknown"


class ScanTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan leads: a dossier's code, an identity card (its text as read), or nothing known."""

    kind: ScanKind
    text: str
    dossier_code: str = ""
