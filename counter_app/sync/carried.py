"""What a desk and its province say to each other in bundles, and the line that such a bundle stands for.

Up goes what the province lacks and, as `Asking`, all that a line would have asked meanwhile; down come the answers and
the unit's feed. At the desk a bundle of the province is one more line: the same rules take what it brings.
"""

from collections.abc import Callable, Iterator
from heapq import merge
from operator import attrgetter
from typing import Annotated, Protocol

import msgspec

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.enrolling import EpochGrant, EpochRequest
from counter_app.sync.frames import Kind
from counter_app.sync.papers import PaperName
from counter_app.sync.ports import Acknowledgement, FeedItem

_PAGE_ITEMS, _PAGE_BYTES = 20, 2 * 1024 * 1024


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What a desk asks its province: how far it read the unit's feed, what it has, and what it waits for.

    `claim` is that of a desk that was made from a file and never heard of its admission, `epoch` what it would ask for
    if its journal turned out to be forked, `report` what it says of itself.
    """

    position: Annotated[int, msgspec.Meta(ge=0, lt=2**62)] = 0
    mark: bytes = b""
    chains: tuple[Acknowledgement, ...] = ()
    unconfirmed: tuple[PaperName, ...] = ()
    """Papers of this desk of which it does not know that the province has them."""
    lacks: tuple[bytes, ...] = ()
    """Papers that it needs back or a clerk wanted to see, by their SHA-256."""
    claim: bytes = b""
    epoch: EpochRequest | None = None
    report: bytes = b""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the province answers. `after` is from where on the feed follows.

    `asked_position` and `asked_mark` are the desk's own; `is_set_back`: the province knows them no more.
    """

    after: int
    asked_position: int
    asked_mark: bytes
    chains: tuple[Acknowledgement, ...]
    is_set_back: bool = False
    held: tuple[bytes, ...] = ()
    not_held: tuple[bytes, ...] = ()
    admission: bytes = b""
    grant: EpochGrant | None = None


class ProvinceSide(Protocol):
    """What an exchange asks of the province, over a line or by a bundle of it."""

    def read_chains(self) -> list[Acknowledgement]:
        """Return what the province has of this desk's own chains."""
        ...

    def pull_pages(self, after: int, *, mark: bytes = b"", own: bool = False) -> Iterator[list[FeedItem]]:
        """Yield the unit's feed after a position in pages; with `own` also what this desk wrote itself."""
        ...

    def claim_epoch(self, asked: EpochRequest) -> EpochGrant:
        """Return the epoch that the province gives to a claim."""
        ...

    def find_answered(self) -> bytes:
        """Return the claim to which it has given an epoch before it is asked, empty for none."""
        ...


class CarriedLine:
    """The province as far as a bundle of it goes: answers that are in it, and a failure for all others.

    `iter_items` reads those of a kind, feed or own, in the order of their positions; from the beginning each time.
    """

    def __init__(self, answer: Answer, iter_items: Callable[[Kind], Iterator[FeedItem]]) -> None:
        self.answer = answer
        self._iter_items = iter_items

    def read_chains(self) -> list[Acknowledgement]:
        """Return what the province has of this desk's own chains."""
        return list(self.answer.chains)

    def pull_pages(self, after: int, *, mark: bytes = b"", own: bool = False) -> Iterator[list[FeedItem]]:
        """Yield what came of the feed after a position; with `own` also what this desk wrote itself.

        Raises:
            EnvironmentFailure: ``sync.line_refused``: the feed was set back, and comes from its beginning.
        """
        answer, items = self.answer, self._iter_items(Kind.FEED)
        if own:
            items = merge(self._iter_items(Kind.OWN), items, key=attrgetter("position"))
        if after and answer.is_set_back and (after, mark) == (answer.asked_position, answer.asked_mark):
            raise _set_back()
        yield from _pages(_following(items, after, mark))

    def claim_epoch(self, asked: EpochRequest) -> EpochGrant:
        """Return the epoch that the province gave to this claim.

        Raises:
            EnvironmentFailure: ``sync.line_refused``: it gave none; the next bundle asks again.
        """
        grant = self.answer.grant
        if grant is None or grant.claim != asked.claim:
            raise EnvironmentFailure("sync.line_refused", reason="province.no_epoch_yet")
        return grant

    def find_answered(self) -> bytes:
        """Return the claim that a stick had carried to the province and that has an epoch now, empty for none."""
        return self.answer.grant.claim if self.answer.grant is not None else b""


def _following(items: Iterator[FeedItem], after: int, mark: bytes) -> Iterator[FeedItem]:
    for item in items:
        if item.position > after:
            yield item
        elif item.position == after and mark and item.mark != mark:
            raise _set_back()


def _pages(items: Iterator[FeedItem]) -> Iterator[list[FeedItem]]:
    page: list[FeedItem] = []
    for item in items:
        page.append(item)
        if len(page) == _PAGE_ITEMS or sum(len(one.data) for one in page) >= _PAGE_BYTES:
            yield page
            page = []
    if page:
        yield page


def _set_back() -> EnvironmentFailure:
    return EnvironmentFailure("sync.line_refused", reason="province.feed_set_back")
