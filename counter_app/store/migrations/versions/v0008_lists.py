"""What lists are asked by, and how many dossiers there are of each sort."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NO_DUE = 2**53
_COLUMNS = ("standing", "due_day", "unit_code", "desk_id", "clerk_id", "procedure_code", "field_name", "channel")
_INDEXES: tuple[tuple[str, ...], ...] = (
    ("due_order",),
    ("standing", "due_order"),
    ("standing",),
    ("clerk_id", "standing", "due_order"),
    ("clerk_id",),
    ("procedure_code",),
    ("field_name",),
)
_OLD_INDEXES: tuple[tuple[str, ...], ...] = (("due_at",), ("status", "due_at"), ("status",))
# Status, and a digit for online dossiers to acknowledge (1) and for results that are at the desk (9).
_FILL = f"""
    UPDATE dossier SET
        due_order = coalesce(due_at, {_NO_DUE}),
        desk_id = (SELECT desk FROM journal_entry WHERE position = dossier.row),
        clerk_id = (SELECT clerk FROM journal_entry WHERE position = dossier.row),
        field_name = CAST(facts AS TEXT) ->> '$.field_name',
        channel = CAST(facts AS TEXT) ->> '$.channel',
        standing = status * 10 + (
            (status = 1 AND CAST(facts AS TEXT) ->> '$.channel' = 'online')
            OR (status = 9 AND coalesce(CAST(state AS TEXT) ->> '$.result.here_at', '') <> ''))
"""  # noqa: S608 - constants
# Due days are those of Việt Nam, seven hours ahead; only in running statuses can a dossier be late.
_COUNT = f"""
    INSERT INTO dossier_count ({", ".join(_COLUMNS)}, dossiers)
    SELECT standing, CASE WHEN status IN (1, 2, 4) AND due_at IS NOT NULL
            THEN date(due_at / 1000 + 25200, 'unixepoch') ELSE '' END AS day,
        unit_code, desk_id, clerk_id, procedure_code, field_name, channel, count(*)
    FROM dossier GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""  # noqa: S608 - constants


def upgrade() -> None:
    for name in ("due_order", "standing"):
        op.add_column("dossier", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    for name in ("desk_id", "clerk_id", "field_name", "channel"):
        op.add_column("dossier", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
    op.execute(_FILL)
    for columns in _OLD_INDEXES:
        op.drop_index(_name(columns), table_name="dossier")
    for columns in _INDEXES:
        op.create_index(_name(columns), "dossier", list(columns), unique=False)
    op.create_table(
        "dossier_count",
        sa.Column("standing", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _COLUMNS[1:]),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_COLUMNS, name=op.f("pk_dossier_count")),
        sqlite_with_rowid=False,
    )
    op.execute(_COUNT)


def _name(columns: tuple[str, ...]) -> str:
    return op.f(f"ix_dossier_{'_'.join(columns)}")


def downgrade() -> None:
    op.drop_table("dossier_count")
    for columns in _INDEXES:
        op.drop_index(_name(columns), table_name="dossier")
    for columns in _OLD_INDEXES:
        op.create_index(_name(columns), "dossier", list(columns), unique=False)
    for name in ("channel", "field_name", "clerk_id", "desk_id", "standing", "due_order"):
        op.drop_column("dossier", name)
