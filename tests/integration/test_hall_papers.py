"""Papers at a hall: other desks open them with the line cut, the hall itself cannot, and only the province confirms."""

import hashlib
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.domain.document import ContentCause
from counter_app.domain.unit import Unit
from counter_app.hall.keeping import HallFacts, Keeping
from counter_app.hall.making import fill_hall
from counter_app.hall.upward import Upward
from counter_app.province.service import Province
from counter_app.services.answers.documents import DocumentView, NamedFile
from counter_app.settings.settings import open_settings
from counter_app.store.store import Store
from counter_app.sync.https_line import LineIdentity, parse_url
from counter_app.sync.https_sealed import HttpsSealed
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName
from counter_app.sync.ports import FeedKind
from counter_app.sync.roster import DeskKind
from counter_app.sync.sealed_papers import SealedAsked, SealedName, SealedPart, SealedWanted, open_paper
from tests.fakes.cut_line import cut_line
from tests.fakes.desks import DeskClock
from tests.fakes.exchanging import hall_folder
from tests.fakes.halls import Invited, RunningHall, make_store, running_hall
from tests.fakes.province import admit
from tests.fakes.province_desks import at, enrol, is_sound, receive
from tests.fakes.scanned_corpus import Kind, as_file, make_page

CONTENT = b"%PDF-1.7 " + random.Random(7).randbytes(300_000)
NAME = PaperName(sha256=hashlib.sha256(CONTENT).digest(), size_bytes=len(CONTENT))
UNIT = "H99.71"


@pytest.fixture
def invited(tmp_path: Path) -> Invited:
    return Invited(folder=tmp_path / "province")


@contextmanager
def desks_at(root: Path, count: int = 2) -> Iterator[list[OpenCounter]]:
    with ExitStack() as stack:
        yield [stack.enter_context(at(hall_folder(root / str(number), number))) for number in range(1, count + 1)]


def scan(made: OpenCounter, content: bytes = CONTENT) -> DocumentView:
    """Attach a paper whose file is known; the page that it came as is an earlier version."""
    page = NamedFile(name="quét.png", data=as_file(make_page(Kind.SPARSE, 6)))
    (view,) = made.counter.digitising.attach([page], receive(made), component=1).documents
    return made.counter.digitising.renew(view, content, ContentCause.RESCANNED)


def meet(*desks: OpenCounter) -> None:
    for made in desks:
        assert made.counter.hall_line.exchange() is not None


def go_by(hall: RunningHall, *desks: OpenCounter) -> None:
    for made in desks:
        made.settings.set("sync.hall_url", hall.url)


def left(made: OpenCounter) -> int:
    return made.counter.province_line.read_answer().blobs_left


def files_of(hall: RunningHall) -> list[bytes]:
    return [path.read_bytes() for path in hall.keeping.folder.root.rglob("*") if path.is_file()]


def refusal(call: object) -> str:
    with pytest.raises(EnvironmentFailure) as caught:
        call()  # type: ignore[operator]
    return str(caught.value.context.get("reason", caught.value.code))


def test_with_the_line_cut_another_desk_opens_a_paper_that_the_hall_cannot_read(
    tmp_path: Path, invited: Invited
) -> None:
    with desks_at(tmp_path, 3) as (one, two, newcomer), running_hall(make_store(tmp_path, invited)) as hall:
        invited.admit(one, two)
        hall.keeping.take_roster(invited.roster())
        go_by(hall, one, two, newcomer)
        one.counter.preferences.set("sync.papers_hours", "never")
        view = scan(one)
        meet(one, two)
        assert hall.keeping.papers.count().papers == 0
        with pytest.raises(UserError, match=r"document\.not_fetched"):
            two.counter.digitising.read_file(view.document.id)

        one.counter.preferences.set("sync.papers_hours", "always")
        meet(one)
        assert two.counter.digitising.read_file(view.document.id) == CONTENT

        counts = hall.keeping.papers.count()
        assert (counts.papers, counts.waiting, left(one)) == (2, 2, 2)  # the hall's word is not the province's
        assert not any(CONTENT[:64] in data for data in files_of(hall))
        sealed = [name for name in hall.keeping.papers.list_waiting(most=9) if name.paper == NAME]
        (data,) = [data for data in files_of(hall) if hashlib.sha256(data).digest() == sealed[0].sha256]
        assert open_paper(data, NAME, invited.authority.identity) == CONTENT
        _assert_kept_from_strangers(hall, invited, sealed[0])

        invited.admit(newcomer)  # what was sealed before is not for it
        hall.keeping.take_roster(invited.roster())
        meet(newcomer)
        with pytest.raises(UserError, match=r"document\.not_fetched"):
            newcomer.counter.digitising.read_file(view.document.id)
        meet(one)
        assert newcomer.counter.digitising.read_file(view.document.id) == CONTENT
        assert hall.keeping.papers.count().papers == 2 + 1
        assert hall.keeping.verify().damaged == ()
        assert all(map(is_sound, (one, two, newcomer)))


def _assert_kept_from_strangers(hall: RunningHall, invited: Invited, sealed: SealedName) -> None:
    """Whoever is not on the roster gets nothing, and a desk that lies about a paper hides nobody else's."""
    stranger, liar = invited.remote(listed=False), invited.remote()
    hall.keeping.take_roster(invited.roster())
    lie = b"x" * 20_000
    name = msgspec.structs.replace(sealed, sha256=hashlib.sha256(lie).digest(), size_bytes=len(lie))
    with hall.line_of(stranger, invited.hall_id).line() as line:
        papers = HttpsSealed(line)
        for call in (
            lambda: papers.list_kept(SealedAsked(papers=[NAME], sealed_for=sealed.sealed_for)),
            lambda: papers.put_part(SealedPart(name=name)),
            lambda: papers.list_copies(NAME),
            lambda: papers.read_part(SealedWanted(sha256=sealed.sha256, offset=0)),
        ):
            assert refusal(call) == "province.not_admitted"
    with hall.line_of(liar, invited.hall_id).line() as line:
        papers = HttpsSealed(line)
        assert papers.list_kept(SealedAsked(papers=[NAME], sealed_for=sealed.sealed_for)) == [0]
        assert papers.put_part(SealedPart(name=name, offset=5, data=b"x")) == 0
        assert papers.put_part(SealedPart(name=name, data=lie[:CHUNK_BYTES])) == CHUNK_BYTES
        assert refusal(lambda: papers.put_part(SealedPart(name=name, offset=CHUNK_BYTES, data=bytes(3_616)))) == (
            "province.paper_damaged"
        )
        assert papers.put_part(SealedPart(name=name, data=lie[:CHUNK_BYTES])) == CHUNK_BYTES
        assert papers.put_part(SealedPart(name=name, offset=CHUNK_BYTES, data=lie[CHUNK_BYTES:])) == HELD
        assert refusal(lambda: papers.read_part(SealedWanted(sha256=bytes(32), offset=0))) == "province.unknown_paper"
        for body in (b"x", msgspec.msgpack.encode({"name": 1})):
            assert refusal(lambda: line.request("POST", "/paper/sealed", body)) == "province.bad_request"


def test_a_hall_without_room_for_papers_takes_records_and_makes_room_of_what_the_province_has(
    tmp_path: Path, invited: Invited
) -> None:
    store = make_store(tmp_path, invited)
    with desks_at(tmp_path) as (one, two):
        invited.admit(one, two)
        with running_hall(store, papers_bytes=450_000) as hall:
            hall.keeping.take_roster(invited.roster())
            go_by(hall, one, two)
            first, second = scan(one), scan(one, CONTENT[:200_000])
            meet(one, two)
            assert hall.keeping.count_unsent(None) > 0
            assert two.counter.digitising.read_file(first.document.id) == CONTENT
            with pytest.raises(UserError, match=r"document\.not_fetched"):
                two.counter.digitising.read_file(second.document.id)
            hall.keeping.papers.note_held([NAME])
            third = scan(two, CONTENT[:200_001])
            meet(two)
            counts = hall.keeping.papers.count()
            assert counts.stored_bytes < 450_000
            assert NAME.sha256.hex() in one.counter.hall_line.papers.list_left()
            meet(one)
            assert one.counter.digitising.read_file(third.document.id) == CONTENT[:200_001]
            assert hall.keeping.papers.list_copies(NAME) == []


@contextmanager
def hall_at(root: Path, province: Province, url: str) -> Iterator[DataFolder]:
    """Give the folder of an admitted hall that reaches the province by another address."""
    unit = Unit(code=UNIT, name="Ủy ban nhân dân xã Đồng Mẫu")
    hall = admit(province, unit=unit, kind=DeskKind.HALL)
    with hall.line() as line:
        roster = [item.data for item in line.pull(0) if item.kind == FeedKind.ROSTER][-1]
    identity: LineIdentity = msgspec.structs.replace(hall.identity, url=url)
    facts = HallFacts(
        hall_id=hall.id,
        name="Trung tâm",
        unit_code=UNIT,
        unit_name=unit.name,
        province_key=province.authority.signer.public_key,
        identity=msgspec.msgpack.encode(identity),
    )
    folder = DataFolder(root / "hall", state_root=root / "state")
    folder.create()
    fill_hall(folder, bytes(32), facts, roster, DeskClock())
    yield folder


def carry_up(folder: DataFolder) -> str:
    """Exchange once as a hall that has just begun; returns what it ended with."""
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=1 << 30)
    try:
        Upward(keeping).exchange_once()
    except AppError as error:
        return error.code
    finally:
        keeping.close()
    return ""


def test_the_hall_brings_papers_to_the_province_once_through_cuts_and_only_then_they_count(
    tmp_path: Path, province: Province
) -> None:
    sizes = [random.Random(3).randrange(30_000, 90_000) for _ in range(24)]
    with (
        desks_at(tmp_path) as (one, two),
        cut_line(parse_url(province.url), sizes) as line,
        hall_at(tmp_path, province, line.url) as folder,
    ):
        for made in (one, two):
            enrol(made, province, UNIT)
        one.counter.preferences.set("sync.papers_hours", "never")
        one.counter.province_line.exchange()
        one.counter.preferences.set("sync.papers_hours", "always")
        view = scan(one)
        while carry_up(folder):  # the roster with both desks
            pass
        with running_hall(folder) as hall:
            go_by(hall, one, two)
            meet(one)
            theirs = one.counter.hall_line.papers.list_left()
            assert NAME.sha256.hex() in theirs
            assert one.counter.province_line.exchange(left=theirs).blobs_left == 2

        open_settings(folder).set("sync.papers_hours", "never")
        while carry_up(folder):
            pass
        assert one.counter.province_line.exchange(left=theirs).blobs_left == 2
        open_settings(folder).set("sync.papers_hours", "always")
        before, ends = line.carried_bytes, 1
        while carry_up(folder):  # each time as a process that was killed there
            ends += 1
        assert ends > 2
        assert line.carried_bytes - before < 2 * len(CONTENT)

        assert one.counter.province_line.exchange(left=theirs).blobs_left == 0
        two.counter.province_line.exchange()
        assert two.counter.digitising.read_file(view.document.id) == CONTENT
        assert list(province.papers.iter_held()).count(NAME.sha256) == 1
        with running_hall(folder) as hall:
            counts = hall.keeping.papers.count()
            assert (counts.papers, counts.waiting) == (2, 0)
            meet(one)
            assert hall.keeping.papers.count() == counts
        assert is_sound(one)


def test_what_the_province_does_not_know_or_cannot_open_stops_no_other_paper(
    tmp_path: Path, province: Province
) -> None:
    with desks_at(tmp_path, 1) as (one,), hall_at(tmp_path, province, province.url) as folder:
        enrol(one, province, UNIT)
        liar = admit(province, unit=Unit(code=UNIT, name="xã"))
        scan(one)
        assert carry_up(folder) == ""
        with running_hall(folder) as hall:
            go_by(hall, one)
            lies = [(b"y" * 30_000, NAME), (b"z" * 30_000, PaperName(sha256=bytes(32), size_bytes=5))]
            with hall.line_of(liar, hall.keeping.read_facts().hall_id).line() as line:
                for data, paper in lies:
                    name = SealedName(
                        paper=paper, sha256=hashlib.sha256(data).digest(), size_bytes=len(data), sealed_for=bytes(32)
                    )
                    assert HttpsSealed(line).put_part(SealedPart(name=name, data=data[:CHUNK_BYTES])) == CHUNK_BYTES
                    rest = SealedPart(name=name, offset=CHUNK_BYTES, data=data[CHUNK_BYTES:])
                    assert HttpsSealed(line).put_part(rest) == HELD
            meet(one)
            assert hall.keeping.papers.count().papers == 4
        assert carry_up(folder) == carry_up(folder) == ""
        assert one.counter.province_line.exchange(left=one.counter.hall_line.papers.list_left()).blobs_left == 0
        with running_hall(folder) as hall:
            counts = hall.keeping.papers.count()
            assert (counts.papers, counts.waiting) == (3, 1)
            assert [one.paper.size_bytes for one in hall.keeping.papers.list_waiting(most=9)] == [5]
