"""What a hall keeps: batches as their desks signed them, in one feed, which sealed papers lie beside, and little else.

The file is encrypted like a desk's store, for batches name people.
"""

import secrets

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()
VERSION = 1

#: Particulars of this hall, each under a name.
value = Table(
    "value",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

#: How far each chain is here.
chain = Table(
    "chain",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

#: The feed. A position is never given twice; of receipts only the newest stays.
item = Table(
    "item",
    metadata,
    Column("position", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("desk", Text, nullable=False, server_default=""),  # empty of all but batches
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("first_seq", Integer, nullable=False, server_default="0"),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    Column("prev_hash", LargeBinary, nullable=False, server_default=""),
    Column("last_hash", LargeBinary, nullable=False, server_default=""),  # of any other item: of its data
    Column("mark", LargeBinary, nullable=False, default=lambda: secrets.token_bytes(8)),  # see `hall.feed`
    Index("item_chain", "desk", "epoch", "last_seq"),
    Index("item_hash", "last_hash"),
    sqlite_autoincrement=True,
)

#: Batches that came before what they follow: not proved yet.
waiting = Table(
    "waiting",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("first_seq", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

#: Two machines wrote one journal: the batch that was not taken, whole.
fork = Table(
    "fork",
    metadata,
    Column("desk", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("last_seq", Integer, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

#: Sealed papers that are here whole, one of each desk that gave it. Instants are milliseconds since 1970.
paper = Table(
    "paper",
    metadata,
    Column("giver", Text, primary_key=True),
    Column("sha256", LargeBinary, primary_key=True),
    Column("size_bytes", Integer, nullable=False),
    Column("sealed_sha256", LargeBinary, nullable=False),
    Column("sealed_bytes", Integer, nullable=False),
    Column("sealed_for", LargeBinary, nullable=False),
    Column("came_at", Integer, nullable=False),
    Column("asked_at", Integer, nullable=False),  # by a desk, last; when it came, where nobody did
    Column("held_at", Integer),  # when the province said that it has the paper
    Column("refused_at", Integer),  # when it said that it knows none such
    Index("paper_content", "sha256"),
    Index("paper_sealed", "sealed_sha256"),
)
