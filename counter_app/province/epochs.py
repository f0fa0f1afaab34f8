"""Epochs of desks whose journal two machines wrote: each machine gets one that nobody else has."""

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Slice
from counter_app.journal.entries import Entry, EpochForked
from counter_app.journal.forks import iter_moves, list_old_hashes
from counter_app.province.database import Connection


def give_epoch(connection: Connection, desk_id: str, *, claim: bytes, above: int) -> int:
    """Return the epoch of a claim, the same one each time it is asked for; the desk's row is locked.

    Raises:
        UserError: ``province.no_epoch_left``: the desk's numbers are used up by the epochs before.
    """
    desk = connection.execute("SELECT * FROM desk WHERE id = %s FOR UPDATE", (desk_id,)).fetchone()
    given = connection.execute(
        "SELECT epoch FROM epoch_grant WHERE desk = %s AND claim = %s", (desk_id, claim)
    ).fetchone()
    if given is not None:
        return int(given.epoch)
    latest = connection.execute(
        "SELECT greatest((SELECT max(epoch) FROM chain WHERE desk = %(desk)s AND seq > 0),"
        " (SELECT max(epoch) FROM epoch_grant WHERE desk = %(desk)s), %(above)s) AS epoch",
        {"desk": desk_id, "above": above},
    ).fetchone()
    epoch = int(latest.epoch if latest is not None else above) + 1
    if desk is None or epoch_part(Slice(desk.slice_low, desk.slice_high), epoch) is None:
        raise UserError("province.no_epoch_left")
    connection.execute("INSERT INTO epoch_grant (desk, claim, epoch) VALUES (%s, %s, %s)", (desk_id, claim, epoch))
    return epoch


def forget_moved(connection: Connection, desk_id: str) -> None:
    """Forget the batches kept aside whose entries the desk has written again in an epoch of their own."""
    if connection.execute("SELECT 1 FROM fork WHERE desk = %s LIMIT 1", (desk_id,)).fetchone() is None:
        return
    starts = connection.execute(
        "SELECT * FROM entry WHERE subject = %s AND desk = %s AND kind = %s", (desk_id, desk_id, EpochForked.KIND)
    ).fetchall()
    for start, body in iter_moves([_entry_of(row) for row in starts]):
        rows = connection.execute(
            "SELECT * FROM entry WHERE desk = %s AND epoch = %s AND seq BETWEEN %s AND %s ORDER BY seq",
            (desk_id, start.epoch, start.seq + 1, start.seq + body.moved),
        ).fetchall()
        old = list_old_hashes(body, [_entry_of(row) for row in rows])
        connection.execute("DELETE FROM fork WHERE desk = %s AND hash = ANY(%s)", (desk_id, old))


def _entry_of(row: object) -> Entry:
    """Return an entry without the hash of the one before, which is not kept."""
    names = (name for name in Entry.__struct_fields__ if name != "prev_hash")
    return Entry(prev_hash=b"", **{name: getattr(row, name) for name in names})
