import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.forms.kinds import Sheet
from printing.blocks import Align, Cell, Column, Row, Sentence, Table
from printing.renderers.fonts import Face, text_width
from printing.renderers.geometry import MM, geometry_of
from printing.renderers.marks import RuleMark, TextMark
from printing.renderers.pages import Page, pages_of
from printing.renderers.table import _edges
from tests.fakes.page_boxes import page_problems, texts_on
from tests.fakes.papers import REGISTER_COLUMNS, document, register, register_rows

PAGE_TOTAL = "Cộng trang này: {rows} hồ sơ; lũy kế: {so_far} hồ sơ"
SAID = re.compile(r"Cộng trang này: (\d+) hồ sơ; lũy kế: (\d+) hồ sơ")


def _totals(pages: list[Page]) -> list[tuple[int, int]]:
    found = [SAID.fullmatch(text) for page in pages for text in texts_on(page)]
    return [(int(match[1]), int(match[2])) for match in found if match]


def _marks(page: Page) -> dict[str, TextMark]:
    return {mark.text: mark for mark in page.marks if isinstance(mark, TextMark)}


@given(
    count=st.integers(0, 120),
    before=st.integers(0, 45),
    sheet=st.sampled_from([Sheet.A5, Sheet.A4, Sheet.A4_LANDSCAPE]),
    has_total=st.booleans(),
)
def test_every_page_with_rows_says_how_many_and_they_add_up(
    count: int, before: int, sheet: Sheet, *, has_total: bool
) -> None:
    columns = (Column("TT", width_mm=12), Column("Mã hồ sơ", 2), Column("Ghi chú"))
    rows = tuple(Row((Cell(f"STT{n}"), Cell("H99 " * (1 + n * 7 % 30)), Cell())) for n in range(1, count + 1))
    total = Row((Cell(), Cell("Tổng cộng"), Cell(str(count)))) if has_total else None
    paper = document(
        *(Sentence("Dòng"),) * before, Table(columns, rows, page_total=PAGE_TOTAL, total=total), sheet=sheet
    )

    pages = pages_of(paper)

    assert page_problems(paper) == []
    so_far = 0
    for page in pages:
        on_page = sum(text.startswith("STT") for text in texts_on(page))
        so_far += on_page
        said = _totals([page])
        if on_page:
            assert said == [(on_page, so_far)]
    assert so_far == count
    assert ("Tổng cộng" in texts_on(pages[-1])) == has_total


def test_page_total_stands_below_the_last_row_and_the_total_below_that_in_bold() -> None:
    pages = pages_of(register(40))

    last = _marks(pages[-1])
    row, page_total, total = (
        last["H99.15-261122-0040"],
        last[f"Cộng trang này: {_totals(pages)[-1][0]} hồ sơ; lũy kế: 40 hồ sơ"],
        last["Cộng"],
    )
    assert row.y < page_total.y < total.y
    assert total.face is Face.BOLD
    assert sum(rows for rows, _so_far in _totals(pages)) == 40


def test_register_of_thirteen_columns_keeps_within_its_pages_and_repeats_its_head() -> None:
    paper = register(60)

    assert page_problems(paper) == []
    for page in pages_of(paper)[1:]:
        assert {"TT", "Mã hồ sơ", "Ngày, tháng, năm", "Nhận hồ sơ", "Ghi chú"} <= set(texts_on(page))


def test_five_thousand_rows_all_come_out_in_order() -> None:
    table = Table(REGISTER_COLUMNS, register_rows(5_000), page_total=PAGE_TOTAL)

    pages = pages_of(document(table, sheet=Sheet.A4_LANDSCAPE))

    numbers = [int(text) for page in pages for text in texts_on(page) if text.isdigit() and text != "01"]
    assert numbers == list(range(1, 5_001))
    assert _totals(pages)[-1][1] == 5_000


def test_neighbours_of_one_group_stand_under_one_head() -> None:
    columns = (
        Column("Tên"),
        Column("Chính", width_mm=20, group="Số lượng"),
        Column("Sao", width_mm=20, group="Số lượng"),
    )

    page = pages_of(document(Table(columns, ())))[0]
    marks = _marks(page)

    assert texts_on(page).count("Số lượng") == 1
    assert marks["Số lượng"].y < marks["Chính"].y == marks["Sao"].y
    assert marks["Số lượng"].y < marks["Tên"].y < marks["Chính"].y
    middle = marks["Số lượng"].x + text_width("Số lượng", Face.BOLD, marks["Số lượng"].size) / 2
    assert middle == pytest.approx(geometry_of(Sheet.A5).width - geometry_of(Sheet.A5).right - 20 * MM, abs=0.1)


def test_cells_stand_where_their_column_says() -> None:
    columns = tuple(Column(align.value, width_mm=40, align=align) for align in Align)
    marks = _marks(pages_of(document(Table(columns, (Row((Cell("a"), Cell("b"), Cell("c"))),)), sheet=Sheet.A4))[0])
    left = geometry_of(Sheet.A4).left

    places = [(marks[text].x - left) / (40 * MM) for text in "abc"]

    assert 0 < places[0] < 0.1
    assert 1.4 < places[1] < 1.6
    assert 2.9 < places[2] < 3


def test_note_of_a_cell_is_smaller_in_italics_below_its_text() -> None:
    marks = _marks(pages_of(document(Table((Column("Tên"),), (Row((Cell("Giấy", "(bản sao)", strong=True),)),))))[0])

    assert marks["Giấy"].face is Face.BOLD
    assert marks["(bản sao)"].face is Face.ITALIC
    assert marks["(bản sao)"].size < marks["Giấy"].size
    assert marks["(bản sao)"].y > marks["Giấy"].y


def test_row_to_sign_in_is_at_least_as_high_as_asked() -> None:
    table = Table((Column("Giao"), Column("Nhận")), (Row((Cell(), Cell()), least_mm=25), Row((Cell(), Cell()))))
    rules = [mark for mark in pages_of(document(table))[0].marks if isinstance(mark, RuleMark) and mark.y0 == mark.y1]

    ys = sorted({round(rule.y0, 2) for rule in rules})[:-1]  # the last one belongs to the foot
    heights = [lower - upper for upper, lower in pairwise(ys)]

    assert heights[-2] == pytest.approx(25 * MM, abs=0.1)
    assert 0 < heights[-1] < 8 * MM


@given(
    widths=st.lists(st.sampled_from([0.0, 0.0, 5.0, 30.0, 200.0]), min_size=1, max_size=14),
    share=st.floats(0, 9),
    sheet=st.sampled_from([sheet for sheet in Sheet if "label" not in sheet.value]),
)
def test_columns_never_leave_the_sheet_and_keep_their_order(widths: list[float], share: float, sheet: Sheet) -> None:
    g = geometry_of(sheet)
    edges = _edges([Column("", share, width) for width in widths], g)

    assert edges[-1] <= g.content_width + 0.01
    assert all(right - left > 5 for left, right in pairwise(edges))


def test_fixed_columns_are_as_wide_as_said_and_the_others_share_the_rest() -> None:
    g = geometry_of(Sheet.A4)
    edges = _edges([Column("", width_mm=20), Column("", 1), Column("", 3)], g)

    widths = [right - left for left, right in pairwise(edges)]

    assert widths[0] == pytest.approx(20 * MM)
    assert widths[2] == pytest.approx(3 * widths[1])
    assert edges[-1] == pytest.approx(g.content_width)


def test_few_columns_stay_a_table_on_a_roll_and_many_become_lines() -> None:
    few = Table((Column("Khoản", 2), Column("Số tiền", align=Align.RIGHT)), (Row((Cell("Lệ phí"), Cell("8.000"))),))

    kept = texts_on(pages_of(document(few, sheet=Sheet.ROLL_58))[0])
    stacked = texts_on(pages_of(document(Table(REGISTER_COLUMNS, register_rows(1)), sheet=Sheet.ROLL_80))[0])

    assert kept == ["Khoản", "Số tiền", "Lệ phí", "8.000"]
    assert stacked[0] == "1. H99.15-261122-0001"
    assert any(text.startswith("Tên thủ tục hành chính: Đăng ký khai sinh") for text in stacked)
