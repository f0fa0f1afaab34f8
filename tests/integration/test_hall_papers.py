"""Papers at a hall: other desks open them with the line cut, the hall itself cannot, and only the province confirms."""

import hashlib
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.cli import run
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.document import Document
from counter_app.province.metrics import Traffic, read_metrics
from counter_app.province.service import Province
from counter_app.services.open_desk import OpenDesk
from counter_app.services.paper_line import note_confirmed
from counter_app.sync.https_line import parse_url
from counter_app.sync.https_sealed import HttpsSealed
from counter_app.sync.papers import CHUNK_BYTES, HELD, PaperName
from counter_app.sync.ports import FeedItem, FeedKind
from counter_app.sync.roster import DeskKind
from counter_app.sync.sealed_papers import (
    SealedAsked,
    SealedName,
    SealedPart,
    SealedWanted,
    digest_of,
    list_recipients,
    open_paper,
)
from tests.fakes.cut_line import cut_line
from tests.fakes.daemons import free_port
from tests.fakes.exchanging import exchange_of, hall_folder, hall_unit
from tests.fakes.halls import Invited, RunningHall, carry_up, hall_of, make_store, running_hall
from tests.fakes.province import admit
from tests.fakes.province_desks import at, enrol, is_sound, put_paper, receive

pytestmark = pytest.mark.usefixtures("_stretched_once")

CONTENT = b"%PDF-1.7 " + random.Random(7).randbytes(300_000)
NAME = PaperName(sha256=hashlib.sha256(CONTENT).digest(), size_bytes=len(CONTENT))
UNIT = hall_unit()


@pytest.fixture
def invited(tmp_path: Path) -> Invited:
    return Invited(folder=tmp_path / "province")


@contextmanager
def desks_at(root: Path, count: int = 2) -> Iterator[list[OpenCounter]]:
    with ExitStack() as stack:
        yield [stack.enter_context(at(hall_folder(root / str(number), number))) for number in range(1, count + 1)]


def scan(made: OpenCounter, content: bytes = CONTENT) -> Document:
    return put_paper(made, receive(made), content)


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
        invited.list_desk(new_id(), bytes(32), "age1 no key at all")
        invited.admit(one, two)
        hall.keeping.take_roster(invited.roster())
        go_by(hall, one, two, newcomer)
        one.counter.preferences.set("sync.papers_hours", "never")
        view = scan(one)
        meet(one, two)
        assert hall.keeping.papers.count().papers == 0
        with pytest.raises(UserError, match=r"document\.not_fetched"):
            two.counter.digitising.read_file(view.id)

        one.counter.preferences.set("sync.papers_hours", "always")
        meet(one)
        assert two.counter.digitising.read_file(view.id) == CONTENT

        counts = hall.keeping.papers.count()
        assert (counts.papers, counts.waiting, left(one)) == (1, 1, 1)  # the hall's word is not the province's
        assert not any(CONTENT[:64] in data for data in files_of(hall))
        sealed = [name for name in hall.keeping.papers.list_waiting(most=9) if name.paper == NAME]
        (data,) = [data for data in files_of(hall) if hashlib.sha256(data).digest() == sealed[0].sha256]
        assert open_paper(data, NAME, invited.authority.identity) == CONTENT
        _assert_kept_from_strangers(hall, invited, sealed[0])

        invited.admit(newcomer)  # what was sealed before is not for it
        hall.keeping.take_roster(invited.roster())
        meet(newcomer)
        with pytest.raises(UserError, match=r"document\.not_fetched"):
            newcomer.counter.digitising.read_file(view.id)
        meet(one)
        assert newcomer.counter.digitising.read_file(view.id) == CONTENT
        assert hall.keeping.papers.count().papers == 1 + 1
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
            assert refusal(partial(line.request, "POST", "/paper/sealed", body)) == "province.bad_request"


def test_a_cut_costs_at_most_a_chunk_also_where_the_desk_or_the_hall_begins_anew(
    tmp_path: Path, invited: Invited
) -> None:
    desk, reader, port = hall_folder(tmp_path / "1", 1), hall_folder(tmp_path / "2", 2), free_port()
    with at(desk) as one, at(reader) as two:
        invited.admit(one, two)
        store = make_store(tmp_path, invited)
        paper = scan(one)
    meetings = 0
    # A kept connection that was cut is tried once more: only two cuts in a row end a meeting.
    with cut_line(("127.0.0.1", port), [80_000, 100] * 20) as line:
        while not _has_met(desk, line.url, store, port):
            meetings += 1
            assert meetings < 30
        assert (meetings > 2, line.cuts > 5) == (True, True)
        assert line.carried_bytes < 1.04 * len(CONTENT) + line.cuts * (CHUNK_BYTES + 9_000)
    with at(reader) as two, running_hall(store) as hall:
        go_by(hall, two)
        meet(two)
        assert two.counter.digitising.read_file(paper.id) == CONTENT
    assert list(desk.giving.iterdir()) == []


def _has_met(desk: DataFolder, url: str, store: DataFolder, port: int) -> bool:
    """Meet once, a desk and a hall that have both just begun; whether they came to the end."""
    with at(desk) as one, running_hall(store, listen=port):
        one.settings.set("sync.hall_url", url)
        try:
            return one.counter.hall_line.exchange() is not None
        except EnvironmentFailure as exc:
            assert exc.code == "sync.line_down"  # noqa: PT017 - most of them are expected to end so
            return False


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
            assert two.counter.digitising.read_file(first.id) == CONTENT
            with pytest.raises(UserError, match=r"document\.not_fetched"):
                two.counter.digitising.read_file(second.id)
            hall.keeping.papers.note_held([NAME])
            third = scan(two, CONTENT[:200_001])
            meet(two)
            counts = hall.keeping.papers.count()
            assert counts.stored_bytes < 450_000
            assert NAME.sha256.hex() in one.counter.hall_line.papers.list_left()
            meet(one)
            assert one.counter.digitising.read_file(third.id) == CONTENT[:200_001]
            assert hall.keeping.papers.list_copies("", NAME) == []


def test_what_the_province_lacks_comes_first_and_a_replaced_hall_is_in_nobodys_way(
    tmp_path: Path, invited: Invited
) -> None:
    invited.replaced = [new_id()]
    store, folder = make_store(tmp_path, invited), hall_folder(tmp_path / "1", 1)
    with at(folder) as one:
        invited.admit(one)
        scan(one, CONTENT[:200_000])
        news = scan(one)
        with one.desk.store.writing() as connection:
            note_confirmed(connection, [hashlib.sha256(CONTENT[:200_000]).hexdigest()], is_held=True, at_ms=1)
        one.counter.preferences.set("sync.papers_kbit_s", 16)  # of the outside line
    with at(hall_folder(tmp_path / "2", 2)) as two:
        invited.admit(two)
        for room, counts in ((450_000, (1, 1)), (1 << 30, (2, 1))):
            with at(folder) as one, running_hall(store, papers_bytes=room) as hall:
                hall.keeping.take_roster(invited.roster())
                exchange_of(one).take_roster(invited.roster())
                go_by(hall, one, two)
                begun = time.monotonic()
                meet(one, two)
                assert time.monotonic() - begun < 20
                assert len(one.counter.hall_line.papers.list_left()) == counts[0]  # none was given in vain
                assert (hall.keeping.papers.count().papers, hall.keeping.papers.count().waiting) == counts
                assert two.counter.digitising.read_file(news.id) == CONTENT


def test_a_file_that_cannot_be_read_ends_no_conversation_with_the_hall(tmp_path: Path, invited: Invited) -> None:
    with desks_at(tmp_path, 1) as (one,), running_hall(make_store(tmp_path, invited)) as hall:
        invited.admit(one)
        hall.keeping.take_roster(invited.roster())
        go_by(hall, one)
        scan(one)
        _sealed_place(one.desk, one).mkdir(parents=True)
        meet(one)
        assert hall.keeping.count_unsent(None) > 0
        assert hall.keeping.papers.count().papers == 0


def _sealed_place(desk: OpenDesk, made: OpenCounter) -> Path:
    """Return where a desk seals the paper."""
    roster = exchange_of(made).find_roster()
    assert roster is not None
    recipients = digest_of(list_recipients(roster, UNIT.code)).hex()[:16]
    return desk.folder.giving / f"{desk.vault.name_of(NAME.sha256.hex())}-{recipients}"


def set_hours(folder: DataFolder, hours: str) -> None:
    assert run(["--data", str(folder.root), "settings", "set", "sync.papers_hours", hours]) == 0


def told(province: Province) -> tuple[int, int]:
    """Return how many papers wait at halls, and whether they take any room, as the province's figures say."""
    with province.database.transaction() as connection:
        text = read_metrics(connection, Traffic(), now=province.clock.now(), papers_up=True)
    said = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("counter_hall"))
    return int(said["counter_hall_papers_waiting"]), int(int(said["counter_hall_papers_bytes"]) > len(CONTENT))


def test_the_hall_brings_papers_to_the_province_once_through_cuts_and_only_then_they_count(
    tmp_path: Path, province: Province
) -> None:
    # A kept connection that was cut is tried once more: only two cuts in a row end an exchange.
    with desks_at(tmp_path) as (one, two), cut_line(parse_url(province.url), [60_000, 100] * 20) as line:
        folder = hall_of(province, admit(province, unit=UNIT, kind=DeskKind.HALL), tmp_path, unit=UNIT, url=line.url)
        for made in (one, two):
            enrol(made, province, UNIT.code)
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
            assert one.counter.province_line.exchange(left=theirs).blobs_left == 1

        set_hours(folder, "never")
        while carry_up(folder):
            pass
        assert one.counter.province_line.exchange(left=theirs).blobs_left == 1
        assert told(province) == (1, 1)
        set_hours(folder, "always")
        before, ends = line.carried_bytes, 1
        while carry_up(folder):  # each time as a process that was killed there
            ends += 1
        assert ends > 2
        assert line.carried_bytes - before < 2 * len(CONTENT)

        assert one.counter.province_line.exchange(left=theirs).blobs_left == 0
        two.counter.province_line.exchange()
        assert two.counter.digitising.read_file(view.id) == CONTENT
        assert list(province.papers.iter_held()).count(NAME.sha256) == 1
        with running_hall(folder) as hall:
            counts = hall.keeping.papers.count()
            assert (counts.papers, counts.waiting) == (1, 0)
            go_by(hall, one)
            meet(one)
            assert hall.keeping.papers.count() == counts
            # The province was put back: its feed never was so long, and it has lost the paper.
            hall.keeping.reading.keep(FeedItem(position=10**9, kind=FeedKind.ROSTER, data=b"", mark=b""))
        forget_paper(province)
        while carry_up(folder):
            pass
        assert one.counter.province_line.exchange(left=theirs).blobs_left == 0
        assert received(province) == 1
        assert is_sound(one)


def forget_paper(province: Province) -> None:
    with province.database.transaction() as connection:
        connection.execute("UPDATE paper SET received_at = NULL")
    assert received(province) == 0


def received(province: Province) -> int:
    with province.database.transaction() as connection:
        rows = connection.execute("SELECT 1 FROM paper WHERE received_at IS NOT NULL").fetchall()
    return len(rows)


def test_what_the_province_does_not_know_or_cannot_open_stops_no_other_paper(
    tmp_path: Path, province: Province
) -> None:
    folder = hall_of(province, admit(province, unit=UNIT, kind=DeskKind.HALL), tmp_path, unit=UNIT)
    with desks_at(tmp_path, 1) as (one,):
        enrol(one, province, UNIT.code)
        liar = admit(province, unit=UNIT)
        scan(one)
        scan(one, CONTENT[:50_000])
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
            (sealed,) = (
                name.sha256 for name in hall.keeping.papers.list_waiting(most=9) if name.paper.size_bytes == 50_000
            )
        file = next((folder.root / "papers").rglob(sealed.hex()))
        file.unlink()
        file.symlink_to("/proc/self/mem")  # nobody can read it to its end
        assert carry_up(folder) == carry_up(folder) == ""
        with running_hall(folder) as hall:
            go_by(hall, one)
            meet(one)
        assert carry_up(folder) == ""
        assert one.counter.province_line.exchange(left=one.counter.hall_line.papers.list_left()).blobs_left == 0
        with running_hall(folder) as hall:
            assert [one.paper.size_bytes for one in hall.keeping.papers.list_waiting(most=9)] == [5]
