"""What belongs to this machine alone and is never rebuilt: drafts, print runs, passwords, the desk's own secrets."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, column, table

from counter_app.store.tables.base import metadata

draft = Table(
    "draft",
    metadata,
    Column("clerk_id", Text, primary_key=True),
    Column("page", Text, primary_key=True),
    Column("facts", LargeBinary, nullable=False),
    Column("saved_at", Integer, nullable=False),
)

print_run = Table(
    "print_run",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("printer", Text, nullable=False),
    Column("error_code", Text, nullable=False),
    Column("changed_at", Integer, nullable=False),
    # The printer a clerk asked for, "" for the one the settings name; `target` is where it waits now.
    Column("asked", Text, nullable=False),
    Column("target", Text, nullable=False),
    # It went to a file because no printer would take it: the paper itself is still owed.
    Column("owed", Boolean(create_constraint=False), nullable=False),
    # Who has it in hand while it is printing, "" otherwise: see services/printing_owner.py.
    Column("owner", Text, nullable=False),
    CheckConstraint("state IN ('queued','printing','printed','failed','unknown')", name="state"),
    Index(None, "state", "job_id"),
    Index(None, "owed", "job_id"),
)

credential = Table(
    "credential",
    metadata,
    Column("clerk_id", Text, primary_key=True),
    Column("password_hash", Text, nullable=False),
    Column("failed_tries", Integer, nullable=False),
    Column("locked_until", Integer, nullable=False),
)

#: What a clerk keeps for lists: saved views by name, and the columns.
kept_choice = Table(
    "kept_choice",
    metadata,
    Column("clerk_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("facts", LargeBinary, nullable=False),
)

local_value = Table(
    "local_value",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

#: Pages that lie in the vault and belong to no document yet: those of a scan under way, and those of the tray.
captured_page = Table(
    "captured_page",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session", Text, nullable=False),  # one scan or one pile of files
    Column("number", Integer, nullable=False),  # in the order in which pages came
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # The file is a page gone through the pipeline, else the picture as the scanner gave it.
    Column("is_ready", Boolean(create_constraint=False), nullable=False),
    Column("dpi", Integer, nullable=False),
    Column("reason", Text, nullable=False),  # why it waits in the tray, "" while its scan is under way
    Column("likely", Text, nullable=False),  # the code of the likely dossier, "#3" after it for its third line; or ""
    Column("captured_at", Integer, nullable=False),
    Index(None, "session", "number"),
)

#: Papers of this desk that the province said it has.
paper_confirmed = Table(
    "paper_confirmed",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("at", Integer, nullable=False),
)

#: Requests that came in online, as the province signed them. One that has a dossier of its id is answered.
online_submission = Table(
    "online_submission",
    metadata,
    Column("id", Text, primary_key=True),
    Column("handed_in_at", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

#: Their files, in order; in the vault once they are here.
online_file = Table(
    "online_file",
    metadata,
    Column("submission_id", Text, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("sha256", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("is_here", Boolean(create_constraint=False), nullable=False),
)

#: Files of the vault whose text was taken over into `paper_page` and the index; made anew from the files at any time.
paper_read = Table(
    "paper_read",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("pages", Integer, nullable=False),  # that have words
)

paper_page = Table(
    "paper_page",
    metadata,
    Column("row", Integer, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("number", Integer, nullable=False),  # in its file, from 1
    Column("words", LargeBinary, nullable=False),  # as written, UTF-8, deflated: the index holds no text
)

#: Under which name is kept up to which place of the journal papers were read.
PAPERS_READ_TO = "paper_texts"

PAPER_SEARCH_TABLE = "paper_search"

#: Full-text index over the folded words of a page, contentless, keyed by paper_page.row. Made by a migration.
paper_search = table(
    PAPER_SEARCH_TABLE, column("rowid", Integer), column(PAPER_SEARCH_TABLE, Text), column("words", Text)
)

#: Packs of the province. `before` holds the versions that one replaced when it came into force, as JSON.
configuration_pack = Table(
    "configuration_pack",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("effective_on", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("before", LargeBinary, nullable=False),
    Column("changed_at", Integer, nullable=False),
    CheckConstraint("state IN ('waiting','in_force','rolled_back')", name="state"),
)
