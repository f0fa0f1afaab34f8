"""Keys of other desks whose slips are checked here."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "slip_key",
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("unit_name", sa.Text(), nullable=False),
        sa.Column("desk_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("public_key", name=op.f("pk_slip_key")),
    )
    op.create_index(op.f("ix_slip_key_key_id"), "slip_key", ["key_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_slip_key_key_id"), table_name="slip_key")
    op.drop_table("slip_key")
