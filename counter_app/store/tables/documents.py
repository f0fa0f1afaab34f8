"""Digitised papers and every version of their files (derived); the files themselves are in the vault."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from counter_app.store.tables.base import metadata

document = Table(
    "document",
    metadata,
    Column("id", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # of the entry that attached it: the order of a dossier's documents
    Column("dossier_id", Text, ForeignKey("dossier.id"), nullable=False),
    Column("component", Integer, nullable=False),  # 0: no line of the checklist
    Column("facts", LargeBinary, nullable=False),  # as attached, for ever
    Column("withdrawn_reason", Text, nullable=False),  # "" while it counts
    Index(None, "dossier_id", "position"),
)

document_version = Table(
    "document_version",
    metadata,
    Column("position", Integer, primary_key=True),  # of the entry that brought it: the latest is the file in force
    Column("document_id", Text, ForeignKey("document.id"), nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("size_bytes", Integer, nullable=False),
    Column("is_signed", Boolean(create_constraint=False), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Integer, nullable=False),
    Column("cause", Text, nullable=False),  # "" for the first
    Index(None, "document_id", "position"),
)

document_description = Table(
    "document_description",
    metadata,
    Column("position", Integer, primary_key=True),  # of the entry: later facts stand in place of earlier ones
    Column("document_id", Text, ForeignKey("document.id"), nullable=False),
    Column("stated", LargeBinary, nullable=False),
    Column("at", Integer, nullable=False),
    Column("clerk", Text, nullable=False),
    Index(None, "document_id", "position"),
)
