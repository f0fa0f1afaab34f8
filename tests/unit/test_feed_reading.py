"""Where a feed is read again after an update of this program."""

import pytest

from counter_app.sync import reading
from counter_app.sync.inbox import Outcome, Taken
from counter_app.sync.ports import FeedItem
from counter_app.sync.reading import FeedReading


def test_what_was_passed_over_is_read_again_where_a_feed_that_was_set_back_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kept: dict[str, bytes] = {}
    feed = FeedReading("place", kept.get, kept.__setitem__)
    for position in (20, 5, 12):  # what lay at 20 lies at 5 in the feed that was read anew, and more behind it
        feed.pass_over(FeedItem(position=position, kind="to come", data=b""))
        feed.keep(FeedItem(position=position + 20, kind="batch", data=b""))
    assert feed.start() == (32, b"")

    monkeypatch.setattr(reading, "__version__", "9.9.9")

    assert feed.start() == (4, b"")


def a_reading(*, read_to: int) -> FeedReading:
    kept = {"place": b"%d ab" % read_to}
    return FeedReading("place", kept.get, kept.__setitem__)


def put_off(feed: FeedReading, *places: tuple[int, str, int, int]) -> None:
    for position, desk, epoch, first_seq in places:
        item = FeedItem(position=position, kind="batch", data=b"")
        waits = Taken(outcome=Outcome.WAITS, desk=desk, epoch=epoch, first_seq=first_seq, must_come_again=True)
        feed.put_off(item, waits)


def test_what_was_put_off_is_read_again_once_and_only_when_what_it_waits_for_is_here() -> None:
    feed, here = a_reading(read_to=90), {("one", 1, 30)}
    put_off(feed, (20, "one", 1, 41), (21, "one", 1, 51), (40, "two", 1, 8), (30, "one", 2, 5))
    feed.go_back(lambda *entry: entry in here)
    assert feed.start() == (90, b"\xab")

    here |= {("two", 1, 7)}
    feed.go_back(lambda *entry: entry in here)
    assert feed.start() == (39, b"")
    feed.keep(FeedItem(position=95, kind="batch", data=b""))
    feed.go_back(lambda *entry: entry in here)
    assert feed.start() == (95, b"")

    here |= {("one", 1, 40), ("one", 2, 4)}
    feed.go_back(lambda *entry: entry in here)
    assert feed.start() == (19, b"")


def test_of_a_chain_that_came_in_no_order_the_first_place_and_the_first_number_count() -> None:
    feed = a_reading(read_to=90)
    put_off(feed, (20, "one", 1, 41), (21, "one", 1, 31), (22, "one", 1, 35))
    feed.go_back(lambda _desk, _epoch, seq: seq <= 30)
    assert feed.start() == (19, b"")


def test_a_feed_that_is_read_anew_is_not_skipped_for_what_was_put_off() -> None:
    feed = a_reading(read_to=5)
    put_off(feed, (20, "one", 1, 41))
    feed.go_back(lambda *_entry: True)
    assert feed.start() == (5, b"\xab")


def test_what_can_wait_for_no_number_is_read_again_by_the_next_version(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = a_reading(read_to=90)
    put_off(feed, (20, "one", 7, 1), *((30 + epoch, "two", epoch, 9) for epoch in range(100)))
    feed.go_back(lambda *_entry: True)
    assert feed.start() == (29, b"")
    feed.keep(FeedItem(position=90, kind="batch", data=b""))

    monkeypatch.setattr(reading, "__version__", "9.9.9")

    assert feed.start() == (19, b"")


def test_whoever_only_asks_from_where_to_read_changes_nothing() -> None:
    feed = a_reading(read_to=50)
    put_off(feed, (20, "one", 1, 41))

    for _again in range(2):
        assert feed.find_start(lambda *_entry: True) == (19, b"")
        assert feed.find_start(lambda *_entry: False)[0] == feed.start()[0] == 50


def test_what_would_be_read_from_before_a_place_stays_put_off() -> None:
    feed = a_reading(read_to=50)
    put_off(feed, (20, "one", 1, 41))

    feed.go_back(lambda *_entry: True, not_before=20)
    assert feed.start()[0] == 50

    feed.go_back(lambda *_entry: True, not_before=19)
    assert feed.start()[0] == 19
