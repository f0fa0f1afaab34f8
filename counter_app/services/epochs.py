"""The epoch in which a store goes on that was put back or copied: the province's, where there is a line to it.

One backup may be put back on two machines. The next epoch after that of the backup is the same on both, and so are its
numbers; the province gives each of them another one.
"""

import logging
import secrets
import threading

import msgspec

from counter_app.core.errors import AppError

_log = logging.getLogger(__name__)

#: Under which name that is kept which the claim of a fork is made of, from its first asking until an epoch began.
CLAIM = "epoch_claim"
#: And what those are made of that sticks carry, which may be answered much later.
CLAIMS_CARRIED = "epoch_claims_carried"
#: They go when an epoch began, or this is a copy: each has epochs of its own.
CLAIMS = (CLAIM, CLAIMS_CARRIED)
#: Under which name the epoch is kept that this store took without asking anybody.
ALONE = "epoch_alone"
CLAIM_BYTES = 16
#: Once in the life of a store. A weak line takes four journeys of a second for its first answer.
PATIENCE_S = 8.0


def claim_epoch(identity: bytes, *, above: int) -> int | None:
    """Return the epoch that the province gives this machine; None where it refuses, or says nothing for `PATIENCE_S`.

    Every call is another claim: copies of one store must not share one. Blocks; not for the window's thread.
    """
    from counter_app.sync.enrolling import EpochRequest
    from counter_app.sync.https_line import HttpsLine, LineIdentity

    asked = EpochRequest(claim=secrets.token_bytes(CLAIM_BYTES), above=above)
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
