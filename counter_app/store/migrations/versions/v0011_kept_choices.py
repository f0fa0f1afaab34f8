"""What each clerk keeps for lists: saved views and columns."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_choice",
        sa.Column("clerk_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clerk_id", "kind", "name", name=op.f("pk_kept_choice")),
    )


def downgrade() -> None:
    op.drop_table("kept_choice")
