"""Batches that come before what they follow: all of them count in the end, and what is made up keeps out none."""

import random
import string
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from counter_app.bootstrap import OpenCounter
from counter_app.core.ids import new_id
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import UnitSaved
from counter_app.journal.journal import make_entry
from counter_app.province.feeds import publish
from counter_app.province.mirrors import Mirrors
from counter_app.province.service import Province
from counter_app.store.tables import exchange
from counter_app.sync import waiting
from counter_app.sync.batch import open_batch, seal
from counter_app.sync.carried import Answer, CarriedLine
from counter_app.sync.frames import Kind
from counter_app.sync.inbox import Outcome
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind
from tests.fakes.desks import START
from tests.fakes.exchanging import batches_of, exchange_of, hall, hall_folder, hall_unit
from tests.fakes.halls import Invited, make_store, running_hall
from tests.fakes.province import UNIT
from tests.fakes.province_desks import at, enrolled

MANY = waiting.MOST_WAITING + 60
UNSIGNED = bytes(64)


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path, count=3) as made:
        yield made


def write(made: OpenCounter, count: int) -> None:
    with made.desk.transaction() as connection:
        for _one in range(count):
            made.desk.journal.append(connection, UnitSaved(unit=hall_unit()), clerk="program", subject=hall_unit().code)


def has(made: OpenCounter, other: OpenCounter) -> int:
    """Return how many entries of another desk a desk has."""
    chains = exchange_of(made).list_held_chains()
    return sum(chain.seq for chain in chains if chain.desk == other.desk.desk.id)


def own_chain(made: OpenCounter) -> Acknowledgement:
    return next(chain for chain in exchange_of(made).list_held_chains() if chain.desk == made.desk.desk.id)


def count_waiting(made: OpenCounter) -> int:
    with made.desk.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(exchange.waiting_batch)).scalar_one()


def forged(batch: bytes, number: int = 0) -> bytes:
    return batch[:5] + number.to_bytes(64) + batch[69:]


def made_up(other: OpenCounter, *, epoch: int, body: bytes = b"{}") -> bytes:
    """Return a batch in the name of a desk that it did not sign, and that goes on from nothing."""
    header = (new_id(), other.desk.desk.id, epoch, 2, 1 << 58, "x", UnitSaved.KIND, 1, "H99")
    return seal([make_entry(header, body=body, prev_hash=GENESIS)], lambda _head: UNSIGNED).data


def fed(batches: Sequence[bytes], *, after: int = 0) -> CarriedLine:
    """Return the province's feed with these batches from its place 1 on, as a stick brings what follows a place."""
    answer = Answer(after=after, asked_position=0, asked_mark=b"", chains=())
    feed = [FeedItem(position=place, kind=FeedKind.BATCH, data=data) for place, data in enumerate(batches, start=1)]
    return CarriedLine(answer, lambda kind: iter(feed[after:] if kind is Kind.FEED else ()))


def test_more_batches_than_may_wait_all_come_as_soon_as_what_they_follow_is_here(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    write(one, MANY)
    first, *others = batches_of(one)
    line = two.counter.province_line
    feed = [*others, *batches_of(three), first]

    line.take_carried(fed(feed))

    assert 0 < has(two, one) < MANY
    begin = line.make_asking().position
    assert begin == waiting.MOST_WAITING
    line.take_carried(fed(feed, after=begin))
    assert has(two, one) == has(one, one) > MANY
    assert count_waiting(two) == 0
    assert line.make_asking().position == len(feed)
    assert two.counter.verification.verify().findings == ()


def test_a_feed_is_not_read_again_as_long_as_what_is_put_off_can_only_wait(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    write(one, MANY)
    first, second, third, *others = batches_of(one)
    line = two.counter.province_line
    line.take_carried(fed(others))

    for moved in (first, second, *batches_of(three)):
        exchange_of(two).take(moved)
        assert line.make_asking().position == len(others)

    exchange_of(two).take(third)
    begin = line.make_asking().position
    line.take_carried(fed(others, after=begin))
    assert has(two, one) == has(one, one)


def test_a_hall_that_has_cleared_the_beginning_away_is_read_again_when_that_came_by_stick(tmp_path: Path) -> None:
    invited = Invited(folder=tmp_path / "province")
    with at(hall_folder(tmp_path / "1", 1)) as one, at(hall_folder(tmp_path / "2", 2)) as two:
        invited.admit(one, two)
        write(one, MANY + 90)
        batches = batches_of(one)
        limit = sum(map(len, batches)) * 19 // 15  # three quarters of it, one desk's share, are less than it wrote
        with running_hall(make_store(tmp_path, invited), most_bytes=limit) as there:
            there.keeping.take_receipt(invited.receipt([own_chain(one)]))
            for data in batches:
                there.keeping.take(data, asker=one.desk.desk.id)
            two.settings.set("sync.hall_url", there.url)
            two.counter.hall_line.exchange()
            assert has(two, one) == 0
            assert count_waiting(two) == waiting.MOST_WAITING

            exchange_of(two).take_run(batches[:100])
            assert 0 < has(two, one) < has(one, one)
            two.counter.hall_line.exchange()

            assert has(two, one) == has(one, one)
            assert count_waiting(two) == 0


def test_a_desk_and_a_mirror_read_the_feed_of_a_province_again_by_themselves(
    tmp_path: Path, province: Province
) -> None:
    with enrolled(tmp_path, province, UNIT.code) as (one, two):
        write(one, MANY)
        first, *others = batches_of(one)
        (folder := tmp_path / "province").mkdir()
        mirrors = Mirrors(folder, province.database, province.authority.signer.public_key, province.clock)
        with closing(mirrors):
            for batches in (others, [first], []):  # as it may be where the writer's journal had forked
                with province.database.transaction() as connection:
                    for data in batches:
                        publish(connection, UNIT.code, FeedKind.BATCH, data, desk=one.desk.desk.id)
                two.counter.province_line.exchange()
                mirrors.follow(UNIT.code)

            for made in (exchange_of(two), mirrors.follow(UNIT.code).exchange):
                assert own_chain(one) in made.list_held_chains()


@pytest.mark.parametrize("is_first", [True, False])
def test_a_forged_batch_takes_the_place_of_no_true_one(desks: list[OpenCounter], *, is_first: bool) -> None:
    one, two, _three = desks
    write(one, 9)
    first, second, *others = batches_of(one, each=3)
    both = [forged(second), second] if is_first else [second, forged(second)]

    for data in (*both, *others):
        assert exchange_of(two).take(data).outcome is Outcome.WAITS
    assert exchange_of(two).take(first).outcome is Outcome.TAKEN

    assert has(two, one) == has(one, one)
    assert count_waiting(two) == 0


def test_a_place_full_of_forged_batches_keeps_the_true_one_out_only_until_its_chain_moves(
    desks: list[OpenCounter],
) -> None:
    one, two, _three = desks
    write(one, 9)
    first, second, *others = batches_of(one, each=3)
    forgeries = [forged(second, number) for number in range(9)]
    line = two.counter.province_line

    line.take_carried(fed([*forgeries, second, *others, first]))

    assert has(two, one) == 3
    begin = line.make_asking().position
    line.take_carried(fed([*forgeries, second, *others, first], after=begin))
    assert has(two, one) == has(one, one)
    assert count_waiting(two) == 0


def test_what_is_made_up_over_many_epochs_fills_no_store_and_no_room_of_another_giver(
    desks: list[OpenCounter],
) -> None:
    one, two, _three = desks
    write(one, 9)
    first, *others = batches_of(one, each=3)
    exchange_of(two).take_run([made_up(one, epoch=epoch) for epoch in range(2, MANY)])
    assert count_waiting(two) == waiting.MOST_WAITING

    for data in others:
        assert not exchange_of(two).take(data, holder=PROVINCE).must_come_again
    exchange_of(two).take(first)

    assert has(two, one) == has(one, one)


def test_large_batches_that_wait_take_no_more_room_than_is_theirs(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    lots = random.Random(1)
    for epoch in range(2, 42):
        letters = "".join(lots.choices(string.printable[:94], k=1_300_000))
        exchange_of(two).take(made_up(one, epoch=epoch, body=letters.encode()))

    size = select(func.sum(func.length(exchange.waiting_batch.c.data)))
    with two.desk.store.reading() as connection:
        assert connection.execute(size).scalar_one() <= waiting.MOST_WAITING_BYTES
    assert 0 < count_waiting(two) < 40


def test_a_batch_that_waited_counts_for_who_gave_it(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    write(one, 9)
    first, second, third, *others = batches_of(one, each=3)

    for made, early, late in ((two, PROVINCE, ""), (three, "", PROVINCE)):
        for data in (third, second, *others):
            exchange_of(made).take(data, holder=early)
        exchange_of(made).take(first, holder=late)

    assert [ack.seq for ack in exchange_of(two).list_acknowledged(PROVINCE)] == [has(one, one)]
    assert [ack.seq for ack in exchange_of(three).list_acknowledged(PROVINCE)] == [3]


def test_a_stick_that_is_written_while_a_feed_is_read_makes_nothing_pass(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    write(one, MANY)
    write(three, 120)
    first, *others = batches_of(one)
    line = two.counter.province_line
    feed = [
        FeedItem(position=place, kind=FeedKind.BATCH, data=data)
        for place, data in enumerate([*others, first, *batches_of(three)], start=1)
    ]

    class Interrupted(CarriedLine):
        def pull_pages(self, after: int, *, mark: bytes = b"", own: bool = False) -> Iterator[list[FeedItem]]:
            for page in super().pull_pages(after, mark=mark, own=own):
                yield page
                line.make_asking()

    def brought(after: int) -> CarriedLine:
        answer = Answer(after=after, asked_position=0, asked_mark=b"", chains=())
        return Interrupted(answer, lambda kind: iter(feed[after:] if kind is Kind.FEED else ()))

    line.take_carried(brought(0))
    for _stick in range(3):
        line.take_carried(brought(line.make_asking().position))

    assert has(two, one) == own_chain(one).seq


def test_what_follows_nothing_for_long_makes_room(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    write(one, 3)
    for epoch in range(2, waiting.MOST_WAITING + 2):
        let_wait(two, made_up(one, epoch=epoch), now=START)
    last = batches_of(one)[-1]
    assert not let_wait(two, last, now=START + timedelta(days=59))

    assert let_wait(two, last, now=START + timedelta(days=61))

    assert count_waiting(two) == 1


def let_wait(made: OpenCounter, data: bytes, *, now: datetime) -> bool:
    with made.desk.store.writing() as connection:
        return waiting.let_wait(connection, open_batch(data), data, holder="", now=now)


def test_of_what_is_said_twice_of_one_chain_the_last_counts(desks: list[OpenCounter]) -> None:
    one, two, _three = desks
    write(one, 3)
    chain = own_chain(one)
    begin = msgspec.structs.replace(chain, seq=0, hash=GENESIS)

    exchange_of(one).acknowledge(two.desk.desk.id, [chain, begin] * 100)

    batches = exchange_of(one).iter_batches(two.desk.desk.id)
    assert sum(batch.last_seq - batch.first_seq + 1 for batch in batches) == chain.seq
