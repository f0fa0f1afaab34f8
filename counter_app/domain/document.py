"""A digitised paper of a dossier, and what is known about it (metadata of NĐ 107/2021 article 21a, LAW 1.11)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import msgspec

from counter_app.domain.paper_facts import FactField, FactSource, is_good_value


class DocumentSource(StrEnum):
    """Where the pages came from."""

    SCANNER = "scanner"
    FILE = "file"
    STORE = "store"
    """The national store of electronic papers, which another agency put it in."""


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
    owner_name: str = ""


class StatedFact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fact that a clerk took from the paper or typed; a day is written as ISO 8601.

    `page` (from 1) and `confidence` (0 to 100) say what it was read from; 0 for what was typed.
    """

    field: FactField
    value: str
    source: FactSource
    page: int = 0
    confidence: int = 0


def value_of(facts: DocumentFacts, field: FactField) -> str:
    """Return what stands in a field as text, a day as ISO 8601, "" for nothing."""
    value = getattr(facts, field.value)
    return value.isoformat() if isinstance(value, date) else str(value or "")


def describe(facts: DocumentFacts, stated: Iterable[StatedFact]) -> DocumentFacts:
    """Return the facts with what was stated in place of what stood there; what cannot be a fact is passed over."""
    values: dict[str, str | date] = {}
    for one in stated:
        if not is_good_value(one.field, one.value):
            continue
        values[one.field.value] = date.fromisoformat(one.value) if one.field.is_day else one.value
    return msgspec.structs.replace(facts, **values)


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
    DESCRIBED = "described"
    STAMPED = "stamped"
    PROVED = "proved"


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A digitised paper. `component` is the place of its line in the dossier's checklist from 1, 0 for none."""

    id: str
    dossier_id: str
    content: DocumentContent
    source: DocumentSource
    component: int = 0
    facts: DocumentFacts = DocumentFacts()
    origin: str = ""
    """The document of another dossier whose file this is, where a clerk used a paper again instead of asking for it."""


class TrayReason(StrEnum):
    """Why pages could not be assigned by themselves."""

    NO_CODE = "no_code"
    UNKNOWN_DOSSIER = "unknown_dossier"
    FOREIGN_SLIP = "foreign_slip"
    DOUBTFUL_SLIP = "doubtful_slip"
    UNKNOWN_COMPONENT = "unknown_component"
