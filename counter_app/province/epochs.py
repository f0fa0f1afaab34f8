"""Epochs of desks whose journal two machines wrote: each machine gets one that nobody else has."""

from contextlib import suppress
from datetime import datetime, timedelta

from counter_app.core.errors import AppError, UserError
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Slice
from counter_app.journal.entries import Entry, EpochForked, decode_body
from counter_app.journal.forks import list_old_hashes
from counter_app.province.database import Connection
from counter_app.sync.codec import MOST_ENTRIES, MOST_PLAIN_BYTES
from counter_app.sync.enrolling import EpochRequest

#: So long one machine has to send what it moves to its epoch, before another one of the desk may move something.
_MOVING_FOR = timedelta(minutes=10)
#: What an epoch and the number of an entry can be.
_NUMBERS = range(2**31)
#: A database that was put back may have forgotten an epoch under which a machine gives numbers: the first grant to a
#: desk since then passes over one. It is the only one that is kept free so.
_GRANTED = """
SELECT max(epoch) AS epoch, (SELECT max(at) FROM put_back) > coalesce(max(given_at), '-infinity') AS is_unsure
FROM epoch_grant WHERE desk = %s
"""


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
    granted = connection.execute(_GRANTED, (desk_id,)).fetchone()
    epoch = max(latest, (granted and granted.epoch) or 0, asked.above) + 1
    if granted is not None and granted.is_unsure:
        epoch += 1
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
    """Forget the batches kept aside whose entries the desk has written again in an epoch of their own.

    What a desk says wrongly of its epochs is passed over, and costs no more than one batch does for each of them.
    """
    if connection.execute("SELECT 1 FROM fork WHERE desk = %s LIMIT 1", (desk_id,)).fetchone() is None:
        return
    starts = connection.execute(
        "SELECT entry.epoch, kind, version, body FROM chain JOIN entry USING (desk, epoch)"
        " WHERE desk = %s AND entry.seq = 1 AND kind = %s AND version = %s",
        (desk_id, EpochForked.KIND, EpochForked.VERSION),
    ).fetchall()
    for start in starts:
        with suppress(AppError):  # no program of ours wrote it
            body = decode_body(start.kind, start.version, start.body)
            if isinstance(body, EpochForked) and body.forked_epoch in _NUMBERS and body.forked_seq in _NUMBERS:
                _forget_moved_to(connection, desk_id, start.epoch, body)


def _forget_moved_to(connection: Connection, desk_id: str, epoch: int, body: EpochForked) -> None:
    """Forget what was moved to one epoch: all that was kept aside of a line is one batch, where it parts."""
    first, last = body.forked_seq + 1, body.forked_seq + min(body.moved, MOST_ENTRIES)
    query = "SELECT max(seq) AS seq FROM fork WHERE desk = %s AND epoch = %s AND seq BETWEEN %s AND %s"
    aside = connection.execute(query, (desk_id, body.forked_epoch, first, last)).fetchone()
    if aside is None or aside.seq is None:
        return
    where = "FROM entry WHERE desk = %s AND epoch = %s AND seq BETWEEN 2 AND %s"
    moved = (desk_id, epoch, aside.seq - body.forked_seq + 1)
    size = connection.execute(f"SELECT sum(octet_length(body)) AS bytes {where}", moved).fetchone()
    if size is None or not 0 < (size.bytes or 0) <= MOST_PLAIN_BYTES:
        return
    rows = connection.execute(f"SELECT * {where} ORDER BY seq", moved).fetchall()
    old = list_old_hashes(body, [_entry_of(row) for row in rows])
    connection.execute("DELETE FROM fork WHERE desk = %s AND hash = ANY(%s)", (desk_id, old))


def _entry_of(row: object) -> Entry:
    """Return an entry without the hash of the one before, which is not kept."""
    names = (name for name in Entry.__struct_fields__ if name != "prev_hash")
    return Entry(prev_hash=b"", **{name: getattr(row, name) for name in names})
