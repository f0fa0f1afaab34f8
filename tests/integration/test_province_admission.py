"""Whom a province admits under which name, whatever those who hold a code or had one claim."""

import hashlib
import secrets
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.core.ids import new_id
from counter_app.domain.unit import Slice
from counter_app.journal.chain import Signer
from counter_app.journal.entries import Entry
from counter_app.province.database import Connection
from counter_app.province.desks import publish_roster
from counter_app.province.enrolment_files import make_enrolment_file
from counter_app.province.journals import MOST_WAITING
from counter_app.province.sealed_papers import SealedComing
from counter_app.province.service import Province
from counter_app.sync.enrolling import EpochGrant, EpochRequest, ShownRoster
from counter_app.sync.papers import PaperName
from counter_app.sync.ports import Acknowledgement
from counter_app.sync.roster import DeskKind, Roster, read_roster
from counter_app.sync.sealed_papers import SealedName, SealedPart
from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.desks import START
from tests.fakes.province import UNIT, RemoteDesk, admit, claim_by, empty, held, next_slice


def test_a_desk_that_calls_itself_a_path_is_not_admitted_and_writes_nowhere_else(
    province: Province, tmp_path: Path
) -> None:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=next_slice())
    with pytest.raises(EnvironmentFailure) as refused:
        claim_by(province, code, desk_id=f"/tmp/{secrets.token_hex(4)}", signer=Signer.generate()[0])
    assert refused.value.context["reason"] == "sync.bad_claim"
    claim_by(province, code, desk_id=new_id(), signer=Signer.generate()[0])

    # By whatever way a name comes to be one: it leads out of the folder never.
    data = b"* * * * * root id"
    name = SealedName(
        paper=PaperName(sha256=bytes(32), size_bytes=5),
        sha256=hashlib.sha256(data).digest(),
        size_bytes=len(data) + 1,
        sealed_for=bytes(32),
    )
    coming = SealedComing(tmp_path / "sealed")
    for asker in (str(tmp_path / "x"), "../../x"):
        assert coming.append(asker, SealedPart(name=name, offset=0, data=data)) == len(data)
    assert [one.parent.name for one in tmp_path.rglob("*") if one.is_file()] == ["parts"] * 2


def test_a_used_code_gives_nobody_else_a_certificate_and_fills_no_feed(province: Province) -> None:
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=next_slice())
    signer, _secret = Signer.generate()
    desk_id = new_id()
    desk, roster = claim_by(province, code, desk_id=desk_id, signer=signer)
    with desk.line() as line:
        line.read_chains()
    before = _feed_position(province)

    again, same = claim_by(province, code, desk_id=desk_id, signer=signer)
    make_enrolment_file(province, code)
    key = province.authority.signer.public_key
    assert _without_time(read_roster(same, key)) == _without_time(read_roster(roster, key))
    with again.line() as line:
        line.read_chains()
    with pytest.raises(EnvironmentFailure) as refused:
        claim_by(province, code, desk_id=desk_id, signer=Signer.generate()[0])
    assert refused.value.context["reason"] == "province.code_used"
    assert _feed_position(province) == before

    province.revoke(desk_id)
    before = _feed_position(province)
    with pytest.raises(EnvironmentFailure, match="line_revoked"):
        claim_by(province, code, desk_id=desk_id, signer=signer)
    assert _feed_position(province) == before


def _feed_position(province: Province) -> int:
    with province.database.transaction() as connection:
        row = connection.execute("SELECT feed_position FROM unit WHERE code = %s", (UNIT.code,)).fetchone()
    assert row is not None
    return int(row.feed_position)


def _without_time(roster: Roster) -> Roster:
    return msgspec.structs.replace(roster, issued_at=START)


def test_what_a_hall_invents_takes_no_epoch_no_code_and_no_place_of_a_desk(province: Province) -> None:
    numbers = Slice(5_000, 5_999)
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=numbers)
    desk, hall = admit(province, code=code), admit(province, kind=DeskKind.HALL)
    entries = desk.chain(15)
    first, second, third = desk.seal(entries)
    _told(province, desk, first.data)
    _told(province, desk, third.data)
    thief = RemoteDesk(desk.id, Signer.generate()[0], desk.identity)
    _told(province, hall, thief.seal(thief.chain(15, name="y"))[2].data)
    invented = [batch for epoch in range(2, 13) for batch in thief.seal(thief.chain(21, epoch=epoch)[1:], 1)]
    assert len(invented) > MOST_WAITING
    for batch in invented:
        _told(province, hall, batch.data)

    claim = EpochRequest(claim=bytes(16), above=1)
    grant = msgspec.msgpack.decode(province.grant_epoch(desk.id, msgspec.msgpack.encode(claim)), type=EpochGrant)
    assert grant.epoch == 2
    assert province.list_chains(desk.id) == msgspec.msgpack.encode([_acknowledged(desk, entries[4])])
    _told(province, desk, second.data)
    assert held(province, desk) == [entry.hash for entry in entries]
    with province.database.transaction() as connection:
        left = connection.execute("SELECT giver, count(*) AS count FROM waiting_batch GROUP BY giver").fetchall()
        chains = connection.execute("SELECT count(*) AS count FROM chain WHERE desk = %s", (desk.id,)).fetchone()
    assert [(row.giver, row.count <= MOST_WAITING) for row in left] == [(hall.id, True)]
    assert chains is not None
    assert chains.count == 1


def test_a_desk_whose_answer_was_lost_is_made_anew_whatever_a_hall_says_of_it(province: Province) -> None:
    hall = admit(province, kind=DeskKind.HALL)
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=next_slice())
    lost = admit(province, code=code)
    _told(province, hall, lost.seal(lost.chain(2)[1:])[0].data)

    again = admit(province, code=code)

    assert {one.id for one in province.list_fleet()} == {hall.id, again.id}


@pytest.mark.parametrize("kind", [DeskKind.HALL, DeskKind.DESK])
def test_the_code_of_a_desk_that_was_revoked_before_it_was_heard_makes_no_other(
    province: Province, kind: DeskKind
) -> None:
    code = province.invite(unit=UNIT, kind=kind, name="Nút", number_slice=next_slice())
    stranger = admit(province, code=code)
    province.revoke(stranger.id)

    with pytest.raises(EnvironmentFailure) as refused:
        admit(province, code=code)

    assert refused.value.context["reason"] == "province.code_used"
    assert [(one.id, one.is_revoked) for one in province.list_fleet()] == [(stranger.id, True)]


def _told(province: Province, giver: RemoteDesk, data: bytes) -> None:
    province.take(giver.id, data)


def _acknowledged(desk: RemoteDesk, entry: Entry) -> Acknowledgement:
    return Acknowledgement(desk=desk.id, epoch=entry.epoch, seq=entry.seq, hash=entry.hash)


def test_a_code_from_before_a_restore_makes_a_desk_when_somebody_saw_that_its_numbers_are_free(
    province: Province,
) -> None:
    admit(province)
    code = province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy 2", number_slice=next_slice())
    hall_code = province.invite(unit=UNIT, kind=DeskKind.HALL, name="Hội trường")
    with province.database.transaction() as connection:
        backup = dump_tables(connection)
    admit(province, code=code)
    with province.database.transaction() as connection:
        put_back_tables(connection, backup)
        _note_put_back(connection)

    with pytest.raises(EnvironmentFailure) as refused:
        admit(province, code=code)

    assert refused.value.context["reason"] == "province.code_unsure"
    admit(province, code=hall_code)
    province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy 3", number_slice=next_slice(), numbers_checked=True)
    admit(province, code=code)


def test_a_second_restore_asks_again_for_the_numbers_whatever_the_clock_says(province: Province) -> None:
    admit(province)
    for _restore in range(2):
        with province.database.transaction() as connection:
            _note_put_back(connection)
            connection.execute("UPDATE put_back SET at = now() - interval '3 days'")

        with pytest.raises(UserError, match="numbers_unsure"):
            province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=next_slice())
        for is_checked in (True, False):
            numbers = next_slice()
            province.invite(
                unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=numbers, numbers_checked=is_checked
            )


def _note_put_back(connection: Connection) -> None:
    connection.execute("INSERT INTO put_back DEFAULT VALUES")


@pytest.mark.parametrize("kind", [DeskKind.HALL, DeskKind.DESK])
def test_who_was_replaced_before_it_was_heard_comes_back_by_no_list(province: Province, kind: DeskKind) -> None:
    code = province.invite(unit=UNIT, kind=kind, name="Nút", number_slice=next_slice())
    silent, roster = claim_by(province, code, desk_id=new_id(), signer=Signer.generate()[0])
    true, _roster = claim_by(province, code, desk_id=new_id(), signer=Signer.generate()[0])
    beside = admit(province)
    shown = msgspec.msgpack.encode(ShownRoster(roster=roster, unit=UNIT))

    with pytest.raises(UserError, match="not_admitted"):
        province.take_roster(silent.id, shown)

    assert {one.id for one in province.list_fleet()} == {true.id, beside.id}
    with province.database.transaction() as connection:
        assert connection.execute("SELECT 1 FROM put_back").fetchone() is None


def test_a_forgotten_unit_with_words_that_no_query_reads_is_not_made_anew(province: Province) -> None:
    desk, roster = claim_by(
        province,
        province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", number_slice=next_slice()),
        desk_id=new_id(),
        signer=Signer.generate()[0],
    )
    empty(province)
    for name, is_taken in (("xấu \x00", False), (UNIT.name, True)):
        shown = ShownRoster(roster=roster, unit=msgspec.structs.replace(UNIT, name=name))
        with nullcontext() if is_taken else pytest.raises(UserError, match="not_admitted"):
            province.take_roster(desk.id, msgspec.msgpack.encode(shown))
        assert bool(province.list_fleet()) == is_taken


def test_a_list_by_a_clock_that_was_put_back_is_above_those_that_desks_hold(province: Province) -> None:
    desk, stolen = admit(province), admit(province)
    ahead, key = province.clock.now() + timedelta(days=30), province.authority.signer.public_key
    with province.database.transaction() as connection:
        before = connection.execute("SELECT roster_number FROM unit").fetchone()
        shown = publish_roster(connection, province.authority, UNIT.code, now=ahead)
        assert before is not None
        connection.execute("UPDATE unit SET roster_number = %s", (before.roster_number,))
    province.revoke(stolen.id)

    province.take_roster(desk.id, msgspec.msgpack.encode(ShownRoster(roster=shown, unit=UNIT)))

    with province.database.transaction() as connection:
        query = "SELECT data FROM feed WHERE kind = 'roster' ORDER BY position DESC LIMIT 1"
        row = connection.execute(query).fetchone()
        assert row is not None
        assert connection.execute("SELECT 1 FROM put_back").fetchone() is None  # nothing on the list was new
    told = read_roster(bytes(row.data), key)
    assert told.number > read_roster(shown, key).number
    revoked = told.find(stolen.id)
    assert revoked is not None
    assert revoked.revoked_at is not None
