"""Pages a minute from a colour scan to a straightened, compressed PDF/A page with its text, against OCRmyPDF.

Both get the same A4 pages of 300 dpi and both processors. Ours: decoded, cropped, turned, straightened, whitened, kept
as colour, grey or ink, read, assembled. Peer: ``ocrmypdf --output-type pdfa-2 --deskew -l vie`` on the same pages as
JPEG in one PDF. Bytes a page are compared with the same pages as JPEG of quality 75.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import cv2
from PIL import Image

from counter_app.scanning.batch import iter_ready
from counter_app.scanning.pdf import PdfFacts, assemble
from counter_app.scanning.reading import iter_file_pages
from tests.bench.measure import read_options, report
from tests.fakes.scanned_corpus import Kind, make_page

_KINDS = (Kind.TEXT, Kind.FORM, Kind.SEAL, Kind.TEXT, Kind.PHOTO)
_SCALE = 1.5  # the corpus has 200 dpi


def _page(number: int) -> bytes:
    pixels = make_page(_KINDS[number % len(_KINDS)], number, turned=0).page.pixels
    large = cv2.resize(pixels, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC)
    target = BytesIO()
    Image.fromarray(large[:, :, ::-1]).save(target, "JPEG", quality=75, dpi=(300, 300))
    return target.getvalue()


def _ours(pages: Sequence[bytes]) -> bytes:
    found = (page for data in pages for page in iter_file_pages(data, name=""))
    ready = iter_ready(found, workers=os.cpu_count() or 2)
    return assemble((page.as_pdf_page() for page in ready), PdfFacts(title="bench", made_at=datetime.now(UTC)))


def _peer_seconds(pages: Sequence[bytes], folder: Path) -> float | None:
    if find_spec("ocrmypdf") is None or shutil.which("tesseract") is None:
        return None
    source = folder / "in.pdf"
    first, *others = [Image.open(BytesIO(data)) for data in pages]
    first.save(source, "PDF", resolution=300, save_all=True, append_images=others)
    command = [sys.executable, "-m", "ocrmypdf", "--output-type", "pdfa-2", "--deskew", "-l", "vie", "-q"]
    started = time.perf_counter()
    subprocess.run([*command, "-j", str(os.cpu_count() or 2), str(source), str(folder / "out.pdf")], check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=20, rounds=1)
    pages = [_page(number) for number in range(options.size)]
    started = time.perf_counter()
    pdf = _ours(pages)
    seconds = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        peer = _peer_seconds(pages, Path(folder))
    jpeg_bytes = sum(map(len, pages)) // len(pages)
    figures = {
        "pages_a_minute": round(60 * len(pages) / seconds, 1),
        "bytes_a_page": len(pdf) // len(pages),
        "share_of_jpeg_75": round(len(pdf) / len(pages) / jpeg_bytes, 3),
    }
    others = {"name": "ocrmypdf", "pages_a_minute": round(60 * len(pages) / peer, 1) if peer else "not installed"}
    report(
        "scan_pipeline",
        figures=figures,
        peer=others,
        ratio=round(peer / seconds, 2) if peer else 0.0,
        size=options.size,
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
