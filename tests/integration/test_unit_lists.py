"""The units of a province from a list, good rows and bad ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counter_app.bootstrap import OpenCounter
from counter_app.core.errors import UserError
from counter_app.domain.sheet_files import write_xlsx
from counter_app.services.unit_files import COLUMNS, MOST_UNITS, import_units
from tests.fakes.desks import HEAD, desk_with_head

HEADERS = [headers[0] for headers in COLUMNS.values()]
COMMUNES = [
    (f"H99.{number}", f"Ủy ban nhân dân xã Số {number}", "", "", f"Số {number}", "", "") for number in range(300, 450)
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenCounter]:
    with desk_with_head(tmp_path) as made:
        made.counter.session.act_as(HEAD)
        yield made


def test_a_province_comes_in_once_and_reading_it_again_changes_nothing(desk: OpenCounter) -> None:
    data = write_xlsx("Đơn vị", HEADERS, COMMUNES)
    before = len(desk.counter.units.list_all())

    first, again = import_units(desk.counter.units, data), import_units(desk.counter.units, data)

    assert (first.added, first.changed, first.unchanged, first.refused) == (150, 0, 0, ())
    assert (again.added, again.changed, again.unchanged, again.refused) == (0, 0, 150, ())
    assert len(desk.counter.units.list_all()) == before + 150
    assert desk.counter.verification.verify().is_sound


def test_bad_rows_are_named_good_ones_saved_and_an_empty_cell_changes_nothing(desk: OpenCounter) -> None:
    own = desk.counter.units.own()
    text = f"""Mã đơn vị;Tên đơn vị;Điện thoại
H99.301;Ủy ban nhân dân xã Một;0214 111
;Không có mã;
H99.302;;
H99.301;Ủy ban nhân dân xã Khác;
H99.303;{"dài" * 200};
{own.code};{own.name};0214 999
"""

    read = import_units(desk.counter.units, text.encode())

    assert (read.added, read.changed) == (1, 1)
    assert [(one.row, one.reason.code) for one in read.refused] == [
        (3, "unit.code_missing"),
        (4, "unit.name_missing"),
        (5, "unit.listed_twice"),
        (6, "unit.too_long"),
    ]
    after = desk.counter.units.own()
    assert (after.hotline, after.desk_name, after.timetable) == ("0214 999", own.desk_name, own.timetable)


def test_list_that_is_too_long_or_read_by_a_plain_clerk_changes_nothing(desk: OpenCounter) -> None:
    before = desk.counter.units.list_all()
    rows = "\n".join(f"H99.{number};Xã {number}" for number in range(1_000, 1_001 + MOST_UNITS))
    with pytest.raises(UserError, match=r"unit\.list_too_long"):
        import_units(desk.counter.units, f"Mã;Tên\n{rows}".encode())
    desk.counter.session.act_as("mai")
    with pytest.raises(UserError, match=r"session\.not_allowed"):
        import_units(desk.counter.units, "Mã;Tên\nH99.301;Xã Một".encode())

    assert desk.counter.units.list_all() == before
