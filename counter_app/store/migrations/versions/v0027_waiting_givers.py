"""Who gave a batch that waits unproved, and a key that lets several wait in one place."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_PLACE = ("desk", "epoch", "first_seq")


def upgrade() -> None:
    op.rename_table("waiting_batch", "old_waiting_batch")
    _create(
        [*_PLACE, "digest"],
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
    )
    connection = op.get_bind()
    add = sa.text(
        "INSERT INTO waiting_batch (desk, epoch, first_seq, digest, holder, data, came_at)"
        " SELECT desk, epoch, first_seq, :digest, '', data, came_at FROM old_waiting_batch WHERE rowid = :place"
    )
    find = sa.text("SELECT data FROM old_waiting_batch WHERE rowid = :place")
    for place in connection.execute(sa.text("SELECT rowid FROM old_waiting_batch")).scalars().all():
        data: bytes = connection.execute(find, {"place": place}).scalar_one()
        connection.execute(add, {"place": place, "digest": hashlib.sha256(data).digest()})
    op.drop_table("old_waiting_batch")


def downgrade() -> None:
    op.rename_table("waiting_batch", "old_waiting_batch")
    _create([*_PLACE])
    op.execute(
        "INSERT OR IGNORE INTO waiting_batch (desk, epoch, first_seq, data, came_at)"
        " SELECT desk, epoch, first_seq, data, came_at FROM old_waiting_batch"
    )
    op.drop_table("old_waiting_batch")


def _create(key: list[str], *others: sa.Column[bytes] | sa.Column[str]) -> None:
    op.create_table(
        "waiting_batch",
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        *others,
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("came_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_waiting_batch")),
    )
