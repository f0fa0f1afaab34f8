"""Small PDFs with both barcodes, and what independent programs read from a page again."""

import shutil
import subprocess
from io import BytesIO
from pathlib import Path

from counter_app.domain.forms.kinds import Sheet

CODE = "H99.15-261122-0001"
SIZES_MM = {
    Sheet.A5: (148, 210),
    Sheet.A4: (210, 297),
    Sheet.A4_LANDSCAPE: (297, 210),
    Sheet.LABEL_50X30: (50, 30),
    Sheet.LABEL_100X50: (100, 50),
}
_MM = 72 / 25.4


def a_page(*sheets: Sheet) -> bytes:
    """Return a PDF with one page for each sheet: a QR code, on all but the small label a Code 128, and a thin frame."""
    import segno
    from reportlab.graphics.barcode.code128 import Code128
    from reportlab.pdfgen.canvas import Canvas

    target = BytesIO()
    canvas = Canvas(target, invariant=True)
    for sheet in sheets:
        width, height = (side * _MM for side in SIZES_MM[sheet])
        canvas.setPageSize((width, height))
        canvas.rect(4, 4, width - 8, height - 8)
        module = 2.0
        for row, cells in enumerate(segno.make(CODE, error="m", micro=False).matrix):
            for column, cell in enumerate(cells):
                if cell:
                    canvas.rect(14 + column * module, height - 16 - row * module, module, module, stroke=0, fill=1)
        if sheet is not Sheet.LABEL_50X30:
            Code128(CODE, barWidth=0.9, barHeight=30).drawOn(canvas, 70, height - 60)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def page_sizes_mm(pdf: Path) -> list[tuple[int, int]]:
    """Return width and height of every page as it is seen, turned pages turned, in whole millimetres."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    sizes = [page.get_size() for page in document]
    document.close()
    return [(round(width / _MM), round(height / _MM)) for width, height in sizes]


def codes_on(pdf: Path, folder: Path, *, page: int = 1) -> list[str]:
    """Return what zbarimg reads from one page at 200 dpi, sorted: a little less than office printers have."""
    picture = folder / f"{pdf.stem}-{page}"
    _run("pdftoppm", "-r", "200", "-gray", "-png", "-singlefile", "-f", str(page), str(pdf), str(picture))
    return codes_in(picture.with_suffix(".png"))


def codes_in(picture: Path) -> list[str]:
    """Return what zbarimg reads from a picture, sorted."""
    return sorted(_run("zbarimg", "--quiet", str(picture)).split())


BOTH_CODES = [f"CODE-128:{CODE}", f"QR-Code:{CODE}"]


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        raise RuntimeError(f"{command[0]} is missing: install poppler-utils and zbar-tools")
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
