import json
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from counter_app.domain.catalogue import read_catalogue, write_template
from counter_app.domain.catalogue.doubts import DoubtList
from counter_app.domain.catalogue.steps import read_steps
from counter_app.domain.procedure import Procedure, ProcessStep

DAY = date(2026, 11, 23)


def share_of(written: object) -> tuple[int | None, int | None, list[str]]:
    doubts = DoubtList("X.1")
    (step,) = read_steps([("Quy trình!A2", {"name": "Thẩm định", "share": written})], doubts)
    return step.hours, step.percent, [doubt.code.rpartition(".")[2] for doubt in doubts.all()]


@pytest.mark.parametrize(
    ("written", "hours", "percent"),
    [
        ("4 giờ", 4, None),
        ("16 giờ làm việc", 16, None),
        ("0,5 ngày", 4, None),
        ("02 ngày làm việc", 16, None),
        (8, 8, None),
        ("30%", None, 30),
        ("30 %", None, 30),
        (0.25, None, 25),
        ("", None, None),
        (None, None, None),
    ],
)
def test_share_is_read_as_people_write_it(written: object, hours: int | None, percent: int | None) -> None:
    assert share_of(written) == (hours, percent, [])


@pytest.mark.parametrize("written", ["sớm", "-4", "0 giờ", "120%", "1,3 giờ", "9999 ngày"])
def test_share_that_is_none_is_doubted_and_left_out(written: str) -> None:
    assert share_of(written) == (None, None, ["step_time_not_understood"])


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.none(), st.booleans()))
def test_whatever_stands_in_the_cell_is_a_share_or_a_doubt(written: object) -> None:
    hours, percent, doubts = share_of(written)

    assert hours is None or 0 < hours <= 8_000
    assert percent is None or 0 < percent <= 100
    assert hours is None or percent is None
    assert len(doubts) <= 1


def test_shares_beyond_the_whole_and_a_step_without_a_name_are_said() -> None:
    doubts = DoubtList("X.1")
    first, second = {"name": "Một", "share": "60%"}, {"name": "Hai", "share": "50%"}
    rows = [("A2", first), ("A3", {"share": "4 giờ"}), ("A4", second)]

    steps = read_steps(rows, doubts)

    assert [step.name for step in steps] == ["Một", "Hai"]
    assert [doubt.code.rpartition(".")[2] for doubt in doubts.all()] == ["step_without_name", "steps_over_whole"]


def test_template_has_an_example_of_a_process_and_reads_it_back() -> None:
    file = read_catalogue(write_template(), effective_on=DAY, name="mau.xlsx")

    (procedure,) = file.procedures
    assert file.doubts == ()
    assert procedure.counts_transport
    assert procedure.steps == (
        ProcessStep(name="Tiếp nhận, chuyển hồ sơ", hours=4),
        ProcessStep(name="Thẩm định", done_by="Phòng Ví dụ", hours=16),
        ProcessStep(name="Ký kết quả", done_by="Lãnh đạo UBND xã", hours=4),
    )
    assert procedure.legs == ()


def test_workbook_says_that_transport_does_not_count_and_names_legs() -> None:
    book = load_workbook(BytesIO(write_template()))
    procedures, steps = book["Thủ tục"], book["Quy trình"]
    column = next(cell.column for cell in procedures[1] if cell.value == "Tính thời gian luân chuyển")
    procedures.cell(row=2, column=column).value = "không"
    steps["E3"], steps["E4"] = "Giấy khai sinh", "Thẻ bảo hiểm y tế"
    target = BytesIO()
    book.save(target)

    (procedure,) = read_catalogue(target.getvalue(), effective_on=DAY, name="mau.xlsx").procedures

    assert not procedure.counts_transport
    assert [leg.result for leg in procedure.legs] == ["Giấy khai sinh", "Thẻ bảo hiểm y tế"]


def test_json_may_carry_the_process() -> None:
    entry = {
        "code": "1.900001",
        "name": "Ví dụ",
        "field": "Hộ tịch",
        "ways": [{"channel": "DIRECT", "time": {"value": 3, "unit": "WORKING_DAY"}}],
        "components": [{"case": "", "name": "Đơn", "original": 1}],
        "process": [{"name": "Thẩm định", "done_by": "Phòng Tư pháp", "share": "60%"}, {"name": "Ký", "share": "40%"}],
    }

    (procedure,) = read_catalogue(json.dumps([entry]).encode(), effective_on=DAY, name="danh-muc.json").procedures

    assert procedure.steps == (
        ProcessStep(name="Thẩm định", done_by="Phòng Tư pháp", percent=60),
        ProcessStep(name="Ký", percent=40),
    )


def test_one_result_at_the_end_makes_no_legs() -> None:
    steps = (ProcessStep(name="Nhận"), ProcessStep(name="Ký", result="Quyết định"))
    procedure = Procedure(code="X.1", effective_on=DAY, name="Ví dụ", field_name="Ví dụ", cases=(), steps=steps)

    assert procedure.legs == ()
