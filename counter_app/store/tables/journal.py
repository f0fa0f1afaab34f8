"""The journal: every change, once, chained by hash. Nothing here is ever updated or deleted but the head."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from counter_app.store.tables.base import metadata

entry = Table(
    "journal_entry",
    metadata,
    Column("position", Integer, primary_key=True),  # order of arrival at this store
    Column("id", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Integer, nullable=False),  # hybrid logical clock: milliseconds << 16 | counter
    Column("clerk", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("desk", "epoch", "seq"),
    UniqueConstraint("id", "desk"),  # a desk that takes the id of another's entry stands in nobody's way
)

head = Table(
    "journal_head",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
