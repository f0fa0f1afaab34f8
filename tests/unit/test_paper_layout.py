import pytest

from counter_app.domain.forms.kinds import Sheet
from printing.blocks import Cell, Field, FieldLine, Row, Sentence, Signature, Signatures, Table
from printing.renderers.marks import TextMark
from printing.renderers.pages import Page, pages_of
from tests.fakes.page_boxes import page_problems, texts_on
from tests.fakes.papers import PAPER_COLUMNS, SIGNED, document, receipt_blocks

SIGNED_BY = Signatures((Signature("NGƯỜI NỘP HỒ SƠ", "(Ký và ghi rõ họ tên)", "Lý A Páo"),))


def _papers(names: tuple[str, ...]) -> Table:
    rows = (Row((Cell(str(number)), Cell(name), Cell("01"))) for number, name in enumerate(names, start=1))
    return Table(PAPER_COLUMNS, tuple(rows))


def test_names_of_three_hundred_letters_wrap() -> None:
    name = "Nguyễn Đặng Thị Huyền Trang " * 11
    fields = (Field("Tiếp nhận hồ sơ của:", name, strong=True), Field("Email:", "Q" * 300))

    paper = document(FieldLine(fields), Signatures((Signature("NGƯỜI NỘP", "(Ký)", name),) * 2))

    assert page_problems(paper) == []
    assert "Q" * 300 in "".join(text for page in pages_of(paper) for text in texts_on(page)).replace(" ", "")


def test_long_word_is_broken_after_a_sign_rather_than_in_the_middle() -> None:
    address = "https://dichvucong.example.vn/tra-cuu-ho-so-thu-tuc-hanh-chinh/cap-xa/H99.15-261122-0001"

    texts = texts_on(pages_of(document(Sentence(address), sheet=Sheet.ROLL_58))[0])

    assert "".join(texts) == address
    assert all(text[-1] in "/-." for text in texts[:-1])


def test_row_taller_than_a_page_goes_on_over_the_next_one() -> None:
    paper = document(_papers(("giấy tờ kèm theo " * 300,)))

    assert len(pages_of(paper)) > 1
    assert page_problems(paper) == []


def test_sixty_papers_repeat_the_head_of_the_table_on_every_page_they_reach() -> None:
    paper = document(_papers(tuple(f"Giấy tờ thứ {number}" for number in range(1, 61))), Sentence("Hết. " * 400))

    pages = pages_of(paper)

    assert page_problems(paper) == []
    assert len(pages) > 2
    for page in pages:
        rows = sum(text.startswith("Giấy tờ thứ") for text in texts_on(page))
        assert ("Thành phần hồ sơ" in texts_on(page)) == (rows > 0)


@pytest.mark.parametrize("count", range(1, 40))
def test_signatures_never_stand_alone_on_a_page(count: int) -> None:
    table = _papers(tuple(f"Giấy tờ {number}" for number in range(count)))

    for page in pages_of(document(table, FieldLine((Field("7. Phí, lệ phí:", "8.000 đồng"),)), SIGNED_BY)):
        texts = texts_on(page)
        if "NGƯỜI NỘP HỒ SƠ" in texts:
            assert any(text.startswith("7. Phí") for text in texts)


def _sizes(page: Page) -> dict[str, float]:
    return {mark.text: mark.size for mark in page.marks if isinstance(mark, TextMark)}


def test_paper_a_little_too_long_is_made_tighter_and_a_longer_one_keeps_its_letters() -> None:
    lines = tuple(Sentence(f"Dòng {number}") for number in range(70))
    usual, tighter, longer = (
        pages_of(document(*receipt_blocks(scan_text=SIGNED), *lines[:count])) for count in (0, 2, 70)
    )

    assert [len(usual), len(tighter)] == [1, 1]
    assert len(longer) > 2
    assert _sizes(usual[0])["Mã hồ sơ:"] == _sizes(longer[0])["Mã hồ sơ:"] > _sizes(tighter[0])["Mã hồ sơ:"]


def test_short_paper_is_spread_over_its_page_but_not_without_bound() -> None:
    crammed = receipt_blocks()
    short = receipt_blocks()[3:8]

    assert page_problems(document(*crammed)) == page_problems(document(*short)) == []
    lowest = max(mark.y for mark in pages_of(document(*short))[0].marks[:-4] if isinstance(mark, TextMark))
    assert lowest < pages_of(document(*short))[0].height / 3
