"""Dossiers as lists and pages show them, and what a scan turned out to be."""

from datetime import datetime
from enum import StrEnum

import msgspec

from counter_app.domain.actions.state import DossierState
from counter_app.domain.correction import Correction
from counter_app.domain.dossier import Dossier, Status
from counter_app.domain.manifest import ItemState, ManifestState
from counter_app.domain.procedure import Channel
from counter_app.domain.progress import NO_PROGRESS, Progress
from counter_app.domain.search import NOTHING, Match, Query, Span, find_match
from counter_app.domain.systems import SystemLine
from counter_app.domain.ticks import NO_TICKS, Ticks
from counter_app.services.answers.held import HeldEntry
from counter_app.services.answers.postal import WaybillView
from counter_app.services.answers.printing import PrintJob


class PaperHit(msgspec.Struct, frozen=True, kw_only=True):
    """Where a digitised paper says what was looked for: its name, the page from 1, and the words around.

    `marks` are the parts of `words` that were meant.
    """

    document_id: str
    component: int
    paper: str
    page: int
    words: str
    marks: tuple[Span, ...] = ()


class DossierRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a list of dossiers. `asked` is the search that it answers."""

    id: str
    code: str
    procedure_name: str
    applicant_name: str
    status: Status
    received_at: datetime
    due_at: datetime | None
    is_late: bool
    is_due_today: bool = False
    """Due today, and not late yet."""
    is_due_soon: bool = False
    """Due within the next working days after today (`due.soon_days`)."""
    procedure_code: str = ""
    field_name: str = ""
    channel: Channel = Channel.DIRECT
    clerk_name: str = ""
    """Who received it."""
    acknowledge_by: datetime | None = None
    """Until when an online dossier is answered, while it waits for that; only lists by `Lists` say it."""
    asked: Query = NOTHING
    inside: PaperHit | None = None
    """Set where a paper of the dossier was found, not the dossier itself."""

    @property
    def match(self) -> Match:
        """What of this line the search meant; worked out when it is shown, and kept."""
        return find_match(
            self.asked,
            code=self.code,
            applicant_name=self.applicant_name,
            procedure_code=self.procedure_code,
            procedure_name=self.procedure_name,
        )


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One journal entry of a dossier, in order: when, who, what (`text_key` has its words).

    `action` is the verb where the entry is an action of the table (`action.name.<verb>`), `manifest_code` names the
    manifest where it is a step of one.
    """

    at: datetime
    clerk_name: str
    kind: str
    action: str = ""
    manifest_code: str = ""
    waybill: str = ""
    """The waybill's number where it is a step of one."""
    is_result: bool = False
    """Whether it was the result alone that changed hands."""

    @property
    def text_key(self) -> str:
        """The key of its words."""
        if self.action:
            return f"action.name.{self.action}"
        return "history.dossier.result_handed" if self.is_result else f"history.{self.kind}"


class DossierManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest that a dossier is or was on, and what became of the dossier there."""

    code: str
    state: ManifestState
    item_state: ItemState


class CorrectionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One correction as it stands in the journal: who, when, why, and every value before and after."""

    at: datetime
    clerk_name: str
    correction: Correction


class DossierView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the dossier page shows: the dossier as it stands, and all that led there."""

    dossier: Dossier
    state: DossierState
    history: tuple[HistoryLine, ...]
    print_jobs: tuple[PrintJob, ...]
    manifests: tuple[DossierManifest, ...] = ()
    corrections: tuple[CorrectionLine, ...] = ()
    """What was put right since the intake, in order."""
    progress: Progress = NO_PROGRESS
    is_due_today: bool = False
    is_due_soon: bool = False
    """Both as in a line of a list."""
    waybills: tuple[WaybillView, ...] = ()
    related: tuple[DossierRow, ...] = ()
    """Other dossiers of the people it names, newest first, a few."""
    ticks: Ticks = NO_TICKS
    held: tuple[HeldEntry, ...] = ()
    """What waits for a decision, oldest first."""
    systems: tuple[SystemLine, ...] = ()
    """What other systems were asked about it, or are still to be asked by the province."""


class ScanKind(StrEnum):
    """What a scanned or pasted text turned out to be."""

    IDENTITY_CARD = "identity_card"
    DOSSIER = "dossier"
    MANIFEST = "manifest"
    WAYBILL = "waybill"
    UNKNOWN = "unknown"


class ScanTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan leads: a dossier's or a manifest's code, a waybill of this desk, an identity card (its text as
    read), or nothing known.

    `is_slip` marks a slip's signed code: `SlipChecks.check` says what it is worth. A part of a manifest's passport
    or acknowledgement is of kind MANIFEST with no code: the parts say it together.
    """

    kind: ScanKind
    text: str
    dossier_code: str = ""
    is_slip: bool = False
    manifest_code: str = ""
    waybill: str = ""
