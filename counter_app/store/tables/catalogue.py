"""Procedures by version, and the table of days that wins over the holiday calendar (derived)."""

from sqlalchemy import Boolean, Column, LargeBinary, Table, Text

from counter_app.store.tables.base import metadata

procedure = Table(
    "procedure",
    metadata,
    Column("code", Text, primary_key=True),
    Column("effective_on", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
)

day_override = Table(
    "day_override",
    metadata,
    Column("day", Text, primary_key=True),
    Column("working", Boolean(create_constraint=False), nullable=False),
    Column("name", Text, nullable=False),
)
