"""Since when a dossier that another unit received is this unit's to decide, and an index for those that are open."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("concerned_dossier", sa.Column("turn_from", sa.Integer(), nullable=True))
    # Right until the province shows it again: what was answered stays answered.
    op.execute("UPDATE concerned_dossier SET turn_from = 0 WHERE is_open")
    op.create_index(op.f("ix_concerned_dossier_is_open_due_at"), "concerned_dossier", ["is_open", "due_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_concerned_dossier_is_open_due_at"), table_name="concerned_dossier")
    op.drop_column("concerned_dossier", "turn_from")
