"""Dossiers are found by terms of every kind in one index; columns that were searched from their end are gone."""

from collections.abc import Iterator

import msgspec
import sqlalchemy as sa
from alembic import op

from counter_app.core.text import fold
from counter_app.domain.correction import CorrectableFacts, with_facts
from counter_app.domain.dossier import Dossier
from counter_app.domain.person import Party
from counter_app.domain.search import index_words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BATCH = 2_000
_dossier = msgspec.json.Decoder(Dossier)
_corrected = msgspec.json.Decoder(CorrectableFacts)
_PUT = sa.text("INSERT INTO dossier_search (rowid, words) VALUES (:row, :words)")


def upgrade() -> None:
    op.drop_index(op.f("ix_dossier_code_reversed"), table_name="dossier")
    op.drop_column("dossier", "code_reversed")
    op.drop_index(op.f("ix_dossier_party_phone_reversed_dossier_row"), table_name="dossier_party")
    op.drop_column("dossier_party", "phone_reversed")
    op.execute("DROP TABLE dossier_search")
    # No positions are kept (every term is one token) and each start of up to seven signs has a list of its own: what is
    # typed is answered from one list, newest first, without reading it to its end.
    op.execute(
        "CREATE VIRTUAL TABLE dossier_search USING fts5(words, content='', contentless_delete=1, detail='none', "
        "tokenize=\"ascii tokenchars '~=$><#&.-_%'\", prefix='1 2 3 4 5 6 7')"
    )
    connection = op.get_bind()
    for dossiers in _batches(connection):
        connection.execute(_PUT, [{"row": row, "words": index_words(dossier)} for row, dossier in dossiers])


def _batches(connection: sa.Connection) -> Iterator[list[tuple[int, Dossier]]]:
    query = sa.text("SELECT row, facts, corrected FROM dossier WHERE row > :after ORDER BY row LIMIT :most")
    after = -1
    while rows := list(connection.execute(query, {"after": after, "most": _BATCH})):
        yield [(row.row, _as_corrected(row)) for row in rows]
        after = rows[-1].row


def _as_corrected(row: sa.Row[tuple[int, bytes, bytes | None]]) -> Dossier:
    dossier = _dossier.decode(row.facts)
    return dossier if row.corrected is None else with_facts(dossier, _corrected.decode(row.corrected))


def downgrade() -> None:
    empty = sa.text("''")
    op.add_column("dossier", sa.Column("code_reversed", sa.Text(), server_default=empty, nullable=False))
    op.add_column("dossier_party", sa.Column("phone_reversed", sa.Text(), server_default=empty, nullable=False))
    op.execute("DROP TABLE dossier_search")
    op.execute(
        "CREATE VIRTUAL TABLE dossier_search USING fts5("
        "words, content='', contentless_delete=1, tokenize='unicode61', prefix='1 2 3')"
    )
    connection = op.get_bind()
    for dossiers in _batches(connection):
        for row, dossier in dossiers:
            _restore(connection, row, dossier)
    op.create_index(op.f("ix_dossier_code_reversed"), "dossier", ["code_reversed"], unique=False)
    op.create_index(
        op.f("ix_dossier_party_phone_reversed_dossier_row"),
        "dossier_party",
        ["phone_reversed", "dossier_row"],
        unique=False,
    )


def _restore(connection: sa.Connection, row: int, dossier: Dossier) -> None:
    parties = {"applicant": dossier.applicant, "submitter": dossier.submitter}
    words = " ".join(_words(party) for party in parties.values() if party is not None)
    connection.execute(_PUT, {"row": row, "words": words})
    reverse = sa.text("UPDATE dossier SET code_reversed = :code WHERE row = :row")
    connection.execute(reverse, {"code": dossier.code[::-1], "row": row})
    reverse = sa.text("UPDATE dossier_party SET phone_reversed = :phone WHERE dossier_row = :row AND role = :role")
    for role, party in parties.items():
        if party is not None:
            connection.execute(reverse, {"phone": party.phone[::-1], "row": row, "role": role})


def _words(party: Party) -> str:
    return fold(f"{party.full_name} {party.id_number} {party.old_id_number} {party.tax_code}")
