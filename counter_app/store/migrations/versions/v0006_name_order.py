"""The place of each dossier's applicant in a Vietnamese list of names."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from counter_app.domain.person import Party, order_key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BATCH = 5_000


class _Facts(msgspec.Struct):
    applicant: Party


def upgrade() -> None:
    op.add_column(
        "dossier", sa.Column("applicant_key", sa.LargeBinary(), server_default=sa.text("x''"), nullable=False)
    )
    connection = op.get_bind()
    decoder = msgspec.json.Decoder(_Facts)
    fill = sa.text("UPDATE dossier SET applicant_key = :key WHERE row = :row")
    for rows in _batches(connection):
        keys = [{"row": row.row, "key": order_key(decoder.decode(row.facts).applicant)} for row in rows]
        connection.execute(fill, keys)
    op.create_index(op.f("ix_dossier_applicant_key"), "dossier", ["applicant_key"], unique=False)


def _batches(connection: sa.Connection) -> Iterator[list[sa.Row[tuple[int, bytes]]]]:
    query = sa.text("SELECT row, facts FROM dossier WHERE row > :after ORDER BY row LIMIT :most")
    after = -1
    while rows := list(connection.execute(query, {"after": after, "most": _BATCH})):
        yield rows
        after = rows[-1].row


def downgrade() -> None:
    op.drop_index(op.f("ix_dossier_applicant_key"), table_name="dossier")
    op.drop_column("dossier", "applicant_key")
