"""Batches that came before what they follow. Nothing proves them yet, so none takes the place of another.

How many wait is bounded for each desk, whatever epochs they speak of, and for each of their places; and apart for each
who gives them, so that what one makes up keeps out nothing that another gives.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select
from sqlalchemy.dialects.sqlite import insert as upsert

from counter_app.core.clock import to_millis
from counter_app.store.tables.exchange import waiting_batch
from counter_app.sync.batch import OpenBatch

#: How many batches of one desk may wait that one giver gave, and as many more that begin an epoch.
MOST_WAITING = 200
MOST_WAITING_BYTES = 32 * 1024 * 1024
#: And how many in one place: what a desk pushed once more is cut elsewhere, and a fork has several lines.
MOST_IN_PLACE = 4
#: What follows nothing for so long makes room; whoever has it gives it again.
_WAITING_FOR = timedelta(days=60)

_WAITING = waiting_batch.c
_KEY = ("desk", "epoch", "first_seq", "digest")
_IS_ROW = tuple(_WAITING[name] == bindparam(name) for name in _KEY)
_HOLDER = select(_WAITING.holder).where(*_IS_ROW)
_DATA = select(_WAITING.data).where(*_IS_ROW)
_KEEP = upsert(waiting_batch)
_KEEP = _KEEP.on_conflict_do_update(index_elements=_KEY, set_={"holder": _KEEP.excluded.holder})
_OF_GIVER = select(_WAITING.epoch, _WAITING.first_seq, func.length(_WAITING.data).label("size")).where(
    _WAITING.desk == bindparam("desk"),
    _WAITING.holder == bindparam("holder"),
    (_WAITING.first_seq == 1) == bindparam("begins"),
)
_TOO_OLD = delete(waiting_batch).where(_WAITING.desk == bindparam("giver_of"), _WAITING.came_at < bindparam("since"))
_OF_DESK = (
    select(*(_WAITING[name] for name in _KEY), _WAITING.holder)
    .where(_WAITING.desk == bindparam("desk"))
    .order_by(_WAITING.epoch, _WAITING.first_seq, _WAITING.came_at, _WAITING.digest)
)


def let_wait(connection: Connection, opened: OpenBatch, data: bytes, *, holder: str, now: datetime) -> bool:
    """Keep a batch until what it follows is here. Returns whether it is kept; otherwise it has to come again."""
    run = opened.run
    place = {"desk": run.desk, "epoch": run.epoch, "first_seq": run.first_seq}
    row = {**place, "digest": hashlib.sha256(data).digest()}
    known = connection.execute(_HOLDER, row).scalar()
    if known is not None and (known or not holder):
        return True
    connection.execute(_TOO_OLD, {"giver_of": run.desk, "since": to_millis(now - _WAITING_FOR)})
    if not _has_room(connection, place, holder, len(data)):
        return known is not None
    connection.execute(_KEEP, {**row, "holder": holder, "data": data, "came_at": to_millis(now)})
    return True


def _has_room(connection: Connection, place: dict[str, Any], holder: str, size: int) -> bool:
    of_giver = {"desk": place["desk"], "holder": holder, "begins": place["first_seq"] == 1}
    rows = connection.execute(_OF_GIVER, of_giver).all()
    in_place = sum((row.epoch, row.first_seq) == (place["epoch"], place["first_seq"]) for row in rows)
    size += sum(row.size for row in rows)
    return len(rows) < MOST_WAITING and in_place < MOST_IN_PLACE and size <= MOST_WAITING_BYTES


def list_waiting(connection: Connection, desk: str) -> Sequence[Any]:
    """Return what waits of a desk, without its content, in the order of its places."""
    return connection.execute(_OF_DESK, {"desk": desk}).all()


def find_waiting(connection: Connection, row: Any) -> bytes | None:
    """Return one of `list_waiting` as it came, None where it was taken since."""
    data: bytes | None = connection.execute(_DATA, row._asdict()).scalar()
    return data


def forget_waiting(connection: Connection, row: Any) -> None:
    """Forget one of `list_waiting`."""
    connection.execute(delete(waiting_batch).where(*_IS_ROW), row._asdict())
