"""What a carrier still owes of the cash it collected is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_FILL = """
    UPDATE waybill SET owed = coalesce(CAST(facts AS TEXT) ->> '$.cod', 0)
    WHERE state = 'delivered' AND NOT EXISTS (
        SELECT 1 FROM cod_collection WHERE cod_collection.waybill = waybill.number AND cancelled_at IS NULL
    )
"""


def upgrade() -> None:
    op.add_column("waybill", sa.Column("owed", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.execute(_FILL)
    op.create_index(op.f("ix_waybill_owed"), "waybill", ["owed"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_waybill_owed"), table_name="waybill")
    op.drop_column("waybill", "owed")
