"""Epochs of desks whose journal two machines wrote: each machine gets one that nobody else has."""

from datetime import datetime, timedelta

from counter_app.core.errors import UserError
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Slice
from counter_app.journal.entries import Entry, EpochForked
from counter_app.journal.forks import iter_moves, list_old_hashes
from counter_app.province.database import Connection
from counter_app.sync.enrolling import EpochRequest

#: So long one machine has to send what it moves to its epoch, before another one of the desk may move something.
_MOVING_FOR = timedelta(minutes=10)


def give_epoch(connection: Connection, desk_id: str, asked: EpochRequest, *, now: datetime) -> int:
    """Return the epoch of a claim, the same one each time it is asked for; the desk's row is locked.

    Raises:
        UserError: ``province.no_epoch_left``: the desk's numbers are used up by the epochs before;
            ``province.epoch_busy``: another machine of the desk moves entries, or has moved some that this one has not
            seen; it asks again at its next exchange.
    """
    desk = connection.execute("SELECT * FROM desk WHERE id = %s FOR UPDATE", (desk_id,)).fetchone()
    latest = _read_latest(connection, desk_id)
    if asked.seen is not None and (asked.seen < latest or _is_moving(connection, desk_id, asked, now)):
        raise UserError("province.epoch_busy")
    given = connection.execute(
        "UPDATE epoch_grant SET given_at = %s, moves = moves OR %s WHERE desk = %s AND claim = %s RETURNING epoch",
        (now, asked.seen is not None, desk_id, asked.claim),
    ).fetchone()
    if given is not None:
        return int(given.epoch)
    granted = connection.execute("SELECT max(epoch) AS epoch FROM epoch_grant WHERE desk = %s", (desk_id,)).fetchone()
    epoch = max(latest, (granted and granted.epoch) or 0, asked.above) + 1
    if desk is None or epoch_part(Slice(desk.slice_low, desk.slice_high), epoch) is None:
        raise UserError("province.no_epoch_left")
    connection.execute(
        "INSERT INTO epoch_grant (desk, claim, epoch, moves, given_at) VALUES (%s, %s, %s, %s, %s)",
        (desk_id, asked.claim, epoch, asked.seen is not None, now),
    )
    return epoch


def _read_latest(connection: Connection, desk_id: str) -> int:
    """Return the latest epoch of which anything is here."""
    row = connection.execute("SELECT max(epoch) AS epoch FROM chain WHERE desk = %s AND seq > 0", (desk_id,)).fetchone()
    return (row and row.epoch) or 0


def _is_moving(connection: Connection, desk_id: str, asked: EpochRequest, now: datetime) -> bool:
    """Whether another machine was given an epoch for what it moves, and nothing of it is here or known to the asker."""
    query = (
        "SELECT 1 FROM epoch_grant WHERE desk = %s AND moves AND claim <> %s AND epoch > %s"
        " AND given_at BETWEEN %s AND %s LIMIT 1"
    )
    where = (desk_id, asked.claim, asked.above, now - _MOVING_FOR, now)
    return connection.execute(query, where).fetchone() is not None


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
