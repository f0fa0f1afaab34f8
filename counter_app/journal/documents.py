"""What an entry about a digitised paper means in rows."""

import msgspec
from sqlalchemy import bindparam, update

from counter_app.domain.document import DocumentContent
from counter_app.journal.entries import DocumentAttached, DocumentDescribed, DocumentRenewed, DocumentWithdrawn, Entry
from counter_app.journal.rows import Rows
from counter_app.store.tables import documents

_WITHDRAW = (
    update(documents.document)
    .where(documents.document.c.id == bindparam("wanted"))
    .values(withdrawn_reason=bindparam("reason"))
)

_facts = msgspec.json.Encoder(order="deterministic").encode


def document_attached(rows: Rows, entry: Entry, body: DocumentAttached, *, position: int) -> None:
    """A document with its first version."""
    document = body.document
    values = {
        "id": document.id,
        "position": position,
        "dossier_id": document.dossier_id,
        "component": document.component,
        "facts": _facts(document),
        "withdrawn_reason": "",
    }
    rows.add(documents.document, values)
    _add_version(rows, entry, document.id, document.content, position=position, cause="")


def document_renewed(rows: Rows, entry: Entry, body: DocumentRenewed, *, position: int) -> None:
    """A further version; the earlier ones stay."""
    _add_version(rows, entry, body.document_id, body.content, position=position, cause=body.cause.value)


def document_withdrawn(rows: Rows, body: DocumentWithdrawn) -> None:
    """It no longer counts."""
    rows.run(_WITHDRAW, {"wanted": body.document_id, "reason": body.reason})


def document_described(rows: Rows, entry: Entry, body: DocumentDescribed, *, position: int) -> None:
    """Facts taken from the paper, beside those it was attached with."""
    values = {
        "position": position,
        "document_id": body.document_id,
        "stated": _facts(body.stated),
        "at": entry.at >> 16,
        "clerk": entry.clerk,
    }
    rows.add(documents.document_description, values)


def _add_version(
    rows: Rows, entry: Entry, document_id: str, content: DocumentContent, *, position: int, cause: str
) -> None:
    values = {
        "position": position,
        "document_id": document_id,
        "sha256": content.sha256,
        "size_bytes": content.size_bytes,
        "is_signed": content.is_signed,
        "content": _facts(content),
        "at": entry.at >> 16,
        "cause": cause,
    }
    rows.add(documents.document_version, values)
