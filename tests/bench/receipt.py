"""Form 01 as PDF, both copies, fonts embedded: against a bare reportlab page, WeasyPrint, and DOCX by LibreOffice.

The peers get the same document: header, codes, title, every field, the table, signatures and notes, laid out by
simple rules of their own. The bare page is one copy's text drawn line by line by reportlab's own calls, with
reportlab's own Code 128 and QR: what a receipt costs before anybody lays it out. Ratios are per page. Peers that are
not installed (`uv sync --group bench`, tools/packages-bench.txt) are named and left out.
"""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path

import resources.fonts
from counter_app.domain.forms.facts import SlipData
from printing import build_document, form_text, render_form
from printing.barcodes import find_code128
from printing.blocks import (
    Block,
    CodeBlock,
    Copy,
    FieldLine,
    NationalHeader,
    Notes,
    Sentence,
    Signatures,
    Table,
    Title,
)
from printing.renderers.fonts import Face, get_font
from tests.bench.measure import Timing, alternate, read_options, repeat, report
from tests.fakes.slips import CODE, a_slip

PAGES = 2
_FONTS = Path(resources.fonts.__file__).parent
_FACES = (
    (_FONTS / "Tinos-Regular.ttf", "normal", "normal"),
    (_FONTS / "Tinos-Bold.ttf", "bold", "normal"),
    (_FONTS / "Tinos-Italic.ttf", "normal", "italic"),
)
# As long as a signed slip's code is, and from the same alphabet.
_SIGNED = "QMC1:" + CODE + ":13964205:R:" + "A7Q2" * 32


def _the_slip() -> SlipData:
    return a_slip(scan_text=_SIGNED)


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
    for number, line in enumerate(form_text(a_slip(), copies=1).splitlines()):
        canvas.setFont((Face.REGULAR, Face.BOLD, Face.ITALIC)[number % 3].value, 9.6)
        canvas.drawString(40, 520 - number * 12, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _the_copy() -> Copy:
    return build_document(_the_slip(), copies=1).copies[0]


def _lines(block: Block) -> Iterator[str]:
    match block:
        case NationalHeader():
            yield from (block.parent_name, block.agency_name, block.nation, block.motto, block.place_date)
        case Title():
            yield from (block.text, block.copy_mark)
        case FieldLine():
            yield "  ".join(f"{field.label} {field.value or '.' * 20}" for field in block.fields)
        case Sentence():
            yield block.text
        case Signatures():
            yield from (f"{one.title} {one.hint} {one.name}" for one in block.columns)
        case Notes():
            yield from block.lines
        case _:
            return


def _rows(table: Table) -> list[list[str]]:
    return [[column.label for column in table.columns], *([cell.text for cell in row.cells] for row in table.rows)]


def _qr_svg(text: str) -> str:
    import segno

    return str(segno.make(text, micro=False).svg_inline(scale=2))


def _qr_png(text: str) -> BytesIO:
    import segno

    target = BytesIO()
    segno.make(text, micro=False).save(target, kind="png", scale=4)
    target.seek(0)
    return target


def _code128_svg(code: str) -> str:
    grid = find_code128(code)
    assert grid is not None
    bars = "".join(f'<rect x="{run.column}" y="0" width="{run.length}" height="30"/>' for run in grid.runs)
    return f'<svg viewBox="0 0 {grid.columns} 30" width="{grid.columns * 0.72}pt" height="21pt">{bars}</svg>'


def _html() -> str:
    faces = "".join(
        f"@font-face{{font-family:Tinos;src:url({path.as_uri()});font-weight:{weight};font-style:{style}}}"
        for path, weight, style in _FACES
    )
    page = "@page{size:A5;margin:9mm 10mm 12mm 15mm}p{margin:2pt}td{border:.5pt solid}body{font:9.6pt Tinos}"
    parts = [f"<style>{faces}{page}</style>"]
    for block in _the_copy().blocks:
        if isinstance(block, CodeBlock):
            words = f"<p>{escape(block.label)} <b>{escape(block.code)}</b></p>"
            parts.append(_code128_svg(block.code) + _qr_svg(block.scan_text or block.code) + words)
        elif isinstance(block, Table):
            rows = ("".join(f"<td>{escape(text)}</td>" for text in row) for row in _rows(block))
            parts.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        else:
            face = "b" if isinstance(block, NationalHeader | Title) else "i" if isinstance(block, Notes) else "span"
            parts += [f"<p><{face}>{escape(line)}</{face}></p>" for line in _lines(block) if line]
    return "".join(parts)


def _find_weasyprint() -> Callable[[], object] | None:
    if importlib.util.find_spec("weasyprint") is None:
        return None
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()  # kept, as a server would keep it
    return lambda: weasyprint.HTML(string=_html()).write_pdf(font_config=fonts)


def _write_docx(target: Path) -> None:
    import docx

    document = docx.Document()
    for block in _the_copy().blocks:
        if isinstance(block, CodeBlock):
            document.add_picture(_qr_png(block.scan_text or block.code))
            document.add_paragraph(f"{block.label} {block.code}")
        elif isinstance(block, Table):
            rows = _rows(block)
            table = document.add_table(rows=len(rows), cols=len(rows[0]))
            for row, texts in zip(table.rows, rows, strict=True):
                for cell, text in zip(row.cells, texts, strict=True):
                    cell.text = text
        else:
            for line in _lines(block):
                document.add_paragraph(line)
    document.save(str(target))


def _find_libreoffice(folder: Path) -> Callable[[], object] | None:
    office = shutil.which("soffice")
    if office is None or importlib.util.find_spec("docx") is None:
        return None
    source = folder / "receipt.docx"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(source)]

    def write() -> object:
        _write_docx(source)
        return subprocess.run(command, check=True, capture_output=True)

    return write


def _measure_peers(folder: Path, rounds: int) -> dict[str, Timing]:
    peers = {"weasyprint": (_find_weasyprint(), max(5, rounds // 4)), "libreoffice": (_find_libreoffice(folder), 5)}
    return {name: repeat(write, rounds=times) for name, (write, times) in peers.items() if write is not None}


def main() -> None:
    """Measure and print the figures."""
    options = read_options(__doc__, size=len(a_slip().papers), rounds=40)
    for face in Face:
        get_font(face)
    ours, bare = alternate(lambda: render_form(_the_slip(), copies=PAGES), _bare_page, rounds=options.rounds, warm_up=3)
    single = repeat(lambda: render_form(_the_slip(), copies=1), rounds=options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        timings = _measure_peers(Path(folder), options.rounds)
    peer: dict[str, int | float | str] = {"name": "plain reportlab page", "page_p50_ms": bare.p50_ms}
    notes = []
    for name in ("weasyprint", "libreoffice"):
        if name in timings:
            peer |= {f"{name}_page_p50_ms": timings[name].p50_ms}
            notes.append(f"{name} takes {timings[name].p50_ms / single.p50_ms:.1f} times as long for one page")
        else:
            notes.append(f"no {name} here: not measured")
    report(
        "receipt",
        figures={
            "two_copies_p50_ms": ours.p50_ms,
            "two_copies_p95_ms": ours.p95_ms,
            "one_copy_p50_ms": single.p50_ms,
            "two_copies_bytes": len(render_form(_the_slip(), copies=PAGES)),
        },
        peer=peer,
        ratio=single.p50_ms / bare.p50_ms,
        size=options.size,
        notes=notes,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
