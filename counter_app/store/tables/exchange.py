"""What other desks bring: entries that are held back (derived), and how far everybody is (local to this machine)."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text

from counter_app.store.tables.base import metadata

#: Entries that the store keeps but that have no effect (yet). One row each, gone when it is decided.
held_entry = Table(
    "held_entry",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("dossier_id", Text, nullable=False),  # "" where it is about none
    Column("desk", Text, primary_key=True),
    Column("at", Integer, nullable=False),  # as the entry's
    Column("clerk", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),  # "" where the entry is no action
    Column("reason", Text, nullable=False),
    Column("behind", Text, nullable=False),  # the entry in front that it waits for, "" for that one itself
    Index(None, "dossier_id"),
)

#: What this unit's clerks last answered about a dossier of another unit. Who wrote it says which of two is later.
concerned_answer = Table(
    "concerned_answer",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),  # that received it
    Column("at", Integer, nullable=False),  # as the entry's
    Column("desk", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("clerk", Text, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # JSON
)

#: What a holder said it has of a chain.
acknowledged = Table(
    "acknowledged",
    metadata,
    Column("holder", Text, primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", Integer, nullable=False),
    Index(None, "desk", "epoch"),
)

#: Signatures of other desks' chains, where a batch of theirs ended: so they can be handed on.
batch_seal = Table(
    "batch_seal",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("signature", LargeBinary, nullable=False),
)

#: Batches that came before what they follow.
waiting_batch = Table(
    "waiting_batch",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("first_seq", Integer, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the data
    Column("holder", Text, nullable=False),  # who gave it, "" where that says nothing of what they have
    Column("data", LargeBinary, nullable=False),
    Column("came_at", Integer, nullable=False),
)

#: Where two machines wrote one journal: the batch that was not taken is kept whole.
fork = Table(
    "fork",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),  # of the last entry of the batch that was not taken
    Column("differs_at", Integer, nullable=False),  # the first number under which two different things were written
    Column("data", LargeBinary, nullable=False),
    Column("seen_at", Integer, nullable=False),
)

#: What the national portal last said of a dossier. `covers`: how far each chain went into what it was told, as JSON.
portal_answer = Table(
    "portal_answer",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("refusal", Text, nullable=False),  # "" when it was taken
    Column("covers", LargeBinary, nullable=False),
)

#: What the province said of other systems: one row for each question about a dossier, or ("" for it) a system in use.
system_answer = Table(
    "system_answer",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("request", Text, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", Text, nullable=False),  # JSON
)

#: Dossiers that another unit received and this one decides, as the province last showed them.
concerned_dossier = Table(
    "concerned_dossier",
    metadata,
    Column("dossier_id", Text, primary_key=True),
    Column("unit_code", Text, primary_key=True),  # that received it
    Column("code", Text, nullable=False),
    Column("at", Integer, nullable=False),
    Column("due_at", Integer),
    Column("is_open", Boolean(create_constraint=False), nullable=False),
    Column("data", LargeBinary, nullable=False),  # with the province's signature
    Column("turn_from", Integer),  # since when it is to be decided; NULL while the citizen's move is awaited
    Index(None, "code"),
    Index(None, "is_open", "due_at"),
)
