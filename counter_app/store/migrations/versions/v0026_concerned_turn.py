"""Since when a dossier that another unit received is this unit's to decide, and an index for those that are open."""

import base64
import json

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_RUNNING = (1, 2, 4)  # registered, received, in progress


def upgrade() -> None:
    op.add_column("concerned_dossier", sa.Column("turn_from", sa.Integer(), nullable=True))
    _mark_running()
    op.create_index(op.f("ix_concerned_dossier_is_open_due_at"), "concerned_dossier", ["is_open", "due_at"])


def _mark_running() -> None:
    """Right until the province shows it again: what was answered stays answered, what is paused waits for nobody."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT dossier_id, unit_code, data FROM concerned_dossier WHERE is_open"))
    keys = [{"dossier": row.dossier_id, "unit": row.unit_code} for row in rows if _status_of(row.data) in _RUNNING]
    if keys:
        where = "dossier_id = :dossier AND unit_code = :unit"
        connection.execute(sa.text(f"UPDATE concerned_dossier SET turn_from = 0 WHERE {where}"), keys)  # noqa: S608 - our words


def _status_of(data: bytes) -> int | None:
    """Return the status in a signed snapshot: JSON in whose ``document`` lies JSON."""
    try:
        return int(json.loads(base64.b64decode(json.loads(data)["document"]))["status"])
    except (ValueError, KeyError, TypeError):
        return None


def downgrade() -> None:
    op.drop_index(op.f("ix_concerned_dossier_is_open_due_at"), table_name="concerned_dossier")
    op.drop_column("concerned_dossier", "turn_from")
