"""Counting a bag: what is scanned is kept, and only what was settled is received."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.manifest import ItemState
from counter_app.services.answers.bags import ScanOutcome
from tests.fakes.desks import DeskClock, at_work, sample_desk
from tests.fakes.manifests import handed_over, is_whole, post_office, receive

STRANGER = "H99.14-261120-1001"


@pytest.fixture
def clock() -> DeskClock:
    return DeskClock()


@pytest.fixture
def desk(tmp_path: Path, clock: DeskClock) -> Iterator[OpenCounter]:
    with at_work(sample_desk(tmp_path / "giver"), clock) as made:
        yield made


@pytest.fixture
def post(tmp_path: Path, desk: OpenCounter, clock: DeskClock) -> Iterator[OpenCounter]:
    with post_office(tmp_path, clock) as made:
        made.counter.slip_checks.trust(desk.counter.slip_checks.own_key())
        yield made


def test_each_scan_says_what_it_is_and_a_difference_without_a_reason_receives_nothing(
    desk: OpenCounter, post: OpenCounter
) -> None:
    codes = receive(desk, 3)
    view = handed_over(desk, codes)
    bags, code = post.counter.bag_counts, view.manifest.code

    bags.begin(parts=view.passport)
    outcomes = [bags.scan(code, one).outcome for one in (codes[0], codes[0].lower(), STRANGER, codes[1])]
    count = bags.finish_scanning(code, is_counted=True)
    refused = bags.receive(code, password=None)

    assert outcomes == [ScanOutcome.OK, ScanOutcome.AGAIN, ScanOutcome.EXTRA, ScanOutcome.OK]
    assert [(item.code, item.state) for item in count.differences] == [
        (codes[2], ItemState.MISSING), (STRANGER, ItemState.EXTRA)
    ]  # fmt: skip
    assert (refused.is_received, set(refused.unsettled)) == (False, {codes[2], STRANGER})
    assert [(row.code, row.found, row.expected) for row in bags.list_all()] == [(code, 2, 3)]


def test_difference_that_goes_away_takes_its_reason_with_it(desk: OpenCounter, post: OpenCounter) -> None:
    codes = receive(desk, 2)
    view = handed_over(desk, codes)
    bags, code = post.counter.bag_counts, view.manifest.code
    bags.begin(parts=view.passport)
    bags.scan(code, codes[0])
    bags.scan(code, STRANGER)
    bags.finish_scanning(code, is_counted=True)
    bags.settle(code, codes[1], "không có trong túi")
    bags.settle(code, STRANGER, "bỏ nhầm")

    bags.scan(code, codes[1])
    bags.take_back(code, STRANGER)
    done = bags.receive(code, password=None)

    assert (done.is_received, done.comparison.is_clean) == (True, True)
    assert bags.list_all() == ()
    assert is_whole(post)


def test_count_belongs_to_the_clerk_who_began_it_and_begins_once(desk: OpenCounter) -> None:
    codes = receive(desk, 2)
    code = handed_over(desk, codes).manifest.code
    bags = desk.counter.bag_counts
    bags.begin(code=code)
    bags.scan(code, codes[0])

    assert bags.begin(code=code).found == 1
    desk.counter.session.act_as()
    assert bags.list_all() == ()


def test_list_of_an_unknown_desk_begins_nothing(tmp_path: Path, desk: OpenCounter, clock: DeskClock) -> None:
    view = handed_over(desk, receive(desk))
    with post_office(tmp_path, clock) as stranger:
        with pytest.raises(UserError, match=r"manifest\.passport_unknown_key"):
            stranger.counter.bag_counts.begin(parts=view.passport)
        assert stranger.counter.bag_counts.list_all() == ()
