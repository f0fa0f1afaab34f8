"""Which code each intake gave is noted: of two machines of one desk both may have given it."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_FILLED_AT_ONCE = 5_000
_FILL = """
    INSERT INTO intake_code (code, desk, entry_id, dossier_id, at, epoch, seq)
    SELECT CAST(body AS TEXT) ->> '$.dossier.code', desk, id, subject, at, epoch, seq FROM journal_entry
    WHERE position > :after AND position <= :until
    AND kind = 'dossier.received' AND CAST(body AS TEXT) ->> '$.dossier.id' = subject
"""


def upgrade() -> None:
    op.create_table(
        "intake_code",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("code", "desk", "entry_id", "dossier_id")),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("at", "epoch", "seq")),
        sa.PrimaryKeyConstraint("code", "desk", "entry_id", name=op.f("pk_intake_code")),
        sqlite_with_rowid=False,
    )
    connection = op.get_bind()
    last = connection.execute(sa.text("SELECT coalesce(max(position), 0) FROM journal_entry")).scalar_one()
    for after in range(0, last, _FILLED_AT_ONCE):  # until a statement ends SQLite keeps what it changes in memory
        connection.execute(sa.text(_FILL), {"after": after, "until": after + _FILLED_AT_ONCE})


def downgrade() -> None:
    op.drop_table("intake_code")
