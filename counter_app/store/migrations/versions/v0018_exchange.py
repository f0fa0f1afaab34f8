"""Other desks' entries: what is held back, how far everybody is, and clerks that belong to another desk."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_OWN_DESK = "coalesce((SELECT CAST(value AS TEXT) FROM local_value WHERE name = 'desk_id'), '')"
_CLERK = "id, unit_code, login, full_name, role, active"


def upgrade() -> None:
    op.create_table(
        "held_entry",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("clerk", "kind", "action", "reason", "behind")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_held_entry")),
    )
    op.create_index(op.f("ix_held_entry_dossier_id"), "held_entry", ["dossier_id"])
    op.create_table(
        "acknowledged",
        sa.Column("holder", sa.Text(), nullable=False),
        *_chain(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "desk", "epoch", name=op.f("pk_acknowledged")),
    )
    op.create_index(op.f("ix_acknowledged_desk_epoch"), "acknowledged", ["desk", "epoch"])
    op.create_table(
        "batch_seal",
        *_chain(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "epoch", "seq", name=op.f("pk_batch_seal")),
    )
    op.create_table(
        "waiting_batch",
        *_chain(),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("came_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "epoch", "first_seq", name=op.f("pk_waiting_batch")),
    )
    op.create_table(
        "fork",
        *_chain(),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("differs_at", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "epoch", "seq", "hash", name=op.f("pk_fork")),
    )
    _replace_clerks(
        sa.Column("desk_id", sa.Text(), nullable=False),
        sa.UniqueConstraint("desk_id", "login", name=op.f("uq_clerk_desk_id_login")),
    )
    op.execute(f"INSERT INTO clerk ({_CLERK}, desk_id) SELECT {_CLERK}, {_OWN_DESK} FROM old_clerk")  # noqa: S608
    op.drop_table("old_clerk")


def downgrade() -> None:
    _replace_clerks(sa.UniqueConstraint("login", name=op.f("uq_clerk_login")))
    op.execute(f"INSERT INTO clerk ({_CLERK}) SELECT {_CLERK} FROM old_clerk WHERE desk_id = {_OWN_DESK}")  # noqa: S608
    op.drop_table("old_clerk")
    for name in ("fork", "waiting_batch", "batch_seal", "acknowledged", "held_entry"):
        op.drop_table(name)


def _chain() -> tuple[sa.Column[str], sa.Column[int]]:
    return sa.Column("desk", sa.Text(), nullable=False), sa.Column("epoch", sa.Integer(), nullable=False)


def _replace_clerks(*others: sa.Column[str] | sa.UniqueConstraint) -> None:
    """Put the table aside: SQLite takes no constraint from one that stands."""
    op.rename_table("clerk", "old_clerk")
    op.create_table(
        "clerk",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        *others,
        sa.ForeignKeyConstraint(["unit_code"], ["unit.code"], name=op.f("fk_clerk_unit_code_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clerk")),
    )
