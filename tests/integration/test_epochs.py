"""A number that may be on paper is never given again: not after a restore, not after a copy, not from two processes."""

import shutil
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import EnvironmentFailure
from counter_app.core.machine import find_machine_id
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.dossier_code import parse_dossier_code
from counter_app.services.desk_backup import back_up
from counter_app.services.open_desk import mark_as_copy, write_local
from counter_app.store.head_marker import HeadMarker
from counter_app.store.keys import load_key, read_key_file
from counter_app.store.tables import organisation
from tests.fakes.desks import PASSPHRASE, START, DeskClock, a_form, at_work, sample_desk
from tests.fakes.exchanging import exchange_of, hall
from tests.fakes.province_desks import at


@pytest.fixture
def desk(tmp_path: Path) -> DataFolder:
    return sample_desk(tmp_path / "pc")


def receive(made: OpenCounter, count: int) -> list[str]:
    return [made.counter.intake.receive(a_form(n), Outcome.ACCEPTED).dossier.code for n in range(count)]


def numbers(codes: list[str]) -> list[int]:
    return [parse_dossier_code(code).number for code in codes]


def epochs(made: OpenCounter) -> list[tuple[int, str]]:
    table = organisation.epoch.c
    with made.desk.store.reading() as connection:
        return [(row.epoch, row.reason) for row in connection.execute(select(table.epoch, table.reason))]


def is_sound(made: OpenCounter) -> bool:
    return made.counter.verification.verify().is_sound


def test_threads_receiving_at_once_get_consecutive_numbers(desk: DataFolder) -> None:
    codes: list[str] = []
    with at_work(desk) as made:
        threads = [threading.Thread(target=lambda: codes.extend(receive(made, 8))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        sound = is_sound(made)

    first = min(numbers(codes))
    assert sorted(numbers(codes)) == list(range(first, first + 32))
    assert sound


RECEIVER = """
import sys
from pathlib import Path
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from tests.fakes.desks import a_form, at_work
root = Path(sys.argv[1])
with at_work(DataFolder(root / "desk", state_root=root / "state")) as made:
    print("open", flush=True)
    sys.stdin.readline()
    for n in range(int(sys.argv[2])):
        print(made.counter.intake.receive(a_form(n), Outcome.ACCEPTED).dossier.code, flush=True)
"""


def test_two_processes_receiving_at_once_get_consecutive_numbers_and_no_false_restore(desk: DataFolder) -> None:
    root = desk.root.parent
    command = [sys.executable, "-c", RECEIVER, str(root), "25"]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
    answers = [process.communicate("go\n", timeout=60) for process in processes]

    codes = [line for out, _ in answers for line in out.split()]
    first = min(numbers(codes))
    assert [process.returncode for process in processes] == [0, 0], answers
    assert sorted(numbers(codes)) == list(range(first, first + 50))
    with at_work(desk) as made:
        assert epochs(made) == [(1, "enrolled")]
        assert is_sound(made)


def test_opening_beside_a_window_that_is_receiving_is_never_taken_for_a_restore(desk: DataFolder) -> None:
    stop = threading.Event()
    found: list[list[tuple[int, str]]] = []
    with at_work(desk) as window:

        def work() -> None:
            while not stop.is_set():
                receive(window, 1)

        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(8):
            with at_work(desk) as command:
                found.append(epochs(command))
        stop.set()
        thread.join(60)

    assert found == [[(1, "enrolled")]] * 8


def test_clock_set_back_a_day_and_forward_again_gives_no_code_twice_and_no_entry_out_of_order(
    desk: DataFolder,
) -> None:
    clock = DeskClock()
    codes: list[str] = []
    with at_work(desk, clock) as made:
        for step in (0, -1, +1, -1, +1, +1, -1):
            clock.move(timedelta(days=step))
            codes += receive(made, 2)
        with made.desk.store.reading() as connection:
            stamps = connection.exec_driver_sql("SELECT at FROM journal_entry ORDER BY position").scalars().all()
        sound = is_sound(made)

    assert len(set(codes)) == len(codes)
    assert stamps == sorted(set(stamps))
    assert sound


def test_day_that_needs_more_than_the_slice_goes_on_with_five_digits_and_then_says_so(desk: DataFolder) -> None:
    with at_work(desk) as made:
        (first,) = numbers(receive(made, 1))
        part = made.desk.part

        def jump_to(last: int) -> None:
            with made.desk.store.writing() as connection:
                connection.exec_driver_sql("UPDATE number_counter SET last = ? WHERE day = '2026-11-23'", (last,))

        jump_to(part.high - 1)
        across = numbers(receive(made, 3))
        jump_to(10_000 + part.high * 9 - 2)
        (last,) = numbers(receive(made, 1))
        with made.desk.store.reading() as connection:
            before = connection.exec_driver_sql("SELECT count(*) FROM journal_entry").scalar()

        with pytest.raises(EnvironmentFailure, match=r"check\.numbers_used_up"):
            receive(made, 1)

        with made.desk.store.reading() as connection:
            after = connection.exec_driver_sql("SELECT count(*) FROM journal_entry").scalar()
        left = made.counter.desk_status.read().numbers_left

    long_low = 10_000 + (part.low - 1) * 9
    assert first == part.low
    assert across == [part.high, long_low, long_low + 1]
    assert last == 10_000 + part.high * 9 - 1
    assert (after, left) == (before, 0)


def test_restored_backup_goes_on_under_a_new_epoch_and_gives_no_code_twice(desk: DataFolder, tmp_path: Path) -> None:
    with at_work(desk) as made:
        printed = receive(made, 2)
    shutil.copytree(desk.root, tmp_path / "backup")
    with at_work(desk) as made:
        printed += receive(made, 5)

    for expected in ([(1, "enrolled"), (2, "restored")], [(1, "enrolled"), (3, "restored")]):
        shutil.rmtree(desk.root)
        shutil.copytree(tmp_path / "backup", desk.root)
        with at_work(desk) as made:
            assert epochs(made) == expected
            printed += receive(made, 4)
            assert is_sound(made)

    assert len(set(printed)) == len(printed) == 15
    with at_work(desk) as made:  # opening once more is nothing new
        assert epochs(made) == [(1, "enrolled"), (3, "restored")]


def test_backup_of_the_present_state_put_back_goes_on_as_before(desk: DataFolder, tmp_path: Path) -> None:
    with at_work(desk) as made:
        receive(made, 1)
    shutil.copytree(desk.root, tmp_path / "backup")
    shutil.rmtree(desk.root)
    shutil.copytree(tmp_path / "backup", desk.root)

    with at_work(desk) as made:
        assert epochs(made) == [(1, "enrolled")]


@pytest.mark.skipif(find_machine_id() is None, reason="this system keeps no id of its machine")
def test_store_that_last_stood_on_another_machine_goes_on_under_a_new_epoch(desk: DataFolder) -> None:
    with at_work(desk) as made:
        here = receive(made, 2)
        with made.desk.store.writing() as connection:
            write_local(connection, "machine", bytes(32))

    with at_work(desk) as made:
        there = receive(made, 2)
        assert epochs(made) == [(1, "enrolled"), (2, "copied")]
        assert is_sound(made)
        assert min(numbers(there)) == made.desk.part.low > 1001

    assert set(here).isdisjoint(there)


def test_so_many_restores_that_the_slice_is_used_up_are_refused_and_change_nothing(desk: DataFolder) -> None:
    note = HeadMarker(desk.head_marker(read_key_file(desk.keys).store_id))
    note.note(40, 1)
    before = desk.store.read_bytes()

    with pytest.raises(EnvironmentFailure, match=r"store\.slice_used_up"), at_work(desk):
        raise AssertionError("the desk opened")

    assert desk.store.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"QMCHEAD1", b"NOTOURS!" + bytes(12), bytes(2_000)])
def test_damaged_note_is_written_anew_at_the_next_opening(desk: DataFolder, damage: bytes) -> None:
    path = desk.head_marker(read_key_file(desk.keys).store_id)
    path.write_bytes(damage)

    with at_work(desk) as made:
        assert epochs(made) == [(1, "enrolled")]
        receive(made, 1)

    with at_work(desk) as made:
        head = made.counter.desk_status.read().unsent
    assert HeadMarker(path).read() == (1, head)


def test_note_never_goes_backwards(tmp_path: Path) -> None:
    note = HeadMarker(tmp_path / "heads" / "x")

    note.note(1, 10)
    note.note(1, 9)
    assert note.read() == (1, 10)
    note.note(2, 1)
    note.note(1, 50)
    assert note.read() == (2, 1)


def test_folder_that_cannot_hold_the_note_does_not_stop_the_desk(desk: DataFolder, tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("not a folder", encoding="utf-8")

    with at_work(DataFolder(desk.root, state_root=in_the_way)) as made:
        assert len(receive(made, 1)) == 1


def test_two_processes_that_open_a_restored_store_at_once_start_one_epoch(desk: DataFolder, tmp_path: Path) -> None:
    shutil.copytree(desk.root, tmp_path / "backup")
    with at_work(desk) as made:
        receive(made, 3)
    shutil.rmtree(desk.root)
    shutil.copytree(tmp_path / "backup", desk.root)
    found: list[list[tuple[int, str]]] = []
    barrier = threading.Barrier(2)

    def open_it() -> None:
        barrier.wait(30)
        with at_work(desk, DeskClock(START)) as made:
            found.append(epochs(made))

    threads = [threading.Thread(target=open_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert found == [[(1, "enrolled"), (2, "restored")]] * 2


def test_backup_that_knows_a_further_machine_of_its_desk_goes_on_above_that_machines_epoch(tmp_path: Path) -> None:
    with hall(tmp_path / "hall", count=2) as (one, _beside):
        receive(one, 1)
        folder = one.folder
    there = copied(folder.root.parent, tmp_path / "clone")
    mark_as_copy(there.store, load_key(there, passphrase=PASSPHRASE))
    with at(there) as clone:
        given = receive(clone, 1)
        batches = [batch.data for batch in exchange_of(clone).next_batches("", most=99)]
    with at(folder) as made:
        exchange_of(made).take_run(batches)
        back_up(made.desk, tmp_path / "backup", passphrase=PASSPHRASE, recovery=None)
    put_back = DataFolder(tmp_path / "pc" / "desk", state_root=tmp_path / "pc" / "state")
    shutil.copytree(tmp_path / "backup", put_back.root)

    with at(there) as clone, at(put_back) as made:
        assert (clone.desk.journal.epoch, made.desk.journal.epoch) == (2, 3)
        assert epochs(made) == [(1, "enrolled"), (2, "restored"), (3, "restored")]
        given += receive(clone, 2) + receive(made, 3)
        assert is_sound(made)
    assert len(set(given)) == len(given) == 6


def copied(root: Path, to: Path) -> DataFolder:
    """Return a clone of a desk, with the note of how far it has come."""
    shutil.copytree(root, to)
    return DataFolder(to / "desk", state_root=to / "state")
