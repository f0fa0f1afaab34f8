"""What a hall does with sealed papers that lie, take too much, or are gone."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.hall.keeping import Keeping
from counter_app.hall.paper_shelf import PaperShelf
from counter_app.store.store import Store
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.sealed_papers import SealedAsked, SealedName, SealedPart
from tests.fakes.desks import DeskClock
from tests.fakes.halls import Invited, make_store, running_hall


@pytest.fixture
def invited(tmp_path: Path) -> Invited:
    return Invited(folder=tmp_path / "province")


@contextmanager
def shelf_at(store: DataFolder, clock: DeskClock | None = None, *, papers_bytes: int = 1 << 30) -> Iterator[PaperShelf]:
    """Give the papers of a hall that does not run."""
    made = Keeping(Store(store.store, bytes(32)), clock or DeskClock(), most_bytes=1 << 30, papers_bytes=papers_bytes)
    try:
        yield made.papers
    finally:
        made.close()


def paper_of(number: int) -> PaperName:
    return PaperName(sha256=hashlib.sha256(bytes([number])).digest(), size_bytes=1)


def part_of(paper: PaperName, sealed: bytes = b"sealed", *, is_confirmed: bool = False) -> SealedPart:
    digest = hashlib.sha256(sealed).digest()
    name = SealedName(paper=paper, sha256=digest, size_bytes=len(sealed), sealed_for=bytes(32))
    return SealedPart(name=name, data=sealed[:CHUNK_BYTES], is_confirmed=is_confirmed)


def is_full(shelf: PaperShelf, giver: str, part: SealedPart) -> bool:
    try:
        shelf.take_part(giver, part)
    except EnvironmentFailure as exc:
        assert exc.code == "hall.papers_full"  # noqa: PT017 - it is what is asked here
        return True
    return False


def test_what_a_desk_gives_hides_no_paper_of_another(tmp_path: Path, invited: Invited) -> None:
    with shelf_at(make_store(tmp_path, invited)) as shelf:
        true, copied, lie = part_of(paper_of(1)), part_of(paper_of(2)), part_of(paper_of(1), b"a lie")
        for giver, part in (("liar", copied), ("liar", lie), ("other", true)):
            assert shelf.take_part(giver, part) == HELD
        assert shelf.list_waiting(most=9, but={copied.name}) == [lie.name, true.name]
        assert shelf.list_waiting(most=1, but={lie.name, copied.name}) == [true.name]
        shelf.drop(copied.name)
        shelf.note_refused(lie.name)
        assert shelf.list_waiting(most=9, but={lie.name}) == [true.name]
        assert shelf.read_file(true.name, 0) == true.data
        shelf.note_held([paper_of(1)])
        assert shelf.list_waiting(most=9) == []
        shelf.doubt()
        assert len(shelf.list_waiting(most=9)) == 2


def test_no_desk_takes_all_the_room_and_what_nobody_names_goes_first(tmp_path: Path, invited: Invited) -> None:
    clock = DeskClock()
    with shelf_at(make_store(tmp_path, invited), clock, papers_bytes=8 * 4_096) as shelf:
        for number in range(6):
            assert shelf.take_part("one", part_of(paper_of(number))) == HELD
            clock.move(timedelta(minutes=1))
        assert is_full(shelf, "one", part_of(paper_of(6)))  # its share; each takes a block of the disk
        assert not any(is_full(shelf, "two", part_of(paper_of(number))) for number in (10, 11))
        assert is_full(shelf, "two", part_of(paper_of(12)))

        shelf.note_held([paper_of(number) for number in (0, 1)])
        shelf.note_refused(part_of(paper_of(5)).name)
        assert shelf.list_copies("one", paper_of(0))  # its giver's own question keeps no paper longer
        assert not is_full(shelf, "two", part_of(paper_of(12)))
        assert paper_of(5) not in [name.paper for name in shelf.list_waiting(most=9)]
        assert not is_full(shelf, "two", part_of(paper_of(13)))
        assert [bool(shelf.list_copies("two", paper_of(number))) for number in (0, 1)] == [False, True]


def test_papers_leave_the_disk_room_for_records(
    tmp_path: Path, invited: Invited, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = bytes(CHUNK_BYTES + 7)
    begun = part_of(paper_of(2), long)
    rest = msgspec.structs.replace(begun, offset=CHUNK_BYTES, data=long[CHUNK_BYTES:])
    with shelf_at(make_store(tmp_path, invited)) as shelf:
        assert shelf.take_part("one", part_of(paper_of(1), is_confirmed=True)) == HELD
        assert (shelf.count().papers, shelf.count().waiting) == (1, 0)
        assert shelf.take_part("two", begun) == CHUNK_BYTES
        with monkeypatch.context() as patched:
            patched.setattr("counter_app.hall.disk_room.RESERVE_BYTES", 1 << 60)
            assert is_full(shelf, "two", rest)
            assert is_full(shelf, "one", part_of(paper_of(4), is_confirmed=True))
            assert shelf.count().papers == 1  # one that the province has takes the place of no other
            assert is_full(shelf, "one", part_of(paper_of(3)))
            assert shelf.count().papers == 0  # what the province has made room
        assert shelf.take_part("two", rest) == HELD


def test_a_paper_whose_file_is_gone_is_asked_for_again(tmp_path: Path, invited: Invited) -> None:
    store, given = make_store(tmp_path, invited), part_of(paper_of(1))
    asked = SealedAsked(papers=[paper_of(1)], sealed_for=bytes(32))
    with shelf_at(store) as shelf:
        assert shelf.take_part("one", given) == HELD
        assert shelf.list_kept("one", asked) == [HELD]
        next((store.root / "papers").rglob(given.name.sha256.hex())).unlink()
        assert shelf.list_kept("one", asked) == [0]
        shelf.clear_left_behind()
        assert shelf.count().papers == 0


def test_after_a_smaller_receipt_every_paper_is_asked_about_again(tmp_path: Path, invited: Invited) -> None:
    desk = new_id()
    with running_hall(make_store(tmp_path, invited)) as hall:
        assert hall.keeping.papers.take_part("one", part_of(paper_of(1), is_confirmed=True)) == HELD
        for minutes, seq, waiting in ((1, 4, 0), (2, 5, 0), (3, 3, 1)):
            chain = Acknowledgement(desk=desk, epoch=1, seq=seq, hash=bytes(32))
            hall.keeping.take_receipt(invited.receipt([chain], minutes=minutes))
            assert hall.keeping.papers.count().waiting == waiting
