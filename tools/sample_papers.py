"""Papers to take pictures of: an invented form, drawn as a scanner would give it."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONT = Path(__file__).parents[1] / "resources" / "fonts" / "Tinos-Regular.ttf"
_SIZE = 1654, 2339
DPI = 200
_LINES = (
    "Họ và tên: Nguyễn Thị Tưởng Tượng",
    "Ngày sinh: 01/02/1999",
    "Nơi cư trú: Thôn Đông, xã Đồng Mẫu, tỉnh Mẫu",
    "Nội dung đề nghị: theo hồ sơ kèm theo",
    "Tôi cam đoan những lời khai trên là đúng sự thật.",
)


def draw_papers(title: str, pages: int) -> bytes:
    """Return pages of A4 at 200 dpi as one TIFF; they lean a little, as paper in a feeder does."""
    drawn = [_draw(title, number) for number in range(1, pages + 1)]
    kept = BytesIO()
    drawn[0].save(kept, "TIFF", save_all=True, append_images=drawn[1:], dpi=(DPI, DPI), compression="tiff_deflate")
    return kept.getvalue()


def _draw(title: str, number: int) -> Image.Image:
    page = Image.new("RGB", _SIZE, "white")
    draw = ImageDraw.Draw(page)
    _write(draw, 200, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 40)
    _write(draw, 260, "Độc lập - Tự do - Hạnh phúc", 36)
    _write(draw, 420, title.upper()[:40], 46)
    for place, line in enumerate(_LINES):
        draw.text((220, 640 + 110 * place), line, fill="black", font=_font(36))
    _write(draw, 2200, f"Trang {number}", 30)
    draw.ellipse((1050, 1400, 1400, 1750), outline=(200, 30, 40), width=10)
    return page.rotate(0.8, fillcolor="white", resample=Image.Resampling.BICUBIC)


def _write(draw: ImageDraw.ImageDraw, top: int, text: str, size: int) -> None:
    draw.text((_SIZE[0] // 2, top), text, fill="black", font=_font(size), anchor="mm")


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)
