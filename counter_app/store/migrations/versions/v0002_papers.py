"""Papers about lists and periods, and where a print job waits: the order says more, the run knows its printer."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _set_aside()
    op.create_table(
        "print_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("reprint", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("form_set", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_print_job_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.execute(
        "INSERT INTO print_job (id, dossier_id, subject, about, form, copies, reprint, reason, form_set, sheet, "
        "details, batch, clerk, ordered_at) SELECT id, dossier_id, '', "
        "CAST('{\"dossier_ids\":[\"' || dossier_id || '\"]}' AS BLOB), form, copies, reprint, reason, '', '', "
        "CAST('{}' AS BLOB), '', coalesce((SELECT clerk FROM journal_entry WHERE subject = dossier_id "
        "AND at >> 16 = print_job_before.ordered_at AND kind IN ('dossier.received', 'print.ordered') LIMIT 1), ''), "
        "ordered_at FROM print_job_before"
    )
    _index_jobs()
    op.create_index(op.f("ix_print_job_subject_form"), "print_job", ["subject", "form"], unique=False)
    op.create_index(op.f("ix_print_job_batch"), "print_job", ["batch"], unique=False)
    op.drop_table("print_job_before")
    _make_runs(
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("owed", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
    )
    op.create_index(op.f("ix_print_run_owed_job_id"), "print_run", ["owed", "job_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_print_run_owed_job_id"), table_name="print_run")
    _make_runs()
    op.drop_index(op.f("ix_print_job_batch"), table_name="print_job")
    op.drop_index(op.f("ix_print_job_subject_form"), table_name="print_job")
    _set_aside()
    op.create_table(
        "print_job",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dossier_id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("reprint", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ordered_at", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_id"], ["dossier.id"], name=op.f("fk_print_job_dossier_id_dossier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_job")),
    )
    op.execute(
        "INSERT INTO print_job (id, dossier_id, form, copies, reprint, reason, ordered_at) SELECT id, dossier_id, "
        "form, copies, reprint, reason, ordered_at FROM print_job_before WHERE dossier_id IS NOT NULL"
    )
    _index_jobs()
    op.drop_table("print_job_before")


def _set_aside() -> None:
    """SQLite cannot make a column nullable: the table is made anew. Names of indexes are free again."""
    op.drop_index(op.f("ix_print_job_ordered_at"), table_name="print_job")
    op.drop_index(op.f("ix_print_job_dossier_id"), table_name="print_job")
    op.rename_table("print_job", "print_job_before")


def _index_jobs() -> None:
    op.create_index(op.f("ix_print_job_dossier_id"), "print_job", ["dossier_id"], unique=False)
    op.create_index(op.f("ix_print_job_ordered_at"), "print_job", ["ordered_at"], unique=False)


def _make_runs(*more: sa.Column[Any]) -> None:
    """Make the table of runs anew with further columns, all empty in what is there."""
    op.drop_index(op.f("ix_print_run_state_job_id"), table_name="print_run")
    op.rename_table("print_run", "print_run_before")
    op.create_table(
        "print_run",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("printer", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Integer(), nullable=False),
        *more,
        sa.CheckConstraint(
            "state IN ('queued','printing','printed','failed','unknown')", name=op.f("ck_print_run_state")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_print_run")),
    )
    kept = "job_id, state, printer, error_code, changed_at"
    added = "".join(f", {column.name}" for column in more)
    empty = "".join(", 0" if isinstance(column.type, sa.Boolean) else ", ''" for column in more)
    op.execute(f"INSERT INTO print_run ({kept}{added}) SELECT {kept}{empty} FROM print_run_before")  # noqa: S608
    op.drop_table("print_run_before")
    op.create_index(op.f("ix_print_run_state_job_id"), "print_run", ["state", "job_id"], unique=False)
