"""A paper in the printer's own letters, printed by the emulator and read back: text as text, codes by zbarimg."""

import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counter_app.domain.qr_parts import split_parts
from printing.blocks import (
    Align,
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
    ScanTexts,
    Sentence,
    Signature,
    Signatures,
    Table,
    Title,
)
from printing.profiles import Marks, ReceiptProfile, get_profile
from printing.renderers.escpos import render_escpos_text
from printing.renderers.escpos_text import wrap
from tests.fakes.escpos_emulator import EscposPrinter, PaperTicket

CODE = "H99.15-261122-0001"
TCVN3 = get_profile("epson-tm-t82iii-tcvn3")
CP1258 = get_profile("zjiang-58-cp1258")
PROFILES = pytest.mark.parametrize("profile", [TCVN3, CP1258], ids=lambda profile: profile.name)

COLUMNS = (
    Column("Số TT", width_mm=8),
    Column("Tên giấy tờ"),
    Column("Bản chính", width_mm=12, align=Align.CENTRE),
    Column("Bản sao", width_mm=12, align=Align.CENTRE),
)


def a_copy(*further: object, scan_text: str = "") -> Copy:
    blocks = (
        NationalHeader(
            parent_name="ỦY BAN NHÂN DÂN XÃ SUỐI MƠ",
            agency_name="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG XÃ SUỐI MƠ",
            nation="CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            motto="Độc lập - Tự do - Hạnh phúc",
            place_date="Suối Mơ, ngày 22 tháng 11 năm 2026",
        ),
        CodeBlock("Mã hồ sơ:", CODE, scan_text),
        Title("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", copy_mark="(Liên 1: giao cho người nộp)"),
        FieldLine((Field("Tiếp nhận hồ sơ của:", "Nguyễn Thị Hường", strong=True), Field("Điện thoại:", ""))),
        Sentence("Thành phần hồ sơ nộp gồm:", introduces=True),
        Table(
            COLUMNS,
            (
                Row((Cell("1"), Cell("Tờ khai đăng ký khai sinh theo mẫu"), Cell("01"), Cell(""))),
                Row((Cell("2"), Cell("Giấy chứng nhận kết hôn", note="đã đối chiếu"), Cell(""), Cell("02"))),
            ),
            total=Row((Cell(), Cell("Cộng"), Cell("01"), Cell("02"))),
        ),
        Signatures((Signature("NGƯỜI NỘP HỒ SƠ", "(Ký và ghi rõ họ tên)", "Lý A Páo"),)),
        Notes(("Khi đến nhận kết quả, Ông/Bà mang theo giấy này và căn cước…",)),
    )
    return Copy((*blocks, *further), foot_left=f"Mã hồ sơ {CODE}", foot_middle="Liên 1")  # type: ignore[arg-type]


def a_document(*copies: Copy) -> Document:
    return Document("t", "a", "Trang {page}/{pages}", copies or (a_copy(),))


def printed(content: bytes | None, profile: ReceiptProfile) -> tuple[PaperTicket, ...]:
    assert content is not None
    printer = EscposPrinter(width_dots=profile.width_dots, dpi=profile.dpi, buffer_bytes=1 << 20)
    try:
        printer.receive(content)
        printer.wait_until(lambda: printer.is_idle)
        assert printer.errors == []
        return printer.tickets or (printer.hanging,)
    finally:
        printer.switch_off()


def scanned(ticket: PaperTicket, folder: Path) -> set[str]:
    """What a reader sees on the paper, twice as large for zbarimg's sake."""
    file = folder / "ticket.png"
    ticket.image.convert("L").resize((ticket.image.width * 2, ticket.image.height * 2)).save(file)
    found = subprocess.run(["zbarimg", "-q", str(file)], capture_output=True, text=True, check=False)
    return set(found.stdout.split("\n")) - {""}


@PROFILES
def test_the_whole_slip_comes_out_in_lines_no_wider_than_the_paper(profile: ReceiptProfile) -> None:
    (ticket,) = printed(render_escpos_text(a_document(), profile), profile)
    text = " ".join(" ".join(ticket.lines).split())

    for words in (
        "ỦY BAN NHÂN DÂN XÃ SUỐI MƠ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Tiếp nhận hồ sơ của: Nguyễn Thị Hường",
        "1. Tờ khai đăng ký khai sinh theo mẫu Bản chính: 01",
        "2. Giấy chứng nhận kết hôn (đã đối chiếu) Bản sao: 02",
        "Cộng: Bản chính: 01; Bản sao: 02",
        "căn cước...",
    ):
        assert words in text
    assert "Điện thoại: ...." in text
    assert "?" not in text
    assert max(map(len, ticket.lines)) <= profile.columns


@PROFILES
def test_the_qr_is_read_from_the_paper_and_says_what_it_was_given(profile: ReceiptProfile, tmp_path: Path) -> None:
    document = a_document(a_copy(scan_text="MCQ1|H99.15-261122-0001|2026"))
    (ticket,) = printed(render_escpos_text(document, profile), profile)

    assert "QR-Code:MCQ1|H99.15-261122-0001|2026" in scanned(ticket, tmp_path)


@PROFILES
def test_every_part_of_a_long_signed_text_is_read_from_the_roll(profile: ReceiptProfile, tmp_path: Path) -> None:
    parts = split_parts("QMCM1", bytes(number * 89 % 251 for number in range(1_300)))
    blocks = a_copy(ScanTexts("Danh sách:", parts))
    (ticket,) = printed(render_escpos_text(a_document(blocks), profile), profile)

    assert {f"QR-Code:{part}" for part in parts} <= scanned(ticket, tmp_path)


@pytest.mark.parametrize("barcode", list(Marks), ids=lambda marks: marks.value)
def test_the_bars_are_read_from_the_paper_whoever_draws_them(barcode: Marks, tmp_path: Path) -> None:
    profile = msgspec.structs.replace(TCVN3, barcode=barcode)
    content = render_escpos_text(a_document(), profile)
    (ticket,) = printed(content, profile)

    assert content is not None
    assert (b"\x1dkI" in content) == (barcode is Marks.NATIVE)
    assert {f"CODE-128:{CODE}", f"QR-Code:{CODE}"} <= scanned(ticket, tmp_path)


def test_bars_too_fine_for_narrow_paper_are_left_out_and_the_qr_stays(tmp_path: Path) -> None:
    long_code = "H99.15.20-261122-000123-LIENTHONG"
    document = a_document(Copy((CodeBlock("Mã:", long_code),), "", ""))
    (ticket,) = printed(render_escpos_text(document, CP1258), CP1258)

    assert scanned(ticket, tmp_path) == {f"QR-Code:{long_code}"}


def test_every_copy_is_its_own_ticket_and_the_drawer_opens_last() -> None:
    document = a_document(a_copy(), a_copy())
    content = render_escpos_text(document, TCVN3, open_drawer=True)

    assert content is not None
    assert len(printed(content, TCVN3)) == 2
    assert content.endswith(b"\x1bp\x00\x32\x64")


@PROFILES
def test_every_kind_of_block_has_lines(profile: ReceiptProfile) -> None:
    further = (Cover("SỔ THEO DÕI HỒ SƠ", ("Quyển số 01",)), PageBreak(), Label("A-1", ("Khai sinh",)))
    (ticket,) = printed(render_escpos_text(a_document(a_copy(*further)), profile), profile)
    text = " ".join(ticket.lines)

    assert "SỔ THEO DÕI HỒ SƠ" in text
    assert "Quyển số 01" in text
    assert "Khai sinh" in text


@PROFILES
def test_a_slip_with_a_letter_that_no_page_has_is_left_to_dots_as_a_whole(profile: ReceiptProfile) -> None:
    document = a_document(a_copy(FieldLine((Field("Tên:", "王小明"),))))

    assert render_escpos_text(document, profile) is None


@given(text=st.text(alphabet="ab ", max_size=80), columns=st.integers(1, 20))
def test_wrapping_loses_no_letter_and_keeps_within_the_columns(text: str, columns: int) -> None:
    lines = wrap(text, columns)

    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= columns for line in lines)
    assert all(line == line.strip() for line in lines)
