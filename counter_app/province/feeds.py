"""What comes down to the desks of a unit, in the order in which it was committed.

A position is taken under the lock of the unit's row and the lock is held until the transaction ends. So whoever reads
up to a position has seen everything below it; reading a plain sequence by `id > cursor` loses rows of slower writers.

Nobody waits in a circle, because rows are locked in this order: halls, desks by their id, chains, units by their code,
then whatever else is kept of a unit, its dossiers and its questions.
"""

from counter_app.core.errors import UserError
from counter_app.province.database import Connection
from counter_app.sync.ports import FeedItem

#: A page of a feed holds at most so much, so that a weak line loses little when it is cut.
PAGE_BYTES = 65_536
_PAGE_ITEMS = 200
# What is not on the page is not read: two hundred items may be as many megabytes.
_PAGE = """
SELECT position, kind, data, mark FROM (
  SELECT *, sum(octet_length(data)) OVER (ORDER BY position) AS size, row_number() OVER (ORDER BY position) AS place
  FROM feed WHERE unit_code = %(unit)s AND position > %(after)s
  AND (%(own)s OR (desk IS DISTINCT FROM %(reader)s AND hall IS DISTINCT FROM %(reader)s))
  ORDER BY position LIMIT %(items)s
) AS page WHERE place = 1 OR size <= %(bytes)s ORDER BY position
"""


def lock_units(connection: Connection, *unit_codes: str) -> None:
    """Take the rows of units before anything that is kept of them is written; they are held until the end."""
    query = "SELECT 1 FROM unit WHERE code = ANY(%s) ORDER BY code FOR NO KEY UPDATE"
    connection.execute(query, (list(unit_codes),))


def publish(
    connection: Connection,
    unit_code: str,
    kind: str,
    data: bytes,
    *,
    desk: str | None = None,
    hall: str | None = None,
) -> None:
    """Put something on a unit's feed. `desk` wrote it and `hall` carried it: neither need hear it again."""
    moved = "UPDATE unit SET feed_position = feed_position + 1 WHERE code = %s RETURNING feed_position"
    row = connection.execute(moved, (unit_code,)).fetchone()
    if row is None:
        raise UserError("unit.unknown", code=unit_code[:40])
    connection.execute(
        "INSERT INTO feed (unit_code, position, kind, desk, hall, data) VALUES (%s, %s, %s, %s, %s, %s)",
        (unit_code, row.feed_position, str(kind), desk, hall, data),
    )


def read_page(
    connection: Connection, unit_code: str, *, after: int, mark: bytes = b"", reader: str, own: bool
) -> list[FeedItem]:
    """Return the next items after a position, not those of the reader itself unless it wants its `own` back.

    Raises:
        UserError: ``province.feed_set_back``: the feed never was so long, or something else has this position now; its
            database was restored.
    """
    if not is_known(connection, unit_code, after, mark):
        raise UserError("province.feed_set_back")
    asked = {
        "unit": unit_code,
        "after": after,
        "own": own,
        "reader": reader,
        "items": _PAGE_ITEMS,
        "bytes": PAGE_BYTES,
    }
    return [
        FeedItem(position=row.position, kind=row.kind, data=bytes(row.data), mark=bytes(row.mark))
        for row in connection.execute(_PAGE, asked)
    ]


def is_known(connection: Connection, unit_code: str, position: int, mark: bytes) -> bool:
    """Whether a feed has this position, and there what whoever read up to it has seen."""
    latest = connection.execute("SELECT feed_position FROM unit WHERE code = %s", (unit_code,)).fetchone()
    if latest is None or position > latest.feed_position:
        return False
    return not mark or mark == _find_mark(connection, unit_code, position)


def _find_mark(connection: Connection, unit_code: str, position: int) -> bytes | None:
    query = "SELECT mark FROM feed WHERE unit_code = %s AND position = %s"
    row = connection.execute(query, (unit_code, position)).fetchone()
    return bytes(row.mark) if row is not None else None
