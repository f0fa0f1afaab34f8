"""Waybills, the cash collected for them, and batches of dossiers handed in together (derived)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from counter_app.store.tables.base import metadata

waybill = Table(
    "waybill",
    metadata,
    Column("number", Text, primary_key=True),
    Column("dossier_id", Text, ForeignKey("dossier.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_at", Integer, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    # Of the cash it collected, in whole đồng: what the carrier has not handed over.
    Column("owed", Integer, nullable=False, server_default=text("0"), index=True),
    Index(None, "state", "opened_at"),
    Index(None, "opened_at"),
)

collection = Table(
    "cod_collection",
    metadata,
    Column("code", Text, primary_key=True),
    Column("desk_id", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("day", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("waybill", Text, ForeignKey("waybill.number"), nullable=False, index=True),
    Column("dossier_code", Text, nullable=False),
    Column("amount", Integer, nullable=False),  # whole đồng
    Column("clerk_name", Text, nullable=False),
    Column("collected_at", Integer, nullable=False),
    # A cancelled one keeps its number and its amount; it only counts no more.
    Column("cancelled_at", Integer, nullable=True),
    Column("cancelled_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index(None, "desk_id", "epoch", "day", "number"),
    Index(None, "day"),
)

batch = Table(
    "intake_batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),  # digest of the file it came from, "" where it was typed
    Column("ended_at", Integer, nullable=False, index=True),
    Column("facts", LargeBinary, nullable=False),
)
