"""Finding dossiers: the search box, a person's earlier dossiers, and what a scanned code means."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.person import Party
from counter_app.services.printing_jobs import PrintJob


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


class Lookup:
    """Reads only."""

    def search(self, words: str, *, limit: int = 20) -> tuple[DossierRow, ...]:
        """Return dossiers by name (with or without diacritics), code or its tail, id number, phone tail; newest first."""
        raise NotImplementedError

    def list_of_person(self, id_number: str, *, limit: int = 10) -> tuple[DossierRow, ...]:
        """Return the dossiers in which this number is applicant or submitter, newest first."""
        raise NotImplementedError

    def find_person(self, id_number: str) -> Party | None:
        """Return the person as last written at this desk, fields marked as from an earlier dossier."""
        raise NotImplementedError

    def get_dossier(self, code: str) -> DossierView:
        """Return a dossier by code.

        Raises:
            UserError: ``dossier.unknown_code``.
        """
        raise NotImplementedError

    def resolve_scan(self, text: str) -> ScanTarget:
        """Say what a scanned text is."""
        raise NotImplementedError
