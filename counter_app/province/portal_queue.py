"""What the national portal must be told of: rows that count the entries about a dossier, and those it was told of."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from counter_app.province.database import Connection

_MOST_REFUSED = 1_000


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier that the portal did not take as it stands, and why, in the portal's words."""

    code: str
    unit: str
    reason: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many dossiers the portal took as they stand, which it refused, how many it must still be told of."""

    taken: int
    refused: tuple[Refused, ...]
    waiting: int


def note_change(connection: Connection, dossier_ids: Sequence[str], unit_code: str) -> None:
    """Count entries about dossiers, one for each id, in the transaction in which they are taken."""
    counts = Counter(dossier_ids)
    if counts:
        connection.execute(
            "INSERT INTO portal_sending (dossier, unit_code, changes)"
            " SELECT dossier, %s, changes FROM unnest(%s::text[], %s::bigint[]) AS counted (dossier, changes)"
            " ON CONFLICT (dossier) DO UPDATE"
            " SET changes = portal_sending.changes + excluded.changes, try_after = NULL, tries = 0",
            (unit_code, list(counts), list(counts.values())),
        )


def read_standing(connection: Connection) -> Standing:
    """Return where the telling stands; at most a thousand of the refused."""
    counts = connection.execute(
        "SELECT count(*) FILTER (WHERE told < changes) AS waiting,"
        " count(*) FILTER (WHERE told >= changes AND refusal = '' AND answered_at IS NOT NULL) AS taken"
        " FROM portal_sending"
    ).fetchone()
    rows = connection.execute(
        "SELECT coalesce(dossier.code, portal_sending.dossier) AS code, portal_sending.unit_code AS unit, refusal"
        " FROM portal_sending LEFT JOIN dossier ON dossier.id = portal_sending.dossier"
        " WHERE refusal <> '' AND told >= changes ORDER BY answered_at LIMIT %s",
        (_MOST_REFUSED,),
    )
    refused = tuple(Refused(code=row.code, unit=row.unit, reason=row.refusal) for row in rows)
    taken, waiting = (counts.taken, counts.waiting) if counts is not None else (0, 0)
    return Standing(taken=taken, refused=refused, waiting=waiting)


def send_again(connection: Connection) -> int:
    """Let what was refused be sent again, changed or not; returns how many."""
    again = "UPDATE portal_sending SET told = changes - 1, try_after = NULL WHERE refusal <> '' AND told >= changes"
    return connection.execute(again).rowcount
