"""Official papers made by a script, with invented people: letter heads of NĐ 30/2020, certificates, photocopied cards.

Each knows what it states. Scans lean, have grain and shade, and some are poor on purpose.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from counter_app.domain.paper_facts import FactField
from counter_app.scanning.encoding import encode_page
from counter_app.scanning.page import Page, Pixels, as_pixels
from counter_app.scanning.pdf import PdfFacts, assemble
from counter_app.scanning.ready import PdfPage, Word
from tests.fakes.scanned_corpus import DPI, FONTS, age, lean

_WIDTH, _HEIGHT = 1654, 2339
_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Dương")
_MIDDLES = ("Văn", "Thị", "Đức", "Ngọc", "Minh", "Thu", "Quốc", "Thanh")
_GIVEN = ("Tưởng", "Tượng", "Bịa", "Mẫu", "Thử", "Nghiệm", "Ảo", "Đặt", "Giả", "Định")
_PLACES = ("Hoa Ban", "Suối Mơ", "Đồng Mẫu", "Mường Thử", "Tân Bịa", "Yên Giả")
_KINDS = ("QĐ", "TB", "GXN", "BC", "TTr", "KH")
_TITLES = {"QĐ": "QUYẾT ĐỊNH", "TB": "THÔNG BÁO", "GXN": "GIẤY XÁC NHẬN", "BC": "BÁO CÁO", "TTr": "TỜ TRÌNH"}


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A page as scanned, and what it states; `is_poor` ones can hardly be read."""

    name: str
    page: Page
    truth: dict[FactField, str] = field(default_factory=dict)
    is_poor: bool = False


def invented_name(chance: random.Random) -> str:
    """Return a name that belongs to nobody we know."""
    return f"{chance.choice(_FAMILIES)} {chance.choice(_MIDDLES)} {chance.choice(_GIVEN)}"


def invented_number(chance: random.Random) -> str:
    """Return twelve digits whose province and century exist."""
    province = chance.choice(("001", "036", "079", "048", "092"))
    born = chance.randint(1950, 2010)
    century_and_sex = 2 * (born // 100 - 19) + chance.randint(0, 1)
    return f"{province}{century_and_sex}{born % 100:02}{chance.randint(0, 999_999):06}"


def iter_papers(count: int, *, seed: int = 1) -> Iterator[Paper]:
    """Yield papers of every kind in turn; the same arguments give the same papers."""
    makers = (decision, extract_of_birth, letter, card_copy, decision, request)
    for number in range(count):
        chance = random.Random(seed * 10_000 + number)
        yield makers[number % len(makers)](chance, is_poor=number % 5 >= 3)


def decision(chance: random.Random, *, is_poor: bool = False) -> Paper:
    """Return a paper with the letter head of NĐ 30/2020 that cites laws with numbers and days of their own."""
    sheet, draw = _sheet()
    place, kind = chance.choice(_PLACES), chance.choice(_KINDS)
    day = _day(chance)
    number = f"{chance.randint(1, 999):02}/{kind}-UBND"
    issuer = f"ỦY BAN NHÂN DÂN XÃ {place.upper()}"
    _head(draw, ("ỦY BAN NHÂN DÂN", f"XÃ {place.upper()}"), f"Số: {number}", _in_words(place, day))
    _middle(draw, _TITLES.get(kind, "VĂN BẢN"), 470, size=46, is_bold=True)
    _middle(draw, "Về việc giải quyết thủ tục hành chính", 530, size=36)
    lines = (
        "Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15",
        "ngày 16 tháng 6 năm 2025;",
        "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ;",
        "Xét đề nghị của công chức Tư pháp - Hộ tịch tại Tờ trình số 12/TTr-TP,",
        f"Điều 1. Giải quyết hồ sơ của ông {invented_name(chance)}, sinh ngày 01/02/1980.",
        "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
    )
    _lines(draw, lines, 660)
    _right(draw, "CHỦ TỊCH", 1250, size=36, is_bold=True)
    _right(draw, invented_name(chance), 1500, size=36, is_bold=True)
    truth = {FactField.NUMBER_SYMBOL: number, FactField.ISSUED_ON: day.isoformat(), FactField.ISSUER: issuer}
    return _scanned(f"decision-{kind}", sheet, truth, chance, is_poor=is_poor)


def extract_of_birth(chance: random.Random, *, is_poor: bool = False) -> Paper:
    """Return an extract of the civil register: the day stands above the signature, parents have names too."""
    sheet, draw = _sheet()
    place, owner, number_of = chance.choice(_PLACES), invented_name(chance), invented_number(chance)
    day, issuer = _day(chance), f"ỦY BAN NHÂN DÂN XÃ {place.upper()}"
    number = f"{chance.randint(1, 400)}/TLKS-BS"
    _head(draw, ("ỦY BAN NHÂN DÂN", f"XÃ {place.upper()}"), f"Số: {number}", "")
    _middle(draw, "TRÍCH LỤC KHAI SINH", 480, size=48, is_bold=True)
    lines = (
        f"Họ, chữ đệm, tên: {owner.upper()}",
        "Ngày, tháng, năm sinh: 03/04/2019     Giới tính: Nữ",
        f"Số định danh cá nhân: {number_of}",
        "Dân tộc: Kinh     Quốc tịch: Việt Nam",
        f"Họ, chữ đệm, tên người mẹ: {invented_name(chance)}",
        f"Họ, chữ đệm, tên người cha: {invented_name(chance)}",
        "Đã đăng ký khai sinh tại sổ số 01/2019 ngày 10 tháng 4 năm 2019",
    )
    _lines(draw, lines, 640)
    _right(draw, _in_words(place, day), 1250, size=36)
    _right(draw, "NGƯỜI KÝ TRÍCH LỤC", 1320, size=36, is_bold=True)
    truth = {
        FactField.NUMBER_SYMBOL: number,
        FactField.ISSUED_ON: day.isoformat(),
        FactField.ISSUER: issuer,
        FactField.OWNER_NAME: owner,
        FactField.OWNER_ID_NUMBER: number_of,
    }
    return _scanned("extract", sheet, truth, chance, is_poor=is_poor)


def letter(chance: random.Random, *, is_poor: bool = False) -> Paper:
    """Return a letter of a department below a province: two bodies in the head, the lower one issued it."""
    sheet, draw = _sheet()
    place, day = chance.choice(_PLACES), _day(chance)
    number = f"{chance.randint(1, 3000)}/STP-VP"
    _head(draw, (f"UBND TỈNH {place.upper()}", "SỞ TƯ PHÁP"), f"Số: {number}", _in_words(place, day))
    _middle(draw, f"Kính gửi: Ủy ban nhân dân xã {place}", 520, size=36)
    lines = (
        "Sở Tư pháp nhận được Công văn số 45/UBND-TP ngày 02 tháng 3 năm 2026",
        "của Ủy ban nhân dân xã về việc xác minh hồ sơ.",
        "Sau khi xem xét, Sở Tư pháp có ý kiến như sau:",
    )
    _lines(draw, lines, 640)
    truth = {FactField.NUMBER_SYMBOL: number, FactField.ISSUED_ON: day.isoformat(), FactField.ISSUER: "SỞ TƯ PHÁP"}
    return _scanned("letter", sheet, truth, chance, is_poor=is_poor)


def card_copy(chance: random.Random, *, is_poor: bool = False) -> Paper:
    """Return the photocopy of an identity card with its code, laid on a sheet."""
    sheet, draw = _sheet()
    owner, number = invented_name(chance), invented_number(chance)
    male = int(number[3]) % 2 == 0
    year = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    birth, day = date(year, 2, 1), date(2026, 7, 1)
    sex = "Nam" if male else "Nữ"
    draw.rectangle((300, 300, 1310, 940), outline=90, width=3)
    draw.text((560, 330), "CĂN CƯỚC CÔNG DÂN", fill=30, font=_font(40, is_bold=True))
    for row, words in enumerate((f"Số / No.: {number}", "Họ và tên / Full name:", owner.upper())):
        draw.text((560, 480 + 70 * row), words, fill=30, font=_font(34))
    draw.text((560, 700), f"Ngày sinh / Date of birth: {birth:%d/%m/%Y}", fill=30, font=_font(30))
    text = f"{number}||{owner}|{birth:%d%m%Y}|{sex}|Thôn Mẫu, xã Mẫu, tỉnh Mẫu|{day:%d%m%Y}"
    matrix = np.array([list(row) for row in segno.make_qr(text, error="m").matrix], dtype=np.uint8)
    square = np.kron(1 - matrix, np.ones((5, 5), np.uint8)) * 255
    sheet.paste(Image.fromarray(square), (320, 1010))
    truth = {
        FactField.OWNER_NAME: owner,
        FactField.OWNER_ID_NUMBER: number,
        FactField.ISSUED_ON: day.isoformat(),
    }
    return _scanned("card", sheet, truth, chance, is_poor=is_poor)


def request(chance: random.Random, *, is_poor: bool = False) -> Paper:
    """Return a citizen's request: the head is the country's alone, so nobody issued it and it has no number."""
    sheet, draw = _sheet()
    place, owner, number, day = chance.choice(_PLACES), invented_name(chance), invented_number(chance), _day(chance)
    _middle(draw, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 150, size=40, is_bold=True)
    _middle(draw, "Độc lập - Tự do - Hạnh phúc", 210, size=38, is_bold=True)
    _middle(draw, "TỜ KHAI ĐĂNG KÝ KHAI SINH", 360, size=44, is_bold=True)
    lines = (
        f"Kính gửi: Ủy ban nhân dân xã {place}",
        f"Họ, chữ đệm, tên người yêu cầu: {owner}",
        f"Số định danh cá nhân: {number}",
        "Nơi cư trú: Số 12/3 thôn Mẫu",
    )
    _lines(draw, lines, 480)
    _right(draw, _in_words(place, day), 1300, size=36)
    truth = {FactField.ISSUED_ON: day.isoformat(), FactField.OWNER_ID_NUMBER: number}
    return _scanned("request", sheet, truth, chance, is_poor=is_poor)


def _sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    sheet = Image.new("L", (_WIDTH, _HEIGHT), 255)
    return sheet, ImageDraw.Draw(sheet)


def _font(size: int, *, is_bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / f"Tinos-{'Bold' if is_bold else 'Regular'}.ttf"), size)


def _head(draw: ImageDraw.ImageDraw, issuer: tuple[str, str], number: str, day: str) -> None:
    """Draw the letter head: the issuer at the left, the country's name and motto at the right."""
    for row, words in enumerate(issuer):
        _centred(draw, words, 460, 150 + 52 * row, size=35, is_bold=row == 1)
    _centred(draw, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 1150, 150, size=35, is_bold=True)
    _centred(draw, "Độc lập - Tự do - Hạnh phúc", 1150, 202, size=37, is_bold=True)
    draw.line((950, 252, 1350, 252), fill=20, width=3)
    _centred(draw, number, 460, 290, size=36)
    if day:
        _centred(draw, day, 1150, 290, size=36)


def _centred(draw: ImageDraw.ImageDraw, words: str, middle: int, top: int, *, size: int, is_bold: bool = False) -> None:
    draw.text((middle, top), words, fill=25, font=_font(size, is_bold=is_bold), anchor="ma")


def _middle(draw: ImageDraw.ImageDraw, words: str, top: int, *, size: int, is_bold: bool = False) -> None:
    _centred(draw, words, _WIDTH // 2, top, size=size, is_bold=is_bold)


def _right(draw: ImageDraw.ImageDraw, words: str, top: int, *, size: int, is_bold: bool = False) -> None:
    _centred(draw, words, 1180, top, size=size, is_bold=is_bold)


def _lines(draw: ImageDraw.ImageDraw, lines: tuple[str, ...], top: int) -> None:
    for row, words in enumerate(lines):
        draw.text((240, top + 66 * row), words, fill=25, font=_font(36))


def _in_words(place: str, day: date) -> str:
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{place}, ngày {day.day:02} tháng {month} năm {day.year}"


def _day(chance: random.Random) -> date:
    return date(2026, chance.randint(1, 10), chance.randint(1, 28))


def _scanned(
    name: str, sheet: Image.Image, truth: dict[FactField, str], chance: random.Random, *, is_poor: bool
) -> Paper:
    grain = np.random.default_rng(chance.randint(0, 1_000_000))
    pixels = np.ascontiguousarray(np.repeat(np.asarray(sheet, dtype=np.uint8)[:, :, None], 3, axis=2))
    pixels = age(lean(pixels, round(chance.uniform(-1.5, 1.5), 2)), chance, grain)
    if is_poor:
        pixels = _spoilt(pixels, chance, grain)
    return Paper(name=name, page=Page(pixels=pixels, dpi=DPI), truth=truth, is_poor=is_poor)


def _spoilt(pixels: Pixels, chance: random.Random, grain: np.random.Generator) -> Pixels:
    """As a fax of a copy of a copy, some worse than others: the half legible ones mislead."""
    scale, noise = chance.uniform(0.36, 0.6), chance.uniform(8, 30)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    back = cv2.resize(small, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    return as_pixels(np.clip(back + grain.normal(0, noise, pixels.shape[:2])[:, :, None], 0, 255))


def as_pdf(paper: Paper) -> bytes:
    """Return a paper as a PDF of another program that has its own words: attaching it needs no reading of text."""
    word = Word(text="x", left=1, top=1, right=9, bottom=9, confidence=0)
    page = PdfPage(picture=encode_page(paper.page), words=(word,), words_dpi=DPI)
    return assemble([page], PdfFacts(title="", made_at=datetime(2026, 11, 5, tzinfo=UTC)))
