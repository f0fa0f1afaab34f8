"""Digitised papers as pages and commands show them."""

from datetime import date, datetime
from typing import Any

import msgspec

from counter_app.core.errors import AppError
from counter_app.domain.document import ContentCause, Document, DocumentContent, StatedFact, TrayReason
from counter_app.domain.paper_facts import Proposal
from counter_app.scanning.rearranging import PagePlace

__all__ = ["Description", "Digitised", "DocumentVersion", "DocumentView", "NamedFile", "PagePlace", "TrayPage"]


class DocumentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a document; `cause` is None for the first."""

    content: DocumentContent
    at: datetime
    cause: ContentCause | None = None


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that a clerk took from the paper or typed."""

    stated: tuple[StatedFact, ...]
    at: datetime
    clerk_id: str


class DocumentView(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it stands: `document.content` is the file in force, the last of `versions`.

    `document.facts` are those it was attached with and, in their place, what the `descriptions` say.
    """

    document: Document
    dossier_code: str
    component_name: str
    versions: tuple[DocumentVersion, ...]
    withdrawn_reason: str = ""
    descriptions: tuple[Description, ...] = ()


class ProposedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a paper seems to say, for a clerk to look at; nothing of it is kept yet.

    `is_read` is False where this machine cannot read text: then only codes spoke.
    """

    view: DocumentView
    proposals: tuple[Proposal, ...]
    is_read: bool


class StoredPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that the national store has, and its file as the province keeps it."""

    title: str
    number: str
    agency: str
    sha256: str
    size_bytes: int


class Reusable(msgspec.Struct, frozen=True, kw_only=True):
    """A paper digitised before that fits a line of a checklist which has none: of the same person, of the same kind.

    `valid_until` is None where nobody said until when it is valid: whoever uses it looks at it. One that `is_expired`
    is told of and cannot be used. One of the national store has `stored`, no dossier and no count of pages.
    """

    document_id: str
    component: int
    dossier_code: str
    at: datetime
    pages: int
    valid_until: date | None = None
    is_expired: bool = False
    stored: StoredPaper | None = None


class TrayPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page that waits for a clerk, why, and the dossier and line (0: none) that its neighbours or words point to."""

    id: str
    number: int
    reason: TrayReason
    likely_code: str = ""
    likely_line: int = 0


class WaitingScan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan that became no document yet: its pages in order, and where they were meant to go, "" for nowhere.

    One that `is_pile` was to be separated by its codes.
    """

    id: str
    page_ids: tuple[str, ...]
    likely_code: str = ""
    likely_line: int = 0
    is_pile: bool = False


class DiscardedPages(msgspec.Struct, frozen=True, kw_only=True):
    """Waiting pages that were let go, as they can be brought back."""

    rows: tuple[dict[str, Any], ...]


class Digitised(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a pile: documents, pages in the tray, and separator sheets that were left out of documents."""

    documents: tuple[DocumentView, ...] = ()
    tray: tuple[TrayPage, ...] = ()
    separators: int = 0


class NamedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as chosen or dropped."""

    name: str
    data: bytes


class ScanPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where a scan is meant to go: a dossier and a line of its checklist (0: none), or apart by its codes."""

    code: str = ""
    line: int = 0
    is_pile: bool = False


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """A scan: how many pages are kept, and what the scanner said where it failed after the first."""

    id: str
    pages: int
    error: AppError | None = None


class SignedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a document that was to be signed; `view` is None where it was not.

    `remarks` are text codes, for example that no time stamp could be had.
    """

    document_id: str
    view: DocumentView | None = None
    level: str = ""
    remarks: tuple[str, ...] = ()
    error: AppError | None = None
