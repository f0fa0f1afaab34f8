"""Requests that came in online, with their files."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "online_submission",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("handed_in_at", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_submission")),
    )
    op.create_table(
        "online_file",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("is_here", sa.Boolean(create_constraint=False), nullable=False),
        sa.PrimaryKeyConstraint("submission_id", "place", name=op.f("pk_online_file")),
    )


def downgrade() -> None:
    op.drop_table("online_file")
    op.drop_table("online_submission")
