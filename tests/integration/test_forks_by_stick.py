"""Two machines wrote one desk's journal, and sticks carry both lines: each comes to whoever has the other one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.bootstrap import OpenCounter
from counter_app.core.paths import DataFolder
from counter_app.services.forked_journal import Fork, ForkedJournal
from tests.fakes.clones import carry as carry_stick
from tests.fakes.exchanging import batches_of, carry, exchange_of, hall, meet, picture_of
from tests.fakes.province_desks import at, receive


@contextmanager
def two_lines(root: Path) -> Iterator[tuple[OpenCounter, OpenCounter, OpenCounter, OpenCounter, int]]:
    """Give a desk, its clone, one that has the desk's line, one that has the clone's longer one, and the shared end."""
    with hall(root, 3) as (one, two, three):
        meet(one, two, three)
        shutil.copytree(one.folder.root, root / "copy" / "desk")
        shared = has(two, one)
        receive(one, 1)
        carry(one, two)
        with at(DataFolder(root / "copy" / "desk", state_root=root / "copy" / "state")) as clone:
            for number in range(2, 7):
                receive(clone, number)
            carry(clone, three)
            assert shared < has(two, one) < has(three, one)
            yield one, clone, two, three, shared


def has(made: OpenCounter, other: OpenCounter) -> int:
    chains = exchange_of(made).list_held_chains()
    return next(chain.seq for chain in chains if (chain.desk, chain.epoch) == (other.desk.desk.id, 1))


def left_for(holder: OpenCounter, made: OpenCounter) -> list[tuple[int, int, int]]:
    """Return what a desk would give another one now: epochs, and from which number to which."""
    batches = exchange_of(made).iter_batches(holder.desk.desk.id)
    return [(batch.epoch, batch.first_seq, batch.last_seq) for batch in batches]


def test_a_desk_that_gave_a_longer_line_by_stick_is_given_the_other_one(tmp_path: Path) -> None:
    with two_lines(tmp_path) as (one, _clone, two, three, shared):
        carry_stick(three, two, tmp_path / "there")

        assert left_for(three, two) == [(1, shared + 1, has(two, one))]

        carry_stick(two, three, tmp_path / "back")
        assert three.counter.verification.verify().findings == ()


def test_who_still_has_the_line_that_was_moved_is_given_the_one_that_stays(tmp_path: Path) -> None:
    with two_lines(tmp_path) as (one, clone, two, three, shared):
        ForkedJournal(clone.desk).go_on(Fork(1, shared + 1), batches_of(one), epoch=2)
        carry(clone, two)
        said = exchange_of(three).list_held_chains()
        exchange_of(two).acknowledge(three.desk.desk.id, said, is_whole=True)
        assert has(three, one) > has(two, one)

        assert left_for(three, two)[0] == (1, shared + 1, has(two, one))

        carry_stick(two, three, tmp_path / "once")
        assert picture_of(three) == picture_of(two) == picture_of(clone)
        receive(one, 9)  # the line that stays goes on, and comes to one of them only
        carry(one, three)
        carry_stick(three, two, tmp_path / "taken")
        carry_stick(two, three, tmp_path / "home")
        receive(one, 10)
        carry(one, three)
        said = exchange_of(three).list_held_chains()
        exchange_of(two).acknowledge(three.desk.desk.id, said, is_whole=True)
        assert has(three, one) > has(two, one)
        assert left_for(three, two) == []
