"""How digitised papers are read from the store."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from counter_app.core.clock import from_millis, to_millis
from counter_app.core.errors import UserError
from counter_app.domain.document import ContentCause, Document, DocumentContent, DocumentFacts, StatedFact, describe
from counter_app.domain.dossier import Dossier
from counter_app.journal.dossier_states import as_it_stands, get_dossier_row, state_of
from counter_app.services.answers.documents import Description, DocumentVersion, DocumentView
from counter_app.store.tables import documents, dossiers

_document = msgspec.json.Decoder(Document)
_content = msgspec.json.Decoder(DocumentContent)
_stated = msgspec.json.Decoder(tuple[StatedFact, ...])

ONE_DOCUMENT = (
    select(documents.document, dossiers.dossier.c.code)
    .join(dossiers.dossier, dossiers.dossier.c.id == documents.document.c.dossier_id)
    .where(documents.document.c.id == bindparam("wanted"))
)
_newest = (
    select(func.max(documents.document_version.c.position).label("position"))
    .group_by(documents.document_version.c.document_id)
    .subquery()
)
SIGNED_WITHOUT_PROOFS = (
    select(documents.document.c.id)
    .join(documents.document_version, documents.document_version.c.document_id == documents.document.c.id)
    .join(_newest, _newest.c.position == documents.document_version.c.position)
    .where(documents.document_version.c.cause.in_((ContentCause.SIGNED.value, ContentCause.STAMPED.value)))
    .where(documents.document.c.withdrawn_reason == "")
    .order_by(documents.document_version.c.position)
)
_DESCRIBED_OUTSIDE = (
    select(
        documents.document.c.id,
        documents.document.c.facts,
        documents.document_description.c.stated,
        documents.document_version.c.at,
    )
    .join(documents.document_description, documents.document_description.c.document_id == documents.document.c.id)
    .join(documents.document_version, documents.document_version.c.position == documents.document.c.position)
    .where(documents.document.c.dossier_id == bindparam("wanted"))
    .where(documents.document.c.component == 0)
    .where(documents.document.c.withdrawn_reason == "")
    .order_by(documents.document_description.c.position)
)
DOCUMENTS_OF_DOSSIER = (
    select(documents.document, dossiers.dossier.c.code)
    .join(dossiers.dossier, dossiers.dossier.c.id == documents.document.c.dossier_id)
    .where(dossiers.dossier.c.code == bindparam("wanted"))
    .order_by(documents.document.c.position)
)


def view_of(connection: Connection, row: object) -> DocumentView:
    """Return the document of a row of either query, with its versions."""
    document = _document.decode(row.facts)  # type: ignore[attr-defined]
    table = documents.document_version
    query = select(table).where(table.c.document_id == document.id).order_by(table.c.position)
    versions = tuple(
        DocumentVersion(
            content=_content.decode(version.content),
            at=from_millis(version.at),
            cause=ContentCause(version.cause) if version.cause else None,
        )
        for version in connection.execute(query)
    )
    descriptions = _descriptions_of(connection, document.id)
    facts = describe(document.facts, (one for description in descriptions for one in description.stated))
    dossier = as_it_stands(*state_of(get_dossier_row(connection, row.code)))  # type: ignore[attr-defined]
    component = _line_now(dossier, document)
    return DocumentView(
        document=msgspec.structs.replace(document, component=component, content=versions[-1].content, facts=facts),
        dossier_code=dossier.code,
        component_name=dossier.papers[component - 1].name if component else _line_then(document),
        versions=versions,
        descriptions=descriptions,
        withdrawn_reason=row.withdrawn_reason,  # type: ignore[attr-defined]
    )


def check_in_force(connection: Connection, document_id: str, sha256: str) -> None:
    """Return if this content is still the one in force; asked in the transaction that puts another in its place.

    Raises:
        UserError: ``document.withdrawn``, ``document.changed_meanwhile``: by another window or command.
    """
    row = connection.execute(ONE_DOCUMENT, {"wanted": document_id}).one()
    if row.withdrawn_reason:
        raise UserError("document.withdrawn")
    version = documents.document_version.c
    query = select(version.sha256).where(version.document_id == document_id).order_by(version.position.desc()).limit(1)
    if connection.execute(query).scalar_one() != sha256:
        raise UserError("document.changed_meanwhile")


def _line_now(dossier: Dossier, document: Document) -> int:
    """Where the line stands now under which the paper came: a correction may have moved it, or taken it away (0)."""
    names = [paper.name for paper in dossier.papers]
    if 0 < document.component <= len(names) and names[document.component - 1] == _line_then(document):
        return document.component
    return names.index(_line_then(document)) + 1 if _line_then(document) in names else 0


def _line_then(document: Document) -> str:
    """What the line was called when the paper came, "" for none: `document_of` keeps its name as the title."""
    return document.facts.title if document.component else ""


def _descriptions_of(connection: Connection, document_id: str) -> tuple[Description, ...]:
    table = documents.document_description
    query = select(table).where(table.c.document_id == document_id).order_by(table.c.position)
    return tuple(
        Description(stated=_stated.decode(row.stated), at=from_millis(row.at), clerk_id=row.clerk)
        for row in connection.execute(query)
    )


def described_outside_checklist(
    connection: Connection, dossier_id: str, *, attached_until: datetime | None = None
) -> tuple[DocumentFacts, ...]:
    """Return the facts of every counting document outside the checklist of which a clerk took some.

    With `attached_until` only of those that came no later.
    """
    known: dict[str, DocumentFacts] = {}
    rows = connection.execute(_DESCRIBED_OUTSIDE, {"wanted": dossier_id})
    for row in (row for row in rows if attached_until is None or row.at <= to_millis(attached_until)):
        before = known.get(row.id) or _document.decode(row.facts).facts
        known[row.id] = describe(before, _stated.decode(row.stated))
    return tuple(known.values())
