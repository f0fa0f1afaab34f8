"""What an exchange with the province brought."""

import msgspec


class HallAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one meeting with the hall, as those of `LineAnswer`."""

    name: str
    pushed: int
    acknowledged: int
    received: int
    refused: int
    forks: int


class LineAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one exchange, and what is left after it. `oldest_unsent_s`: whole seconds, None when nothing waits."""

    pushed: int
    """Entries sent, those that the province had already included."""
    acknowledged: int
    """Entries of this desk that the province has confirmed with their hash, newly."""
    received: int
    """Entries of other desks that are new here."""
    refused: int
    """Batches of the feed that were not genuine or not readable: nothing of them was taken."""
    forks: int
    """Chains of which the province still holds something else under a number of this desk."""
    held: int
    blobs_left: int
    """Papers of this desk that the province has not confirmed."""
    oldest_unsent_s: int | None
    new_epoch: int | None = None
    """Under which this desk goes on because two machines had written its journal."""
    hall: HallAnswer | None = None
    """What the hall was sent and gave before, where the unit has one that answers."""
    is_province_there: bool = True
    """False where the hall alone answered: then the first counts are nothing."""
