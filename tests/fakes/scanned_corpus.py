"""Scanned pages made by a script: leaning, turned, stamped, blank, with codes, damaged; the truth of each is known."""

import enum
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import barcode
import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from counter_app.scanning.page import Page, Pixels, as_pixels

DPI = 200
_WIDTH, _HEIGHT = 1654, 2339  # A4
FONTS = Path(__file__).parents[2] / "resources" / "fonts"
_WORDS = (
    "giấy chứng nhận quyền sử dụng đất xã Suối Mơ tỉnh Hoa Ban ngày tháng năm họ và tên chữ đệm khai sinh cha mẹ "
    "người yêu cầu nơi cư trú số định danh cá nhân quốc tịch dân tộc đăng ký bản sao trích lục hộ tịch ủy ban nhân dân "
    "căn cứ luật nghị định thông tư quy định thủ tục hành chính hồ sơ tiếp nhận kết quả giải quyết thời hạn làm việc"
)
_SYLLABLES = tuple(_WORDS.split())


class Kind(enum.StrEnum):
    """What kind of page was made."""

    TEXT = "text"
    FORM = "form"
    SEAL = "seal"
    PHOTO = "photo"
    SPARSE = "sparse"
    BLANK = "blank"
    SLIP = "slip"
    SHEET = "sheet"


@dataclass(frozen=True, kw_only=True)
class Made:
    """One page and the truth about it. `code` is what its QR says, "" for none; `damage` is in words for tables."""

    kind: Kind
    page: Page
    skew_deg: float
    turned: int
    code: str = ""
    damage: str = ""
    words: tuple[str, ...] = field(default_factory=tuple)


def font(size: int) -> ImageFont.FreeTypeFont:
    """Return the program's own font."""
    return ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), size)


def _sentence(chance: random.Random, letters: int) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < letters:
        words.append(chance.choice(_SYLLABLES))
    return " ".join(words)[:letters].strip()


def _text(draw: ImageDraw.ImageDraw, chance: random.Random, lines: int, *, top: int = 300) -> tuple[str, ...]:
    body, title = font(34), font(48)
    heading = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
    draw.text((420, 80), heading, fill=20, font=title)
    written = [heading]
    for number in range(lines):
        line = _sentence(chance, chance.randint(45, 78))
        draw.text((180, top + number * 52), line, fill=25, font=body)
        written.append(line)
    return tuple(" ".join(written).split())


def _form(draw: ImageDraw.ImageDraw, chance: random.Random) -> tuple[str, ...]:
    words = _text(draw, chance, 8)
    for row in range(9):
        top = 800 + row * 130
        draw.rectangle((180, top, 1480, top + 130), outline=0, width=3)
        draw.line((700, top, 700, top + 130), fill=0, width=3)
        draw.text((200, top + 40), _sentence(chance, 22), fill=20, font=font(32))
    return words


def _seal(pixels: Pixels, chance: random.Random) -> None:
    centre = (chance.randint(1000, 1300), chance.randint(1500, 1900))
    red = (60, 40, 200)
    cv2.circle(pixels, centre, 140, red, 8)
    cv2.circle(pixels, centre, 95, red, 4)
    cv2.putText(pixels, "MAU", (centre[0] - 60, centre[1] + 20), cv2.FONT_HERSHEY_SIMPLEX, 2, red, 6)


def _photo(pixels: Pixels, chance: random.Random) -> None:
    top, left = chance.randint(400, 700), chance.randint(200, 900)
    rows, columns = np.mgrid[0:520, 0:400]
    tones = (90 + 60 * np.sin(rows / 60) + 50 * np.cos(columns / 45)).clip(0, 255).astype(np.uint8)
    pixels[top : top + 520, left : left + 400] = tones[:, :, None]


def _qr(pixels: Pixels, code: str) -> None:
    """Draw the code as the slips carry it: 4 dots a module at 200 dpi, error level M."""
    matrix = np.array([list(row) for row in segno.make_qr(code, error="m").matrix], dtype=np.uint8)
    square = np.kron(1 - matrix, np.ones((4, 4), np.uint8)) * 255
    top, left = 150, 140
    pixels[top : top + square.shape[0], left : left + square.shape[1]] = square[:, :, None]


def _bars(pixels: Pixels, code: str) -> None:
    """Draw the plain code as Code 128 with bars of 0.38 mm, as at the right of a slip's head."""
    (modules,) = barcode.Code128(code).build()
    bars = np.kron(np.array([module == "0" for module in modules], dtype=np.uint8), np.ones(3, np.uint8)) * 255
    pixels[2050:2140, 200 : 200 + bars.size] = bars[None, :, None]


def age(pixels: Pixels, chance: random.Random, grain: np.random.Generator) -> Pixels:
    """Yellow the paper, shade one side, add grain: what every scan has a little of."""
    shade = np.linspace(1.0, chance.uniform(0.9, 1.0), pixels.shape[1])[None, :, None]
    tint = np.array([chance.uniform(0.86, 1.0), chance.uniform(0.94, 1.0), 1.0])[None, None, :]
    noise = grain.normal(0, chance.uniform(1.0, 4.0), pixels.shape[:2])[:, :, None]
    return as_pixels(np.clip(pixels * shade * tint + noise, 0, 255))


def lean(pixels: Pixels, degrees: float) -> Pixels:
    """Lay the paper in so that it has to be turned clockwise by `degrees` to be level."""
    height, width = pixels.shape[:2]
    paper = tuple(float(value) for value in np.percentile(pixels.reshape(-1, 3)[::101], 80, axis=0))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return as_pixels(cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=paper))


def as_file(made: Made, kind: str = "PNG") -> bytes:
    """Return a page as the file that a scanner program would write."""
    target = io.BytesIO()
    picture = Image.fromarray(np.ascontiguousarray(made.page.pixels[:, :, ::-1]))
    picture.save(target, kind, dpi=(made.page.dpi, made.page.dpi))
    return target.getvalue()


def _damage(pixels: Pixels, chance: random.Random, kind: str) -> None:
    """Spoil a part of the page; a code under it may or may not survive."""
    if kind == "stain":
        centre = (chance.randint(150, 500), chance.randint(150, 500))
        stain = np.zeros(pixels.shape[:2], np.uint8)
        cv2.circle(stain, centre, chance.randint(30, 110), 255, -1)
        pixels[stain > 0] = (pixels[stain > 0] * 0.6).astype(np.uint8)
    elif kind == "stroke":
        cv2.line(pixels, (140, chance.randint(180, 400)), (600, chance.randint(180, 400)), (150, 60, 30), 6)
    elif kind == "torn":
        side = chance.randint(180, 420)
        corner = np.array([[0, 0], [side, 0], [0, side]])
        cv2.fillPoly(pixels, [corner], (255, 255, 255))


def _write(
    draw: ImageDraw.ImageDraw, chance: random.Random, kind: Kind, plain: str, lines: tuple[int, int]
) -> tuple[str, ...]:
    words: tuple[str, ...] = ()
    match kind:
        case Kind.TEXT | Kind.SEAL | Kind.PHOTO:
            words = _text(draw, chance, chance.randint(*lines))
        case Kind.FORM:
            words = _form(draw, chance)
        case Kind.SLIP:
            draw.text((520, 210), "GIẤY TIẾP NHẬN HỒ SƠ", fill=10, font=font(46))
            draw.text((520, 280), "VÀ HẸN TRẢ KẾT QUẢ", fill=10, font=font(46))
            draw.text((520, 360), f"Mã hồ sơ: {plain}", fill=10, font=font(40))
            words = _text(draw, chance, 8, top=720)
        case Kind.SHEET:
            draw.text((620, 600), "THÀNH PHẦN HỒ SƠ", fill=10, font=font(60))
        case Kind.SPARSE:
            draw.text((700, 300), _sentence(chance, 24), fill=30, font=font(34))
        case Kind.BLANK:
            pass
    return words


def make_page(
    kind: Kind,
    seed: int,
    *,
    code: str = "",
    plain: str = "",
    damage: str = "",
    turned: int | None = None,
    lines: tuple[int, int] = (24, 36),
) -> Made:
    """Return one page; the same arguments give the same page. `code` goes into a QR, `plain` into bars."""
    chance, grain = random.Random(seed), np.random.default_rng(seed)
    sheet = Image.new("L", (_WIDTH, _HEIGHT), 255)
    words = _write(ImageDraw.Draw(sheet), chance, kind, plain, lines)
    pixels = np.ascontiguousarray(np.repeat(np.asarray(sheet, dtype=np.uint8)[:, :, None], 3, axis=2))
    if kind is Kind.SEAL:
        _seal(pixels, chance)
    if kind is Kind.PHOTO:
        _photo(pixels, chance)
    if code:
        _qr(pixels, code)
    if plain:
        _bars(pixels, plain)
    if damage:
        _damage(pixels, chance, damage)
    degrees = 0.0 if kind is Kind.BLANK else round(chance.uniform(-3.0, 3.0), 2)
    pixels = age(lean(pixels, degrees), chance, grain)
    turns = chance.choices((0, 1, 2, 3), (85, 5, 5, 5))[0] if turned is None else turned
    # What needs `turns` quarter turns to the right lies that many to the left.
    pixels = np.ascontiguousarray(np.rot90(pixels, turns))
    page = Page(pixels=pixels, dpi=DPI)
    return Made(kind=kind, page=page, skew_deg=degrees, turned=turns, code=code, damage=damage, words=words)


def iter_mixed(count: int, *, seed: int = 1) -> Iterator[Made]:
    """Yield a mixed pile without codes."""
    chance = random.Random(seed)
    kinds = (Kind.TEXT, Kind.TEXT, Kind.FORM, Kind.SEAL, Kind.PHOTO, Kind.SPARSE, Kind.BLANK)
    for number in range(count):
        yield make_page(chance.choice(kinds), seed * 10_000 + number)
