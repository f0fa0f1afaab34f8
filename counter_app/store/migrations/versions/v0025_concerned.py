"""Dossiers that another unit received and this one decides, and what was answered about them."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "concerned_dossier",
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_id", "unit_code", name=op.f("pk_concerned_dossier")),
    )
    op.create_index(op.f("ix_concerned_dossier_code"), "concerned_dossier", ["code"])
    op.create_table(
        "concerned_answer",
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_id", "unit_code", name=op.f("pk_concerned_answer")),
    )


def downgrade() -> None:
    op.drop_table("concerned_answer")
    op.drop_index(op.f("ix_concerned_dossier_code"), table_name="concerned_dossier")
    op.drop_table("concerned_dossier")
