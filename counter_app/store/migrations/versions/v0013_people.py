"""Known people, folded from the dossiers that are here."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from counter_app.core.text import fold
from counter_app.domain.person import Party, PartyRole, key_of, learn, order_key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_BATCH = 2_000
_encode = msgspec.json.Encoder(order="deterministic").encode


class _Facts(msgspec.Struct):
    applicant: Party
    submitter: Party | None = None


_facts = msgspec.json.Decoder(_Facts)
_party = msgspec.json.Decoder(Party)


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("order_key", sa.LargeBinary(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("old_id_number", sa.Text(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("latest_row", sa.Integer(), nullable=False),
        sa.Column("dossier_count", sa.Integer(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("root", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_person")),
    )
    op.create_table(
        "person_dossier",
        sa.Column("dossier_row", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["dossier_row"], ["dossier.row"], name=op.f("fk_person_dossier_dossier_row_dossier")),
        sa.PrimaryKeyConstraint("dossier_row", "role", name=op.f("pk_person_dossier")),
    )
    op.create_table(
        "person_link",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("clerk", sa.Text(), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("is_merge", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_person_link")),
    )
    _fill(op.get_bind())
    op.create_index(
        op.f("ix_person_merged_into_order_key_key"), "person", ["merged_into", "order_key", "key"], unique=False
    )
    op.create_index(op.f("ix_person_folded_name_birth_year"), "person", ["folded_name", "birth_year"], unique=False)
    op.create_index(op.f("ix_person_old_id_number"), "person", ["old_id_number"], unique=False)
    op.create_index(op.f("ix_person_root"), "person", ["root"], unique=False)
    op.create_index(
        op.f("ix_person_dossier_person_key_dossier_row"), "person_dossier", ["person_key", "dossier_row"], unique=False
    )
    op.create_index(op.f("ix_person_link_kept"), "person_link", ["kept"], unique=False)
    op.create_index(op.f("ix_person_link_other"), "person_link", ["other"], unique=False)


def _fill(connection: sa.Connection) -> None:
    member = sa.text("INSERT INTO person_dossier (dossier_row, role, person_key) VALUES (:row, :role, :key)")
    for rows in _batches(connection):
        members = [found for row in rows for found in _members(row)]
        connection.execute(member, [{"row": row, "role": role, "key": key} for row, role, key, _party in members])
        _put_people(connection, members)


def _batches(connection: sa.Connection) -> Iterator[list[sa.Row[tuple[int, str, bytes]]]]:
    query = sa.text(
        "SELECT row, id, coalesce(corrected, facts) AS facts FROM dossier WHERE row > :after ORDER BY row LIMIT :most"
    )
    after = -1
    while rows := list(connection.execute(query, {"after": after, "most": _BATCH})):
        yield rows
        after = rows[-1].row


_Member = tuple[int, str, str, Party]


def _members(row: sa.Row[tuple[int, str, bytes]]) -> Iterator[_Member]:
    facts = _facts.decode(row.facts)
    for role, party in ((PartyRole.APPLICANT, facts.applicant), (PartyRole.SUBMITTER, facts.submitter)):
        if party is not None:
            yield row.row, role.value, key_of(party, f"dossier:{row.id}:{role.value}"), party


def _put_people(connection: sa.Connection, members: list[_Member]) -> None:
    find = sa.text("SELECT facts, latest_row, dossier_count FROM person WHERE key = :key")
    put = sa.text(
        "INSERT OR REPLACE INTO person"
        " VALUES (:key, :folded, :order_key, :year, :old, :facts, :row, :count, NULL, :key)"
    )
    known: dict[str, tuple[Party, int, int]] = {}
    for row, _role, key, party in members:
        if key not in known:
            found = connection.execute(find, {"key": key}).one_or_none()
            before = (_party.decode(found.facts), found.latest_row, found.dossier_count) if found else (None, -1, 0)
        else:
            before = known[key]
        known[key] = (learn(before[0], party), row, before[2] + (before[1] != row))
    connection.execute(put, [_columns(key, *values) for key, values in known.items()])


def _columns(key: str, facts: Party, row: int, count: int) -> dict[str, object]:
    return {
        "key": key,
        "folded": fold(facts.full_name),
        "order_key": order_key(facts),
        "year": facts.birth_year,
        "old": facts.old_id_number,
        "facts": _encode(facts),
        "row": row,
        "count": count,
    }


def downgrade() -> None:
    op.drop_index(op.f("ix_person_link_other"), table_name="person_link")
    op.drop_index(op.f("ix_person_link_kept"), table_name="person_link")
    op.drop_index(op.f("ix_person_dossier_person_key_dossier_row"), table_name="person_dossier")
    op.drop_index(op.f("ix_person_root"), table_name="person")
    op.drop_index(op.f("ix_person_old_id_number"), table_name="person")
    op.drop_index(op.f("ix_person_folded_name_birth_year"), table_name="person")
    op.drop_index(op.f("ix_person_merged_into_order_key_key"), table_name="person")
    op.drop_table("person_link")
    op.drop_table("person_dossier")
    op.drop_table("person")
