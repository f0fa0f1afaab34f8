"""Two machines wrote one desk's journal: nothing of either is lost, no number is twice, and each goes on by itself."""

import shutil
import socket
import tempfile
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.province.bundles import ProvinceBundles
from counter_app.province.feeds import read_page
from counter_app.province.service import Province
from counter_app.services import epochs
from counter_app.services.desk_backup import back_up
from counter_app.services.forked_journal import Fork, ForkedJournal
from counter_app.services.open_desk import IDENTITY, read_local, write_local
from counter_app.store.keys import load_key
from counter_app.store.store import Store
from counter_app.sync.https_line import LineIdentity
from counter_app.sync.ports import FeedKind
from tests.fakes.clones import all_alike, carry, copy_of, three_of, two_of
from tests.fakes.desks import PASSPHRASE, DeskClock, a_form
from tests.fakes.exchanging import hall_folder, picture_of
from tests.fakes.province import empty
from tests.fakes.province_desks import at, enrol, go_by, is_sound, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")


def codes_of(made: OpenCounter) -> list[str]:
    return sorted(dossier.code for dossier, _state in picture_of(made)["dossiers"].values())


def test_desk_put_back_unnoticed_goes_on_under_a_new_epoch_and_gets_back_what_it_lost(
    tmp_path: Path, province: Province
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(other) as beside:
        enrol(beside, province, "H99.31")
    with at(folder) as made:
        enrol(made, province, "H99.31")
        first = receive(made)
        made.counter.province_line.exchange()
    old = copy_of(folder, tmp_path / "old")
    with at(folder) as made:
        lost = [receive(made, number) for number in range(1, 4)]
        made.counter.province_line.exchange()
    with at(old) as made:
        again = [receive(made, number) for number in range(10, 70)]
        assert set(again) >= set(lost)

        answer = made.counter.province_line.exchange()

        assert (answer.forks, answer.new_epoch, answer.held) == (0, 2, 0)
        assert is_sound(made)
        assert len(codes_of(made)) == len(set(codes_of(made))) == 64
        assert {first, *lost, *again} <= set(codes_of(made))
        assert receive(made, 80) not in {first, *lost, *again}
        assert made.counter.province_line.exchange().acknowledged == 1
        with at(other) as beside:
            beside.counter.province_line.exchange()
            assert picture_of(beside) == picture_of(made)
            assert is_sound(beside)
    (fleet,) = (desk for desk in province.list_fleet() if desk.id == made.desk.desk.id)
    assert (fleet.forks, fleet.waiting, fleet.unsent) == (0, 0, 0)


@pytest.mark.parametrize("unsent", [0, 1])
def test_a_desk_that_had_the_other_line_by_stick_takes_the_whole_of_the_one_that_stays(
    tmp_path: Path, province: Province, unsent: int
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(other) as beside, at(folder) as made:
        for one in (beside, made):
            enrol(one, province, "H99.31")
        for one in (beside, made, beside):
            one.counter.province_line.exchange()
        for number in range(20, 20 + unsent):  # the first batch of the other machine begins before the two parted
            receive(made, number)
            carry(made, beside, tmp_path / "before")
    clone = copy_of(folder, tmp_path / "clone")
    with at(folder) as made, at(other) as beside:
        receive(made, 1)
        carry(made, beside, tmp_path / "after")
    with at(clone) as first:
        for numbers in ((2, 3), (4, 5, 6)):  # the second batch begins behind what the stick brought
            for number in numbers:
                receive(first, number)
            first.counter.province_line.exchange()
    with at(folder) as made, at(other) as beside:
        assert made.counter.province_line.exchange().new_epoch == 2
        beside.counter.province_line.exchange()
        assert picture_of(beside) == picture_of(made)
        assert is_sound(beside)


def test_what_only_the_receiver_of_a_stick_still_has_comes_back_under_a_new_epoch(
    tmp_path: Path, province: Province
) -> None:
    folder, other = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2)
    with at(other) as beside, at(folder) as made:
        for one in (beside, made):
            enrol(one, province, "H99.31")
        for one in (beside, made, beside):
            one.counter.province_line.exchange()
    clone = copy_of(folder, tmp_path / "clone")
    with at(folder) as made, at(other) as beside:
        for number in (1, 2):
            receive(made, number)
            carry(made, beside, tmp_path / f"{number}.bundle")
        lost = set(picture_of(made)["dossiers"])
    shutil.rmtree(folder.root)  # and the line of the clone is the province's
    with at(clone) as first, at(other) as beside:
        receive(first, 3)
        assert first.counter.province_line.exchange().new_epoch is None
        beside.counter.province_line.exchange()
        carry(beside, first, tmp_path / "back.bundle")

        answer = first.counter.province_line.exchange()

        assert (answer.new_epoch, answer.forks, answer.held) == (2, 0, 0)
        assert first.counter.province_line.exchange().new_epoch is None
        beside.counter.province_line.exchange()
        assert lost < set(picture_of(first)["dossiers"])
        assert len(codes_of(first)) == len(set(codes_of(first))) == 3
        assert picture_of(beside) == picture_of(first)
        assert is_sound(first)
        assert is_sound(beside)
    (fleet,) = (desk for desk in province.list_fleet() if desk.id == first.desk.desk.id)
    assert (fleet.forks, fleet.waiting, fleet.unsent) == (0, 0, 0)


def test_one_backup_put_back_on_several_machines_has_other_numbers_on_each_that_reaches_the_province(
    tmp_path: Path, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, backup = hall_folder(tmp_path / "1", 1), tmp_path / "backup"
    with at(folder) as made:
        enrol(made, province, "H99.31")
        made.counter.province_line.exchange()
        made.counter.province_line.make_asking()  # a claim that lay in the store is in every copy of it
        back_up(made.desk, backup, passphrase=PASSPHRASE, recovery=None)
    given: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes every call and answers none
        for place, (epoch, is_alone) in enumerate([(2, False), (3, False), (2, True)]):
            there = DataFolder(tmp_path / f"pc-{place}" / "desk", state_root=tmp_path / f"pc-{place}" / "state")
            shutil.copytree(backup, there.root)
            if is_alone:
                _write_url(there, f"https://127.0.0.1:{silent.getsockname()[1]}")
                monkeypatch.setattr(epochs, "PATIENCE_S", 0.2)
            with at(there) as made:
                assert made.desk.journal.epoch == epoch
                assert made.counter.desk_status.read().stands_alone is is_alone
                given.append(receive(made, place))
                if is_alone:
                    go_by(made, province.url)
                answer = made.counter.province_line.exchange()
                assert answer.forks == 0
                assert (answer.new_epoch is not None) is is_alone
                assert not made.counter.desk_status.read().stands_alone
                assert is_sound(made)
    assert given[2] == given[0] != given[1]  # without a line it cannot be otherwise, and was said
    with at(DataFolder(tmp_path / "pc-2" / "desk", state_root=tmp_path / "pc-2" / "state")) as made:
        assert len(codes_of(made)) == len(set(codes_of(made))) == 3


def _write_url(folder: DataFolder, url: str) -> None:
    store = Store(folder.store, load_key(folder, passphrase=PASSPHRASE))
    with store.writing() as connection:
        identity = msgspec.msgpack.decode(read_local(connection, IDENTITY) or b"", type=LineIdentity)
        write_local(connection, IDENTITY, msgspec.msgpack.encode(msgspec.structs.replace(identity, url=url)))
    store.close()


class Clones(RuleBasedStateMachine):
    """A desk, machines put back from its copies or cloned from it, and a desk beside; all meet at the province."""

    province: Province

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="counter-clones-"))
        empty(self.province)
        self.machines = [hall_folder(self.root / "0", 1)]
        self.beside = hall_folder(self.root / "beside", 2)
        self.clock = DeskClock()
        self.applicants: set[str] = set()
        self.copies: list[DataFolder] = []
        for folder in (*self.machines, self.beside):
            with at(folder) as made:
                enrol(made, self.province, "H99.32")

    @rule(place=st.integers(0, 2), count=st.integers(1, 3), transfers=st.booleans())
    def work(self, place: int, count: int, *, transfers: bool) -> None:
        self.clock.move(timedelta(minutes=1))
        with at(self.machines[place % len(self.machines)], self.clock) as made:
            for _ in range(count):
                number = len(self.applicants)
                code = receive(made, number)
                self.applicants.add(a_form(number).applicant.id_number)
                if transfers:
                    made.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))

    @rule(place=st.integers(0, 2))
    def exchange(self, place: int) -> None:
        with at(self.machines[place % len(self.machines)], self.clock) as made:
            assert made.counter.province_line.exchange().forks == 0

    @rule()
    def keep_copy(self) -> None:
        self.copies.append(copy_of(self.machines[0], self.root / f"copy-{len(self.copies)}"))

    @precondition(lambda self: self.copies)
    @rule(data=st.data())
    def put_back(self, data: st.DataObject) -> None:
        """The copy is older and nobody noticed; what the province does not have of the disk before is gone with it."""
        with at(self.machines[0], self.clock) as made:
            made.counter.province_line.exchange()
        copy = data.draw(st.sampled_from(self.copies))
        self.machines[0] = copy_of(copy, self.root / new_id())

    @precondition(lambda self: len(self.machines) < 3)
    @rule()
    def clone(self) -> None:
        self.machines.append(copy_of(self.machines[0], self.root / new_id()))

    @rule()
    def look_beside(self) -> None:
        with at(self.beside, self.clock) as made:
            made.counter.province_line.exchange()

    def teardown(self) -> None:
        try:
            self.meet()
            self.compare()
        finally:
            shutil.rmtree(self.root, ignore_errors=True)

    def meet(self) -> None:
        quiet = 0
        while quiet < 2:
            quiet += 1
            for folder in (*self.machines, self.beside):
                with at(folder, self.clock) as made:
                    answer = made.counter.province_line.exchange()
                    assert answer.forks == 0
                    quiet = 0 if answer.pushed or answer.received or answer.new_epoch else quiet

    def compare(self) -> None:
        pictures = []
        for folder in (*self.machines, self.beside):
            with at(folder, self.clock) as made:
                assert made.counter.verification.verify().findings == ()
                pictures.append(picture_of(made))
                assert sorted(codes_of(made)) == sorted(set(codes_of(made)))
        assert all(picture == pictures[0] for picture in pictures)
        known = [state[0].applicant.id_number for state in pictures[0]["dossiers"].values()]
        assert sorted(known) == sorted(self.applicants)
        assert sum(desk.forks + desk.waiting for desk in self.province.list_fleet()) == 0


def test_any_copies_put_back_and_clones_in_any_order_lose_nothing_and_end_alike(service: Province) -> None:
    machine = type("ClonesAtProvince", (Clones,), {"province": service})
    rounds = max(1, settings().max_examples // 100)  # each opens some thirty stores
    chosen = settings(max_examples=rounds, stateful_step_count=14, suppress_health_check=list(HealthCheck))
    run_machine(machine, settings=chosen)


def test_clones_whose_lines_both_part_by_stick_before_either_goes_up_again_have_other_numbers(
    tmp_path: Path, province: Province
) -> None:
    folder, bundles = hall_folder(tmp_path / "1", 1), ProvinceBundles(province)
    clones = three_of(folder, tmp_path, province, unsent=0)
    begun: list[int | None] = []
    given: list[str] = []
    for place, clone in enumerate(clones):
        with at(clone) as made:
            code = receive(made, 10 + place)
            bundles.take(exported(made, tmp_path / f"up-{place}"))
            made.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
            bundles.take(exported(made, tmp_path / f"again-{place}"))  # before the answer: one epoch is enough
            bundles.export(made.desk.desk.id, tmp_path / f"down-{place}")
            begun.append(made.counter.bundles.take(tmp_path / f"down-{place}").new_epoch)
            given.append(receive(made, 30 + place))

    assert begun == [2, 3]
    assert len(set(given)) == 2
    assert all_alike(folder, *clones)


def exported(made: OpenCounter, path: Path) -> Path:
    made.counter.bundles.export(path)
    return path


def test_clones_that_had_the_same_unsent_entries_go_on_in_an_epoch_of_each(tmp_path: Path, province: Province) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    clones = three_of(folder, tmp_path, province, unsent=1)
    begun: list[int | None] = []
    given: list[str] = []
    for place, clone in enumerate(clones):
        with at(clone) as made:
            receive(made, 10 + place)
            begun.append(made.counter.province_line.exchange().new_epoch)
            given.append(receive(made, 20 + place))

    assert begun == [2, 3]
    assert len(set(given)) == 2
    assert all_alike(folder, *clones)


def test_a_code_that_both_gave_after_they_had_gone_on_belongs_to_one_and_the_other_has_a_new_one(
    tmp_path: Path, province: Province
) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    clone = two_of(folder, tmp_path, province, "H99.14")
    with at(folder) as made:
        receive(made, 1)
        made.counter.province_line.exchange()
    with at(clone) as other:
        given = [receive(other, number) for number in (2, 3)]
        assert other.counter.province_line.exchange().new_epoch == 2
    with at(folder) as made:
        assert receive(made, 4) == given[1]  # it has not heard of the other yet
        for _again in range(2):
            made.counter.province_line.exchange()
        renewed = made.counter.desk_status.read().renewed
    assert all_alike(folder, clone)
    with at(clone) as other:
        renewed = renewed or other.counter.desk_status.read().renewed
        assert other.counter.held.list_all() == ()
        assert len(set(codes_of(other))) == 4
        assert renewed is not None
        assert given[1] in {one.old for one in renewed.recoded}
        standing = other.counter.lookup.get_dossier(given[1]).dossier.id
    with province.database.transaction() as connection:
        found = connection.execute("SELECT id FROM dossier WHERE code = %s", (given[1],)).fetchone()
    assert found is not None
    assert found.id == standing


def test_epoch_that_another_machine_has_is_not_begun_and_nothing_changes(tmp_path: Path, province: Province) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    first, second = three_of(folder, tmp_path, province, unsent=0)
    with at(first) as made:
        receive(made, 10)
        assert made.counter.province_line.exchange().new_epoch == 2
        with province.database.transaction() as connection:
            items = read_page(connection, "H99.33", after=0, reader=made.desk.desk.id, own=True)
    with at(second) as made:
        receive(made, 11)
        (last,) = (one.seq for one in made.counter.province_line.make_asking().chains)
        own = [item.data for item in items if item.kind == FeedKind.BATCH]
        before = picture_of(made)

        with pytest.raises(EnvironmentFailure, match=r"sync\.line_refused"):
            ForkedJournal(made.desk).go_on(Fork(1, last), own, epoch=2)

        assert picture_of(made) == before
        assert made.desk.journal.epoch == 1
    assert all_alike(folder, first, second)
