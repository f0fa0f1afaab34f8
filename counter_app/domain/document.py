"""A digitised paper of a dossier, and what is known about it (metadata of NĐ 107/2021 article 21a, LAW 1.11)."""

from datetime import date
from enum import StrEnum

import msgspec


class DocumentSource(StrEnum):
    """Where the pages came from."""

    SCANNER = "scanner"
    FILE = "file"


class DocumentFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the paper is. All text is NFC; what nobody said stays empty.

    `kind_code` is the code of this kind of paper in the national store; `number_symbol` the "số, ký hiệu".
    """

    title: str = ""
    kind_code: str = ""
    number_symbol: str = ""
    issuer: str = ""
    signer: str = ""
    issued_on: date | None = None
    valid_until: date | None = None
    scope: str = ""
    summary: str = ""
    owner_id_number: str = ""


class DocumentContent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of the file: a PDF in the vault, by the SHA-256 of its content.

    `is_original`: the file is kept exactly as it was handed in, because it carries a signature of its own.
    """

    sha256: str
    size_bytes: int
    pages: int
    text_chars: int = 0
    blank_pages: tuple[int, ...] = ()
    """Pages that look blank, counted from 1: flagged, never dropped."""
    is_original: bool = False
    is_signed: bool = False


class ContentCause(StrEnum):
    """Why a document has another version."""

    SIGNED = "signed"
    RESCANNED = "rescanned"
    REARRANGED = "rearranged"


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A digitised paper. `component` is the place of its line in the dossier's checklist from 1, 0 for none."""

    id: str
    dossier_id: str
    content: DocumentContent
    source: DocumentSource
    component: int = 0
    facts: DocumentFacts = DocumentFacts()


class TrayReason(StrEnum):
    """Why pages could not be assigned by themselves."""

    NO_CODE = "no_code"
    UNKNOWN_DOSSIER = "unknown_dossier"
    FOREIGN_SLIP = "foreign_slip"
    DOUBTFUL_SLIP = "doubtful_slip"
    UNKNOWN_COMPONENT = "unknown_component"
