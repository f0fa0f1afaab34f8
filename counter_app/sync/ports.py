"""What carries batches, and what it carries them between. A line, a hall and a memory stick are carriers alike.

A carrier knows positions and bytes. Whether a batch is genuine, new, in order or contradictory is decided by
`counter_app.sync.inbox`, the same at a desk and at the province.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Protocol

import msgspec

from counter_app.sync.batch import Batch

#: The holder under whose name the province's acknowledgements are kept; any other holder is the id of a desk.
PROVINCE = "province"


#: An epoch or a number, as high as `counter_app.sync.codec` lets one be.
Place = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """What a holder has of one chain: everything up to `seq`, whose hash is `hash`.

    A hash that differs from the desk's own at that number is how a fork shows.
    """

    desk: str
    epoch: Place
    seq: Place
    hash: bytes


class FeedKind(StrEnum):
    """What comes down a feed."""

    BATCH = "batch"
    ROSTER = "roster"
    ACKNOWLEDGEMENT = "acknowledgement"
    PORTAL = "portal"
    PACK = "pack"
    ONLINE = "online"
    SYSTEM = "system"
    CONCERNED = "concerned"


#: What this program knows; a newer one may send more.
KNOWN_KINDS = frozenset(kind.value for kind in FeedKind)


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a feed; `position` grows and is what a desk asks to go on after.

    `kind` is one of `FeedKind`, or one that only a newer program knows: no reason to refuse what comes with it.
    `mark` is another one for whatever else may come to have this position after a feed was set back.
    """

    position: int
    kind: str
    data: bytes
    mark: bytes = b""


def runs_of(pages: Iterable[Iterable[FeedItem]]) -> Iterator[list[FeedItem]]:
    """Yield items of pages in their order: batches that follow one another on a page together, all else alone."""
    for page in pages:
        for is_batch, items in groupby(page, key=lambda item: item.kind == FeedKind.BATCH):
            if is_batch:
                yield list(items)
            else:
                yield from ([item] for item in items)


class Line(Protocol):
    """A carrier with somebody at the other end. Calls block; every failure is an EnvironmentFailure ``sync.line_*``."""

    def push(self, batches: Sequence[Batch]) -> Iterator[Acknowledgement]:
        """Carry batches in order and yield acknowledgements as they come, perhaps fewer than batches."""
        ...

    def pull(self, after: int, *, mark: bytes = b"") -> Iterator[FeedItem]:
        """Yield what the feed has after a position with this mark, in order, until there is nothing more now."""
        ...
