"""Pages become a PDF with embedded, subset fonts (reportlab). Equal pages give equal bytes."""

import threading
from io import BytesIO
from typing import Any

from printing.blocks import Document
from printing.renderers.fonts import Face, get_font
from printing.renderers.marks import GridMark, ImageMark, Picture, RuleMark, TextMark
from printing.renderers.pages import Page, pages_of

# reportlab's fonts keep a reading position while they are being subset: one document at a time.
_one_at_a_time = threading.Lock()


_PLAIN = frozenset(range(0x20, 0x7F)) - frozenset(b"()\\")
_ESCAPES = {code: chr(code) if code in _PLAIN else f"\\{code:03o}" for code in range(256)}


def _escaped(raw: bytes) -> str:
    return raw.decode("latin-1").translate(_ESCAPES)


class _Writer:
    """Writes the content stream itself: reportlab's own calls format every number three times over."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas
        self._document = canvas._doc  # noqa: SLF001 -- fonts are split and named per document
        self._out: list[str] = []
        self._height = 0.0
        self._readers: dict[Picture, Any] = {}

    def _text(self, mark: TextMark) -> None:
        font = get_font(mark.face)
        y = self._height - mark.y
        self._out.append(f"BT 1 0 0 1 {mark.x:.2f} {y:.2f} Tm")
        for subset, raw in font.splitString(mark.text, self._document):
            name = font.getSubsetInternalName(subset, self._document)
            self._out.append(f"{name} {mark.size:.4g} Tf ({_escaped(raw)}) Tj")
        self._out.append("ET")

    def _rule(self, mark: RuleMark) -> None:
        y0, y1 = self._height - mark.y0, self._height - mark.y1
        self._out.append(f"{mark.width:.2f} w {mark.x0:.2f} {y0:.2f} m {mark.x1:.2f} {y1:.2f} l S")

    def _grid(self, mark: GridMark) -> None:
        self._out.extend(f"{x:.3f} {self._height - y - h:.3f} {w:.3f} {h:.3f} re" for x, y, w, h in mark.rects)
        self._out.append("f")

    def _image(self, mark: ImageMark) -> None:
        y = self._height - mark.y - mark.height
        self._canvas.drawImage(self._reader(mark.picture), mark.x, y, mark.width, mark.height)

    def _reader(self, picture: Picture) -> Any:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        if picture not in self._readers:
            image = Image.frombytes("RGB", (picture.columns, picture.rows), picture.rgb)
            self._readers[picture] = ImageReader(image)
        return self._readers[picture]

    def page(self, page: Page) -> None:
        """Draw a page; everything on it but pictures is black."""
        self._out, self._height = ["0 g 0 G"], page.height
        self._canvas.setPageSize((page.width, page.height))
        for mark in page.marks:
            match mark:
                case TextMark():
                    self._text(mark)
                case RuleMark():
                    self._rule(mark)
                case GridMark():
                    self._grid(mark)
                case ImageMark():
                    self._image(mark)
        self._canvas.addLiteral("\n".join(self._out))
        self._canvas.showPage()


def render_pdf(document: Document) -> bytes:
    """Return the PDF of a document, each page as large as its sheet. Safe from any thread.

    Raises:
        UserError: ``print.logo_unreadable``.
    """
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    # Page contents as bytes, not as ASCII 85: a quarter smaller and faster; files are no longer sent as e-mail text.
    rl_config.useA85 = 0
    pages = pages_of(document)
    target = BytesIO()
    with _one_at_a_time:
        get_font(Face.REGULAR)
        canvas = Canvas(
            target,
            pagesize=(pages[0].width, pages[0].height) if pages else None,
            pageCompression=1,
            invariant=1,
            initialFontName=Face.REGULAR.value,
        )
        canvas.setTitle(document.title)
        canvas.setAuthor(document.author)
        canvas.setCreator("Quầy Một Cửa")
        canvas.setSubject("")
        canvas.setCatalogEntry("Lang", "vi-VN")
        writer = _Writer(canvas)
        for page in pages:
            writer.page(page)
        canvas.save()
    return target.getvalue()
