from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_app.domain.dossier import Paper
from counter_app.domain.forms.facts import AgencyHead, SlipData
from counter_app.domain.forms.kinds import Form, FormSet
from printing import render_slip
from printing.documents import build_slip
from printing.renderers.fonts import text_width
from printing.renderers.marks import GridMark, RuleMark, TextMark
from printing.renderers.pages import PAGE_HEIGHT, PAGE_WIDTH, Page, pages_of
from tests.fakes.slips import a_slip

MARGIN = 18.0  # points; about the strip that desk printers cannot reach


def _boxes(page: Page) -> list[tuple[str, float, float, float, float]]:
    boxes = []
    for mark in page.marks:
        if isinstance(mark, TextMark) and mark.text.strip():
            width = text_width(mark.text, mark.face, mark.size)
            boxes.append((mark.text, mark.x, mark.y - 0.66 * mark.size, mark.x + width, mark.y + 0.1 * mark.size))
        elif isinstance(mark, GridMark):
            rects = mark.rects
            left, top = min(r[0] for r in rects), min(r[1] for r in rects)
            boxes.append(("code", left, top, max(r[0] + r[2] for r in rects), max(r[1] + r[3] for r in rects)))
        elif isinstance(mark, RuleMark):
            boxes.append(
                ("rule", min(mark.x0, mark.x1), min(mark.y0, mark.y1), max(mark.x0, mark.x1), max(mark.y0, mark.y1))
            )
    return boxes


def _assert_nothing_cut_or_overlapping(data: SlipData, copies: int = 1) -> None:
    for page in pages_of(build_slip(data, copies=copies)):
        boxes = _boxes(page)
        for text, left, top, right, bottom in boxes:
            assert min(left, top) >= MARGIN, text
            assert right <= PAGE_WIDTH - MARGIN, text
            assert bottom <= PAGE_HEIGHT - MARGIN / 2, text
        for one, other in combinations(boxes, 2):
            if one[0] == "rule" and other[0] == "rule":
                continue
            apart = one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] or other[4] <= one[2]
            assert apart, (one, other)


words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["Nguyễn Thị Ngọc Ánh", "Ủy ban nhân dân phường Đông Ngàn", "X" * 300, "Ẩ" * 150, "Lý " * 100, "…", "(a\\b)"]
)
counts = st.integers(min_value=0, max_value=99)
papers = st.builds(
    Paper, name=words, original=counts, certified=counts, copy=counts, note=words, required=st.booleans()
)
heads = st.builds(
    AgencyHead, parent_name=words, desk_name=words, place_name=words, notes=st.lists(words, max_size=3).map(tuple)
)


@st.composite
def slips(draw: st.DrawFn) -> SlipData:
    facts: dict[str, Any] = {
        name: draw(words)
        for name in ("applicant_name", "submitter_name", "address", "phone", "email", "reason", "clerk_name")
    }
    facts["papers"] = tuple(draw(st.lists(papers, max_size=8)))
    facts["missing"] = tuple(draw(st.lists(papers, max_size=8)))
    facts["head"] = draw(heads)
    facts["procedure_name"] = draw(words)
    facts["reprint"] = draw(st.integers(min_value=0, max_value=12))
    facts["code"] = draw(st.sampled_from(["", "H99.15-261122-0001", "000.00.25.H99-261122-12345"]))
    return a_slip(draw(st.sampled_from(Form)), draw(st.sampled_from(FormSet)), **facts)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=slips())
def test_no_text_leaves_the_page_or_lies_on_another_whatever_is_typed(data: SlipData) -> None:
    _assert_nothing_cut_or_overlapping(data)
    assert render_slip(data, copies=1).startswith(b"%PDF-")


def test_names_of_three_hundred_letters_wrap() -> None:
    name = "Nguyễn Đặng Thị Huyền Trang " * 11

    _assert_nothing_cut_or_overlapping(
        a_slip(applicant_name=name, submitter_name="Q" * 300, address=name, clerk_name=name, procedure_name=name)
    )


def test_a_row_taller_than_a_page_goes_on_over_the_next_one() -> None:
    _assert_nothing_cut_or_overlapping(a_slip(papers=(Paper(name="giấy tờ kèm theo " * 300, original=1),)))


def test_sixty_papers_repeat_the_head_of_the_table_on_every_page_they_reach() -> None:
    many = tuple(Paper(name=f"Giấy tờ thứ {number}", original=1) for number in range(1, 61))

    pages = pages_of(build_slip(a_slip(papers=many), copies=1))

    _assert_nothing_cut_or_overlapping(a_slip(papers=many))
    assert len(pages) > 1
    for page in pages:
        texts = [mark.text for mark in page.marks if isinstance(mark, TextMark)]
        rows = sum(text.startswith("Giấy tờ thứ") for text in texts)
        assert ("Thành phần hồ sơ" in texts) == (rows > 0)


def test_signatures_never_stand_alone_on_a_page() -> None:
    for count in range(1, 40):
        rows = tuple(Paper(name=f"Giấy tờ {number}", original=1) for number in range(count))
        for page in pages_of(build_slip(a_slip(papers=rows), copies=1)):
            texts = [mark.text for mark in page.marks if isinstance(mark, TextMark)]
            if "NGƯỜI NỘP HỒ SƠ" in texts:
                assert any(text.startswith("7. Phí") for text in texts)


def test_an_ordinary_receipt_fits_one_page_per_copy() -> None:
    assert len(pages_of(build_slip(a_slip(), copies=2))) == 2
