import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter_app.domain.forms.kinds import Sheet
from printing.blocks import (
    Align,
    Block,
    Cell,
    CodeBlock,
    Column,
    Copy,
    Cover,
    Document,
    Field,
    FieldLine,
    Label,
    NationalHeader,
    Notes,
    PageBreak,
    Row,
    Sentence,
    Signature,
    Signatures,
    Table,
    Title,
)
from printing.renderers.geometry import DOT, MM, geometry_of
from printing.renderers.marks import GridMark
from printing.renderers.pages import pages_of
from printing.renderers.pdf import render_pdf
from tests.fakes.page_boxes import page_problems, texts_on
from tests.fakes.papers import (
    CODE,
    HEADER,
    SIGNED,
    TITLE,
    document,
    label,
    logo,
    receipt_blocks,
    register,
)

PAGES = (Sheet.A5, Sheet.A4, Sheet.A4_LANDSCAPE)
ROLLS = (Sheet.ROLL_80, Sheet.ROLL_58)
LABELS = (Sheet.LABEL_50X30, Sheet.LABEL_100X50)

words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=50) | st.sampled_from(
    [
        "",
        "Nguyễn Thị Ngọc Ánh",
        unicodedata.normalize("NFD", "Ủy ban nhân dân phường Đông Ngàn"),
        "X" * 300,
        "Ẩ" * 150,
        "Lý " * 100,
        "…",
        "(a\\b)",
        "https://dichvucong.example.vn/" + "tra-cuu/" * 20,
    ]
)
codes = st.sampled_from(["", CODE, "000.00.25.H99-261122-12345", "H99-1", "Đ" * 20, "W" * 300, "0" * 700])
scans = st.sampled_from(["", SIGNED, SIGNED[:60], "A" * 900, "ệ" * 300])
logos = st.sampled_from([b"", logo(), logo("JPEG", (300, 40)), logo("PNG", (20, 400))])
headers = st.builds(
    NationalHeader,
    parent_name=words,
    agency_name=words,
    nation=st.just(HEADER.nation) | words,
    motto=st.just(HEADER.motto) | words,
    place_date=words,
    number=words,
    logo=logos,
)
fields = st.builds(Field, label=words, value=words, strong=st.booleans())
columns = st.builds(
    Column,
    label=words,
    share=st.floats(0, 5),
    width_mm=st.sampled_from([0.0, 0.0, 8.0, 18.0, 90.0]),
    align=st.sampled_from(Align),
    group=st.sampled_from(["", "", "Số lượng", "Ngày, tháng, năm"]) | words,
)
cells = st.builds(Cell, text=words, note=st.just("") | words, strong=st.booleans())


@st.composite
def tables(draw: st.DrawFn) -> Table:
    heads = tuple(draw(st.lists(columns, min_size=1, max_size=12)))
    row = st.builds(
        Row,
        cells=st.lists(cells, min_size=0, max_size=len(heads)).map(tuple),
        least_mm=st.sampled_from([0.0, 0.0, 14.0, 900.0]),
    )
    return Table(
        heads,
        tuple(draw(st.lists(row, max_size=5))),
        page_total=draw(st.sampled_from(["", "Cộng trang: {rows}; lũy kế: {so_far}", "{rows} hồ sơ " * 60])),
        total=draw(st.none() | row),
    )


signatures = st.builds(
    Signatures,
    columns=st.lists(st.builds(Signature, title=words, hint=words, name=words), min_size=1, max_size=4).map(tuple),
    place_date=words,
)
blocks = st.one_of(
    headers,
    st.builds(CodeBlock, label=words, code=codes, scan_text=scans),
    st.builds(Title, text=words, copy_mark=words, reprint_mark=words, subtitle=words),
    st.builds(FieldLine, st.lists(fields, min_size=1, max_size=3).map(tuple)),
    st.builds(Sentence, text=words, introduces=st.booleans(), strong=st.booleans(), centred=st.booleans()),
    tables(),
    signatures,
    st.builds(Notes, st.lists(words, max_size=3).map(tuple)),
    st.builds(Cover, title=words, lines=st.lists(words, max_size=5).map(tuple)),
    st.just(PageBreak()),
    st.builds(Label, code=codes, lines=st.lists(words, max_size=3).map(tuple), scan_text=scans),
)
copies = st.builds(Copy, blocks=st.lists(blocks, max_size=6).map(tuple), foot_left=words, foot_middle=words)
documents = st.builds(
    Document,
    title=words,
    author=words,
    page_wording=st.just("Trang {page}/{pages}"),
    copies=st.lists(copies, min_size=1, max_size=2).map(tuple),
    sheet=st.sampled_from(Sheet),
)
patient = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@patient
@given(paper=documents)
def test_nothing_is_cut_or_overlaps_on_any_sheet_whatever_is_typed(paper: Document) -> None:
    assert page_problems(paper) == []


@settings(patient, max_examples=25)
@given(paper=documents)
def test_every_document_becomes_a_pdf_the_same_each_time(paper: Document) -> None:
    assert render_pdf(paper).startswith(b"%PDF-")
    assert render_pdf(paper) == render_pdf(paper)


@pytest.mark.parametrize("sheet", [*PAGES, *ROLLS])
def test_ordinary_receipt_is_right_on_every_sheet_it_may_come_on(sheet: Sheet) -> None:
    assert page_problems(document(*receipt_blocks(scan_text=SIGNED), sheet=sheet)) == []


@pytest.mark.parametrize("sheet", [Sheet.A5, Sheet.A4])
@pytest.mark.parametrize("scan_text", ["", SIGNED])
@pytest.mark.parametrize("has_logo", [False, True])
def test_ordinary_receipt_takes_one_page_per_copy(sheet: Sheet, scan_text: str, *, has_logo: bool) -> None:
    header = replace(HEADER, logo=logo() if has_logo else b"")

    paper = document(*receipt_blocks(scan_text=scan_text, header=header), sheet=sheet, copies=2)

    assert len(pages_of(paper)) == 2


def test_logo_number_signed_code_and_reprint_mark_together_still_fit_one_a5_page() -> None:
    header = replace(HEADER, number="Số: 12/TTPVHCC", logo=logo())
    title = Title(TITLE.text, TITLE.copy_mark, "BẢN IN LẠI LẦN 1")

    assert len(pages_of(document(*receipt_blocks(scan_text=SIGNED, header=header, title=title)))) == 1


@pytest.mark.parametrize(
    ("sheet", "size_mm"),
    [(Sheet.A5, (148, 210)), (Sheet.A4, (210, 297)), (Sheet.A4_LANDSCAPE, (297, 210)),
     (Sheet.LABEL_50X30, (50, 30)), (Sheet.LABEL_100X50, (100, 50))],
)  # fmt: skip
def test_pages_are_as_large_as_their_sheet(sheet: Sheet, size_mm: tuple[int, int]) -> None:
    page = pages_of(document(label(), sheet=sheet))[0]

    assert (page.width / MM, page.height / MM) == pytest.approx(size_mm, abs=0.1)


@pytest.mark.parametrize(("sheet", "width_mm"), [(Sheet.ROLL_80, 80), (Sheet.ROLL_58, 58)])
def test_roll_has_one_page_per_copy_as_long_as_its_content_without_page_number(sheet: Sheet, width_mm: int) -> None:
    short, long = (pages_of(document(*receipt_blocks()[:count], sheet=sheet, copies=2)) for count in (4, None))

    assert [len(short), len(long)] == [2, 2]
    assert short[0].width / MM == pytest.approx(width_mm, abs=0.1)
    assert short[0].height < long[0].height / 2
    assert not any("Trang" in text for page in (*short, *long) for text in texts_on(page))


def test_papers_of_a_receipt_stand_below_each_other_on_a_roll() -> None:
    texts = texts_on(pages_of(document(*receipt_blocks(), sheet=Sheet.ROLL_58))[0])

    assert "3. Giấy chứng nhận kết hôn của cha, mẹ" in texts
    assert "(đã đối chiếu bản chính)" in texts
    assert "Bản chứng thực 01 · Bản photo 01" in texts


@pytest.mark.parametrize("sheet", [*ROLLS, *LABELS])
def test_codes_stand_on_whole_dots_of_the_print_head(sheet: Sheet) -> None:
    paper = document(*receipt_blocks(scan_text=SIGNED)[1:2], label(), label("H99-1"), sheet=sheet)

    grids = [(page, mark) for page in pages_of(paper) for mark in page.marks if isinstance(mark, GridMark)]

    assert grids
    for _page, grid in grids:
        dots = [value / DOT for rect in grid.rects for value in rect]
        assert dots == pytest.approx([round(dot) for dot in dots], abs=1e-3)
        assert min(rect[2] for rect in grid.rects) >= 2 * DOT - 1e-3


def test_each_label_is_a_page_and_one_that_has_no_room_for_bars_carries_a_qr() -> None:
    paper = document(label(), label("H99-1"), sheet=Sheet.LABEL_50X30)

    wide, short = pages_of(paper)

    assert _rows(wide) > 1
    assert _rows(short) == 1
    assert _rows(pages_of(document(label(), sheet=Sheet.LABEL_100X50))[0]) == 1


def _rows(page: object) -> int:
    grid = next(mark for mark in page.marks if isinstance(mark, GridMark))  # type: ignore[attr-defined]
    return len({rect[1] for rect in grid.rects})


def test_lines_of_a_label_end_in_dots_where_the_sticker_ends() -> None:
    paper = document(Label(CODE, ("Đăng ký biến động quyền sử dụng đất, tài sản " * 3, "Lý A Páo")),
                     sheet=Sheet.LABEL_50X30)  # fmt: skip

    texts = texts_on(pages_of(paper)[0])

    assert texts[0] == CODE
    assert texts[1].startswith("Đăng ký biến động")
    assert texts[1].endswith("…")
    assert texts[2] == "Lý A Páo"


def test_cover_has_a_page_without_foot_and_what_follows_begins_a_new_one() -> None:
    cover, *rest = pages_of(register(3))

    assert "SỔ THEO DÕI HỒ SƠ" in texts_on(cover)
    assert not any("Trang" in text for text in texts_on(cover))
    assert len(rest) == 1
    assert "Trang 2/2" in texts_on(rest[0])


def test_page_breaks_at_the_edges_or_twice_make_no_empty_page() -> None:
    one, two = Sentence("Một"), Sentence("Hai")

    pages = pages_of(document(PageBreak(), one, PageBreak(), PageBreak(), two, PageBreak()))

    assert [texts_on(page)[0] for page in pages] == ["Một", "Hai"]


@pytest.mark.parametrize("sheet", PAGES)
def test_number_of_the_paper_stands_on_the_level_of_the_date(sheet: Sheet) -> None:
    header = NationalHeader("", "XÃ SUỐI MƠ", HEADER.nation, HEADER.motto, HEADER.place_date, "Số: 12/PXL")
    marks = pages_of(document(header, sheet=sheet))[0].marks

    ys = [getattr(mark, "y", 0.0) for mark in marks if getattr(mark, "text", "") in {HEADER.place_date, "Số: 12/PXL"}]

    assert len(ys) == 2
    assert ys[0] == ys[1]


def test_names_under_signatures_stand_on_one_level_and_the_date_above_the_last() -> None:
    row = Signatures(
        (
            Signature("NGƯỜI LẬP", "(Ký)", "Lý A Páo"),
            Signature("NGƯỜI PHỤ TRÁCH BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT QUẢ", "(Ký và ghi rõ họ tên)", "Trần Văn Kiên"),
            Signature("GIÁM ĐỐC", "(Ký tên, đóng dấu)", "Giàng A Sử"),
        ),
        place_date="Suối Mơ, ngày 30 tháng 11 năm 2026",
    )
    marks = {getattr(mark, "text", ""): mark for mark in pages_of(document(row, sheet=Sheet.A4))[0].marks}

    names = [marks[name] for name in ("Lý A Páo", "Trần Văn Kiên", "Giàng A Sử")]
    assert len({getattr(mark, "y", None) for mark in names}) == 1
    date, title = marks["Suối Mơ, ngày 30 tháng 11 năm 2026"], marks["GIÁM ĐỐC"]
    assert getattr(date, "y", 0) < getattr(title, "y", 0)
    assert getattr(date, "x", 0) > geometry_of(Sheet.A4).width / 2


def test_block_that_is_no_label_loses_no_word_on_a_sticker() -> None:
    kinds: tuple[Block, ...] = (Sentence("Một hai"), FieldLine((Field("Tên:", "Lý A Páo"),)))

    texts = [text for page in pages_of(document(*kinds, sheet=Sheet.LABEL_50X30)) for text in texts_on(page)]

    assert texts == ["Một hai", "Tên: Lý A Páo"]
