"""Dossiers with the columns that lists and searches need; `facts` is the whole dossier (derived)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, column, table, text

from counter_app.store.tables.base import metadata

#: Later than any due date.
NO_DUE = 2**53

dossier = Table(
    "dossier",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False, unique=True),
    Column("unit_code", Text, nullable=False),
    Column("procedure_code", Text, nullable=False),
    Column("procedure_name", Text, nullable=False),
    Column("applicant_name", Text, nullable=False),
    # The place of the name in a Vietnamese list, `person.order_key`; its index ends in `row`, as every index does.
    Column("applicant_key", LargeBinary, nullable=False, server_default=text("x''"), index=True),
    Column("status", Integer, nullable=False),
    Column("received_at", Integer, nullable=False, index=True),
    Column("due_at", Integer, nullable=True),
    # `due_at`, or NO_DUE where there is none: a list by due date goes on after it without asking for NULL.
    Column("due_order", Integer, nullable=False, server_default=text("0"), index=True),
    Column("facts", LargeBinary, nullable=False),  # as received, for ever
    Column("corrected", LargeBinary, nullable=True),  # the correctable facts as they stand; NULL while never corrected
    Column("state", LargeBinary, nullable=True),  # after the actions done since; NULL before the first
    Column("accepted_at", Integer, nullable=True, index=True),  # what the register counts; NULL while not accepted
    Column("standing", Integer, nullable=False, server_default=text("0")),  # domain.standing
    # Of the entry that received it.
    Column("desk_id", Text, nullable=False, server_default=text("''")),
    Column("clerk_id", Text, nullable=False, server_default=text("''")),
    Column("field_name", Text, nullable=False, server_default=text("''")),
    Column("channel", Text, nullable=False, server_default=text("''")),
    Column("competent_unit_code", Text, nullable=False, server_default=text("''")),
    # Each walks a list in order: by due date, or, since an index ends in `row`, the newest first.
    # It holds what the other filters and the order by name ask for: a dossier's own pages are large and far apart.
    Index(
        "ix_dossier_standing_due_order",
        "standing",
        "due_order",
        "row",
        "clerk_id",
        "field_name",
        "procedure_code",
        "channel",
        "competent_unit_code",
        "received_at",
        "applicant_key",
    ),
    Index(None, "standing"),
    Index(None, "clerk_id", "standing", "due_order"),
    Index(None, "clerk_id"),
    Index(None, "procedure_code"),
    Index(None, "field_name"),
    Index(None, "competent_unit_code"),
)

#: Which code each intake gave its dossier, whether it stands or not.
intake_code = Table(
    "intake_code",
    metadata,
    Column("code", Text, primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("entry_id", Text, primary_key=True),
    Column("dossier_id", Text, nullable=False),
    # As the entry's.
    Column("at", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: How many dossiers there are, kept as they change: lists and the start page never count by scanning. `period` is ""
#: for all of a standing; where a due date runs, also "M2026-11" and "D2026-11-28", so that years of days are few rows.
dossier_count = Table(
    "dossier_count",
    metadata,
    Column("standing", Integer, primary_key=True, autoincrement=False),
    Column("period", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),
    Column("desk_id", Text, primary_key=True),
    Column("clerk_id", Text, primary_key=True),
    Column("dossiers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: The same by what they are about, whatever their due date.
dossier_total = Table(
    "dossier_total",
    metadata,
    Column("standing", Integer, primary_key=True, autoincrement=False),
    Column("procedure_code", Text, primary_key=True),
    Column("field_name", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),
    Column("desk_id", Text, primary_key=True),
    Column("clerk_id", Text, primary_key=True),
    Column("dossiers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

#: The same by the unit that resolves them. In `dossier_total` a province's communes would make its rows too many.
dossier_unit_total = Table(
    "dossier_unit_total",
    metadata,
    Column("standing", Integer, primary_key=True, autoincrement=False),
    Column("competent_unit_code", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),
    Column("desk_id", Text, primary_key=True),
    Column("clerk_id", Text, primary_key=True),
    Column("dossiers", Integer, nullable=False),
    sqlite_with_rowid=False,
)

dossier_party = Table(
    "dossier_party",
    metadata,
    Column("dossier_row", Integer, ForeignKey("dossier.row"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("id_number", Text, nullable=False),
    Index(None, "id_number", "dossier_row"),
)

number_counter = Table(
    "number_counter",
    metadata,
    Column("desk_id", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("last", Integer, nullable=False),
)

print_job = Table(
    "print_job",
    metadata,
    Column("id", Text, primary_key=True),
    # NULL for a paper about several dossiers or a period: then `subject` tells it from others.
    Column("dossier_id", Text, ForeignKey("dossier.id"), nullable=True, index=True),
    Column("subject", Text, nullable=False),
    Column("about", LargeBinary, nullable=False),
    Column("form", Text, nullable=False),
    Column("copies", Integer, nullable=False),
    Column("reprint", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("form_set", Text, nullable=False),
    Column("sheet", Text, nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("batch", Text, nullable=False),
    Column("clerk", Text, nullable=False),
    Column("ordered_at", Integer, nullable=False, index=True),
    Index(None, "subject", "form"),
    Index(None, "batch"),
)

SEARCH_TABLE = "dossier_search"

#: Full-text index over the terms of `domain.search`, contentless, keyed by dossier.row. Made by a migration: SQLAlchemy
#: has no virtual tables, and batch migrations would drop triggers, so `journal.apply` feeds it.
search = table(SEARCH_TABLE, column("rowid", Integer), column(SEARCH_TABLE, Text), column("words", Text))
