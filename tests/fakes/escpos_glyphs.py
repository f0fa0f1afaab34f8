"""What an emulated receipt printer has in its ROM: letters after the charts in printers' manuals, and codes."""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from resources.fonts import read_font

CELL = (12, 24)

# Charts as printers' manuals show them: sixteen a row, a dot where there is nothing. Rows A0 to F0.
_TCVN_SMALL_CHART = "........ăâêôơưđ......àảãáạ.ằẳẵắ.......ặầẩẫấậè.ẻẽéẹềểễếệìỉ...ĩíịò.ỏõóọồổỗốộờởỡớợù.ủũúụừửữứựỳỷỹýỵ."
_TCVN_CAPITAL_CHART = ".ĂÂ....Đ..ÊÔƠƯ.......ÀẢÃÁẠ.ẰẲẴẮ.......ẶẦẨẪẤẬÈ.ẺẼÉẸỀỂỄẾỆÌỈ...ĨÍỊÒ.ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ.ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ."
CP1258, TCVN_SMALL, TCVN_CAPITAL = "cp1258", "tcvn-small", "tcvn-capital"


def glyph(page: str, byte: int) -> str | None:
    """Return what a byte shows on a page, None for nothing."""
    if byte < 0x7F:
        return chr(byte)
    if page == CP1258:
        try:
            return bytes([byte]).decode("cp1258")
        except UnicodeDecodeError:
            return None
    chart = _TCVN_SMALL_CHART if page == TCVN_SMALL else _TCVN_CAPITAL_CHART
    found = chart[byte - 0xA0] if byte >= 0xA0 else "."
    return None if found == "." else found


def drawn(char: str, *, is_bold: bool, wide: int, tall: int) -> Image.Image:
    """Return a letter in a cell of 12 by 24 dots, as a printer's ROM has it."""
    image = Image.new("1", CELL, 0)
    if not char.isspace():
        font = ImageFont.truetype(BytesIO(read_font("Tinos-Bold" if is_bold else "Tinos-Regular")), 18)
        ImageDraw.Draw(image).text((CELL[0] // 2, 18), char, fill=1, font=font, anchor="ms")
    return image.resize((CELL[0] * wide, CELL[1] * tall), Image.Resampling.NEAREST)


def code128_modules(text: str) -> list[list[bool]]:
    """Return the bars of a text, one row."""
    import barcode

    return [[bit == "1" for bit in barcode.Code128(text).build()[0]]]


def qr_modules(data: bytes, level: str) -> list[list[bool]]:
    """Return the modules of a QR, model 2."""
    import segno

    return [[bool(bit) for bit in row] for row in segno.make(data, error=level, micro=False).matrix]


def enlarged(modules: list[list[bool]], wide: int, tall: int) -> Image.Image:
    """Return modules as dots."""
    small = Image.new("1", (len(modules[0]), len(modules)), 0)
    small.putdata([int(bit) for row in modules for bit in row])
    return small.resize((small.width * wide, small.height * tall), Image.Resampling.NEAREST)


def column_picture(data: bytes, tall: int, width: int) -> Image.Image:
    """Return columns of 8 or 24 dots, `tall` bytes each from the top, as a picture of a width."""
    image = Image.new("1", (width, 8 * tall), 0)
    for x in range(min(width, len(data) // tall)):
        bits = int.from_bytes(data[x * tall : (x + 1) * tall])
        for y in range(8 * tall):
            image.putpixel((x, y), bits >> (8 * tall - 1 - y) & 1)
    return image
