"""A hall before the province: it carries what its unit's desks signed, both ways, and may do nothing else."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete

from counter_app.cli import run
from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.paths import DataFolder
from counter_app.hall import tables
from counter_app.hall.keeping import Keeping
from counter_app.hall.making import hall_folder, make_hall
from counter_app.hall.running import is_running, read_status, served, start, stop
from counter_app.hall.upward import Upward
from counter_app.province.feeds import publish
from counter_app.province.service import Province
from counter_app.services.enrolling import fetch_invitation
from counter_app.store.keys import load_key
from counter_app.store.store import Store
from counter_app.sync.https_line import LineIdentity, hall_name
from counter_app.sync.ports import FeedKind
from counter_app.sync.roster import DeskKind, read_receipt
from tests.fakes.daemons import wait_until
from tests.fakes.desks import PASSPHRASE, START, DeskClock
from tests.fakes.halls import hall_of
from tests.fakes.province import OTHER_UNIT, UNIT, RemoteDesk, admit, held, next_slice


def codes_of(hall: RemoteDesk, path: str, data: bytes) -> str:
    with hall.line() as line, pytest.raises(EnvironmentFailure) as caught:
        line.request("POST" if data else "GET", path, data)
    return str(caught.value.context.get("reason", caught.value.code))


@contextmanager
def kept(folder: DataFolder, *, years: int = 0) -> Iterator[Keeping]:
    clock = DeskClock(START + timedelta(days=365 * years))
    keeping = Keeping(Store(folder.store, bytes(32)), clock, most_bytes=1 << 30)
    try:
        yield keeping
    finally:
        keeping.close()


def test_a_hall_carries_for_desks_of_its_unit_only_and_until_it_is_revoked(province: Province) -> None:
    hall, desk, stranger, revoked = (
        admit(province, kind=DeskKind.HALL),
        admit(province),
        admit(province, unit=OTHER_UNIT),
        admit(province),
    )
    province.revoke(revoked.id)
    entries = desk.chain(10)
    with hall.line() as line:
        assert [answer.seq for answer in line.push(desk.seal(entries))][-1] == 10
        carried = {batch.data for batch in desk.seal(entries)}
        assert carried.isdisjoint(item.data for item in line.pull(0))
        assert carried <= {item.data for item in line.pull(0, own=True)}
        receipt = read_receipt(line.request("GET", "/receipt").data, province.authority.signer.public_key)
    assert [(one.seq, one.hash) for one in receipt.chains if one.desk == desk.id] == [(10, entries[-1].hash)]
    assert stranger.id not in {one.desk for one in receipt.chains}
    for other in (stranger, revoked, RemoteDesk(hall.id, hall.signer, hall.identity)):
        assert codes_of(hall, "/journal", other.seal(other.chain(2))[0].data) == "province.other_desk"
        assert held(province, other) == []
    with desk.line() as line:
        assert carried.isdisjoint(item.data for item in line.pull(0))
    province.revoke(hall.id)
    assert codes_of(hall, "/receipt", b"") == "sync.line_revoked"


def test_a_hall_brings_everything_up_and_down_and_one_refused_chain_stops_no_other(
    province: Province, tmp_path: Path
) -> None:
    desks, far = [admit(province, name=f"Quầy {number}") for number in range(2)], admit(province, name="Xa")
    folder = hall_of(province, admit(province, kind=DeskKind.HALL, name="Trung tâm"), tmp_path, unit=UNIT)
    chains = {desk.id: desk.chain(120) for desk in desks}
    shutil.copytree(folder.root, tmp_path / "copy")
    with kept(folder) as keeping:
        for desk in desks:
            for batch in desk.seal(chains[desk.id], 50):
                keeping.take(batch.data, asker=desk.id)
        province.revoke(desks[0].id)
        with province.database.transaction() as connection:
            publish(connection, UNIT.code, "a kind to come", b"a message to come")
        with far.line() as line:
            list(line.push(far.seal(far.chain(5))))
        Upward(keeping).exchange_once()
        assert [len(held(province, desk)) for desk in desks] == [0, 120]
        receipt = keeping.find_receipt()
        assert receipt is not None
        assert {one.desk: one.seq for one in receipt.chains if one.desk in chains} == {desks[1].id: 120}
        assert [one.seq for one in keeping.list_chains(far.id)] == [5]
        assert keeping.read_roster().find(far.id) is not None
        assert keeping.count_unsent(receipt) == 120
        to_come = [
            item.data for item in keeping.feed.read(after=0, reader="", own=True) if item.kind == "a kind to come"
        ]
        assert to_come == [b"a message to come"]
        roster, position = keeping.read_roster().number, keeping.reading.start()
    shutil.rmtree(folder.root)
    shutil.move(tmp_path / "copy", folder.root)  # the hall was set back: what it carried up itself comes down too
    with kept(folder) as keeping:
        for _ in range(2):
            Upward(keeping).exchange_once()
        assert {one.desk: one.seq for one in keeping.list_chains() if one.desk in {desks[1].id, far.id}} == {
            desks[1].id: 120,
            far.id: 5,
        }
        assert (keeping.read_roster().number, keeping.reading.start()[0] >= position[0]) == (roster, True)
        assert keeping.verify().damaged == ()


def test_of_two_lines_of_one_journal_a_hall_ends_with_the_one_that_the_province_has(
    province: Province, tmp_path: Path
) -> None:
    desks = [admit(province, name=f"Quầy {number}") for number in range(2)]
    folder = hall_of(province, admit(province, kind=DeskKind.HALL, name="Trung tâm"), tmp_path, unit=UNIT)
    first, second = desks
    common = {desk.id: desk.chain(10) for desk in desks}
    stays = {desk.id: desk.chain(30, after=common[desk.id]) for desk in desks}
    other = {desk.id: desk.chain(40, after=common[desk.id], name="y") for desk in desks}
    shutil.copytree(folder.root, tmp_path / "copy")
    with kept(folder) as keeping:  # what it carries up itself does not come down to it by itself
        for batch in second.seal(stays[second.id], 7):
            keeping.take(batch.data, asker=second.id)
        Upward(keeping).exchange_once()
    shutil.rmtree(folder.root)
    shutil.move(tmp_path / "copy", folder.root)
    with kept(folder) as keeping:
        for desk in desks:
            for batch in desk.seal(other[desk.id]):
                keeping.take(batch.data, asker=desk.id)
        with first.line() as line:
            list(line.push(first.seal(stays[first.id], 7)))
        for _ in range(2):
            Upward(keeping).exchange_once()
        for desk in desks:
            last = stays[desk.id][-1]
            assert [(one.seq, one.hash) for one in keeping.list_chains(desk.id)] == [(30, last.hash)]
            answer = keeping.take(desk.seal(other[desk.id])[-1].data, asker=desk.id)
            assert answer is not None
            assert answer.hash == last.hash
        assert keeping.verify().damaged == ()
        line_of_first = {batch.data for batch in first.seal(stays[first.id], 7)[1:]}
        assert line_of_first <= {item.data for item in keeping.feed.read(after=0, reader=second.id, own=False)}


def test_an_exchange_ends_when_one_chain_is_refused_and_another_waits_for_what_is_nowhere(
    province: Province, tmp_path: Path
) -> None:
    desks = [admit(province, name=f"Quầy {number}") for number in range(2)]
    folder = hall_of(province, admit(province, kind=DeskKind.HALL, name="Trung tâm"), tmp_path, unit=UNIT)
    with kept(folder) as keeping:
        for desk in desks:
            for batch in desk.seal(desk.chain(20), 5):
                keeping.take(batch.data, asker=desk.id)
    store = Store(folder.store, bytes(32))
    with store.writing() as connection:  # as after room was made, and the province set back
        gone = (tables.item.c.desk == desks[1].id) & (tables.item.c.first_seq == 1)
        connection.execute(delete(tables.item).where(gone))
    store.close()
    province.revoke(desks[0].id)
    with kept(folder) as keeping, ThreadPoolExecutor(1) as pool:
        upward = Upward(keeping)
        try:
            pool.submit(upward.exchange_once).result(timeout=60)
        finally:
            upward.stop()
        assert keeping.find_province_at() is not None
        assert keeping.count_unsent(keeping.find_receipt()) == 40


def test_a_certificate_is_renewed_in_its_last_year_and_counts_at_the_province(
    province: Province, tmp_path: Path
) -> None:
    folder = hall_of(province, admit(province, kind=DeskKind.HALL, name="Trung tâm"), tmp_path, unit=UNIT)
    shown = []
    for years in (0, 8, 10):  # of which one is left from the ninth on
        with kept(folder, years=years) as keeping:
            Upward(keeping).exchange_once()
        with kept(folder) as keeping:
            shown.append(msgspec.msgpack.decode(keeping.read_facts().identity, type=LineIdentity))
            Upward(keeping).exchange_once()
    assert shown[0] == shown[1]
    assert shown[2].certificate != shown[1].certificate
    assert shown[2].key != shown[1].key


def test_a_code_makes_one_hall_and_it_starts_and_says_how_it_is(
    province: Province, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COUNTER_APP_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("COUNTER_APP_LANGUAGE", "en")
    data, clock = DataFolder(tmp_path / "pc", state_root=tmp_path / "state"), DeskClock()
    codes = [province.invite(unit=UNIT, kind=kind, name=kind, number_slice=next_slice()) for kind in DeskKind]
    wrong, right = fetch_invitation(province.url, codes[0]), fetch_invitation(province.url, codes[-1])
    with pytest.raises(UserError, match=r"hall\.code_of_desk"):
        make_hall(data, wrong, passphrase=PASSPHRASE, clock=clock)
    with pytest.raises(UserError, match=r"hall\.not_here"):
        read_status(data, passphrase=PASSPHRASE, clock=clock)
    desk = admit(province)
    made = make_hall(data, right, passphrase=PASSPHRASE, clock=clock)
    with pytest.raises(UserError, match=r"hall\.exists"):
        make_hall(data, right, passphrase=PASSPHRASE, clock=clock)
    again = DataFolder(tmp_path / "another", state_root=tmp_path / "state")
    store = Store(hall_folder(data).store, load_key(hall_folder(data), passphrase=PASSPHRASE))
    with store.writing() as connection:  # as an earlier program made it
        tables.paper.drop(connection)
    store.close()
    with served(data, passphrase=PASSPHRASE, clock=clock, listen=("127.0.0.1", 0)) as url:
        with pytest.raises(EnvironmentFailure, match=r"hall\.runs_already"):
            start(data, [])
        there = msgspec.structs.replace(desk.identity, url=url, server_name=hall_name(made.hall_id))
        batches = desk.seal(desk.chain(10))
        with RemoteDesk(desk.id, desk.signer, there).line() as line:
            wait_until(lambda: FeedKind.ACKNOWLEDGEMENT in {item.kind for item in line.pull(0)}, "the way up")
            list(line.push(batches))
        wait_until(lambda: len(held(province, desk)) == 10, "the entries at the province")
        wait_until(lambda: read_status(data, passphrase=PASSPHRASE, clock=clock).unsent == 0, "the receipt")
        status = read_status(data, passphrase=PASSPHRASE, clock=clock)
        assert (status.is_running, status.url, status.unit_code) == (True, url, UNIT.code)
        assert status.province_at == clock.now()
        assert run(["--data", str(data.root), "hall", "status"]) == 0
        assert f"{status.entries} entries here, 0 not yet at the province" in capsys.readouterr().out
    assert not is_running(data)
    assert stop(data) is False
    assert run(["--data", str(data.root), "hall", "status", "--json"]) == 0
    said = msgspec.json.decode(capsys.readouterr().out)
    assert (said["is_running"], said["url"], said["desks"], said["unsent"]) == (False, None, status.desks, 0)
    assert [said[name] for name in ("papers", "papers_waiting", "papers_bytes", "updates_bytes")] == [0, 0, 0, 0]
    with pytest.raises(EnvironmentFailure, match=r"code_used"):
        make_hall(again, right, passphrase=PASSPHRASE, clock=clock)
    assert not (again.root / "hall").exists()
