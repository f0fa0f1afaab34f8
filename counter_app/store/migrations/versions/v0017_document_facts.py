"""Facts of a digitised paper that a clerk took from it or typed."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_description",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Text(), nullable=False),
        sa.Column("stated", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_description_document_id_document")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_document_description")),
    )
    op.create_index(
        op.f("ix_document_description_document_id_position"), "document_description", ["document_id", "position"]
    )


def downgrade() -> None:
    op.drop_table("document_description")
