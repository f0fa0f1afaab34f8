"""Waybills, the cash collected for them, and batches of dossiers handed in together."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waybill",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_waybill_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_waybill")),
    )
    op.create_index(op.f("ix_waybill_dossier_id"), "waybill", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_waybill_opened_at"), "waybill", ["opened_at"], unique=False)
    op.create_index(op.f("ix_waybill_state_opened_at"), "waybill", ["state", "opened_at"], unique=False)
    op.create_table(
        "cod_collection",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("desk_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("waybill", sa.Text(), nullable=False),
        sa.Column("dossier_code", sa.Text(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("clerk_name", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.Integer(), nullable=False),
        sa.Column("cancelled_at", sa.Integer(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["waybill"], ["waybill.number"], name=op.f("fk_cod_collection_waybill_waybill")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_cod_collection")),
    )
    op.create_index(op.f("ix_cod_collection_waybill"), "cod_collection", ["waybill"], unique=False)
    op.create_index(op.f("ix_cod_collection_day"), "cod_collection", ["day"], unique=False)
    op.create_index(
        op.f("ix_cod_collection_desk_id_epoch_day_number"),
        "cod_collection",
        ["desk_id", "epoch", "day", "number"],
        unique=False,
    )
    op.create_table(
        "intake_batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Integer(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_batch")),
    )
    op.create_index(op.f("ix_intake_batch_source"), "intake_batch", ["source"], unique=False)
    op.create_index(op.f("ix_intake_batch_ended_at"), "intake_batch", ["ended_at"], unique=False)


def downgrade() -> None:
    op.drop_table("intake_batch")
    op.drop_table("cod_collection")
    op.drop_table("waybill")
