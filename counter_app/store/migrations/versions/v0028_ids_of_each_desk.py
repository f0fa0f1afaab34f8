"""An entry's id stands once in its desk's journal, no longer once in all of them; of held entries as well."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_MOVED_AT_ONCE = 5_000
_SUBJECT = "ix_journal_entry_subject"
_DOSSIER = "ix_held_entry_dossier_id"


def upgrade() -> None:
    _remake_entries(sa.UniqueConstraint("id", "desk", name=op.f("uq_journal_entry_id_desk")))
    _remake_held("entry_id", "desk")


def downgrade() -> None:
    _remake_held("entry_id")
    _remake_entries(sa.UniqueConstraint("id", name=op.f("uq_journal_entry_id")))


def _remake_entries(names: sa.UniqueConstraint) -> None:
    """Put the table aside: SQLite takes no constraint from one that stands."""
    op.drop_index(op.f(_SUBJECT), table_name="journal_entry")
    op.rename_table("journal_entry", "old_entry")
    op.create_table(
        "journal_entry",
        sa.Column("position", sa.Integer(), nullable=False),
        *_columns("id desk", sa.Text()),
        *_columns("epoch seq at", sa.Integer()),
        *_columns("clerk kind", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *_columns("body prev_hash hash", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("desk", "epoch", "seq", name=op.f("uq_journal_entry_desk_epoch_seq")),
        names,
    )
    _move_entries()
    op.drop_table("old_entry")
    op.create_index(op.f(_SUBJECT), "journal_entry", ["subject"])


def _move_entries() -> None:
    """Move some at a time: until a statement ends SQLite keeps what it changes in memory."""
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT coalesce(max(position), 0) FROM old_entry")).scalar_one()
    for after in range(0, last, _MOVED_AT_ONCE):
        some = f"FROM old_entry WHERE position > {after} AND position <= {after + _MOVED_AT_ONCE}"
        connection.execute(sa.text(f"INSERT INTO journal_entry SELECT * {some}"))
        connection.execute(sa.text(f"DELETE {some}"))


def _remake_held(*key: str) -> None:
    op.drop_index(op.f(_DOSSIER), table_name="held_entry")
    op.rename_table("held_entry", "old_held")
    op.create_table(
        "held_entry",
        *_columns("entry_id dossier_id desk", sa.Text()),
        sa.Column("at", sa.Integer(), nullable=False),
        *_columns("clerk kind action reason behind", sa.Text()),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_held_entry")),
    )
    op.execute("INSERT INTO held_entry SELECT * FROM old_held")
    op.drop_table("old_held")
    op.create_index(op.f(_DOSSIER), "held_entry", ["dossier_id"])


def _columns(names: str, kind: Any) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names.split()]
