"""One item that nobody foresaw, whoever signed it, delays nothing that comes behind it: on a feed, a stick, upwards."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure
from counter_app.journal.entries import Entry
from counter_app.journal.forks import relink
from counter_app.province.service import Province
from counter_app.sync import reading
from counter_app.sync.carried import Answer, CarriedLine
from counter_app.sync.packs import ConfigurationPack, sign_pack
from counter_app.sync.ports import FeedItem, FeedKind
from tests.fakes.exchanging import PROVINCE_SIGNER, hall
from tests.fakes.province import admit, held


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with hall(tmp_path, 1) as (made,):
        yield made


def a_pack(made: OpenCounter, number: int) -> bytes:
    now = made.desk.clock.now()
    pack = ConfigurationPack(number=number, name="Đợt", effective_on=now.date(), issued_at=now)
    return sign_pack(pack, PROVINCE_SIGNER.sign)


def brought(*items: tuple[FeedKind, bytes]) -> CarriedLine:
    """Return what a province's stick brings: these items, in this order."""
    answer = Answer(after=0, asked_position=0, asked_mark=b"", chains=())
    feed = [FeedItem(position=place, kind=kind, data=data) for place, (kind, data) in enumerate(items, start=1)]
    return CarriedLine(answer, feed, [])


def numbers(made: OpenCounter) -> list[int]:
    return [pack.number for pack in made.counter.packs.list_packs()]


def test_what_a_store_refuses_delays_nothing_behind_it_and_is_tried_again_by_the_next_version(
    desk: OpenCounter, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = brought((FeedKind.PACK, a_pack(desk, 1)), (FeedKind.PACK, a_pack(desk, 2)))
    with desk.desk.store.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER never BEFORE INSERT ON configuration_pack WHEN new.number = 1"
            " BEGIN SELECT RAISE(ABORT, 'never'); END"
        )
    assert desk.counter.province_line.take_carried(line).refused == 1
    assert numbers(desk) == [2]

    with desk.desk.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER never")
    monkeypatch.setattr(reading, "__version__", "9.9.9")
    assert desk.counter.province_line.make_asking().position == 0
    assert desk.counter.province_line.take_carried(line).refused == 0
    assert numbers(desk) == [2, 1]


def test_province_refuses_entries_of_one_name(province: Province) -> None:
    desk = admit(province)
    first, *others = desk.chain(5)
    with desk.line() as line, pytest.raises(EnvironmentFailure, match=r"province\.not_genuine"):
        list(line.push(desk.seal(_linked([first, *(msgspec.structs.replace(one, id=first.id) for one in others)]))))
    assert held(province, desk) == []


def _linked(entries: list[Entry]) -> list[Entry]:
    return relink(entries, epoch=1, first_seq=1, prev_hash=entries[0].prev_hash)
