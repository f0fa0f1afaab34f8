"""A fork ends once, by one machine at a time; one that cannot end says so and costs no more than the entries wait."""

import os
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import UserError
from counter_app.domain.unit import Slice
from counter_app.province.service import Province
from counter_app.services.fork_ending import PAUSE
from counter_app.services.forked_journal import ForkedJournal
from counter_app.sync.enrolling import EpochGrant, EpochRequest
from counter_app.sync.roster import DeskKind
from tests.fakes.clones import all_alike, carry, copy_of, three_of
from tests.fakes.desks import DeskClock
from tests.fakes.exchanging import hall_folder
from tests.fakes.province import UNIT, admit
from tests.fakes.province_desks import at, enrol, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")


def test_line_that_came_by_stick_stays_aside_until_the_province_has_the_other_one(
    tmp_path: Path, province: Province
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(other) as beside, at(folder) as made:
        for one in (beside, made):
            enrol(one, province, "H99.31", with_numbers=True)
        for one in (beside, made, beside):
            one.counter.province_line.exchange()
    clone = copy_of(folder, tmp_path / "clone")
    with at(folder) as made, at(other) as beside:
        receive(made, 1)
        carry(made, beside, tmp_path / "by.bundle")
    with at(clone) as second, at(other) as beside:
        receive(second, 2)
        carry(beside, second, tmp_path / "back.bundle")

        assert not ForkedJournal(second.desk).lacks_own()

    with at(folder) as made:
        assert made.counter.province_line.exchange().new_epoch is None
    with at(clone) as second:
        assert second.counter.province_line.exchange().new_epoch == 2
    assert all_alike(folder, clone)


def _ask(province: Province, desk_id: str, asked: EpochRequest) -> int:
    return msgspec.msgpack.decode(province.grant_epoch(desk_id, msgspec.msgpack.encode(asked)), type=EpochGrant).epoch


def _is_granted(province: Province, desk_id: str) -> bool:
    try:
        _ask(province, desk_id, EpochRequest(claim=os.urandom(16), above=1))
    except UserError:
        return False
    return True


def test_one_machine_at_a_time_moves_what_it_wrote(province: Province) -> None:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=Slice(5_000, 5_999))
    desk = admit(province, code=code)
    first, second, third = (EpochRequest(claim=os.urandom(16), above=1, seen=1) for _ in range(3))
    put_back = EpochRequest(claim=os.urandom(16), above=1)
    assert _ask(province, desk.id, first) == 2
    with pytest.raises(UserError, match=r"province\.epoch_busy"):
        _ask(province, desk.id, second)
    assert _ask(province, desk.id, put_back) == 3  # it moves nothing
    assert _ask(province, desk.id, first) == 2

    province.take(desk.id, desk.seal(desk.chain(3, epoch=2))[0].data)
    with pytest.raises(UserError, match=r"province\.epoch_busy"):  # it has not seen what was moved
        _ask(province, desk.id, second)
    assert _ask(province, desk.id, msgspec.structs.replace(second, above=2, seen=2)) == 4

    seen = msgspec.structs.replace(third, above=2, seen=2)
    with pytest.raises(UserError, match=r"province\.epoch_busy"):
        _ask(province, desk.id, seen)
    with province.database.transaction() as connection:  # the second machine was never heard of again
        connection.execute("UPDATE epoch_grant SET given_at = given_at - interval '11 minutes'")
    assert _ask(province, desk.id, seen) == 5


def test_fork_that_cannot_end_is_told_tried_again_later_and_ends_when_it_can(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, clock = hall_folder(tmp_path / "1", 1), DeskClock()
    clone, _unused = three_of(folder, tmp_path, province, unsent=1)
    with at(clone, clock) as made:
        receive(made, 10)
        while _is_granted(province, made.desk.desk.id):
            pass
        grant = Province.grant_epoch

        def counted(self: Province, desk_id: str, data: bytes) -> bytes:
            asked.append(desk_id)
            return grant(self, desk_id, data)

        monkeypatch.setattr(Province, "grant_epoch", counted)
        asked: list[str] = []
        tries = []
        for pause in (timedelta(), timedelta(seconds=30), PAUSE, timedelta(seconds=30)):
            clock.move(pause)
            answer = made.counter.province_line.exchange()
            assert (answer.forks, answer.new_epoch, answer.acknowledged) == (1, None, 0)
            status = made.counter.desk_status.read()
            assert status.unsent > 0
            tries.append((len(asked), status.parted.reason if status.parted else ""))

        assert tries == [(1, ""), (1, ""), (2, "province.no_epoch_left"), (2, "province.no_epoch_left")]

        with province.database.transaction() as connection:
            connection.execute("DELETE FROM epoch_grant")
        clock.move(PAUSE)
        assert made.counter.province_line.exchange().new_epoch == 2
        assert made.counter.desk_status.read().parted is None
    assert all_alike(folder, clone)
