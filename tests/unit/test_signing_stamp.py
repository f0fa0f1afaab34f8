from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.signing.stamp import Corner, Sheet, Stamp, draw_stamp
from tests.fakes.signed_files import page_text

AT = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)  # half past midnight of the next day in Việt Nam
A4 = Sheet(left=0, bottom=0, right=595, top=842)
SMALL = st.floats(40, 400)


def test_the_time_is_vietnamese_and_a_day_later_there() -> None:
    said = page_text(draw_stamp(Stamp(name="Nguyễn Thị Thử", unit="UBND xã Mẫu"), AT, A4).pdf)

    assert [line.strip() for line in said.splitlines() if line.strip()] == [
        "Người ký: Nguyễn Thị Thử",
        "Cơ quan: UBND xã Mẫu",
        "Thời gian ký: 29/11/2026 00:30",
    ]


def test_decomposed_letters_are_drawn_composed() -> None:
    import unicodedata

    name = unicodedata.normalize("NFD", "Nguyễn Thị Thử")

    assert "Nguyễn Thị Thử" in page_text(draw_stamp(Stamp(name=name, unit=""), AT, A4).pdf)


def test_a_long_unit_is_wrapped_and_makes_the_mark_higher() -> None:
    short = draw_stamp(Stamp(name="A", unit="B"), AT, A4)
    long = draw_stamp(Stamp(name="A", unit="Trung tâm Phục vụ hành chính công xã Thử Nghiệm, tỉnh Rất Dài Tên"), AT, A4)

    assert long.box[3] - long.box[1] > short.box[3] - short.box[1]
    assert "Rất Dài Tên" in page_text(long.pdf)


def test_the_second_mark_does_not_cover_the_first() -> None:
    stamp = Stamp(name="Nguyễn Thị Thử", unit="UBND xã Mẫu")

    first = draw_stamp(stamp, AT, A4).box
    second = draw_stamp(stamp, AT, Sheet(left=0, bottom=0, right=595, top=842, marks=1)).box

    assert second[3] < first[1]


@pytest.mark.parametrize(
    ("rotation", "right", "top"), [(0, True, True), (90, False, True), (180, False, False), (270, True, False)]
)
def test_the_top_right_corner_of_a_turned_page_is_where_its_reader_sees_it(
    rotation: int, right: bool, top: bool
) -> None:
    """Turned clockwise by 90 degrees, the reader's top right is the page's own top left, and so on."""
    sheet = Sheet(left=0, bottom=0, right=595, top=842, rotation=rotation)

    left, bottom, far, high = draw_stamp(Stamp(name="A", unit="B"), AT, sheet).box

    assert ((left + far) / 2 > 595 / 2, (bottom + high) / 2 > 842 / 2) == (right, top)


@given(
    width=SMALL,
    height=SMALL,
    left=st.floats(-500, 500),
    bottom=st.floats(-500, 500),
    rotation=st.sampled_from([0, 90, 180, 270]),
    marks=st.integers(0, 12),
    corner=st.sampled_from(Corner),
)
def test_the_mark_always_lies_on_the_page(
    width: float, height: float, left: float, bottom: float, rotation: int, marks: int, corner: Corner
) -> None:
    sheet = Sheet(left=left, bottom=bottom, right=left + width, top=bottom + height, rotation=rotation, marks=marks)

    x1, y1, x2, y2 = draw_stamp(Stamp(name="Nguyễn Thị Thử", unit="UBND xã Mẫu", corner=corner), AT, sheet).box

    assert left - 0.01 <= x1 < x2 <= left + width + 0.01
    assert bottom - 0.01 <= y1 < y2 <= bottom + height + 0.01
