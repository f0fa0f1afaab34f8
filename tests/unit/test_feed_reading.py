"""Where a feed is read again after an update of this program."""

import pytest

from counter_app.sync import reading
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
