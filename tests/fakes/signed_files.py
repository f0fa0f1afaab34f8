"""PDFs for tests of signatures, and other programs' opinion of them."""

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path

from counter_app.core.archive import to_archive
from printing.renderers.fonts import Face, get_font
from tests.fakes.authority import Authority


@cache
def archive_pdf(pages: int = 1, rotation: int = 0) -> bytes:
    """Return a PDF/A-2b with some words on each page, as the program's own papers are made."""
    from reportlab.pdfgen.canvas import Canvas

    get_font(Face.REGULAR)
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595, 842), initialFontName=Face.REGULAR.value, invariant=1)
    for number in range(1, pages + 1):
        canvas.setPageRotation(rotation)
        canvas.setFont(Face.REGULAR.value, 14)
        canvas.drawString(72, 700, f"Giấy khai sinh, trang {number}")
        canvas.showPage()
    canvas.save()
    return to_archive(target.getvalue())


def pdfsig(pdf: bytes, authorities: Iterable[Authority], folder: Path) -> list[str]:
    """Return what poppler's pdfsig says of each signature and its certificate, trusting these authorities."""
    database = f"sql:{folder}"
    folder.mkdir(parents=True)
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True, timeout=60)
    for number, authority in enumerate(authorities):
        command = ["certutil", "-A", "-d", database, "-n", f"ca{number}", "-t", "CT,CT,CT", "-a"]
        subprocess.run(command, input=authority.issued.pem, check=True, timeout=60)
    file = folder / "signed.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(
        ["pdfsig", "-nssdir", database, str(file)], capture_output=True, text=True, check=False, timeout=60
    )
    return re.findall(r"(?:Signature|Certificate) Validation: (.*)", done.stdout)


def page_text(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()
