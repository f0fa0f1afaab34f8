"""The province's database is put back from a backup: what came to it since reaches every desk all the same."""

from pathlib import Path

import msgspec

from tests.chaos.province import dump_tables, put_back_tables
from tests.fakes.exchanging import exchange_of, hall_folder, picture_of
from tests.fakes.province import UNIT, admit, province_folder, serving
from tests.fakes.province_desks import at, enrol, is_sound, receive


def test_a_feed_that_was_set_back_and_grew_past_a_desks_place_is_read_again(tmp_path: Path) -> None:
    with (
        province_folder() as folder,
        serving(folder) as province,
        at(hall_folder(tmp_path / "1", 1)) as one,
        at(hall_folder(tmp_path / "2", 2)) as two,
    ):
        for made in (one, two):
            enrol(made, province, "H99.31")
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


def test_who_was_revoked_after_the_province_was_set_back_is_revoked_at_every_desk(tmp_path: Path) -> None:
    with province_folder() as folder, serving(folder) as province, at(hall_folder(tmp_path, 1)) as made:
        enrol(made, province, "H99.31")
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
