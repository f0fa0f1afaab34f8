"""A hall's file that was put back and has grown again: whoever reads its feed begins anew and passes nothing over."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from counter_app.store.store import Store
from counter_app.sync.ports import Acknowledgement, FeedKind
from tests.fakes.halls import Invited, codes_of, make_store, running_hall


@pytest.fixture
def invited(tmp_path: Path) -> Invited:
    return Invited(folder=tmp_path / "province")


def test_a_hall_that_was_set_back_and_has_grown_again_is_read_from_the_beginning(
    tmp_path: Path, invited: Invited
) -> None:
    one, other, reader = invited.remote(), invited.remote(), invited.remote()
    store = make_store(tmp_path, invited)
    shutil.copytree(store.root, tmp_path / "copy")
    with running_hall(store) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        hall.keeping.take(one.seal(one.chain(3))[0].data, asker=one.id)
        *_, last = line.pull(0)
        assert list(line.pull(last.position, mark=last.mark)) == []
    shutil.rmtree(store.root)
    shutil.move(tmp_path / "copy", store.root)
    with running_hall(store) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        hall.keeping.take(other.seal(other.chain(3))[0].data, asker=other.id)
        path = f"/feed?after={last.position}&mark={last.mark.hex()}"
        assert codes_of(line, "GET", path) == "province.feed_set_back"
        assert codes_of(line, "GET", "/feed?mark=x") == "province.bad_request"


def test_a_hall_that_was_set_back_is_read_again_though_the_same_came_to_the_same_place(
    tmp_path: Path, invited: Invited
) -> None:
    one, other, reader = invited.remote(), invited.remote(), invited.remote()
    store = make_store(tmp_path, invited)
    shutil.copytree(store.root, tmp_path / "copy")
    last_of_both = other.seal(other.chain(3))[0].data
    chain = one.chain(5)
    with running_hall(store) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        hall.keeping.take(one.seal(chain[:3])[0].data, asker=one.id)
        hall.keeping.take(last_of_both, asker=other.id)
        *_, last = line.pull(0)
    shutil.rmtree(store.root)
    shutil.move(tmp_path / "copy", store.root)
    with running_hall(store) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        hall.keeping.take(one.seal(chain)[0].data, asker=one.id)
        hall.keeping.take(last_of_both, asker=other.id)
        assert {item.data: item.position for item in line.pull(0)}[last_of_both] == last.position
        path = f"/feed?after={last.position}&mark={last.mark.hex()}"
        assert codes_of(line, "GET", path) == "province.feed_set_back"


def test_who_read_up_to_a_receipt_goes_on_behind_it_when_another_one_takes_its_place(
    tmp_path: Path, invited: Invited
) -> None:
    one, reader = invited.remote(), invited.remote()
    with running_hall(make_store(tmp_path, invited)) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        (first, *_), chains = one.seal(one.chain(3)), list[Acknowledgement]()
        hall.keeping.take(first.data, asker=one.id)
        hall.keeping.take_receipt(invited.receipt(chains))
        *_, receipt = line.pull(0)
        assert receipt.kind == FeedKind.ACKNOWLEDGEMENT
        chains.append(hall.keeping.list_chains()[0])
        hall.keeping.take_receipt(invited.receipt(chains))
        (again,) = line.pull(receipt.position, mark=receipt.mark)
        assert (again.kind, again.mark) == (FeedKind.ACKNOWLEDGEMENT, receipt.mark)


def test_items_of_an_earlier_programs_hall_are_given_marks(tmp_path: Path, invited: Invited) -> None:
    one, reader = invited.remote(), invited.remote()
    store = make_store(tmp_path, invited)
    with running_hall(store) as hall:
        hall.keeping.take(one.seal(one.chain(3))[0].data, asker=one.id)
    with closing(Store(store.store, bytes(32))) as file, file.writing() as connection:
        connection.execute(text("ALTER TABLE item DROP COLUMN mark"))
    with running_hall(store) as hall, hall.line_of(reader, invited.hall_id).line() as line:
        marks = [item.mark for item in line.pull(0)]
        assert len(set(marks)) == len(marks) == 2
        assert set(map(len, marks)) == {8}
