"""Several dossiers were given one code: it belongs to the same one at every store, whatever came first there."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.dossier_code import epoch_part
from counter_app.domain.unit import Slice
from counter_app.journal.entries import Entry, EpochForked
from counter_app.journal.exchange_entries import HeldDecided, HeldDecision
from counter_app.journal.forks import are_moves_whole
from counter_app.journal.rebuild import rebuild
from counter_app.province.service import Province
from counter_app.services.forked_journal import ForkedJournal
from counter_app.sync.batch import Batch
from counter_app.sync.https_line import HttpsLine
from counter_app.sync.ports import Acknowledgement
from tests.fakes.clones import all_alike, copy_of
from tests.fakes.desks import PASSPHRASE, START, DeskClock, a_form
from tests.fakes.exchanging import ADMIN, carry, exchange_of, hall, hall_folder, hall_unit, picture_of
from tests.fakes.hand_written import SLICE, HandWritten, last_intake_of
from tests.fakes.province_desks import at, enrol, is_sound, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[list[OpenCounter]]:
    with hall(tmp_path, count=3) as made:
        receive(made[0])
        yield made


def are_alike(*desks: OpenCounter) -> bool:
    pictures = []
    for made in desks:
        assert is_sound(made)
        pictures.append(picture_of(made))
    return all(picture == pictures[0] for picture in pictures)


def reasons(made: OpenCounter) -> list[str]:
    return sorted(held.reason for held in made.counter.held.list_all())


@pytest.mark.parametrize("first", [1, 2])
def test_code_of_a_dossier_that_another_machine_received_again_is_settled_in_any_order(
    desks: list[OpenCounter], first: int
) -> None:
    _one, two, three = desks
    desk, like = HandWritten(), last_intake_of(desks[0])
    desk.introduce(two, three)
    desk.come_into_service()
    desk.begin(2, desk.receive(like, 9_001))
    lost = desk.receive(like, 9_001, epoch=2)
    desk.receive(like, 9_002, dossier_id=lost.subject)
    drop = HeldDecided(entry_id=lost.id, desk=desk.id, dossier_id=lost.subject, decision=HeldDecision.DROP, reason="x")
    desk.write(drop, lost.subject)
    parts = [desk.batch(1, end=2), desk.batch(2), desk.batch(1, start=2)]

    exchange_of(two).take_run(parts)
    exchange_of(three).take_run([parts[0], *parts[first:], *parts[1:first]])
    carry(two, three)

    assert reasons(two) == reasons(three) == []
    assert two.counter.lookup.get_dossier(f"{like.dossier.code[:-4]}9002").dossier.id == lost.subject
    assert are_alike(two, three)


def test_code_of_a_request_that_another_desk_received_before_stays_that_requests(
    tmp_path: Path, province: Province
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(folder) as made, at(other) as beside:
        for one in (made, beside):
            enrol(one, province, "H99.14")
        for one in (made, beside, made, beside):
            one.counter.province_line.exchange()
    clone, request = copy_of(folder, tmp_path / "clone"), new_id()
    with at(other, DeskClock(START)) as beside:
        beside.counter.intake.receive(a_form(1), Outcome.ACCEPTED, dossier_id=request)
    with at(folder, DeskClock(START + timedelta(minutes=5))) as made:
        code = made.counter.intake.receive(a_form(1), Outcome.ACCEPTED, dossier_id=request).dossier.code
        made.counter.province_line.exchange()
    with at(other) as beside:
        beside.counter.province_line.exchange()
    with at(folder, DeskClock(START + timedelta(minutes=6))) as made:
        made.counter.province_line.exchange()
    with at(clone, DeskClock(START + timedelta(minutes=7))) as made:
        assert receive(made, 3) == code
        assert made.counter.province_line.exchange().new_epoch == 2
    for folder_ in (folder, other, clone):
        with at(folder_, DeskClock(START + timedelta(minutes=8))) as made:
            made.counter.province_line.exchange()
    with at(clone, DeskClock(START + timedelta(minutes=9))) as made:
        made.counter.province_line.exchange()
        renewed = made.counter.desk_status.read().renewed
        assert renewed is not None
        assert [one.old for one in renewed.recoded] == [code]

    assert all_alike(folder, other, clone)


def test_nothing_of_a_desk_counts_before_it_said_its_numbers(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    desk, like = HandWritten(), last_intake_of(one)
    desk.introduce(two, three)
    following = int(like.dossier.code[-4:]) + 1
    desk.begin(2, None)
    desk.receive(like, 9_500, epoch=2)
    desk.receive(like, following, epoch=2)
    desk.come_into_service()

    exchange_of(two).take_run([desk.batch(2)])
    assert reasons(two) == []
    assert receive(one, 1).endswith(f"{following:04d}")
    exchange_of(two).take_run([desk.batch(1)])
    exchange_of(three).take_run([desk.batch(1), desk.batch(2)])

    assert reasons(two) == reasons(three) == ["refused"]
    assert are_alike(two, three)


@pytest.mark.parametrize("numbers", [Slice(0, 9_999), Slice(1, 9_999), Slice(9_000, 9_998)])
def test_desk_that_says_other_numbers_than_the_province_gave_is_not_believed(
    desks: list[OpenCounter], numbers: Slice
) -> None:
    one, two, _three = desks
    desk, like = HandWritten(numbers), last_intake_of(one)
    desk.introduce(two)
    desk.come_into_service()
    for _twice in range(2):
        desk.receive(like, 9_500)

    (answer,) = exchange_of(two).take_run([desk.batch()])

    assert isinstance(answer, UserError)
    assert answer.code == "sync.not_genuine"
    assert is_sound(two)


def a_move(desk: HandWritten, after: Entry, *, epoch: int, moved: int) -> EpochForked:
    return EpochForked(
        desk_id=desk.id,
        epoch=epoch,
        part=SLICE,
        reason="forked",
        previous_seq=after.seq,
        previous_hash=after.hash,
        forked_epoch=1,
        forked_seq=after.seq,
        forked_hash=after.hash,
        moved=moved,
    )


def test_epoch_that_has_no_numbers_of_the_desk_is_not_believed(desks: list[OpenCounter]) -> None:
    _one, two, _three = desks
    desk = HandWritten()
    desk.introduce(two)
    first = desk.come_into_service()
    last = next(epoch for epoch in range(1, 99) if epoch_part(SLICE, epoch) is None)
    body = a_move(desk, first, epoch=last, moved=0)
    desk.write(body, desk.id, epoch=last)

    _taken, answer = exchange_of(two).take_run([desk.batch(), desk.batch(last)])

    assert isinstance(answer, UserError)


def test_nothing_was_moved_behind_an_entry_that_begins_no_epoch(desks: list[OpenCounter]) -> None:
    _one, two, _three = desks
    desk = HandWritten()
    desk.introduce(two)
    first = desk.come_into_service()
    body = a_move(desk, first, epoch=2, moved=1_000)
    for _often in range(3):
        desk.write(body, desk.id)

    exchange_of(two).take_run([desk.batch()])

    with two.desk.store.reading() as connection:
        assert are_moves_whole(connection, desk.id)


def test_many_codes_that_were_given_twice_cost_a_rebuild_no_more_than_their_intakes(desks: list[OpenCounter]) -> None:
    one, two, three = desks
    desk, like = HandWritten(), last_intake_of(one)
    desk.introduce(two, three)
    desk.begin(2, desk.come_into_service())
    for number in range(9_500, 9_540):
        for epoch in (1, 2):  # they belong to the second, which comes after the first
            desk.receive(like, number, epoch=epoch)

    exchange_of(two).take_run([desk.batch(1), desk.batch(2)])
    exchange_of(three).take_run([desk.batch(1, end=1), desk.batch(2), desk.batch(1, start=1)])

    assert reasons(two) == reasons(three) == ["code_taken"] * 40
    with three.desk.store.writing() as connection:
        rebuild(connection)
    assert are_alike(two, three)


def test_machine_that_did_not_write_a_lost_intake_waits_a_day_from_when_it_came(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, later = hall_folder(tmp_path / "1", 1), START + timedelta(days=2)
    with at(folder) as made:
        enrol(made, province, "H99.14")
        made.counter.province_line.exchange()
    clone = copy_of(folder, tmp_path / "clone")
    with at(folder) as made:
        receive(made, 1)
        made.counter.province_line.exchange()
    with at(clone) as made:  # two days without a line
        for number in range(49):
            receive(made, 10 + number)
    push = HttpsLine.push

    def cut(self: HttpsLine, batches: Sequence[Batch]) -> Iterator[Acknowledgement]:
        if all(batch.epoch == 1 for batch in batches):
            return push(self, batches)
        list(push(self, [batch for batch in batches if batch.epoch == 2][:1]))
        raise EnvironmentFailure("sync.line_down", retryable=True)

    with at(clone, DeskClock(later)) as made, monkeypatch.context() as patch:
        patch.setattr(HttpsLine, "push", cut)
        with pytest.raises(EnvironmentFailure, match=r"sync\.line_down"):
            made.counter.province_line.exchange()
    with at(folder, DeskClock(later)) as made:
        made.counter.province_line.exchange()  # the code that the other machine gave instead is still on its way
        assert reasons(made) == ["code_taken"]
    for one in (clone, folder):
        with at(one, DeskClock(later + timedelta(minutes=20))) as made:
            made.counter.province_line.exchange()
    with at(folder, DeskClock(later + timedelta(minutes=30))) as made:
        assert made.counter.desk_status.read().renewed is None
    assert all_alike(folder, clone)


def test_lost_intake_for_which_no_number_is_left_stays_held_and_stops_no_exchange(
    tmp_path: Path, province: Province
) -> None:
    folder = DataFolder(tmp_path / "1" / "desk", state_root=tmp_path / "1" / "state")
    init_desk(
        folder,
        passphrase=PASSPHRASE,
        unit=hall_unit(),
        desk_name="Quầy ít số",
        number_slice=Slice(1_000, 1_001),  # one for each epoch, and nine long ones with it
        administrator=FirstClerk(login=ADMIN, full_name="Đỗ Thị Ít Số", password="mật khẩu thử nghiệm"),
        clock=DeskClock(),
    )
    with at(folder) as made:
        enrol(made, province, "H99.14")
        made.counter.province_line.exchange()
    clone = copy_of(folder, tmp_path / "clone")
    with at(folder) as made:
        receive(made, 1)
        made.counter.province_line.exchange()
    with at(clone) as made:
        given = [receive(made, number) for number in (2, 3)]
        assert made.counter.province_line.exchange().new_epoch == 2
        for number in range(4, 12):
            receive(made, number)
    with at(folder) as made:
        assert receive(made, 14) == given[1]
        made.counter.province_line.exchange()
    for _twice in range(2):
        with at(clone) as made:
            assert made.counter.province_line.exchange().is_province_there
            assert not ForkedJournal(made.desk).recode_taken()
            assert reasons(made) == ["code_taken"]
