"""A fork ends once, by one machine at a time; one that cannot end says so and costs no more than the entries wait."""

import os
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.domain.unit import Slice
from counter_app.province.service import Province
from counter_app.services.epoch_claims import draw_claim
from counter_app.services.fork_ending import PAUSE
from counter_app.services.forked_journal import ForkedJournal
from counter_app.store.tables import exchange as tables
from counter_app.store.tables import journal
from counter_app.sync.batch import Batch
from counter_app.sync.enrolling import EpochGrant, EpochRequest
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.roster import DeskKind
from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.clones import all_alike, carry, copy_of, three_of, two_of
from tests.fakes.desks import DeskClock
from tests.fakes.exchanging import batches_of, exchange_of, hall_folder
from tests.fakes.province import UNIT, admit
from tests.fakes.province_desks import at, enrol, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")


def test_line_that_came_by_stick_stays_aside_until_the_province_has_the_other_one(
    tmp_path: Path, province: Province
) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    clone = two_of(folder, tmp_path, province, "H99.31")
    with at(folder) as made:
        receive(made, 1)
        first = batches_of(made)
    with at(clone) as second:
        receive(second, 2)
        exchange_of(second).take_run(first)
        with second.desk.store.reading() as connection:
            assert connection.execute(select(func.count()).select_from(tables.fork)).scalar_one() > 0

        assert not ForkedJournal(second.desk).lacks_own()

    with at(folder) as made:
        assert made.counter.province_line.exchange().new_epoch is None
    with at(clone) as second:
        assert second.counter.province_line.exchange().new_epoch == 2
    assert all_alike(folder, clone)


@pytest.mark.parametrize("unsent", [0, 2])
def test_copies_ask_with_claims_of_their_own_whatever_they_have_in_common(
    tmp_path: Path, province: Province, unsent: int
) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    claims: list[bytes] = []
    for clone in three_of(folder, tmp_path, province, unsent=unsent):  # a stick was made before they were copied
        with at(clone) as made:
            receive(made, 10)
            for _again in range(2):
                with made.desk.store.writing() as connection:
                    claims.append(draw_claim(connection, made.desk.desk.id))
            asking = made.counter.province_line.make_asking()
            assert asking.epoch is not None
            claims.append(asking.epoch.claim)
    one, again, by_stick, two, twice, by_another = claims

    assert (one, two) == (again, twice)
    assert len({one, by_stick, two, by_another}) == 4


def test_what_another_machine_did_not_move_whole_is_waited_for_and_then_moved(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, clock = hall_folder(tmp_path / "1", 1), DeskClock()
    first, _unused = three_of(folder, tmp_path, province, unsent=0)
    with at(first) as made:
        for number in range(10, 70):
            receive(made, number)
    gone, left = copy_of(first, tmp_path / "gone"), copy_of(first, tmp_path / "left")
    push = HttpsLine.push

    def cut(self: HttpsLine, batches: Sequence[Batch]) -> Iterator[Acknowledgement]:
        if all(batch.epoch == 1 for batch in batches):
            return push(self, batches)
        list(push(self, [batch for batch in batches if batch.epoch == 2][:1]))
        raise EnvironmentFailure("sync.line_down", retryable=True)

    with at(gone) as made, monkeypatch.context() as patch:
        patch.setattr(HttpsLine, "push", cut)
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_down"):
            made.counter.province_line.exchange()
    shutil.rmtree(gone.root)
    begun = []
    with at(left, clock) as made:
        receive(made, 70)
        for pause in (timedelta(), PAUSE, timedelta(days=1)):
            clock.move(pause)
            begun.append(made.counter.province_line.exchange().new_epoch)

    assert begun == [None, None, 3]
    assert all_alike(folder, left)


@pytest.mark.parametrize("more", [0, 4])
def test_line_of_a_lost_third_machine_goes_on_from_where_the_moved_one_was(
    tmp_path: Path, province: Province, more: int
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(other) as beside, at(folder) as made:
        for one in (beside, made):
            enrol(one, province, "H99.31")
        for one in (beside, made, beside, made):
            one.counter.province_line.exchange()
    second = copy_of(folder, tmp_path / "second")
    with at(second) as made:
        for number in range(2):  # both copies of this machine have it, and the province never gets it under its numbers
            receive(made, number)
    third = copy_of(second, tmp_path / "third")
    with at(second) as made:
        receive(made, 2)
    with at(third) as made, at(other) as beside:
        of_third = made.counter.lookup.get_dossier(receive(made, 3)).dossier.id
        carry(made, beside, tmp_path / "of-third.bundle")
        batches = batches_of(made, each=50)[1:]
    shutil.rmtree(third.root)
    with at(second) as made:
        exchange_of(made).take_run(batches)  # it parts from the line that stands here, behind what both have
        assert not ForkedJournal(made.desk).lacks_own()
    with at(folder) as made:
        for number in range(1 + more):
            receive(made, 4 + number)
        assert made.counter.province_line.exchange().new_epoch is None

    with at(second) as made:
        assert made.counter.province_line.exchange().new_epoch == 3  # one for each of the two lines
        with made.desk.store.reading() as connection:
            of_it = select(journal.entry.c.epoch).where(journal.entry.c.subject == of_third)
            assert set(connection.execute(of_it).scalars()) == {3}
    assert all_alike(folder, second, other)


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


def test_a_province_that_was_put_back_gives_no_epoch_twice_that_it_has_forgotten(province: Province) -> None:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=Slice(5_000, 5_999))
    desk = admit(province, code=code)
    first, second, third = (EpochRequest(claim=os.urandom(16), above=1) for _ in range(3))
    with province.database.transaction() as connection:
        backup = dump_tables(connection)
    forgotten = _ask(province, desk.id, first)
    with province.database.transaction() as connection:
        put_back_tables(connection, backup)
        connection.execute("INSERT INTO put_back DEFAULT VALUES")

    given = [_ask(province, desk.id, asked) for asked in (second, third, second)]

    assert (forgotten, given) == (2, [3, 4, 3])


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


def test_fork_that_no_stick_ends_is_told_too(tmp_path: Path, province: Province) -> None:
    folder, clock, told = hall_folder(tmp_path / "1", 1), DeskClock(), []
    clone, _unused = three_of(folder, tmp_path, province, unsent=1)
    with at(clone, clock) as made:
        receive(made, 10)
        while _is_granted(province, made.desk.desk.id):
            pass
        for number in range(2):
            up, down = tmp_path / f"up-{number}", tmp_path / f"down-{number}"
            made.counter.bundles.export(up)
            made.counter.bundles.relay(up, answer=down)
            assert made.counter.bundles.take(down).new_epoch is None
            told.append(made.counter.desk_status.read().parted is not None)
            clock.move(timedelta(days=1))
        told.append(made.counter.desk_status.read().parted is not None)

    assert told == [False, True, True]
