"""What a desk wrote until it was revoked reaches everybody, also whom it reaches later; what it wrote after, nobody."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.actions.facts import ActionFacts
from counter_app.domain.actions.table import Action
from counter_app.hall.keeping import Keeping
from counter_app.hall.upward import Upward
from counter_app.journal.chain import header_of
from counter_app.journal.entries import Entry
from counter_app.journal.journal import make_entry
from counter_app.journal.rebuild import iter_entries
from counter_app.province.desks import find_latest_roster
from counter_app.province.service import Province
from counter_app.store.store import Store
from counter_app.sync.batch import seal
from counter_app.sync.enrolling import ShownRoster
from counter_app.sync.roster import DeskKind, Roster
from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.daemons import wait_until
from tests.fakes.desks import START, DeskClock
from tests.fakes.exchanging import exchange_of, hall_folder, picture_of
from tests.fakes.halls import hall_of
from tests.fakes.province import UNIT, admit, held
from tests.fakes.province_desks import at, enrol, enrolled, is_sound, receive

SIX_DAYS = timedelta(days=6)


def kept(folder: DataFolder) -> closing[Keeping]:
    return closing(Keeping(Store(folder.store, bytes(32)), DeskClock(START), most_bytes=1 << 30))


def exchange(*desks: OpenCounter) -> None:
    for made in desks:
        made.counter.province_line.exchange()


@pytest.mark.parametrize("off", [-SIX_DAYS, SIX_DAYS])
def test_a_new_desk_has_what_was_sent_before_the_revocation_and_nothing_after_whatever_its_clock_says(
    tmp_path: Path, province: Province, off: timedelta
) -> None:
    with enrolled(tmp_path, province, "H99.42") as (one, two):
        code = receive(one)
        exchange(one, two)
        two.counter.dossiers.act(code, Action.TRANSFER, ActionFacts(receiver="Phòng Tư pháp"))
        exchange(two)
        province.revoke(one.desk.desk.id)
        exchange(two)
        receive(one, 1)
        late = [batch.data for batch in exchange_of(one).next_batches("nobody", most=100)]

        with at(hall_folder(tmp_path / "new", 3), DeskClock(datetime.now(UTC) + off)) as new:
            enrol(new, province, "H99.42")
            assert new.counter.province_line.exchange().refused == 0
            assert picture_of(new) == picture_of(two)
            with pytest.raises(UserError, match=r"sync\.revoked_desk"):
                exchange_of(new).take(late[-1])
            assert picture_of(new) == picture_of(two)
            assert is_sound(new)


def test_another_line_of_a_revoked_desks_journal_is_not_taken_in_place_of_the_provinces(
    tmp_path: Path, province: Province
) -> None:
    with enrolled(tmp_path, province, "H99.43") as (one, two):
        receive(one)
        exchange(one, two)
        province.revoke(one.desk.desk.id)
        *entries, last = entries_of(one)
        _id, *rest = header_of(last)
        other = make_entry((new_id(), *rest), body=last.body, prev_hash=last.prev_hash)  # type: ignore[arg-type]

        with at(hall_folder(tmp_path / "new", 3)) as new:
            enrol(new, province, "H99.43")
            exchange_of(new).take(seal(entries, one.desk.journal.sign).data)
            with pytest.raises(UserError, match=r"sync\.not_genuine"):
                exchange_of(new).take(seal([other], one.desk.journal.sign).data)
            exchange(new)
            assert picture_of(new) == picture_of(two)
            assert is_sound(new)


def entries_of(made: OpenCounter) -> list[Entry]:
    with made.desk.store.reading() as connection:
        return [entry for _position, entry in iter_entries(connection) if entry.desk == made.desk.desk.id]


def newest_roster(province: Province) -> Roster:
    with province.database.transaction() as connection:
        roster = find_latest_roster(connection, UNIT.code)
    assert roster is not None
    return roster


def test_a_hall_that_comes_later_has_what_a_revoked_desk_had_sent(province: Province, tmp_path: Path) -> None:
    desk, numbers = admit(province, name="Quầy cũ"), 120
    entries = desk.chain(numbers)
    with desk.line() as line:
        list(line.push(desk.seal(entries[:100], 50)))
    province.revoke(desk.id)
    with kept(hall_of(province, admit(province, kind=DeskKind.HALL, name="Sảnh"), tmp_path, unit=UNIT)) as keeping:
        Upward(keeping).exchange_once()
        assert [(one.seq, one.hash) for one in keeping.list_chains(desk.id)] == [(100, entries[99].hash)]
        with pytest.raises(UserError, match=r"sync\.revoked_desk"):
            keeping.take(desk.seal(entries[100:])[0].data)


def test_a_province_put_back_takes_from_a_hall_what_it_had_of_a_revoked_desk(
    province: Province, tmp_path: Path
) -> None:
    desk, beside = admit(province, name="Quầy cũ"), admit(province, kind=DeskKind.HALL, name="Sảnh bên")
    entries = desk.chain(150)
    with kept(hall_of(province, beside, tmp_path, unit=UNIT)) as keeping:
        with desk.line() as line:
            list(line.push(desk.seal(entries[:50], 50)))
        with province.database.transaction() as connection:
            backup = dump_tables(connection)
        with desk.line() as line:
            list(line.push(desk.seal(entries[50:100], 50)))
        province.revoke(desk.id)
        Upward(keeping).exchange_once()
        assert [one.seq for one in keeping.list_chains(desk.id)] == [100]

        with province.database.transaction() as connection:
            put_back_tables(connection, backup)
        with beside.line() as line:
            line.show_roster(ShownRoster(roster=keeping.read_roster_file()))
        Upward(keeping).exchange_once()

    assert len(held(province, desk)) == 100
    known = newest_roster(province).find(desk.id)
    assert known is not None
    assert known.revoked_at is not None
    assert [(one.seq, one.hash) for one in known.ends] == [(100, entries[99].hash)]
    with pytest.raises(UserError, match=r"province\.desk_revoked"):
        province.take(desk.id, desk.seal(entries[100:])[0].data)


def test_what_is_just_being_taken_of_a_desk_that_is_revoked_is_within_its_ends(province: Province) -> None:
    desk, beside = admit(province), admit(province, kind=DeskKind.HALL)
    entries = desk.chain(10)
    with beside.line() as line:
        list(line.push(desk.seal(entries[:5])))
    (rest,) = desk.seal(entries[5:])
    with ThreadPoolExecutor(2) as pool:
        with province.database.transaction() as connection:
            connection.execute("SELECT 1 FROM chain WHERE desk = %s FOR UPDATE", (desk.id,))
            taking = pool.submit(province.take, beside.id, rest.data)
            wait_until(lambda: count_waiting(province) == 1, "the batch waits for its chain")
            revoking = pool.submit(province.revoke, desk.id)
            wait_until(lambda: count_waiting(province) == 2 or revoking.done(), "the revocation waits or is done")
        assert taking.result()
        revoking.result()
    known = newest_roster(province).find(desk.id)
    assert known is not None
    assert [one.seq for one in known.ends] == [len(held(province, desk))] == [10]


def count_waiting(province: Province) -> int:
    query = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with province.database.transaction() as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row.n)
