"""Papers of invented people made straight from blocks, one of every kind, for tests of the layout."""

from io import BytesIO

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
    Row,
    Sentence,
    Signature,
    Signatures,
    Table,
    Title,
)

CODE = "H99.15-261122-0001"
SIGNED = (
    "HTTPS://DICHVUCONG.EXAMPLE.VN/S/H99.15-261122-0001.1A2B3C4D5E6F7G8H9J0K1L2M3N4P5Q6R7S8T9U0V1W2X3Y4Z5A6B7C8D9E0F"
    "1G2H3J4K5L6M7N8P9Q0R1S2T3U4V5W6X7Y8Z9A0B1C2D3E4F5G6H7J8K9L0M1N2P3Q4R5S6T7U8V"
)
"""As long as a signed code is: about 190 characters."""

HEADER = NationalHeader(
    parent_name="ỦY BAN NHÂN DÂN XÃ SUỐI MƠ",
    agency_name="TRUNG TÂM PHỤC VỤ HÀNH CHÍNH CÔNG XÃ SUỐI MƠ",
    nation="CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    motto="Độc lập - Tự do - Hạnh phúc",
    place_date="Suối Mơ, ngày 22 tháng 11 năm 2026",
)
TITLE = Title("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", "(Liên 1: Giao khách hàng)")
PAPERS = (
    ("Tờ khai đăng ký khai sinh theo mẫu", "", ("01", "", "")),
    ("Giấy chứng sinh, hoặc văn bản của người làm chứng xác nhận về việc sinh", "", ("01", "", "")),
    ("Giấy chứng nhận kết hôn của cha, mẹ", "(đã đối chiếu bản chính)", ("", "01", "01")),
    ("Văn bản ủy quyền", "", ("", "", "02")),
)
PAPER_COLUMNS = (
    Column("TT", width_mm=7.8, align=Align.CENTRE),
    Column("Thành phần hồ sơ"),
    Column("Bản chính", width_mm=16.2, align=Align.CENTRE, group="Số lượng"),
    Column("Bản chứng thực", width_mm=16.2, align=Align.CENTRE, group="Số lượng"),
    Column("Bản photo", width_mm=16.2, align=Align.CENTRE, group="Số lượng"),
)
REGISTER_COLUMNS = (
    Column("TT", width_mm=9, align=Align.CENTRE),
    Column("Mã hồ sơ", width_mm=33),
    Column("Tên thủ tục hành chính", 1.8),
    Column("Số lượng hồ sơ (bộ)", width_mm=13, align=Align.CENTRE),
    Column("Tên cá nhân, tổ chức", 1.6),
    Column("Địa chỉ, số điện thoại", 2.0),
    Column("Cơ quan chủ trì giải quyết", 1.4),
    Column("Nhận hồ sơ", width_mm=18, align=Align.CENTRE, group="Ngày, tháng, năm"),
    Column("Hẹn trả kết quả", width_mm=18, align=Align.CENTRE, group="Ngày, tháng, năm"),
    Column("Trả kết quả", width_mm=18, align=Align.CENTRE, group="Ngày, tháng, năm"),
    Column("Phương thức nhận kết quả", width_mm=19, group="Trả kết quả"),
    Column("Ký nhận", width_mm=17, group="Trả kết quả"),
    Column("Ghi chú"),
)


def logo(kind: str = "PNG", size: tuple[int, int] = (120, 120)) -> bytes:
    """Return a red disc, with transparent corners where the kind of picture has them."""
    from PIL import Image, ImageDraw

    image = Image.new("RGBA" if kind == "PNG" else "RGB", size, (0, 0, 0, 0) if kind == "PNG" else "white")
    ImageDraw.Draw(image).ellipse((2, 2, size[0] - 3, size[1] - 3), fill=(218, 37, 29))
    target = BytesIO()
    image.save(target, kind)
    return target.getvalue()


def paper_table() -> Table:
    """Return the table of form 01."""
    return Table(
        PAPER_COLUMNS,
        tuple(
            Row((Cell(str(number)), Cell(name, note), *(Cell(count) for count in counts)))
            for number, (name, note, counts) in enumerate(PAPERS, start=1)
        ),
    )


def receipt_blocks(*, scan_text: str = "", header: NationalHeader = HEADER, title: Title = TITLE) -> tuple[Block, ...]:
    """Return what stands on an ordinary form 01."""
    lines = (
        (Field("Bộ phận tiếp nhận và trả kết quả:", "Trung tâm Phục vụ hành chính công xã Suối Mơ"),),
        (Field("Tiếp nhận hồ sơ của:", "Nguyễn Thị Hường", strong=True),),
        (Field("Người nộp:", "Lý A Páo"),),
        (Field("Địa chỉ:", "Thôn Đá Bạc, xã Suối Mơ, tỉnh Hoa Ban"),),
        (Field("Số điện thoại:", "0912 345 678"), Field("Email:", "huong@example.vn")),
        (Field("Số định danh cá nhân/Căn cước/Hộ chiếu:", "099190001234"),),
        (Field("Thủ tục hành chính yêu cầu giải quyết:", "Đăng ký khai sinh", strong=True),),
    )
    after = (
        Field("2. Số lượng hồ sơ:", "01 (bộ)"),
        Field("3. Thời gian giải quyết hồ sơ theo quy định là:", "03 ngày làm việc"),
        Field("4. Thời gian nhận hồ sơ:", "09 giờ 05 phút, ngày 22 tháng 11 năm 2026"),
        Field("5. Thời gian trả kết quả giải quyết hồ sơ:", "16 giờ 30 phút, ngày 25 tháng 11 năm 2026", strong=True),
        Field("6. Đăng ký nhận kết quả tại:", "Trung tâm Phục vụ hành chính công xã Suối Mơ"),
        Field("7. Phí, lệ phí (nếu có):", "Lệ phí đăng ký khai sinh 8.000 đồng"),
    )
    return (
        header,
        CodeBlock("Mã hồ sơ:", CODE, scan_text),
        title,
        *(FieldLine(line) for line in lines),
        Sentence("1. Thành phần hồ sơ, yêu cầu và số lượng mỗi loại giấy tờ gồm:", introduces=True),
        paper_table(),
        *(FieldLine((field,)) for field in after),
        Signatures(
            (
                Signature("NGƯỜI NỘP HỒ SƠ", "(Ký và ghi rõ họ tên)", "Lý A Páo"),
                Signature("NGƯỜI TIẾP NHẬN HỒ SƠ", "(Ký và ghi rõ họ tên)", "Trần Văn Kiên"),
            )
        ),
        Notes(
            (
                "Khi đến nhận kết quả, Ông/Bà mang theo giấy này và căn cước.",
                "Tra cứu tình trạng hồ sơ tại: https://dichvucong.example.vn",
                "Điện thoại hỗ trợ: 0214 3999 111",
            )
        ),
    )


def document(*blocks: Block, sheet: Sheet = Sheet.A5, copies: int = 1) -> Document:
    """Return a document with the same blocks in every copy."""
    return Document(
        title=f"Giấy tiếp nhận hồ sơ {CODE}",
        author="Trung tâm Phục vụ hành chính công xã Suối Mơ",
        page_wording="Trang {page}/{pages}",
        copies=tuple(
            Copy(blocks, f"Mã hồ sơ: {CODE}", f"Liên {number} · Mẫu số 01, Thông tư số 03/2025/TT-VPCP")
            for number in range(1, copies + 1)
        ),
        sheet=sheet,
    )


def register_rows(count: int) -> tuple[Row, ...]:
    """Return rows of a register of received dossiers."""
    return tuple(
        Row(
            (
                Cell(str(number)),
                Cell(f"H99.15-261122-{number:04}"),
                Cell("Đăng ký khai sinh"),
                Cell("01"),
                Cell("Nguyễn Thị Hường"),
                Cell("Thôn Đá Bạc, xã Suối Mơ", note="0912 345 678"),
                Cell("Ủy ban nhân dân xã Suối Mơ"),
                Cell("22/11/2026"),
                Cell("25/11/2026"),
                Cell(),
                Cell("Tại bộ phận một cửa"),
                Cell(),
                Cell(),
            )
        )
        for number in range(1, count + 1)
    )


def register(count: int) -> Document:
    """Return a register with cover, page totals and a total, on A4 landscape."""
    total = Row((Cell(), Cell("Cộng"), Cell(), Cell(f"{count:02}"), *(Cell(),) * 9))
    table = Table(
        REGISTER_COLUMNS,
        register_rows(count),
        page_total="Cộng trang này: {rows} hồ sơ; lũy kế: {so_far} hồ sơ",
        total=total,
    )
    return document(
        Cover("SỔ THEO DÕI HỒ SƠ", ("Năm 2026", "Quyển số: 01", "Trung tâm Phục vụ hành chính công xã Suối Mơ")),
        HEADER,
        Title("SỔ THEO DÕI HỒ SƠ", subtitle="Từ ngày 01/11/2026 đến ngày 30/11/2026"),
        table,
        Signatures(
            (
                Signature("NGƯỜI LẬP SỔ", "(Ký và ghi rõ họ tên)", "Trần Văn Kiên"),
                Signature("PHỤ TRÁCH BỘ PHẬN", "(Ký và ghi rõ họ tên)", "Vừ Thị Mỷ"),
                Signature("GIÁM ĐỐC", "(Ký tên, đóng dấu)", "Giàng A Sử"),
            ),
            place_date="Suối Mơ, ngày 30 tháng 11 năm 2026",
        ),
        sheet=Sheet.A4_LANDSCAPE,
    )


def label(code: str = CODE, scan_text: str = "") -> Label:
    """Return the sticker of a dossier."""
    return Label(code, ("Nguyễn Thị Hường", "Đăng ký khai sinh; hẹn trả 25/11/2026"), scan_text)
