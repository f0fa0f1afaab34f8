"""The province's database is put back from a backup: what came to it since reaches every desk all the same."""

import shutil
from pathlib import Path

import msgspec
import pytest

from counter_app.core.errors import EnvironmentFailure, UserError
from counter_app.province.service import Province
from counter_app.sync.roster import DeskKind, read_enrolment
from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.exchanging import exchange_of, hall_folder, hall_unit, picture_of
from tests.fakes.province import UNIT, admit, an_empty_database, empty, province_folder, serving
from tests.fakes.province_desks import at, enrol, enrolled, is_sound, receive


def test_a_feed_that_was_set_back_and_grew_past_a_desks_place_is_read_again(tmp_path: Path, province: Province) -> None:
    with enrolled(tmp_path, province, "H99.31") as (one, two):
        for made in (one, two, one):
            made.counter.province_line.exchange()
        with province.database.transaction() as connection:
            backup = dump_tables(connection)
        receive(one)
        one.counter.province_line.exchange()
        two.counter.province_line.exchange()

        with province.database.transaction() as connection:
            put_back_tables(connection, backup)
        for number in (1, 2, 3):
            receive(one, number)
            one.counter.province_line.exchange()
        answer = two.counter.province_line.exchange()

        assert answer.received > 0
        assert len(picture_of(one)["dossiers"]) == 4
        assert picture_of(two) == picture_of(one)
        assert is_sound(two)


def test_desks_of_after_the_backup_are_admitted_again_with_their_numbers_and_revocations_come_back(
    tmp_path: Path, province: Province
) -> None:
    home = hall_unit()
    with (
        at(hall_folder(tmp_path / "1", 1)) as known,
        at(hall_folder(tmp_path / "2", 2)) as late,
        at(hall_folder(tmp_path / "3", 3)) as given_away,
    ):
        enrol(known, province, home.code)
        known.counter.province_line.exchange()
        stolen = admit(province, unit=home, name="Máy mất")
        with province.database.transaction() as connection:
            backup = dump_tables(connection)
        enrol(late, province, home.code)
        enrol(given_away, province, home.code)
        province.revoke(stolen.id)
        receive(known)
        code = receive(late)
        for made in (late, given_away, known):
            made.counter.province_line.exchange()

        with province.database.transaction() as connection:
            put_back_tables(connection, backup)
        numbers = given_away.desk.desk.number_slice
        again = province.invite(unit=home, kind=DeskKind.DESK, name="Quầy khác", number_slice=numbers)
        admit(province, code=again)
        with pytest.raises(EnvironmentFailure) as refused:
            given_away.counter.province_line.exchange()
        known.counter.province_line.exchange()

        assert refused.value.context["reason"] == "province.not_admitted"
        fleet = {one.id for one in province.list_fleet()}
        assert late.desk.desk.id in fleet
        assert given_away.desk.desk.id not in fleet
        with stolen.line() as line, pytest.raises(EnvironmentFailure, match=r"line_revoked"):
            line.read_chains()
        with pytest.raises(UserError, match="numbers_unsure"):
            province.invite(unit=home, kind=DeskKind.DESK, name="Quầy mới")
        invited = province.invite(unit=home, kind=DeskKind.DESK, name="Quầy mới", numbers_checked=True)
        assert read_enrolment(province.show_enrolment(invited)).number_slice.low > numbers.high
        late.counter.province_line.exchange()
        assert province.show_dossier(code).entries
        known.counter.province_line.exchange()
        assert picture_of(known)["dossiers"] == picture_of(late)["dossiers"]

        with province.database.transaction() as connection:
            backup = dump_tables(connection)
        admit(province, unit=home, name="Quầy sau")
        known.counter.province_line.exchange()
        with province.database.transaction() as connection:
            put_back_tables(connection, backup)  # the second time, after somebody saw to the first
        known.counter.province_line.exchange()
        with pytest.raises(UserError, match="numbers_unsure"):
            province.invite(unit=home, kind=DeskKind.DESK, name="Quầy mới")

        empty(province)  # a backup from before the unit
        assert late.counter.province_line.exchange().oldest_unsent_s is None
        assert province.show_dossier(code).entries
        assert is_sound(late)


def test_who_was_revoked_after_the_province_was_set_back_is_revoked_at_every_desk(
    tmp_path: Path, province: Province
) -> None:
    with enrolled(tmp_path, province, "H99.31", count=1) as (made,):
        unit = msgspec.structs.replace(UNIT, code="H99.31")
        lost = admit(province, unit=unit, name="Máy mất")
        with province.database.transaction() as connection:
            backup = dump_tables(connection)
        for number in range(3):
            admit(province, unit=unit, name=f"Quầy {number + 2}")
        made.counter.province_line.exchange()

        with province.database.transaction() as connection:
            put_back_tables(connection, backup)
        province.revoke(lost.id)
        made.counter.province_line.exchange()

        roster = exchange_of(made).find_roster()
        assert roster is not None
        known = roster.find(lost.id)
        assert known is not None
        assert known.revoked_at is not None


def test_a_province_of_which_only_the_keys_are_left_gives_numbers_when_somebody_saw_that_they_are_free(
    served: tuple[Province, Path],
) -> None:
    lost, keys = served
    with province_folder() as root:
        for name in ("authority.pem", "province.key"):
            shutil.copy(keys / name, root)
        with serving(root, database=an_empty_database(lost)) as province:
            with pytest.raises(UserError, match="numbers_unsure"):
                province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy")
            admit(province, code=province.invite(unit=UNIT, kind=DeskKind.DESK, name="Quầy", numbers_checked=True))
