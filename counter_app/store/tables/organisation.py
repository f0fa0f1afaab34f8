"""Units, desks with their epochs, clerks, and the keys of other desks whose slips are checked here (derived)."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

from counter_app.store.tables.base import metadata

unit = Table(
    "unit",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),
)

desk = Table(
    "desk",
    metadata,
    Column("id", Text, primary_key=True),
    Column("unit_code", Text, ForeignKey("unit.code"), nullable=False),
    Column("name", Text, nullable=False),
    Column("slice_low", Integer, nullable=False),
    Column("slice_high", Integer, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
)

epoch = Table(
    "epoch",
    metadata,
    Column("desk_id", Text, ForeignKey("desk.id"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("part_low", Integer, nullable=False),
    Column("part_high", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

clerk = Table(
    "clerk",
    metadata,
    Column("id", Text, primary_key=True),
    Column("unit_code", Text, ForeignKey("unit.code"), nullable=False),
    Column("login", Text, nullable=False),
    Column("full_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("active", Boolean(create_constraint=False), nullable=False),
    # Of the entry that saved it: another desk's clerks are names in histories here and nothing more.
    Column("desk_id", Text, nullable=False),
    UniqueConstraint("desk_id", "login"),
)

slip_key = Table(
    "slip_key",
    metadata,
    # The short name of a key is no proof of it: two keys may share one.
    Column("key_id", LargeBinary, nullable=False, index=True),
    Column("public_key", LargeBinary, primary_key=True),
    Column("unit_code", Text, nullable=False),
    Column("unit_name", Text, nullable=False),
    Column("desk_name", Text, nullable=False),
)
