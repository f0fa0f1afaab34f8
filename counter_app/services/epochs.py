"""The epoch in which a store goes on that was put back or copied: the province's, where there is a line to it.

One backup may be put back on two machines. The next epoch after that of the backup is the same on both, and so are its
numbers; the province gives each of them another one.
"""

import hashlib
import logging
import secrets
import threading

import msgspec
from sqlalchemy import Connection, select

from counter_app.core.errors import AppError
from counter_app.store.tables import journal as tables
from counter_app.sync.outbox import list_unsent
from counter_app.sync.ports import PROVINCE

_log = logging.getLogger(__name__)
_ENTRY = tables.entry.c

#: Under which name that is kept which claims are made of, until an epoch began with one of them.
CLAIM = "epoch_claim"
#: Under which name the epoch is kept that this store took without asking anybody.
ALONE = "epoch_alone"
#: Once in the life of a store. A weak line takes four journeys of a second for its first answer.
PATIENCE_S = 8.0


def bind_claim(connection: Connection, drawn: bytes, desk: str) -> bytes:
    """Return the claim of a fork: what was drawn by lot, with the first own entry that the province has not confirmed.

    It stays the same however often it is asked for, since no more is confirmed while a journal is forked. A clone that
    has the same lot, and has written something of its own, has another claim.
    """
    first = next(iter(list_unsent(connection, PROVINCE, desk=desk)), None)
    place = (first.epoch, first.acknowledged + 1) if first is not None else (0, 0)
    query = select(_ENTRY.hash).where(_ENTRY.desk == desk, _ENTRY.epoch == place[0], _ENTRY.seq == place[1])
    parted: bytes = connection.execute(query).scalar() or b""
    return hashlib.sha256(drawn + parted).digest()[: len(drawn)]


def claim_epoch(identity: bytes, *, above: int) -> int | None:
    """Return the epoch that the province gives this machine; None where it refuses, or says nothing for `PATIENCE_S`.

    Every call is another claim: copies of one store must not share one. Blocks; not for the window's thread.
    """
    from counter_app.sync.enrolling import EpochRequest
    from counter_app.sync.https_line import HttpsLine, LineIdentity

    asked = EpochRequest(claim=secrets.token_bytes(16), above=above)
    try:
        line = HttpsLine(msgspec.msgpack.decode(identity, type=LineIdentity), connect_s=PATIENCE_S)
    except (AppError, msgspec.MsgspecError):
        return None
    given: list[int] = []

    def ask() -> None:
        try:
            given.append(line.claim_epoch(asked).epoch)
        except AppError as error:
            _log.info("the province gave no epoch: %s", error)
        finally:
            line.close()

    thread = threading.Thread(target=ask, name="epoch", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)  # a name that is looked up for long cannot be cut off: its thread ends by itself
    line.abort()
    return next((epoch for epoch in given if epoch > above), None)
