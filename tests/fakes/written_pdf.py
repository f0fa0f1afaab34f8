"""PDFs as a program writes them: their words need not be read from pixels."""

from io import BytesIO
from pathlib import Path

from reportlab.lib.pagesizes import A5
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_FONT = Path(__file__).parents[2] / "resources" / "fonts" / "Tinos-Regular.ttf"


def written_pdf(*pages: str) -> bytes:
    """Return a PDF with a page for each text, a line for each of its lines."""
    pdfmetrics.registerFont(TTFont("Written", str(_FONT)))
    target = BytesIO()
    canvas = Canvas(target, pagesize=A5)
    for page in pages:
        canvas.setFont("Written", 11)
        for number, line in enumerate(page.splitlines()):
            canvas.drawString(40, 540 - 18 * number, line)
        canvas.showPage()
    canvas.save()
    return target.getvalue()
