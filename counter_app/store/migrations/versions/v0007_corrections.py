"""The facts of a dossier as corrected since its intake; empty while nothing was."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dossier", sa.Column("corrected", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("dossier", "corrected")
