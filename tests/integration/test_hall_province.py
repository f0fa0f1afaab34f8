"""A hall before the province: it carries what its unit's desks signed, both ways, and may do nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.hall.keeping import HallFacts, Keeping
from counter_app.hall.making import fill_hall
from counter_app.hall.upward import Upward
from counter_app.province.service import Province
from counter_app.store.store import Store
from counter_app.sync.ports import FeedKind
from counter_app.sync.roster import DeskKind, read_receipt
from tests.fakes.desks import DeskClock
from tests.fakes.province import OTHER_UNIT, UNIT, RemoteDesk, admit, held, province_folder, serving


@pytest.fixture(scope="module")
def province() -> Iterator[Province]:
    with province_folder() as folder, serving(folder) as made:
        yield made


def codes_of(hall: RemoteDesk, path: str, data: bytes) -> str:
    with hall.line() as line, pytest.raises(EnvironmentFailure) as caught:
        line.request("POST" if data else "GET", path, data)
    return str(caught.value.context.get("reason", caught.value.code))


@contextmanager
def kept(folder: DataFolder) -> Iterator[Keeping]:
    keeping = Keeping(Store(folder.store, bytes(32)), DeskClock(), most_bytes=1 << 30)
    try:
        yield keeping
    finally:
        keeping.close()


def hall_of(province: Province, hall: RemoteDesk, root: Path) -> DataFolder:
    """Make the file of an admitted hall."""
    with hall.line() as line:
        roster = [item.data for item in line.pull(0) if item.kind is FeedKind.ROSTER][-1]
    facts = HallFacts(
        hall_id=hall.id,
        name="Trung tâm",
        unit_code=UNIT.code,
        unit_name=UNIT.name,
        province_key=province.authority.signer.public_key,
        identity=msgspec.msgpack.encode(hall.identity),
    )
    folder = DataFolder(root / "hall", state_root=root / "state")
    folder.create()
    fill_hall(folder, bytes(32), facts, roster, DeskClock())
    return folder


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
    folder = hall_of(province, admit(province, kind=DeskKind.HALL, name="Trung tâm"), tmp_path)
    chains = {desk.id: desk.chain(120) for desk in desks}
    shutil.copytree(folder.root, tmp_path / "copy")
    with kept(folder) as keeping:
        for desk in desks:
            for batch in desk.seal(chains[desk.id], 50):
                keeping.take(batch.data, asker=desk.id)
        province.revoke(desks[0].id)
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
        roster, position = keeping.read_roster().number, keeping.read_position()
    shutil.rmtree(folder.root)
    shutil.move(tmp_path / "copy", folder.root)  # the hall was set back: what it carried up itself comes down too
    with kept(folder) as keeping:
        for _ in range(2):
            Upward(keeping).exchange_once()
        assert {one.desk: one.seq for one in keeping.list_chains() if one.desk in {desks[1].id, far.id}} == {
            desks[1].id: 120,
            far.id: 5,
        }
        assert (keeping.read_roster().number, keeping.read_position() >= position) == (roster, True)
        assert keeping.verify().damaged == ()
