"""What the national portal said of dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_answer",
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("covers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("dossier_id", name=op.f("pk_portal_answer")),
    )


def downgrade() -> None:
    op.drop_table("portal_answer")
