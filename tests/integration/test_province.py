"""The province with a real PostgreSQL and real TLS: every entry once, nobody gets in, nothing hostile does harm."""

import contextlib
import random
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counter_app.core.clock import to_millis
from counter_app.core.errors import AppError, EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.dossier import Outcome
from counter_app.domain.unit import Slice, Unit
from counter_app.journal.chain import GENESIS
from counter_app.journal.entries import DossierReceived, UnitSaved, encode_body
from counter_app.journal.journal import make_entry
from counter_app.province.authority import open_authority
from counter_app.province.feeds import PAGE_BYTES, publish, read_page
from counter_app.province.journals import MOST_WAITING, take_batch
from counter_app.province.service import Province
from counter_app.sync.enrolling import DeskReport, check_authority
from counter_app.sync.https_line import HttpsLine, LineIdentity, enrolment_path, fetch_authority, parse_url
from counter_app.sync.ports import FeedKind
from counter_app.sync.roster import DeskKind, read_enrolment, read_receipt, read_roster
from tests.fakes.desks import a_form, at_work, sample_desk
from tests.fakes.province import OTHER_UNIT, UNIT, RemoteDesk, admit, held, next_slice, province_folder, serving


@pytest.fixture(scope="module")
def province() -> Iterator[Province]:
    with province_folder() as folder, serving(folder) as made:
        yield made


def _codes_of(line: HttpsLine, method: str, path: str, data: bytes = b"") -> str:
    with pytest.raises(EnvironmentFailure) as caught:
        line.request(method, path, data)
    return str(caught.value.context.get("reason", caught.value.code))


@given(dice=st.randoms(use_true_random=False), length=st.integers(1, 60), size=st.integers(1, 20))
@settings(max_examples=15)
def test_batches_in_any_order_twice_and_side_by_side_are_stored_once(
    province: Province, dice: random.Random, length: int, size: int
) -> None:
    desk = admit(province)
    entries = desk.chain(length)
    batches = desk.seal(entries, size) + desk.seal(entries, size + 3)
    dice.shuffle(batches)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda batch: province.take(desk.id, batch.data), batches))
    assert held(province, desk) == [entry.hash for entry in entries]


def test_pushed_batches_are_acknowledged_with_the_hash_that_is_held(province: Province) -> None:
    desk = admit(province)
    entries = desk.chain(30)
    with desk.line() as line:
        answers = list(line.push(desk.seal(entries)))
    assert {answer.seq: answer.hash for answer in answers}[30] == entries[-1].hash
    assert all(answer.hash == entries[answer.seq - 1].hash for answer in answers)


def test_desks_of_the_unit_get_what_others_wrote_and_a_restored_desk_its_own(province: Province) -> None:
    writer, reader, stranger = admit(province), admit(province), admit(province, unit=OTHER_UNIT)
    batches = writer.seal(writer.chain(20))
    with writer.line() as line:
        list(line.push(batches))
        assert {batch.data for batch in batches}.isdisjoint(item.data for item in line.pull(0))
        assert [batch.data for batch in batches] == [
            item.data for item in line.pull(0, own=True) if item.data in {batch.data for batch in batches}
        ]
    with reader.line() as line:
        items = list(line.pull(0))
        assert [item.data for item in items if item.kind == FeedKind.BATCH][-4:] == [batch.data for batch in batches]
        assert list(line.pull(items[-1].position)) == []
    with stranger.line() as line:
        assert FeedKind.BATCH not in {item.kind for item in line.pull(0)}


def test_a_feed_read_while_others_write_misses_nothing(province: Province) -> None:
    writers, reader = [admit(province) for _ in range(3)], admit(province)
    batches = {desk.id: desk.seal(desk.chain(60), 2) for desk in writers}
    expected = {batch.data for ones in batches.values() for batch in ones}
    seen: list[bytes] = []
    with reader.line() as line, ThreadPoolExecutor(3) as pool:
        after = max((item.position for item in line.pull(0)), default=0)

        def write(desk: RemoteDesk) -> None:
            for batch in batches[desk.id]:
                province.take(desk.id, batch.data)

        done = [pool.submit(write, desk) for desk in writers]
        is_last = False
        while not is_last:
            is_last = all(one.done() for one in done)
            for item in line.pull(after):
                after = item.position
                seen.append(item.data)
    assert len(seen) == len(expected)
    assert set(seen) == expected


def test_another_entry_under_a_known_number_is_kept_aside_and_the_desk_sees_what_is_held(province: Province) -> None:
    desk = admit(province)
    entries = desk.chain(20)
    other = desk.chain(20, after=entries[:12], name="restored")
    with desk.line() as line:
        list(line.push(desk.seal(entries)))
        answers = list(line.push(desk.seal(other)[2:3]))
    assert [(answer.seq, answer.hash) for answer in answers] == [(15, entries[14].hash)]
    assert held(province, desk) == [entry.hash for entry in entries]
    assert next(one for one in province.list_fleet() if one.id == desk.id).forks == 1
    assert [answer.seq for answer in _push(desk, desk.chain(5, epoch=2))] == [5]


def _push(desk: RemoteDesk, entries: list) -> list:  # type: ignore[type-arg]
    with desk.line() as line:
        return list(line.push(desk.seal(entries)))


def test_a_desk_can_push_no_other_desks_journal(province: Province) -> None:
    one, other = admit(province), admit(province)
    batch = other.seal(other.chain(3))[0]
    with one.line() as line:
        assert _codes_of(line, "POST", "/journal", batch.data) == "province.other_desk"
    assert held(province, other) == []


def test_without_a_certificate_of_this_province_nothing_can_be_asked(province: Province, tmp_path: Path) -> None:
    line = HttpsLine(LineIdentity(url=province.url, authority=province.authority.pem))
    for method, path in (("POST", "/journal"), ("GET", "/feed?after=0"), ("POST", "/report")):
        assert _codes_of(line, method, path, b"x" if method == "POST" else b"") in {
            "province.not_admitted",
            "province.bad_request",
        }
    line.close()
    desk = admit(province)
    foreign = open_authority(tmp_path)
    forged = msgspec.structs.replace(desk.identity, certificate=desk.identity.certificate, authority=foreign.pem)
    line = HttpsLine(forged)
    with pytest.raises(EnvironmentFailure, match="line_untrusted"):
        list(line.pull(0))
    line.close()


def test_a_desk_takes_no_place_under_the_codes_of_another_unit(province: Province, tmp_path: Path) -> None:
    home, stranger = (_with_numbers(province, Slice(9_001, 9_100), unit) for unit in (UNIT, OTHER_UNIT))
    with at_work(sample_desk(tmp_path)) as made:
        drawn = made.counter.intake.receive(a_form(), Outcome.ACCEPTED)
        received = DossierReceived(dossier=drawn.dossier, number=1, numbered_on=date(2026, 10, 16))
    code = f"{UNIT.code}-261016-9001"

    assert province.take(stranger.id, _one(stranger, received, code))
    with pytest.raises(UserError, match="unknown_code"):
        province.show_dossier(code)
    assert province.take(home.id, _one(home, received, code))
    assert province.show_dossier(code).desk == home.id


def test_what_no_index_can_hold_is_refused_as_no_trouble_of_the_database(province: Province, tmp_path: Path) -> None:
    desk = _with_numbers(province, Slice(9_101, 9_200), UNIT)
    words = random.Random(1).randbytes(9_000).hex()  # too much however it is compressed
    with at_work(sample_desk(tmp_path)) as made:
        drawn = made.counter.intake.receive(a_form(), Outcome.ACCEPTED).dossier
    dossier = msgspec.structs.replace(drawn, competent_unit_code=words)
    received = DossierReceived(dossier=dossier, number=1, numbered_on=date(2026, 10, 16))

    with pytest.raises(UserError, match=r"province\.bad_request"):
        province.take(desk.id, _one(desk, received, f"{UNIT.code}-261016-9102"))

    assert held(province, desk) == []


def _with_numbers(province: Province, numbers: Slice, unit: Unit) -> RemoteDesk:
    code = province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    return admit(province, code=code)


def _one(desk: RemoteDesk, received: DossierReceived, code: str) -> bytes:
    """Return a batch of one entry: that a desk gave this code."""
    dossier = msgspec.structs.replace(received.dossier, id=new_id(), code=code)
    body = msgspec.structs.replace(received, dossier=dossier)
    header = (new_id(), desk.id, 1, 1, 1 << 40, "program", body.KIND, 1, dossier.id)
    return desk.seal([make_entry(header, body=encode_body(body), prev_hash=GENESIS)])[0].data


def test_a_clock_that_is_months_ahead_stops_nobody_when_its_month_comes(province: Province) -> None:
    ahead, other = admit(province), admit(province)
    month = datetime(2031, 5, 1, tzinfo=UTC)
    for desk, now in ((ahead, month - timedelta(days=90)), (other, month + timedelta(days=3))):
        with province.database.transaction() as connection:
            assert take_batch(connection, _written_at(desk, month), asker=desk.id, now=now) is not None
        assert len(held(province, desk)) == 1


def _written_at(desk: RemoteDesk, at: datetime) -> bytes:
    body = UnitSaved(unit=UNIT)
    header = (new_id(), desk.id, 1, 1, to_millis(at) << 16, "program", body.KIND, 1, "")
    return desk.seal([make_entry(header, body=encode_body(body), prev_hash=GENESIS)])[0].data


def test_a_page_of_the_feed_is_one_large_item_or_what_fits(province: Province) -> None:
    unit = msgspec.structs.replace(UNIT, code="H99.88")
    province.invite(unit=unit, kind=DeskKind.HALL, name="Trung tâm")
    sizes, pages, after = [PAGE_BYTES + 1, PAGE_BYTES // 2, PAGE_BYTES // 2, 1], [], 0
    with province.database.transaction() as connection:
        for size in sizes:
            publish(connection, unit.code, FeedKind.PORTAL, bytes(size))
        while page := read_page(connection, unit.code, after=after, reader="x", own=False):
            pages.append([len(item.data) for item in page])
            after = page[-1].position
    assert pages == [sizes[:1], sizes[1:3], sizes[3:]]


def test_what_no_column_holds_is_refused_and_no_failure_of_the_service(province: Province) -> None:
    desk, report = admit(province), msgspec.msgpack.encode(DeskReport(unsent=0, version="1.0\0"))
    with desk.line() as line:
        assert _codes_of(line, "POST", "/report", report) == "province.bad_request"
        assert [answer.seq for answer in _push(desk, desk.chain(3))] == [3]


def test_batches_that_fit_nowhere_are_kept_in_small_number_whatever_epochs_they_name(province: Province) -> None:
    desk = admit(province)
    batches = [batch for epoch in range(2, 13) for batch in desk.seal(desk.chain(21, epoch=epoch)[1:], 1)]
    assert len(batches) > MOST_WAITING
    assert {province.take(desk.id, batch.data) for batch in batches} == {b""}
    with province.database.transaction() as connection:
        count = connection.execute("SELECT count(*) AS n FROM waiting_batch WHERE desk = %s", (desk.id,)).fetchone()
    assert count is not None
    assert count.n == MOST_WAITING


def test_epochs_that_no_desk_has_are_refused_so_that_signed_lists_stay_small(province: Province) -> None:
    desk = admit(province)
    with desk.line() as line:
        for epoch in range(1, 15):  # so many parts has a desk that gives all numbers of its unit
            list(line.push(desk.seal(desk.chain(1, epoch=epoch))))
        for epoch in (15, 900_000, 2**31 - 1):
            for batch in desk.seal(desk.chain(2, epoch=epoch), 1):
                assert _codes_of(line, "POST", "/journal", batch.data) == "province.no_epoch_left"
        receipt = read_receipt(line.request("GET", "/receipt").data, province.authority.signer.public_key)
    assert sum(chain.desk == desk.id for chain in receipt.chains) == 14


def test_a_revoked_desk_can_do_nothing_and_what_it_sent_stays(province: Province) -> None:
    desk, beside = admit(province), admit(province)
    entries = desk.chain(10)
    _push(desk, entries[:5])
    assert province.revoke(desk.id) == desk.id
    with desk.line() as line:
        for call in (lambda: list(line.push(desk.seal(entries))), lambda: list(line.pull(0))):
            with pytest.raises(EnvironmentFailure, match="line_revoked"):
                call()
    assert len(held(province, desk)) == 5
    with beside.line() as line:
        rosters = [item.data for item in line.pull(0) if item.kind == FeedKind.ROSTER]
    roster = read_roster(rosters[-1], province.authority.signer.public_key)
    assert [one.desk_id for one in roster.desks if one.revoked_at is not None].count(desk.id) == 1
    assert roster.find(beside.id) is not None


def test_a_code_makes_one_desk_and_names_the_province_it_came_from(province: Province, tmp_path: Path) -> None:
    numbers = next_slice()
    code = province.invite(unit=UNIT, kind=DeskKind.POST, name="Bưu cục", number_slice=numbers)
    check_authority(code.lower(), fetch_authority(province.url))
    with pytest.raises(EnvironmentFailure, match="line_untrusted"):
        check_authority(code, open_authority(tmp_path).pem)
    line = HttpsLine(LineIdentity(url=province.url, authority=province.authority.pem))
    enrolment = read_enrolment(line.request("GET", enrolment_path(code)).data)
    assert (enrolment.unit.code, enrolment.kind, enrolment.number_slice) == (UNIT.code, DeskKind.POST, numbers)
    assert _codes_of(line, "GET", enrolment_path("AAAA-" * 7 + "AAAA")) == "province.unknown_code"
    line.close()
    lost = admit(province, code=code)
    desk = admit(province, code=code)  # the answer to the first was lost; nothing had come from it
    assert [one.id for one in province.list_fleet() if one.id in {lost.id, desk.id}] == [desk.id]
    with desk.line() as line:
        assert line.read_chains() == []  # it has its answer: its numbers are in use
    with pytest.raises(EnvironmentFailure, match=r"province\.code_used"):
        admit(province, code=code)


def test_numbers_of_a_unit_are_given_once(province: Province) -> None:
    unit = msgspec.structs.replace(UNIT, code="H99.77")
    codes = [province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy") for _ in range(10)]
    slices = [read_enrolment(province.show_enrolment(code)).number_slice for code in codes]
    numbers = [number for one in slices for number in range(one.low, one.high + 1)]
    assert sorted(numbers) == list(range(1, 10_000))
    with pytest.raises(UserError, match="no_numbers"):
        province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy")
    with pytest.raises(UserError, match="numbers_taken"):
        province.invite(unit=unit, kind=DeskKind.DESK, name="Quầy", number_slice=slices[3])


@given(data=st.binary(max_size=400), cut=st.integers(0, 400), place=st.integers(0, 10_000))
@settings(max_examples=40)
def test_damaged_and_invented_batches_are_refused_and_change_nothing(
    province: Province, data: bytes, cut: int, place: int
) -> None:
    desk = admit(province)
    entries = desk.chain(4)
    true = desk.seal(entries)[0].data
    flipped = bytearray(true)
    flipped[place % len(true)] ^= 1 + place % 255
    for wrong in (data, true[: min(cut, len(true) - 1)], bytes(flipped)):
        # With another first number it cannot be judged yet: it waits, and is judged when its predecessors come.
        with contextlib.suppress(AppError):
            assert province.take(desk.id, wrong) == b""
        assert held(province, desk) == []
    assert [answer.seq for answer in _push(desk, desk.chain(4, after=entries))] == [4]
    assert held(province, desk) == [entry.hash for entry in entries]


def test_what_is_no_request_is_dropped_and_the_service_goes_on(province: Province) -> None:
    address = parse_url(province.url)
    with socket.create_connection(address, timeout=10) as plain:
        plain.sendall(b"GET /feed HTTP/1.1\r\n\r\n")
        assert not plain.recv(1_000).startswith(b"HTTP/1.1 200")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for asked in (b"POST /journal HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"\x00" * 70_000, b"G" * 70_000):
        with (
            socket.create_connection(address, timeout=10) as raw,
            context.wrap_socket(raw, server_hostname="x") as link,
        ):
            try:
                link.sendall(asked)
                answer = link.recv(1_000)
            except OSError:
                answer = b""
            assert not answer.startswith(b"HTTP/1.1 200")
    large = b"POST /claim HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"
    with (
        socket.create_connection(address, timeout=60) as raw,
        context.wrap_socket(raw, server_hostname="x") as link,
    ):
        link.sendall(large)  # nobody keeps memory for what a stranger has still to send
        assert link.recv(1_000).startswith(b"HTTP/1.1 413")
    desk = admit(province)
    assert [answer.seq for answer in _push(desk, desk.chain(3))] == [3]


def test_after_a_restart_everything_is_there_and_desks_go_on() -> None:
    with province_folder() as folder:
        with serving(folder) as province:
            desk = admit(province)
            entries = desk.chain(20)
            _push(desk, entries[:10])
        with serving(folder) as province:
            moved = RemoteDesk(desk.id, desk.signer, msgspec.structs.replace(desk.identity, url=province.url))
            assert [answer.seq for answer in _push(moved, entries)][-1] == 20
            assert held(province, desk) == [entry.hash for entry in entries]


def test_every_step_of_the_tables_has_a_number_of_its_own() -> None:
    steps = sorted(
        file.name for file in files("counter_app.province.migrations").iterdir() if file.name.endswith(".sql")
    )
    assert [int(name[:4]) for name in steps] == list(range(1, len(steps) + 1))
