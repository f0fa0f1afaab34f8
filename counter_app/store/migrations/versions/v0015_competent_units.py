"""Lists ask for the unit that resolves a dossier; dossiers are counted by it too."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = ("standing", "competent_unit_code", "unit_code", "desk_id", "clerk_id")
_INDEX = "ix_dossier_standing_due_order"
_OLD_INDEX = ("standing", "due_order", "row", "clerk_id", "field_name", "procedure_code", "channel")
_BEHIND = ("received_at", "applicant_key")
_FILL = """
    UPDATE dossier SET competent_unit_code = coalesce(CAST(facts AS TEXT) ->> '$.competent_unit_code', '')
"""


def upgrade() -> None:
    column = sa.Column("competent_unit_code", sa.Text(), server_default=sa.text("''"), nullable=False)
    op.add_column("dossier", column)
    op.execute(_FILL)
    op.create_index(op.f("ix_dossier_competent_unit_code"), "dossier", ["competent_unit_code"], unique=False)
    _replace_index((*_OLD_INDEX, "competent_unit_code", *_BEHIND))
    op.create_table(
        "dossier_unit_total",
        sa.Column("standing", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _KEY[1:]),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_dossier_unit_total")),
        sqlite_with_rowid=False,
    )
    names = ", ".join(_KEY)
    op.execute(
        f"INSERT INTO dossier_unit_total ({names}, dossiers) SELECT {names}, count(*) FROM dossier GROUP BY {names}"  # noqa: S608
    )


def downgrade() -> None:
    op.drop_table("dossier_unit_total")
    _replace_index((*_OLD_INDEX, *_BEHIND))
    op.drop_index(op.f("ix_dossier_competent_unit_code"), table_name="dossier")
    op.drop_column("dossier", "competent_unit_code")


def _replace_index(columns: tuple[str, ...]) -> None:
    op.drop_index(_INDEX, table_name="dossier")
    op.create_index(_INDEX, "dossier", list(columns), unique=False)
