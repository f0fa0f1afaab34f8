import unicodedata
from itertools import chain

import msgspec
import pytest

from counter_app.core.errors import BugError
from counter_app.domain.dossier import Paper
from counter_app.domain.forms.details import Details, Hop
from counter_app.domain.forms.facts import CollectedLine, FormData
from counter_app.domain.forms.kinds import KINDS, Form, FormSet, Sheet
from printing import build_document, form_text, form_title
from printing.blocks import CodeBlock, Cover, Label, NationalHeader, PageBreak, Row, Signatures, Table
from tests.fakes.slips import (
    CODE,
    DETAILS,
    HEAD,
    MANIFEST_CODE,
    ORGANISATION,
    SHORT,
    a_closing,
    a_form,
    a_handover,
    a_register,
    a_slip,
    lines,
)

USES = [(kind.form, form_set) for kind in KINDS.values() for form_set in kind.sets]
SLIPS = (Form.RECEIPT, Form.SUPPLEMENT, Form.REFUSAL)
TITLES = {
    Form.RECEIPT: "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
    Form.SUPPLEMENT: "PHIẾU YÊU CẦU BỔ SUNG, HOÀN THIỆN HỒ SƠ",
    Form.REFUSAL: "PHIẾU TỪ CHỐI TIẾP NHẬN GIẢI QUYẾT HỒ SƠ",
    Form.CONTROL_SLIP: "PHIẾU KIỂM SOÁT QUÁ TRÌNH GIẢI QUYẾT HỒ SƠ",
    Form.STOP: "THÔNG BÁO DỪNG GIẢI QUYẾT HỒ SƠ",
    Form.REGISTER: "SỔ THEO DÕI HỒ SƠ",
    Form.MANIFEST: "BIÊN BẢN GIAO NHẬN HỒ SƠ",
    Form.FEE_RECEIPT: "BIÊN LAI THU TIỀN PHÍ, LỆ PHÍ",
}
OLD, NEW = FormSet.TT01_2018, FormSet.TT03_2025


def tables_of(data: FormData) -> list[Table]:
    document = build_document(data, copies=1)
    return [block for block in document.copies[0].blocks if isinstance(block, Table)]


def texts_of(row: Row) -> list[str]:
    return [cell.text for cell in row.cells]


@pytest.mark.parametrize("form_set", FormSet)
@pytest.mark.parametrize("form", SLIPS)
def test_every_slip_of_every_set_names_the_state_the_agency_the_code_and_the_applicant(
    form: Form, form_set: FormSet
) -> None:
    text = form_text(a_slip(form, form_set))

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


@pytest.mark.parametrize(("form", "title"), TITLES.items())
def test_forms_have_the_names_that_clerks_know(form: Form, title: str) -> None:
    assert form_title(form, NEW) == title


def test_official_numbers_and_names_follow_the_circular() -> None:
    def foot(form: Form, form_set: FormSet) -> str:
        return build_document(a_form(form, form_set), copies=1).copies[0].foot_middle

    assert foot(Form.CONTROL_SLIP, OLD) == "Mẫu số 05, Thông tư số 01/2018/TT-VPCP"
    assert foot(Form.CONTROL_SLIP, NEW) == "Mẫu số 06, Thông tư số 03/2025/TT-VPCP"
    assert foot(Form.REGISTER, OLD).startswith("Mẫu số 06,")
    assert foot(Form.REGISTER, NEW).startswith("Mẫu số 07,")
    assert foot(Form.STOP, NEW).startswith("Mẫu số 05,")
    assert foot(Form.RECEIPT_BULK, OLD).endswith("Mẫu số 01, Thông tư số 01/2018/TT-VPCP")
    assert form_title(Form.APOLOGY, OLD) == "PHIẾU XIN LỖI VÀ HẸN LẠI NGÀY TRẢ KẾT QUẢ"
    assert form_title(Form.APOLOGY, NEW) == "VĂN BẢN XIN LỖI VÀ ĐỀ NGHỊ GIA HẠN THỜI GIAN GIẢI QUYẾT HỒ SƠ"


def test_a_form_that_a_dossiers_old_set_does_not_have_is_that_of_the_set_that_has_it() -> None:
    document = build_document(a_slip(Form.STOP, OLD), copies=1)

    assert document.copies[0].foot_middle == "Mẫu số 05, Thông tư số 03/2025/TT-VPCP"


@pytest.mark.parametrize("dossier", ["", "short", "long", "organisation"])
@pytest.mark.parametrize(("form", "form_set"), USES)
def test_every_text_of_every_paper_is_composed_with_single_spaces_and_tables_are_whole(
    form: Form, form_set: FormSet, dossier: str
) -> None:
    document = build_document(a_form(form, form_set, dossier), copies=1)
    text = form_text(a_form(form, form_set, dossier))

    assert unicodedata.is_normalized("NFC", text)
    assert "{" not in text
    assert document.sheet is KINDS[form].sheet
    for table in (block for block in document.copies[0].blocks if isinstance(block, Table)):
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
        for cell in chain.from_iterable(row.cells for row in table.rows):
            assert " ".join(cell.text.split()) == cell.text


def test_receipt_of_2018_has_items_one_to_six_and_the_one_of_2025_also_the_fees() -> None:
    old = form_text(a_slip(form_set=OLD))
    new = form_text(a_slip(form_set=NEW))

    for number in range(1, 7):
        assert f"\n{number}. " in old
        assert f"\n{number}. " in new
    assert "Phí, lệ phí" not in old
    assert "Vào Sổ theo dõi hồ sơ, Quyển số:" in old
    assert "7. Phí, lệ phí (nếu có): Lệ phí đăng ký khai sinh 8.000 đồng" in new


def test_receipt_lists_only_papers_that_were_handed_in() -> None:
    papers = (Paper(name="Tờ khai", original=1), Paper(name="Ảnh chân dung"))

    text = form_text(a_slip(papers=papers))

    assert "1. Tờ khai: Bản chính 01" in text
    assert "Ảnh chân dung" not in text


def test_receipt_for_copies_counts_pages_and_leaves_uncounted_papers_to_be_written() -> None:
    counted = tables_of(a_slip(Form.RECEIPT_COPIES, details=DETAILS))[0]
    uncounted = tables_of(a_slip(Form.RECEIPT_COPIES))[0]

    assert [column.label for column in counted.columns] == [
        "TT", "Tên giấy tờ", "Số trang", "Số bản giấy", "Ký bản điện tử"
    ]  # fmt: skip
    assert texts_of(counted.rows[1]) == ["2", "Giấy phép lái xe", "01", "01", "X"]
    assert texts_of(uncounted.rows[0]) == ["1", "Tờ khai đăng ký khai sinh theo mẫu", "", "", ""]


def test_receipt_for_many_points_to_a_list_on_a_page_of_its_own_that_both_sides_sign() -> None:
    data = a_slip(Form.RECEIPT_BULK, listed=lines(3))
    blocks = build_document(data, copies=1).copies[0].blocks
    after = blocks[next(at for at, block in enumerate(blocks) if isinstance(block, PageBreak)) :]
    text = form_text(data)

    assert "2. Số lượng hồ sơ: 03 (kèm theo danh sách)" in text
    assert "Chủ hồ sơ: Theo danh sách kèm theo" in text
    assert text.index("BIÊN BẢN GIAO NHẬN HỒ SƠ") > text.index("NGƯỜI TIẾP NHẬN HỒ SƠ")
    assert [len(block.rows) for block in after if isinstance(block, Table)] == [3]
    assert [one.title for block in after if isinstance(block, Signatures) for one in block.columns] == [
        "BÊN GIAO", "BÊN NHẬN"
    ]  # fmt: skip


def test_receipt_of_two_stages_has_both_dates_of_the_second() -> None:
    text = form_text(a_slip(Form.RECEIPT_STAGES, details=DETAILS))

    assert "6. Thời gian nhận hồ sơ (giai đoạn 2): 08 giờ 00 phút, ngày 03 tháng 12 năm 2026" in text
    assert "7. Thời gian trả kết quả giải quyết hồ sơ (giai đoạn 2): 16 giờ 00 phút" in text
    assert "\n8. Đăng ký nhận kết quả tại:" in text


def test_supplement_names_every_missing_paper_and_the_reason() -> None:
    text = form_text(a_slip(Form.SUPPLEMENT))

    assert "1. Giấy chứng sinh: Bản chính 01" in text
    assert "2. Sổ hộ tịch cũ: Bản chứng thực 01" in text
    assert "Lý do: Giấy chứng sinh chưa có chữ ký của cơ sở y tế." in text
    assert "https://dichvucong.gov.vn hoặc liên hệ với Trần Văn Kiên" in text


def test_a_papers_number_gets_its_symbol_and_room_where_it_has_none_yet() -> None:
    def shown(number: str) -> str:
        data = a_slip(Form.SUPPLEMENT, details=Details(number=number))
        blocks = build_document(data, copies=1).copies[0].blocks
        return next(block.number for block in blocks if isinstance(block, NationalHeader))

    assert shown("12") == "Số: 12/HDHS"
    assert shown("12/BS-UBND") == "Số: 12/BS-UBND"
    assert shown("") == "Số: ………/HDHS"


def test_an_organisation_is_named_with_who_came_for_it_its_authority_and_its_tax_code() -> None:
    text = form_text(a_slip(**ORGANISATION))

    assert "Tiếp nhận hồ sơ của: Hợp tác xã Nông nghiệp Suối Mơ" in text
    assert "Người nộp: Phạm Quốc Đạt" in text
    assert "Văn bản ủy quyền: Giấy ủy quyền số 15/GUQ ngày 20/11/2026" in text
    assert "Mã số thuế: 0109999991-001" in text
    assert "NGƯỜI NỘP HỒ SƠ (Ký và ghi rõ họ tên) Phạm Quốc Đạt" in text


@pytest.mark.parametrize(("form", "form_set"), USES)
def test_no_paper_calls_an_organisation_only_ong_ba(form: Form, form_set: FormSet) -> None:
    text = form_text(a_form(form, form_set, "organisation")).replace(HEAD.notes[0], "")

    assert "Ông/Bà" not in text.replace("Ông/Bà (tổ chức)", "")


def test_apology_says_when_it_was_due_why_it_is_late_and_when_it_will_be_there() -> None:
    for form_set in FormSet:
        text = form_text(a_slip(Form.APOLOGY, form_set, details=DETAILS))

        assert "Kính gửi: Nguyễn Thị Hường" in text
        assert f"Số biên nhận hồ sơ: {CODE}" in text
        assert "Ngày hẹn trả kết quả giải quyết hồ sơ: 16 giờ 30 phút, ngày 25 tháng 11 năm 2026" in text
        assert "Lý do: Chưa xác minh xong nơi cư trú của người yêu cầu." in text
        assert "16 giờ 30 phút, ngày 02 tháng 12 năm 2026" in text
        assert text.index("Trân trọng./.") < text.index("Vàng Thị Sếnh") < text.index("Nơi nhận:")


def test_title_of_the_signer_is_the_clerks_word_else_the_units_else_the_usual_one() -> None:
    def title(details: Details, signers: dict[str, str]) -> str:
        head = type(HEAD)(parent_name="UBND", desk_name="Trung tâm", signers=signers)
        blocks = build_document(a_slip(Form.APOLOGY, head=head, details=details), copies=1).copies[0].blocks
        return next(block.columns[-1].title for block in blocks if isinstance(block, Signatures))

    unit = {"apology": "Chủ tịch"}
    assert title(Details(signer_title="Giám đốc"), unit) == "GIÁM ĐỐC"
    assert title(Details(), unit) == "CHỦ TỊCH"
    assert title(Details(), {"stop": "Chủ tịch"}) == "THỦ TRƯỞNG CƠ QUAN"


def test_stop_says_in_which_stage_on_whose_decision_and_what_becomes_of_the_fees() -> None:
    text = form_text(a_slip(Form.STOP, details=DETAILS))

    for part in ("khi dừng: Thẩm định hồ sơ", "Quyết định số 34/QĐ-UBND", "đã nộp: Hoàn trả toàn bộ"):
        assert part in text


def test_control_slip_fills_known_hands_and_leaves_at_least_three_to_be_written() -> None:
    hop = Hop(giver="Nguyễn Thị Hường", receiver="Bộ phận Một cửa")

    for known in (0, 1, 6):
        rows = tables_of(a_slip(Form.CONTROL_SLIP, hops=(hop,) * known))[0].rows
        givers = [texts_of(row)[0] for row in rows[::2]]
        assert givers.count("1. Giao: Nguyễn Thị Hường") == known
        assert givers.count("1. Giao: ……………") >= 3
        assert all(row.least_mm >= 10 for row in rows)


def test_control_slip_has_the_four_columns_of_the_circular_and_the_hands_a_clerk_adds() -> None:
    table = tables_of(a_slip(Form.CONTROL_SLIP, details=DETAILS))[0]

    assert list(dict.fromkeys(column.group or column.label for column in table.columns)) == [
        "TÊN CƠ QUAN",
        "THỜI GIAN GIAO, NHẬN HỒ SƠ",
        "KẾT QUẢ GIẢI QUYẾT HỒ SƠ (Trước hạn/đúng hạn/quá hạn)",
        "GHI CHÚ",
    ]
    assert texts_of(table.rows[0]) == [
        "1. Giao: Bộ phận Một cửa", "15 giờ 00 phút, ngày 22 tháng 11 năm 2026", "", "Đúng hạn", "đủ giấy tờ"
    ]  # fmt: skip
    assert [row.cells[2].note for row in table.rows[:2]] == ["Người giao (ký)", "Người nhận (ký)"]


def test_register_has_a_cover_and_goes_on_with_its_numbers() -> None:
    blocks = build_document(a_register(rows=3), copies=1).copies[0].blocks
    table = next(block for block in blocks if isinstance(block, Table))

    assert isinstance(blocks[0], Cover)
    assert {"Năm 2026", "Quyển số: 02", "Từ số 101 đến số 103"} <= set(blocks[0].lines)
    assert [texts_of(row)[0] for row in table.rows] == ["101", "102", "103"]
    assert "{rows}" in table.page_total
    assert "{so_far}" in table.page_total


def test_register_without_a_dossier_or_a_book_leaves_these_lines_off_its_cover_and_room_to_write() -> None:
    blocks = build_document(a_register(rows=0, book=""), copies=1).copies[0].blocks
    table = next(block for block in blocks if isinstance(block, Table))

    assert isinstance(blocks[0], Cover)
    assert not [line for line in blocks[0].lines if line.startswith(("Quyển số", "Từ số"))]
    assert len(table.rows) >= 10


def test_result_handover_marks_fees_and_post() -> None:
    table = tables_of(a_handover(Form.RESULT_HANDOVER, rows=5))[0]

    assert [texts_of(row)[-2:] for row in table.rows] == [["", ""], ["X", ""], ["", ""], ["X", ""], ["", "X"]]


def test_manifest_counts_its_dossiers_and_each_side_gets_a_copy() -> None:
    data = a_handover(rows=6)
    first, second = form_text(data, copies=2).split("\f")
    total = tables_of(data)[0].total

    assert "(Liên 1: Bên giao)" in first
    assert "(Liên 2: Bên nhận)" in second
    assert f"Mã biên bản: {MANIFEST_CODE}" in first
    assert "Túi số: T-07 Niêm phong số: NP 004512" in " ".join(first.split())
    assert total is not None
    assert texts_of(total)[1] == "Cộng 6"
    assert texts_of(total)[-1] == "9"


def test_fee_receipt_is_for_three_hands_and_says_its_amount_in_words() -> None:
    copies = form_text(a_slip(Form.FEE_RECEIPT, details=DETAILS), copies=3).split("\f")

    for copy, holder in zip(copies, ("Lưu tại cơ quan thu", "Giao cho người nộp tiền", "Lưu nội bộ"), strict=True):
        assert holder in copy
        assert "Tổng số tiền: 8.000 đồng" in copy
        assert "Viết bằng chữ: Tám nghìn đồng" in copy
        assert "Mã số thuế: 0109999990" in copy


def test_fee_receipt_whose_amount_nobody_knows_has_dots() -> None:
    text = form_text(a_slip(Form.FEE_RECEIPT, **SHORT))

    assert "Tổng số tiền: ……" in text
    assert "Viết bằng chữ: ……" in text


def test_day_closing_counts_and_leaves_the_cash_to_be_written() -> None:
    procedures, cash = tables_of(a_closing())
    text = form_text(a_closing())

    assert procedures.total is not None
    assert texts_of(procedures.total) == ["", "Cộng", "45"]
    assert [texts_of(row)[0] for row in cash.rows] == [
        "500.000", "200.000", "100.000", "50.000", "20.000", "10.000", "5.000", "2.000", "1.000"
    ]  # fmt: skip
    assert all(texts_of(row)[1:] == ["", ""] for row in cash.rows)
    assert "Hồ sơ còn nợ phiếu: H99.15-261122-0007, H99.15-261122-0031" in text
    assert "Mã băm: 00010203 04050607" in text


def test_day_without_a_dossier_says_so() -> None:
    empty = a_closing(first_code="", last_code="", by_procedure=(), accepted=0, supplement_asked=0, refused=0, owed=())

    assert "Trong ngày không cấp mã hồ sơ nào." in form_text(empty)
    assert "còn nợ phiếu" not in form_text(empty)
    assert len(tables_of(empty)) == 1


def test_day_closing_lists_cash_on_delivery_and_counts_a_cancelled_record_as_nothing() -> None:
    records = [
        ("001", "Phan Thị Thư", 50_000, True),
        ("002", "Phan Thị Thư", 30_000, False),
        ("003", "Bùi An", 9_000, True),
    ]
    collected = tuple(
        CollectedLine(
            code=f"H99.15-T261122-{number}",
            waybill=f"VN{number}",
            dossier_code="H99.15-261122-0007",
            clerk_name=name,
            amount=amount,
            note="" if counts else "đếm nhầm",
            counts=counts,
        )
        for number, name, amount, counts in records
    )
    _procedures, listed, by_clerk, _cash = tables_of(a_closing(collected=collected))

    assert [texts_of(row)[-1] for row in listed.rows] == ["50.000", "0", "9.000"]
    assert [texts_of(row) for row in by_clerk.rows] == [["Bùi An", "9.000"], ["Phan Thị Thư", "50.000"]]
    for table in (listed, by_clerk):
        assert table.total is not None
        assert texts_of(table.total)[-1] == "59.000"
    assert "Tiền thu hộ (COD) đã nhận: 59.000 đồng" in form_text(a_closing(collected=collected))


def test_label_is_nothing_but_the_code_and_two_lines() -> None:
    (label,) = build_document(a_slip(Form.LABEL), copies=1).copies[0].blocks
    (undated,) = build_document(a_slip(Form.LABEL, due_at=None), copies=1).copies[0].blocks

    assert isinstance(label, Label)
    assert (label.code, label.lines) == (CODE, ("Nguyễn Thị Hường", "Hẹn 25/11/2026 · Đăng ký khai sinh"))
    assert isinstance(undated, Label)
    assert undated.lines[1] == "Đăng ký khai sinh"


def test_the_two_copies_say_who_gets_them_and_further_ones_are_kept() -> None:
    first, second, third = form_text(a_slip(), copies=3).split("\f")

    assert "(Liên 1: Giao khách hàng)" in first
    assert "(Liên 2: Lưu)" in second
    assert "(Liên 3: Lưu)" in third


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.LABEL])
def test_a_further_printing_says_so_with_its_ordinal_and_the_first_does_not(form: Form) -> None:
    data = a_form(form)

    assert "BẢN IN LẠI" not in form_text(data)
    assert "BẢN IN LẠI (lần 2)" in form_text(msgspec.structs.replace(data, reprint=2))


def test_the_units_lines_about_coming_for_the_result_stand_only_where_one_is_to_come() -> None:
    note = HEAD.notes[0]

    assert note in form_text(a_slip())
    assert note not in form_text(a_slip(Form.REFUSAL))
    assert "Điện thoại hỗ trợ: 0214 3999 111" in form_text(a_slip(Form.REFUSAL))
    assert "Điện thoại hỗ trợ" not in form_text(a_slip(Form.CONTROL_SLIP))


def test_the_check_for_the_look_up_stands_beside_its_address() -> None:
    assert f"{HEAD.lookup_url} (mã kiểm tra: K7QP-3WXD)" in form_text(a_slip(lookup_check="K7QP-3WXD"))
    assert "mã kiểm tra" not in form_text(a_slip())


def test_unknown_facts_leave_dots_to_write_on_and_unneeded_lines_disappear() -> None:
    text = form_text(a_slip(email="", phone="", submitter_name="", authorisation=""))

    assert "Số điện thoại: ……  Email: ……" in text
    assert "Người nộp:" not in text
    assert "Văn bản ủy quyền: ……" not in text


def test_logo_and_signed_code_reach_the_blocks() -> None:
    head = type(HEAD)(parent_name="UBND", desk_name="Trung tâm", logo=b"picture")
    blocks = build_document(a_slip(head=head, scan_text="QMC1:signed"), copies=1).copies[0].blocks

    assert next(block.logo for block in blocks if isinstance(block, NationalHeader)) == b"picture"
    assert next(block.scan_text for block in blocks if isinstance(block, CodeBlock)) == "QMC1:signed"


def test_a_refused_intake_without_a_code_prints_no_barcode() -> None:
    slip = build_document(a_slip(Form.REFUSAL, code=""), copies=1)

    assert not any(isinstance(block, CodeBlock) for block in slip.copies[0].blocks)


def test_decomposed_text_is_composed_before_it_reaches_a_page() -> None:
    decomposed = unicodedata.normalize("NFD", "Nguyễn Thị Hường")

    text = form_text(a_slip(applicant_name=decomposed))

    assert "Nguyễn Thị Hường" in text
    assert unicodedata.is_normalized("NFC", text)


def test_facts_with_braces_are_printed_as_they_are() -> None:
    assert "{desk} {0}" in form_text(a_slip(Form.REFUSAL, clerk_name="{desk} {0}"))


def test_a_receipt_without_any_paper_keeps_empty_rows_to_write_on() -> None:
    assert len(tables_of(a_slip(papers=()))[0].rows) == 3


@pytest.mark.parametrize("copies", [0, -1, 10])
def test_a_number_of_copies_out_of_range_is_refused(copies: int) -> None:
    with pytest.raises(BugError) as caught:
        build_document(a_slip(), copies=copies)

    assert caught.value.code == "print.copies_out_of_range"


@pytest.mark.parametrize("form", Form)
def test_only_suitable_sheets_are_taken(form: Form) -> None:
    kind = KINDS[form]

    for sheet in Sheet:
        if sheet in kind.sheets:
            assert build_document(a_form(form), copies=1, sheet=sheet).sheet is sheet
        else:
            with pytest.raises(BugError) as caught:
                build_document(a_form(form), copies=1, sheet=sheet)
            assert caught.value.code == "print.sheet_unsuitable"
