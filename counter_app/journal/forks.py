"""Entries that were moved to an epoch of their own, because two machines had written under the same numbers.

A moved entry keeps its id, clock and content; only its place is another. The hashes that it had in its old place can
be made again from that, so whatever goes on from there, or was kept aside there, is still recognised.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, func, select

from counter_app.core.errors import AppError
from counter_app.journal.chain import header_of
from counter_app.journal.entries import Entry, EpochForked, EpochStarted, decode_body, entry_of
from counter_app.journal.journal import make_entry
from counter_app.store.tables import journal as tables

_ENTRY = tables.entry.c


def relink(entries: Sequence[Entry], *, epoch: int, first_seq: int, prev_hash: bytes) -> list[Entry]:
    """Return the same entries in another place of their desk's journal."""
    placed: list[Entry] = []
    for seq, entry in enumerate(entries, start=first_seq):
        made_by, desk, _epoch, _seq, *rest = header_of(entry)
        header = (made_by, desk, epoch, seq, *rest)
        placed.append(make_entry(header, body=entry.body, prev_hash=prev_hash))  # type: ignore[arg-type]
        prev_hash = placed[-1].hash
    return placed


def list_old_hashes(body: EpochForked, moved: Sequence[Entry]) -> list[bytes]:
    """Return the hashes that moved entries had in their old place."""
    first_seq = body.forked_seq + 1
    placed = relink(moved, epoch=body.forked_epoch, first_seq=first_seq, prev_hash=body.forked_hash)
    return [entry.hash for entry in placed]


def iter_moves(starts: Iterable[Entry]) -> Iterator[tuple[Entry, EpochForked]]:
    """Yield those of the first entries of epochs after which entries were moved, with what they say.

    Nowhere else in an epoch is such an entry written by a program of ours, and nothing was moved behind one.
    """
    for start in starts:
        if (start.kind, start.version, start.seq) == (EpochForked.KIND, EpochForked.VERSION, 1):
            body = decode_body(start.kind, start.version, start.body)
            if isinstance(body, EpochForked):
                yield start, body


def are_moves_whole(connection: Connection, desk: str) -> bool:
    """Whether all is here that a desk moved to the epochs whose first entries are here."""
    starts = select(tables.entry).where(_ENTRY.subject == desk, _ENTRY.desk == desk, _ENTRY.seq == 1)
    last = select(func.max(_ENTRY.seq)).where(_ENTRY.desk == desk)
    return all(
        connection.execute(last.where(_ENTRY.epoch == start.epoch)).scalar_one() >= start.seq + body.moved
        for start, body in iter_moves([entry_of(row) for row in connection.execute(starts)])
    )


def list_moved_hashes(connection: Connection, desk: str) -> set[bytes]:
    """Return the hashes that all moved entries of a desk had in their old places. Rarely asked: it reads them all."""
    return {digest for _start, _body, hashes in _iter_moved_lines(connection, desk) for digest in hashes}


def list_old_places(connection: Connection, desk: str, held: Mapping[int, int]) -> dict[tuple[int, int], list[bytes]]:
    """Return which hashes moved entries of a desk had by their old epoch and number; reads as `list_moved_hashes`.

    Only of lines whose last moved entry stays: `held` says up to which number of an epoch what is here does.
    """
    places: dict[tuple[int, int], list[bytes]] = {}
    for start, body, hashes in _iter_moved_lines(connection, desk):
        if held.get(start.epoch, 0) >= start.seq + body.moved:
            for seq, digest in enumerate(hashes, start=body.forked_seq + 1):
                places.setdefault((body.forked_epoch, seq), []).append(digest)
    return places


def find_parting(connection: Connection, desk: str, epoch: int, digest: bytes) -> int | None:
    """Return from which number of an epoch on a line was moved that had an entry of this hash there, None for none."""
    lines = _iter_moved_lines(connection, desk)
    return next(
        (body.forked_seq + 1 for _start, body, old in lines if body.forked_epoch == epoch and digest in old), None
    )


def _iter_moved_lines(connection: Connection, desk: str) -> Iterator[tuple[Entry, EpochForked, list[bytes]]]:
    starts = select(tables.entry).where(_ENTRY.subject == desk, _ENTRY.desk == desk, _ENTRY.seq == 1)
    for start, body in iter_moves([entry_of(row) for row in connection.execute(starts)]):
        span = _ENTRY.seq.between(start.seq + 1, start.seq + body.moved)
        moved = select(tables.entry).where(_ENTRY.desk == desk, _ENTRY.epoch == start.epoch, span)
        rows = connection.execute(moved.order_by(_ENTRY.seq))
        yield start, body, list_old_hashes(body, [entry_of(row) for row in rows])


def is_continued(connection: Connection, entry: Entry) -> bool:
    """Whether what a new epoch says it goes on from is here, so that nothing before it was cut away.

    Of a desk nothing stands before its first entry, which says its numbers. An entry that begins no epoch goes on from
    the one before it; one that cannot be read is reported elsewhere.
    """
    if entry.kind != EpochStarted.KIND or entry.seq > 1:
        return True
    try:
        body = decode_body(entry.kind, entry.version, entry.body)
    except AppError:
        return True
    if not isinstance(body, EpochStarted):
        return False
    if body.previous_seq == 0:
        first = select(_ENTRY.id).where(_ENTRY.desk == entry.desk, _ENTRY.epoch == 1, _ENTRY.seq == 1)
        return connection.execute(first).first() is not None
    earlier = select(_ENTRY.hash).where(
        _ENTRY.desk == entry.desk, _ENTRY.epoch < entry.epoch, _ENTRY.seq == body.previous_seq
    )
    if body.previous_hash in set(connection.execute(earlier).scalars()):
        return True
    return body.previous_hash in list_moved_hashes(connection, entry.desk)
