"""A bundle of the province answers as a line would, item by item."""

from collections.abc import Iterator

import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.sync.carried import Answer, CarriedLine
from counter_app.sync.frames import Kind
from counter_app.sync.ports import FeedItem, FeedKind

FEED, OWN = range(1, 90, 3), (2, 50, 95)


def line(**facts: object) -> CarriedLine:
    answer = {"after": 0, "asked_position": 0, "asked_mark": b"", "chains": (), **facts}

    def iter_items(kind: Kind) -> Iterator[FeedItem]:
        for position in OWN if kind is Kind.OWN else FEED:
            yield FeedItem(position=position, kind=FeedKind.BATCH, data=bytes(300_000), mark=b"%d" % position)

    return CarriedLine(Answer(**answer), iter_items)  # type: ignore[arg-type]


def positions(*, after: int, mark: bytes = b"", own: bool = False, **facts: object) -> list[int]:
    pages = list(line(**facts).pull_pages(after, mark=mark, own=own))
    assert all(0 < len(page) <= 20 for page in pages)
    assert all(sum(len(item.data) for item in page[:-1]) < 2 * 1024 * 1024 for page in pages)
    return [item.position for page in pages for item in page]


def test_items_come_in_their_order_after_a_position_also_those_of_the_desk_itself() -> None:
    assert positions(after=0) == [*FEED]
    assert positions(after=40, mark=b"40") == [one for one in FEED if one > 40]
    assert positions(after=0, own=True) == sorted([*FEED, *OWN])
    assert positions(after=50, mark=b"50", own=True) == sorted(one for one in [*FEED, *OWN] if one > 50)
    assert positions(after=200) == []


def test_feed_that_was_set_back_gives_nothing_before_it_says_so() -> None:
    is_said = pytest.raises(EnvironmentFailure, match=r"sync\.line_refused")
    with is_said:
        positions(after=40, mark=b"another")
    with is_said:
        positions(after=50, mark=b"another", own=True)
    with is_said:
        positions(after=7, mark=b"7", asked_position=7, asked_mark=b"7", is_set_back=True)
    assert positions(after=40, mark=b"40", asked_position=7, asked_mark=b"7", is_set_back=True)
