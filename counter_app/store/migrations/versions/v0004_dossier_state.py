"""Where a dossier stands after the actions done with it; empty until the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dossier", sa.Column("state", sa.LargeBinary(), nullable=True))
    op.add_column("dossier", sa.Column("accepted_at", sa.Integer(), nullable=True))
    op.execute("UPDATE dossier SET accepted_at = received_at WHERE due_at IS NOT NULL")
    op.create_index(op.f("ix_dossier_accepted_at"), "dossier", ["accepted_at"], unique=False)
    op.create_index(op.f("ix_dossier_status"), "dossier", ["status"], unique=False)
    op.create_index(op.f("ix_dossier_status_due_at"), "dossier", ["status", "due_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_dossier_status_due_at"), table_name="dossier")
    op.drop_index(op.f("ix_dossier_status"), table_name="dossier")
    op.drop_index(op.f("ix_dossier_accepted_at"), table_name="dossier")
    op.drop_column("dossier", "accepted_at")
    op.drop_column("dossier", "state")
