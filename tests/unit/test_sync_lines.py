"""Of batches that were kept aside those are found again that go on from the end of a chain, however many there are."""

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine

from counter_app.core.ids import new_id
from counter_app.journal.chain import Signer
from counter_app.journal.entries import Entry
from counter_app.store.tables import journal
from counter_app.sync.lines import find_path
from tests.fakes.province import RemoteDesk

SIGNER, _SECRET = Signer.generate()
DESK = RemoteDesk(new_id(), SIGNER, None)  # type: ignore[arg-type]


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Give a store that has nothing of the desk."""
    engine = create_engine("sqlite://")
    journal.head.create(engine)
    with engine.connect() as made:
        yield made


def _find(connection: Connection, batches: list[bytes], target: bytes = b"") -> list[bytes]:
    return find_path(connection, DESK.id, 1, batches, key=SIGNER.public_key, target=target)


def _sealed(entries: list[Entry], size: int, *, after: int = 0) -> list[bytes]:
    return [batch.data for batch in DESK.seal(entries[after:], size)]


def test_a_long_line_of_small_batches_is_found_whole(connection: Connection) -> None:
    batches = _sealed(DESK.chain(1_100), 1)
    shuffled = random.Random(7).sample(batches, len(batches))
    assert _find(connection, shuffled) == batches


def test_the_way_with_the_wanted_entry_comes_before_a_longer_one(connection: Connection) -> None:
    common = DESK.chain(4)
    long, short = DESK.chain(30, after=common, name="long"), DESK.chain(10, after=common, name="short")
    others = _sealed(common, 4) + _sealed(long, 3, after=4) + _sealed(short, 3, after=4)
    assert _find(connection, others) == _sealed(common, 4) + _sealed(long, 3, after=4)
    assert _find(connection, others, short[6].hash) == _sealed(common, 4) + _sealed(short, 3, after=4)


def test_many_ways_to_cut_one_line_are_one_line(connection: Connection) -> None:
    entries = DESK.chain(60)
    others = [data for size in (1, 2, 3, 4, 5, 6) for data in _sealed(entries, size)]
    strange = RemoteDesk(DESK.id, Signer.generate()[0], None)  # type: ignore[arg-type]
    others += [batch.data for batch in strange.seal(entries, 7)]
    found = _find(connection, others)
    assert set(found) <= set(others)
    assert found[-1] in {_sealed(entries, size)[-1] for size in (1, 2, 3, 4, 5, 6)}
