"""What a desk asks the province with for the epoch in which a fork goes on: no two machines may ask with the same.

A copy has all that its store had. So what a claim is made of is drawn as late as can be, and bound to what was written.
"""

import hashlib
import secrets

from sqlalchemy import Connection, select

from counter_app.services.epochs import CLAIM, CLAIM_BYTES, CLAIMS, CLAIMS_CARRIED
from counter_app.services.open_desk import read_local, write_local
from counter_app.store.tables import journal as tables
from counter_app.sync.outbox import list_unsent
from counter_app.sync.ports import PROVINCE

_ENTRY = tables.entry.c
#: So many sticks may be on their way.
_MOST_CARRIED = 8


def draw_claim(connection: Connection, desk: str) -> bytes:
    """Return the claim of a fork, the same until an epoch began: it is asked for again where an answer was lost.

    Its lot is drawn at the first asking, so a copy that was made before has another one.
    """
    drawn = read_local(connection, CLAIM) or secrets.token_bytes(CLAIM_BYTES)
    write_local(connection, CLAIM, drawn)
    return _bind(connection, drawn, desk)


def draw_carried_claim(connection: Connection, desk: str) -> bytes:
    """Return a claim for a stick, another one for each: copies that were made after one stick share nothing by it."""
    drawn = secrets.token_bytes(CLAIM_BYTES)
    known = _read_carried(connection)[1 - _MOST_CARRIED :]
    write_local(connection, CLAIMS_CARRIED, b"".join([*known, drawn]))
    return _bind(connection, drawn, desk)


def is_carried_claim(connection: Connection, claim: bytes, desk: str) -> bool:
    """Whether a stick of this store asked with a claim, and no epoch has begun since."""
    return any(_bind(connection, drawn, desk) == claim for drawn in _read_carried(connection))


def forget_claims(connection: Connection) -> None:
    """Ask with no claim any more that was drawn up to now."""
    for name in CLAIMS:
        write_local(connection, name, b"")


def _read_carried(connection: Connection) -> list[bytes]:
    kept = read_local(connection, CLAIMS_CARRIED) or b""
    return [kept[start : start + CLAIM_BYTES] for start in range(0, len(kept), CLAIM_BYTES)]


def _bind(connection: Connection, drawn: bytes, desk: str) -> bytes:
    """Return a lot with the first own entry that the province has not confirmed.

    No more is confirmed while a journal is forked. Of copies that share the lot those have claims of their own that
    have written something else from there on.
    """
    first = next(iter(list_unsent(connection, PROVINCE, desk=desk)), None)
    place = (first.epoch, first.acknowledged + 1) if first is not None else (0, 0)
    query = select(_ENTRY.hash).where(_ENTRY.desk == desk, _ENTRY.epoch == place[0], _ENTRY.seq == place[1])
    parted: bytes = connection.execute(query).scalar() or b""
    return hashlib.sha256(drawn + parted).digest()[:CLAIM_BYTES]
