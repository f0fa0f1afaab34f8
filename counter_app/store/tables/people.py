"""Persons and organisations of this desk, folded from its dossiers, and which of them are one (derived)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from counter_app.store.tables.base import metadata

person = Table(
    "person",
    metadata,
    Column("key", Text, primary_key=True),  # `person.key_of`
    Column("folded_name", Text, nullable=False),
    Column("order_key", LargeBinary, nullable=False),
    Column("birth_year", Integer, nullable=True),
    Column("old_id_number", Text, nullable=False),
    Column("facts", LargeBinary, nullable=False),  # what is known of them under this key
    Column("latest_row", Integer, nullable=False),  # the newest dossier; 0 when corrections left none
    Column("dossier_count", Integer, nullable=False),
    # Who was merged keeps its own row: a split gives back exactly what there was.
    Column("merged_into", Text, nullable=True),
    Column("root", Text, nullable=False),  # the person under whom all of them are shown
    Index(None, "merged_into", "order_key", "key"),
    Index(None, "folded_name", "birth_year"),
    Index(None, "old_id_number"),
    Index(None, "root"),
)

person_dossier = Table(
    "person_dossier",
    metadata,
    Column("dossier_row", Integer, ForeignKey("dossier.row"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("person_key", Text, nullable=False),
    Index(None, "person_key", "dossier_row"),
)

person_link = Table(
    "person_link",
    metadata,
    Column("position", Integer, primary_key=True),  # of the entry that says so
    Column("at", Integer, nullable=False),
    Column("clerk", Text, nullable=False),
    Column("kept", Text, nullable=False, index=True),
    Column("other", Text, nullable=False, index=True),
    Column("is_merge", Integer, nullable=False),  # 1 merged, 0 split again
    Column("reason", Text, nullable=False),
)
