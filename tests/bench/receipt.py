"""Form 01 as PDF, both copies, fonts embedded: against a bare reportlab page and, where installed, WeasyPrint.

The bare page is one copy's text drawn line by line with the same typeface by reportlab's own calls, with reportlab's
own Code 128 and QR: what a receipt costs before anybody lays it out. Its ratio is per page.
"""

import importlib
import importlib.util
from collections.abc import Callable
from io import BytesIO

from printing import render_slip, slip_text
from printing.renderers.fonts import Face, get_font
from tests.bench.measure import alternate, read_options, repeat, report
from tests.fakes.slips import CODE, a_slip

PAGES = 2


def _bare_page() -> bytes:
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode import code128, qr
    from reportlab.graphics.shapes import Drawing
    from reportlab.pdfgen.canvas import Canvas

    target = BytesIO()
    canvas = Canvas(target, pagesize=(420, 595), pageCompression=1, invariant=1)
    code128.Code128(CODE, barWidth=0.72, barHeight=21).drawOn(canvas, 30, 540)
    square = Drawing(43, 43)
    square.add(qr.QrCodeWidget(CODE, barWidth=43, barHeight=43))
    renderPDF.draw(square, canvas, 340, 530)
    for number, line in enumerate(slip_text(a_slip(), copies=1).splitlines()):
        canvas.setFont((Face.REGULAR, Face.BOLD, Face.ITALIC)[number % 3].value, 9.6)
        canvas.drawString(40, 520 - number * 12, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _find_weasyprint() -> Callable[[], object] | None:
    if importlib.util.find_spec("weasyprint") is None:
        return None
    weasyprint = importlib.import_module("weasyprint")
    lines = "".join(f"<p>{line}</p>" for line in slip_text(a_slip(), copies=1).splitlines())
    page = f"<style>@page{{size:A5}}p{{margin:2pt;font:9.6pt serif}}</style>{lines}"

    def write() -> object:
        return weasyprint.HTML(string=page).write_pdf()

    return write


def main() -> None:
    """Measure and print the figures."""
    options = read_options(__doc__, size=len(a_slip().papers), rounds=40)
    for face in Face:
        get_font(face)
    ours, bare = alternate(lambda: render_slip(a_slip(), copies=PAGES), _bare_page, rounds=options.rounds, warm_up=3)
    single = repeat(lambda: render_slip(a_slip(), copies=1), rounds=options.rounds)
    peer: dict[str, int | float | str] = {"name": "plain reportlab page", "page_p50_ms": bare.p50_ms}
    notes = ["no WeasyPrint here: measured against reportlab alone"]
    if (write := _find_weasyprint()) is not None:
        weasy = repeat(write, rounds=max(5, options.rounds // 8))
        peer |= {"weasyprint_page_p50_ms": weasy.p50_ms}
        notes = [f"WeasyPrint takes {weasy.p50_ms / single.p50_ms:.1f} times as long for one page"]
    report(
        "receipt",
        figures={
            "two_copies_p50_ms": ours.p50_ms,
            "two_copies_p95_ms": ours.p95_ms,
            "one_copy_p50_ms": single.p50_ms,
            "two_copies_bytes": len(render_slip(a_slip(), copies=PAGES)),
        },
        peer=peer,
        ratio=single.p50_ms / bare.p50_ms,
        size=options.size,
        notes=notes,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
