"""Manifests, and the dossiers on them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "manifest",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("bag", sa.Text(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.Integer(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Integer(), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=False),
        sa.Column("received_desk", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_manifest")),
    )
    op.create_index(
        op.f("ix_manifest_desk_id_epoch_day_number"), "manifest", ["desk_id", "epoch", "day", "number"], unique=False
    )
    op.create_index(op.f("ix_manifest_state"), "manifest", ["state"], unique=False)
    op.create_table(
        "manifest_item",
        sa.Column("manifest_code", sa.Text(), nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manifest_code"], ["manifest.code"], name=op.f("fk_manifest_item_manifest_code_manifest")
        ),
        sa.PrimaryKeyConstraint("manifest_code", "dossier_code", name=op.f("pk_manifest_item")),
    )
    op.create_index(op.f("ix_manifest_item_dossier_code"), "manifest_item", ["dossier_code"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_manifest_item_dossier_code"), table_name="manifest_item")
    op.drop_table("manifest_item")
    op.drop_index(op.f("ix_manifest_state"), table_name="manifest")
    op.drop_index(op.f("ix_manifest_desk_id_epoch_day_number"), table_name="manifest")
    op.drop_table("manifest")
