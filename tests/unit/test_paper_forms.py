import unicodedata

import pytest

from counter_app.core.errors import BugError
from counter_app.domain.dossier import Paper
from counter_app.domain.forms.kinds import Form, FormSet
from printing import slip_text
from printing.blocks import CodeBlock, PaperTable
from printing.documents import build_slip
from tests.fakes.slips import CODE, a_slip

TITLES = {
    Form.RECEIPT: "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    Form.SUPPLEMENT: "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
    Form.REFUSAL: "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
}


@pytest.mark.parametrize("form_set", FormSet)
@pytest.mark.parametrize("form", Form)
def test_every_form_of_every_set_names_the_state_the_agency_the_code_and_the_applicant(
    form: Form, form_set: FormSet
) -> None:
    text = slip_text(a_slip(form, form_set))

    for part in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG XÃ SUỐI MƠ",
        "Suối Mơ, ngày 22 tháng 11 năm 2026",
        TITLES[form],
        f"Mã hồ sơ: {CODE}",
        "Nguyễn Thị Hường",
        "Đăng ký khai sinh",
        "Trần Văn Kiên",
    ):
        assert part in text


def test_receipt_of_2018_has_items_one_to_six_and_the_one_of_2025_also_the_fees() -> None:
    old = slip_text(a_slip(form_set=FormSet.TT01_2018))
    new = slip_text(a_slip(form_set=FormSet.TT03_2025))

    for number in range(1, 7):
        assert f"\n{number}. " in old
        assert f"\n{number}. " in new
    assert "Phí, lệ phí" not in old
    assert "7. Phí, lệ phí (nếu có): Lệ phí đăng ký khai sinh 8.000 đồng" in new


def test_receipt_lists_only_papers_that_were_handed_in() -> None:
    papers = (Paper(name="Tờ khai", original=1), Paper(name="Ảnh chân dung"))

    text = slip_text(a_slip(papers=papers))

    assert "1. Tờ khai: Bản chính 01" in text
    assert "Ảnh chân dung" not in text


def test_supplement_names_every_missing_paper_and_the_reason() -> None:
    text = slip_text(a_slip(Form.SUPPLEMENT))

    assert "1. Giấy chứng sinh: Bản chính 01" in text
    assert "2. Sổ hộ tịch cũ: Bản chứng thực 01" in text
    assert "Lý do: Giấy chứng sinh chưa có chữ ký của cơ sở y tế." in text


def test_the_two_copies_say_who_gets_them() -> None:
    first, second = slip_text(a_slip(), copies=2).split("\f")

    assert "(Liên 1: Giao khách hàng)" in first
    assert "(Liên 2: Lưu)" in second


def test_a_further_printing_says_so_with_its_ordinal_and_the_first_does_not() -> None:
    assert "BẢN IN LẠI (lần 2)" in slip_text(a_slip(reprint=2))
    assert "BẢN IN LẠI" not in slip_text(a_slip(reprint=0))


def test_unknown_facts_leave_dots_to_write_on_and_unneeded_lines_disappear() -> None:
    text = slip_text(a_slip(email="", phone="", submitter_name="", authorisation=""))

    assert "Số điện thoại: ……  Email: ……" in text
    assert "Người nộp:" not in text
    assert "Văn bản ủy quyền: ……" not in text


def test_a_refused_intake_without_a_code_prints_no_barcode() -> None:
    slip = build_slip(a_slip(Form.REFUSAL, code=""), copies=1)

    assert not any(isinstance(block, CodeBlock) for block in slip.copies[0].blocks)


def test_decomposed_text_is_composed_before_it_reaches_a_page() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Hường")

    text = slip_text(a_slip(applicant_name=decomposed))

    assert "Nguyễn Thị Hường" in text
    assert unicodedata.is_normalized("NFC", text)


def test_a_receipt_without_any_paper_keeps_empty_rows_to_write_on() -> None:
    slip = build_slip(a_slip(papers=()), copies=1)

    table = next(block for block in slip.copies[0].blocks if isinstance(block, PaperTable))
    assert len(table.rows) == 3


@pytest.mark.parametrize("copies", [0, -1, 10])
def test_a_number_of_copies_out_of_range_is_refused(copies: int) -> None:
    with pytest.raises(BugError) as caught:
        build_slip(a_slip(), copies=copies)

    assert caught.value.code == "print.copies_out_of_range"
