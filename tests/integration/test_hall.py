"""Desks of one hall with the outside line cut: they follow each other, and nothing that is not signed is believed."""

import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import msgspec
import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.clock import local_date
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.domain.document import Document
from counter_app.domain.dossier import ResultChannel, Status
from counter_app.hall.announcing import announced
from counter_app.hall.keeping import Keeping
from counter_app.hall.service import Hall
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import Entry
from counter_app.journal.journal import make_entry
from counter_app.services.answers.line import HallAnswer
from counter_app.services.answers.packs import PackState
from counter_app.services.hall_keeper import WAIT_S
from counter_app.sync.batch import Batch
from counter_app.sync.finding import find_hall
from counter_app.sync.https_line import HttpsLine, LineIdentity, parse_url
from counter_app.sync.https_service import Query
from counter_app.sync.packs import ConfigurationPack, sign_pack
from counter_app.sync.ports import PROVINCE, Acknowledgement, FeedItem, FeedKind
from tests.fakes.daemons import free_port, wait_until
from tests.fakes.desks import PROCEDURE, DeskClock, a_form, person
from tests.fakes.exchanging import exchange_of, hall_folder, picture_of
from tests.fakes.halls import Invited, RunningHall, codes_of, make_store, running_hall, threads
from tests.fakes.province import RemoteDesk
from tests.fakes.province_desks import at, is_sound, put_paper, receive

RESULT = ActionFacts(result_kind="Quyết định")
GIVEN = ActionFacts(channel=ResultChannel.DESK, receiver=person().full_name)
_encode = msgspec.msgpack.encode


@pytest.fixture
def invited(tmp_path: Path) -> Invited:
    return Invited(folder=tmp_path / "province")


@contextmanager
def desks_of(invited: Invited, root: Path, count: int = 2) -> Iterator[list[OpenCounter]]:
    """Give open desks of the hall's unit."""
    with ExitStack() as stack:
        made = [stack.enter_context(at(hall_folder(root / str(number), number))) for number in range(1, count + 1)]
        invited.admit(*made)
        yield made


def go_by(hall: RunningHall, *desks: OpenCounter) -> None:
    for made in desks:
        made.settings.set("sync.hall_url", hall.url)


def meet(made: OpenCounter) -> HallAnswer:
    answer = made.counter.hall_line.exchange()
    assert answer is not None
    return answer


def status_at(made: OpenCounter, code: str) -> Status:
    return made.counter.lookup.get_dossier(code).dossier.status


def test_any_desk_returns_any_result_and_what_contradicts_is_held(tmp_path: Path, invited: Invited) -> None:
    with desks_of(invited, tmp_path) as (one, other), running_hall(make_store(tmp_path, invited)) as hall:
        go_by(hall, one, other)
        code = receive(one)
        assert not one.counter.lookup.get_dossier(code).ticks.second_machine
        sent = meet(one)
        assert sent.pushed == sent.acknowledged > 0
        ticks = one.counter.lookup.get_dossier(code).ticks
        assert (ticks.second_machine, ticks.province) == (True, False)
        assert meet(other).received == sent.pushed
        assert [twin.code for twin in other.counter.intake.quote(a_form(0)).duplicates] == [code]
        for action, facts in (
            (Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp")),
            (Action.RESOLVE, RESULT),
            (Action.RESULT_ARRIVED, ActionFacts()),
        ):
            one.counter.dossiers.act(code, action, facts)
        meet(one)
        meet(other)
        other.counter.dossiers.act(code, Action.RETURN_RESULT, GIVEN)
        meet(other)
        meet(one)
        assert status_at(one, code) is Status.RETURNED

        for made in (one, other):  # both in ignorance of each other
            made.counter.dossiers.act(code, Action.REOPEN, ActionFacts(reason="trả nhầm"))
        for made in (one, other, one):
            meet(made)
        assert picture_of(one) == picture_of(other)
        assert len(one.counter.held.list_all()) == 1
        assert hall.keeping.verify().damaged == ()
        assert is_sound(one)
        assert is_sound(other)


def test_a_desk_that_only_hears_a_hall_puts_a_pack_in_force_on_its_day(tmp_path: Path, invited: Invited) -> None:
    clock = DeskClock()
    with at(hall_folder(tmp_path / "1", 1), clock) as desk:
        invited.admit(desk)
        with running_hall(make_store(tmp_path, invited)) as hall:
            go_by(hall, desk)
            day = local_date(clock.now()) + timedelta(days=1)
            known = desk.counter.catalogue.get(PROCEDURE)
            changed = msgspec.structs.replace(known, effective_on=day, name="Tên theo gói")
            pack = ConfigurationPack(
                number=1, name="Tháng 12", effective_on=day, issued_at=clock.now(), procedures=(changed,)
            )
            hall.keeping.take_pack(sign_pack(pack, invited.authority.signer.sign))
            meet(desk)
            assert [one.state for one in desk.counter.packs.list_packs()] == [PackState.WAITING]
            clock.move(timedelta(days=1))
            with pytest.raises(EnvironmentFailure, match=r"sync\.line_down"):  # what the keeper tries, time and again
                desk.counter.province_line.exchange()
            assert desk.counter.catalogue.get(PROCEDURE).name == "Tên theo gói"
            assert meet(desk).refused == 0
            assert is_sound(desk)


def test_open_windows_hear_of_each_other_and_end_at_once(tmp_path: Path, invited: Invited) -> None:
    with desks_of(invited, tmp_path) as (one, other), running_hall(make_store(tmp_path, invited)) as hall:
        go_by(hall, one, other)
        for made in (one, other):
            made.counter.line_keeper.start()
        first = receive(one, 1)
        wait_until(lambda: knows(other, first), "the first dossier at the other desk")
        begun = time.monotonic()
        code = receive(one, 2)
        wait_until(lambda: knows(other, code), "the next dossier at the other desk")
        assert time.monotonic() - begun < WAIT_S  # told, not asked for; 0.3 s where nothing else runs
        other.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        wait_until(lambda: status_at(one, code) is Status.IN_PROGRESS, "what the other desk did")
        paper = put_paper(one, code, b"%PDF-1.7 " + bytes(50_000))
        wait_until(lambda: hall.keeping.papers.count().papers == 1, "the paper at the hall")
        wait_until(lambda: opens(other, paper), "the paper at the other desk")
        for made in (one, other):
            made.counter.line_keeper.stop()
        wait_until(lambda: threads().isdisjoint({"hall", "hall-push", "line"}), "the end of all threads")


def opens(made: OpenCounter, paper: Document) -> bool:
    try:
        return bool(made.counter.digitising.read_file(paper.id))
    except UserError:
        return False


def knows(made: OpenCounter, code: str) -> bool:
    try:
        made.counter.lookup.get_dossier(code)
    except UserError:
        return False
    return True


def test_only_desks_of_the_unit_get_in_and_each_with_its_own_journal(tmp_path: Path, invited: Invited) -> None:
    one, other, stranger, revoked = (invited.remote(listed=listed) for listed in (True, True, False, True))
    invited.revoke(revoked.id)
    with running_hall(make_store(tmp_path, invited)) as hall:
        batch = other.seal(other.chain(3))[0]
        with hall.line_of(one, invited.hall_id).line() as line:
            assert codes_of(line, "POST", "/journal", batch.data) == "province.other_desk"
            for garbage in (b"x", bytes(70_000), batch.data[:-1], b"\xff" * 200):
                assert codes_of(line, "POST", "/journal", garbage) == "sync.bad_batch"
            assert codes_of(line, "POST", "/roster", garbage) == "sync.bad_roster"
            assert codes_of(line, "GET", "/enrolment") == "province.no_such_path"
            assert list(line.push(one.seal(one.chain(4))))[-1].seq == 4
        for who, answer in ((stranger, "province.not_admitted"), (revoked, "sync.line_revoked")):
            with hall.line_of(who, invited.hall_id).line() as line:
                for method, path in (("GET", "/feed"), ("GET", "/chains"), ("POST", "/journal")):
                    assert codes_of(line, method, path, batch.data if method == "POST" else b"") == answer
        for line in (without_certificate(hall, invited), by_another_name(hall, one)):
            with pytest.raises(EnvironmentFailure):
                line.read_chains()
            line.close()
        assert refuses_a_hundred_megabytes(hall, one, tmp_path)
        assert {chain.desk for chain in hall.keeping.list_chains()} == {one.id}


def without_certificate(hall: RunningHall, invited: Invited) -> HttpsLine:
    identity = LineIdentity(url=hall.url, authority=invited.authority.pem)
    return HttpsLine(msgspec.structs.replace(identity, server_name=f"{invited.hall_id}.hall.counter-app"))


def by_another_name(hall: RunningHall, desk: RemoteDesk) -> HttpsLine:
    """A hall cannot pass for the province."""
    return HttpsLine(msgspec.structs.replace(desk.identity, url=hall.url))


def refuses_a_hundred_megabytes(hall: RunningHall, desk: RemoteDesk, folder: Path) -> bool:
    place = folder / "desk.pem"
    place.write_bytes(desk.identity.key + desk.identity.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(place)
    with (
        socket.create_connection(parse_url(hall.url), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="x") as link,
    ):
        link.sendall(b"POST /journal HTTP/1.1\r\nContent-Length: 104857600\r\n\r\n")
        return b" 413 " in link.recv(1_000)


def test_batches_in_any_order_are_kept_once_and_a_fork_is_kept_aside(tmp_path: Path, invited: Invited) -> None:
    desk, reader = invited.remote(), invited.remote()
    with running_hall(make_store(tmp_path, invited)) as hall:
        entries = desk.chain(20)
        for batch in [*desk.seal(entries)[::-1], *desk.seal(entries, 7), *desk.seal(entries[3:], 5)]:
            hall.keeping.take(batch.data, asker=desk.id)
        assert [(one.seq, one.hash) for one in hall.keeping.list_chains()] == [(20, entries[-1].hash)]
        other_life = desk.chain(20, after=entries[:12], name="restored")
        answer = hall.keeping.take(desk.seal(other_life)[2].data, asker=desk.id)
        assert answer is not None
        assert (answer.seq, answer.hash) == (15, entries[14].hash)
        with hall.line_of(reader, invited.hall_id).line() as line:
            batches = [item for item in line.pull(0) if item.kind == FeedKind.BATCH]
        assert {item.data for item in batches} <= {batch.data for batch in desk.seal(entries)}
        found = hall.keeping.verify()
        assert (found.batches, found.entries, found.damaged) == (4, 20, ())


def test_a_hall_that_was_set_back_is_told_again_and_a_desk_gets_its_own_back(tmp_path: Path, invited: Invited) -> None:
    folder = hall_folder(tmp_path / "1", 1)
    store = make_store(tmp_path, invited)
    port = free_port()
    with at(folder) as made:
        invited.admit(made)
        with running_hall(store, listen=port) as hall:
            go_by(hall, made)
            meet(made)
        shutil.copytree(store.root, tmp_path / "hall.copy")
    shutil.copytree(tmp_path / "1", tmp_path / "desk.copy")
    with at(folder) as made:
        code = receive(made)
        with running_hall(store, listen=port):
            assert meet(made).acknowledged > 0
        shutil.rmtree(store.root)
        shutil.move(tmp_path / "hall.copy", store.root)
        with running_hall(store, listen=port) as hall:
            hall.keeping.take_roster(invited.roster())
            assert meet(made).acknowledged > 0
    shutil.rmtree(tmp_path / "1")
    shutil.move(tmp_path / "desk.copy", tmp_path / "1")
    with at(folder) as made, running_hall(store, listen=port):
        assert not knows(made, code)
        answer = meet(made)
        assert (answer.received, answer.forks) == (1, 0)
        assert knows(made, code)
        assert is_sound(made)


def test_a_new_desk_brings_the_roster_that_it_stands_on_and_nobody_brings_another_units(
    tmp_path: Path, invited: Invited
) -> None:
    with running_hall(make_store(tmp_path, invited)) as hall, desks_of(invited, tmp_path, 1) as (one,):
        go_by(hall, one)
        assert meet(one).acknowledged > 0
        number = hall.keeping.read_roster().number
        elsewhere = Invited(folder=invited.folder, number=number + 10)
        stranger = elsewhere.remote()
        with hall.line_of(stranger, invited.hall_id).line() as line:
            assert codes_of(line, "POST", "/roster", elsewhere.roster()) == "sync.bad_roster"
            assert codes_of(line, "GET", "/feed") == "province.not_admitted"
        assert hall.keeping.read_roster().number == number


def test_a_desk_that_was_away_finds_each_new_desk_before_what_it_wrote(tmp_path: Path, invited: Invited) -> None:
    with (
        desks_of(invited, tmp_path / "1", 1) as (one,),
        running_hall(make_store(tmp_path, invited)) as hall,
        at(hall_folder(tmp_path / "2", 2)) as newcomer,
    ):
        go_by(hall, one, newcomer)
        meet(one)
        invited.admit(newcomer)
        code = receive(newcomer)
        meet(newcomer)
        hall.keeping.take_roster(invited.roster())

        answer = meet(one)

        assert (answer.refused, knows(one, code)) == (0, True)


def test_room_is_made_of_what_the_province_has_and_of_nothing_else(tmp_path: Path, invited: Invited) -> None:
    desk = invited.remote()
    entries = desk.chain(400)
    batches = desk.seal(entries, 40)
    sizes = list(accumulate(len(batch.data) for batch in batches))
    limit = sizes[-1] * 3 // 4
    with running_hall(make_store(tmp_path, invited), most_bytes=limit * 4 // 3 + 2) as hall:  # it is a desk's share
        *fitting, one_too_many = batches[: 1 + sum(1 for end in sizes if end <= limit)]
        for batch in fitting:
            hall.keeping.take(batch.data, asker=desk.id)
        with pytest.raises(EnvironmentFailure, match=r"hall\.full"):
            hall.keeping.take(one_too_many.data, asker=desk.id)
        assert [one.seq for one in hall.keeping.list_chains()] == [fitting[-1].last_seq]
        last = fitting[-1]
        known = Acknowledgement(desk=desk.id, epoch=1, seq=last.last_seq, hash=last.last_hash)
        hall.keeping.take_receipt(invited.receipt([known]))
        for batch in batches:  # those that were cleared away come again too
            assert hall.keeping.take(batch.data, asker=desk.id) is not None
        assert [(one.seq, one.hash) for one in hall.keeping.list_chains()] == [(400, entries[-1].hash)]
        assert hall.keeping.measure_bytes() <= limit
        left = hall.keeping.list_unsent(hall.keeping.find_receipt(), most=100)
        assert [left[0].first_seq, left[-1].last_seq] == [last.last_seq + 1, 400]
        assert hall.keeping.verify().damaged == ()


def test_one_desk_that_fills_its_share_shuts_no_other_out(tmp_path: Path, invited: Invited) -> None:
    desk, other = invited.remote(), invited.remote()
    limit = 20_000
    with running_hall(make_store(tmp_path, invited), most_bytes=limit) as hall:

        def give(giver: RemoteDesk, batches: Iterator[Batch]) -> Batch | None:
            """Give batches until the hall takes no more, and return the last one that it took."""
            taken = None
            for batch in batches:
                try:
                    hall.keeping.take(batch.data, asker=giver.id)
                except EnvironmentFailure as exc:
                    assert exc.code == "hall.full"  # noqa: PT017 - it is the end that is meant
                    break
                taken = batch
            return taken

        many = {one.id: iter(one.seal(one.chain(1_000), 10)) for one in (desk, other)}
        last = give(desk, many[desk.id])
        assert last is not None
        assert limit // 2 < hall.keeping.measure_bytes() <= limit * 3 // 4
        assert give(other, many[other.id]) is not None
        assert limit * 3 // 4 < hall.keeping.measure_bytes() <= limit

        known = Acknowledgement(desk=desk.id, epoch=1, seq=last.last_seq, hash=last.last_hash)
        hall.keeping.take_receipt(invited.receipt([known]))

        assert give(other, many[other.id]) is not None
        assert hall.keeping.measure_bytes() <= limit
        assert hall.keeping.verify().damaged == ()


@pytest.mark.parametrize(("alike", "earliest"), [(True, 1 << 60), (False, 9)])
def test_what_no_province_takes_no_hall_keeps(tmp_path: Path, invited: Invited, *, alike: bool, earliest: int) -> None:
    desk, ids = invited.remote(), [new_id(), new_id()]
    entries: list[Entry] = []
    for seq, entry_id in enumerate([ids[0], ids[0] if alike else ids[1]], start=1):
        header = (entry_id, desk.id, 1, seq, earliest + seq, "program", "unit.saved", 1, "")
        entries.append(make_entry(header, body=b"{}", prev_hash=entries[-1].hash if entries else GENESIS))
    with running_hall(make_store(tmp_path, invited)) as hall:
        with pytest.raises(UserError, match=r"sync\.not_genuine"):
            hall.keeping.take(desk.seal(entries)[0].data, asker=desk.id)

        assert hall.keeping.list_chains() == []
        assert hall.keeping.measure_bytes() == 0


def test_answers_of_the_portal_count_for_the_limit_and_make_room_oldest_first(tmp_path: Path, invited: Invited) -> None:
    desk = invited.remote()
    (batch,) = desk.seal(desk.chain(3), 3)
    answers = [invited.portal_answer(f"dossier {number:02}") for number in range(20)]
    limit = len(batch.data) + 10 * len(answers[0])
    with (
        running_hall(make_store(tmp_path, invited), most_bytes=limit) as hall,
        hall.line_of(desk, invited.hall_id).line() as line,
    ):
        hall.keeping.take(batch.data, asker=desk.id)
        for answer in answers:
            hall.keeping.take_portal_answer(answer)
        hall.keeping.take_portal_answer(answers[-1])

        there = [item.data for item in line.pull(0, own=True)]

        assert len(batch.data) < hall.keeping.measure_bytes() <= limit
        assert batch.data in there
        kept = [data for data in there if data in answers]
        assert kept == answers[-len(kept) :]
        assert 5 <= len(kept) <= 10


class Lying(Hall):
    """A hall with the true certificate that gives these answers, and honest ones where there is none of them."""

    def __init__(self, keeping: Keeping, answers: dict[str, bytes]) -> None:
        super().__init__(keeping, on_push=lambda: None)
        self._answers = answers

    def list_chains(self, asker: str) -> bytes:
        return self._answers.get("chains") or super().list_chains(asker)

    def take(self, asker: str, data: bytes) -> bytes:
        return self._answers.get("taking") or super().take(asker, data)

    def read_feed(self, asker: str, query: Query) -> bytes:
        lie = self._answers.get("feed") if query["after"] == "0" else None
        return lie or super().read_feed(asker, query)


def test_whatever_a_hall_says_nothing_is_believed_that_is_not_signed(tmp_path: Path, invited: Invited) -> None:
    old_roster = invited.roster()
    with desks_of(invited, tmp_path, 1) as (made,):
        code, own = receive(made), made.desk.desk.id
        last = max(one.seq for one in exchange_of(made).list_held_chains() if one.desk == own)
        everything = Acknowledgement(desk=own, epoch=1, seq=last, hash=bytes(32))
        beyond = msgspec.structs.replace(everything, seq=2**31)
        true = next(one for one in exchange_of(made).list_held_chains() if one.desk == own)
        foreign = Invited(folder=tmp_path / "foreign")
        invented = foreign.remote()
        other_unit = Invited(folder=invited.folder, number=1_000)
        lies: dict[str, dict[str, bytes]] = {
            "nonsense": dict.fromkeys(("chains", "taking", "feed"), b"\xc1nonsense"),
            "wrong hashes": {"chains": _encode([everything]), "taking": _encode(everything)},
            "more than there is": {"chains": _encode([beyond]), "taking": _encode(beyond)},
            "a receipt of nobody": {"feed": _fed(FeedKind.ACKNOWLEDGEMENT, foreign.receipt([true]))},
            "a receipt with other hashes": {"feed": _fed(FeedKind.ACKNOWLEDGEMENT, invited.receipt([everything]))},
            "a receipt of what never was": {"feed": _fed(FeedKind.ACKNOWLEDGEMENT, invited.receipt([beyond]))},
            "an invented batch": {"feed": _fed(FeedKind.BATCH, invented.seal(invented.chain(3))[0].data)},
            "an old roster": {"feed": _fed(FeedKind.ROSTER, old_roster)},
            "a foreign roster": {"feed": _fed(FeedKind.ROSTER, foreign.roster())},
            "another unit's roster": {"feed": _fed(FeedKind.ROSTER, other_unit.roster())},
            "a feed that stands still": {"feed": _encode([FeedItem(position=0, kind=FeedKind.ROSTER, data=b"")])},
        }
        before = picture_of(made)
        with running_hall(make_store(tmp_path, invited)) as hall:
            go_by(hall, made)
            exchange_of(made).take_roster(invited.roster())
            roster, honest = exchange_of(made).read_roster_file(), hall.server.answering
            for name, answers in lies.items():
                hall.server.answering = Lying(hall.keeping, answers)
                answer = try_to_meet(made)
                assert answer is None or answer.received == 0, name
                assert picture_of(made) == before, name
                assert exchange_of(made).read_roster_file() == roster, name
                assert exchange_of(made).list_acknowledged(PROVINCE) == [], name
            hall.server.answering = honest
            assert try_to_meet(made) is not None
            assert made.counter.lookup.get_dossier(code).ticks.second_machine
            hall.keeping.take_receipt(invited.receipt([true], minutes=2))
            meet(made)
            assert made.counter.lookup.get_dossier(code).ticks.province
            assert hall.keeping.verify().damaged == ()
            invited.hall_revoked = True
            exchange_of(made).take_roster(invited.roster())
            assert made.counter.hall_line.exchange() is None
            assert exchange_of(made).list_acknowledged(invited.hall_id) == []
        assert is_sound(made)


def _fed(kind: FeedKind, data: bytes) -> bytes:
    return _encode([FeedItem(position=position, kind=kind, data=data) for position in (1, 2)])


def try_to_meet(made: OpenCounter) -> HallAnswer | None:
    """Meet the hall once; None where the conversation was given up."""
    try:
        return meet(made)
    except EnvironmentFailure as exc:
        if exc.code not in {"sync.line_refused", "sync.line_down"}:
            raise
        return None


def test_a_hall_is_heard_on_the_network_and_only_those_of_the_roster_are_listened_to() -> None:
    with announced("b-2", "127.0.0.1", 8_445):
        assert find_hall({"b-2"}, look_s=6, interfaces=["127.0.0.1"]) == {"b-2": "https://127.0.0.1:8445"}
        assert find_hall({"c-3"}, look_s=0.3, interfaces=["127.0.0.1"]) == {}
