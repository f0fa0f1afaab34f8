from dataclasses import replace

from printing.blocks import CodeBlock, Cover, PageBreak, Row, Table
from printing.renderers.text import render_text
from tests.fakes.papers import (
    CODE,
    HEADER,
    REGISTER_COLUMNS,
    SIGNED,
    document,
    label,
    receipt_blocks,
    register,
    register_rows,
)


def test_receipt_reads_line_by_line_with_its_papers() -> None:
    text = render_text(document(*receipt_blocks(header=replace(HEADER, number="Số: 12/TTPVHCC"))))

    assert "Số: 12/TTPVHCC\n" in text
    assert "Tiếp nhận hồ sơ của: Nguyễn Thị Hường\n" in text
    assert "  1. Tờ khai đăng ký khai sinh theo mẫu: Bản chính 01\n" in text
    assert (
        "  3. Giấy chứng nhận kết hôn của cha, mẹ: Bản chứng thực 01, Bản photo 01\n     (đã đối chiếu bản chính)\n"
        in text
    )


def test_signed_code_is_not_read_aloud_but_the_plain_one_is() -> None:
    text = render_text(document(CodeBlock("Mã hồ sơ:", CODE, SIGNED)))

    assert text == f"Mã hồ sơ: {CODE}\n"


def test_register_says_its_cover_rows_page_total_and_total() -> None:
    lines = render_text(register(2)).splitlines()

    assert lines[:2] == ["SỔ THEO DÕI HỒ SƠ", "Năm 2026"]
    assert any(line.startswith("  2. H99.15-261122-0002: Tên thủ tục hành chính: Đăng ký khai sinh") for line in lines)
    assert "  Cộng trang này: 2 hồ sơ; lũy kế: 2 hồ sơ" in lines
    assert "  Cộng 02" in lines
    assert "Suối Mơ, ngày 30 tháng 11 năm 2026" in lines


def test_copies_are_parted_by_a_form_feed_and_empty_blocks_say_nothing() -> None:
    text = render_text(document(Cover("Bìa", ()), PageBreak(), label(), copies=2))

    assert text.split("\f") == [f"Bìa\n{CODE}\nNguyễn Thị Hường\nĐăng ký khai sinh; hẹn trả 25/11/2026\n"] * 2


def test_blank_row_reads_as_dots() -> None:
    table = Table(REGISTER_COLUMNS[:3], (Row(register_rows(1)[0].cells[9:10] * 3),))

    assert render_text(document(table)) == "  ……. ……\n"
