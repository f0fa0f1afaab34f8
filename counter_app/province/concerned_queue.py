"""Which dossiers another unit decides, and which of them changed: counted as entries come, nothing of them kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from counter_app.domain.dossier import Dossier
from counter_app.journal.entries import Entry
from counter_app.journal.exchange_entries import ConcernedAnswered, concerned_subject
from counter_app.province.database import Connection
from counter_app.sync.portal_answers import TOLD_KINDS

_AT_ONCE = 200
# A unit without a desk is told nothing; what is open then is told when its first desk has come.
_DUE = """
SELECT * FROM concerned
WHERE told < changes AND (try_after IS NULL OR try_after <= %s)
  AND EXISTS (SELECT 1 FROM desk WHERE desk.unit_code = competent_unit AND kind <> 'hall' AND revoked_at IS NULL)
ORDER BY competent_unit, dossier LIMIT %s
"""
_PREFIX = concerned_subject("")
_CHANGED = "UPDATE concerned SET changes = changes + 1, try_after = NULL, tries = 0 WHERE dossier = ANY(%s)"


def note_received(connection: Connection, dossiers: Sequence[Dossier], unit_code: str) -> None:
    """Keep which dossiers of a unit another one decides, in the transaction in which their intake is taken."""
    for dossier in dossiers:
        competent = dossier.competent_unit_code
        if competent not in ("", unit_code) and competent.isprintable():
            connection.execute(
                "INSERT INTO concerned (dossier, unit_code, competent_unit) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (dossier.id, unit_code, competent),
            )


def note_concerned_change(connection: Connection, entries: Sequence[Entry], unit_code: str) -> None:
    """Count what a unit's desks wrote about its own dossiers, and answered about those of others that it decides."""
    own = {entry.subject for entry in entries if entry.kind in TOLD_KINDS}
    if own:
        connection.execute(f"{_CHANGED} AND unit_code = %s", (list(own), unit_code))
    answered = {entry.subject.removeprefix(_PREFIX) for entry in entries if entry.kind == ConcernedAnswered.KIND}
    if answered:
        connection.execute(f"{_CHANGED} AND competent_unit = %s", (list(answered), unit_code))


def list_due(connection: Connection, now: datetime) -> list[Any]:
    """Return dossiers that changed since their units were told."""
    return connection.execute(_DUE, (now, _AT_ONCE)).fetchall()


def keep(connection: Connection, row: Any, **values: int | bytes | datetime | None) -> None:
    """Write columns of one row."""
    columns = ", ".join(f"{name} = %({name})s" for name in values)
    connection.execute(
        f"UPDATE concerned SET {columns} WHERE dossier = %(dossier)s AND unit_code = %(unit_code)s",  # noqa: S608 - our own names
        {**values, "dossier": row.dossier, "unit_code": row.unit_code},
    )


def lend(connection: Connection, row: Any, papers: Sequence[tuple[str, int]]) -> None:
    """Let the competent unit have these papers of a dossier, by SHA-256 and size, and no other any more."""
    key = (row.dossier, row.unit_code)
    connection.execute("DELETE FROM concerned_paper WHERE dossier = %s AND unit_code = %s", key)
    for sha256, size_bytes in papers:
        connection.execute(
            "INSERT INTO concerned_paper VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (*key, bytes.fromhex(sha256), size_bytes),
        )
