"""Manifests and the dossiers on them (derived)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from counter_app.store.tables.base import metadata

manifest = Table(
    "manifest",
    metadata,
    Column("code", Text, primary_key=True),
    # Who numbered it; "" and 0 where it came on a passport from another desk.
    Column("desk_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("day", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("giver", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("bag", Text, nullable=False),
    Column("seal", Text, nullable=False),
    Column("opened_at", Integer, nullable=True),
    Column("closed_at", Integer, nullable=True),
    Column("closed_by", Text, nullable=False),
    Column("received_at", Integer, nullable=True),
    Column("received_by", Text, nullable=False),
    Column("received_desk", Text, nullable=False),
    Index(None, "desk_id", "epoch", "day", "number"),
    Index(None, "state"),
)

manifest_item = Table(
    "manifest_item",
    metadata,
    Column("manifest_code", Text, ForeignKey("manifest.code"), primary_key=True),
    # No reference to a dossier: the receiving desk need not hold it.
    Column("dossier_code", Text, primary_key=True),
    Column("place", Integer, nullable=False),  # in the order of scanning
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "dossier_code"),
)
