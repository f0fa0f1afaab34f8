"""Counts by month and by day, and by what dossiers are about; an index that holds what lists are filtered by."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_OLD_KEY = ("standing", "due_day", "unit_code", "desk_id", "clerk_id", "procedure_code", "field_name", "channel")
_COUNT_KEY = ("standing", "period", "unit_code", "desk_id", "clerk_id")
_TOTAL_KEY = ("standing", "procedure_code", "field_name", "channel", "unit_code", "desk_id", "clerk_id")
_INDEX = "ix_dossier_standing_due_order"
_OLD_INDEX = ("standing", "due_order")
_NEW_INDEX = (*_OLD_INDEX, "row", "clerk_id", "field_name", "procedure_code", "channel", "received_at", "applicant_key")
# Due days are those of Việt Nam, seven hours ahead; only in running statuses can a dossier be late.
_DAY = "date(due_at / 1000 + 25200, 'unixepoch')"
_RUNS = "status IN (1, 2, 4) AND due_at IS NOT NULL"


def _fill_count(period: str, where: str) -> str:
    return f"""INSERT INTO dossier_count ({", ".join(_COUNT_KEY)}, dossiers)
        SELECT standing, {period}, unit_code, desk_id, clerk_id, count(*)
        FROM dossier WHERE {where} GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - constants


def upgrade() -> None:
    op.drop_table("dossier_count")
    _create("dossier_count", _COUNT_KEY)
    _create("dossier_total", _TOTAL_KEY)
    op.execute(_fill_count("''", "1"))
    op.execute(_fill_count(f"'M' || substr({_DAY}, 1, 7)", _RUNS))
    op.execute(_fill_count(f"'D' || {_DAY}", _RUNS))
    key = ", ".join(_TOTAL_KEY)
    op.execute(
        f"INSERT INTO dossier_total ({key}, dossiers) SELECT {key}, count(*) FROM dossier GROUP BY {key}"  # noqa: S608
    )
    _replace_index(_NEW_INDEX)


def downgrade() -> None:
    _replace_index(_OLD_INDEX)
    op.drop_table("dossier_total")
    op.drop_table("dossier_count")
    _create("dossier_count", _OLD_KEY)
    op.execute(
        f"""INSERT INTO dossier_count ({", ".join(_OLD_KEY)}, dossiers)
        SELECT standing, CASE WHEN {_RUNS} THEN {_DAY} ELSE '' END AS day,
            unit_code, desk_id, clerk_id, procedure_code, field_name, channel, count(*)
        FROM dossier GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"""  # noqa: S608 - constants
    )


def _create(name: str, key: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("standing", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(column, sa.Text(), nullable=False) for column in key[1:]),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )


def _replace_index(columns: tuple[str, ...]) -> None:
    op.drop_index(_INDEX, table_name="dossier")
    op.create_index(_INDEX, "dossier", list(columns), unique=False)
