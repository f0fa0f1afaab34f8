"""Configuration packs of the province."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "configuration_pack",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting','in_force','rolled_back')", name=op.f("ck_configuration_pack_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_configuration_pack")),
    )


def downgrade() -> None:
    op.drop_table("configuration_pack")
