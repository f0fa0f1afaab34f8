"""Pages a minute from a colour scan to a straightened, compressed PDF/A page with its text, against OCRmyPDF.

Both get the same A4 pages of 300 dpi, both processors and the same low priority; both read with the same Vietnamese
model. Ours: decoded, cropped, turned, straightened, whitened, kept as colour, grey or ink, read, assembled. Peers, on
the same pages as JPEG in one PDF: ``ocrmypdf --skip-text``, which reads and leaves the pictures as they are, and
``ocrmypdf --skip-text --rotate-pages --deskew``, which does more of the same. Processor seconds count what all
processes used and hardly change when a machine has other work. Bytes a page are compared with the same pages as JPEG of
quality 75; the words found are compared with the words drawn.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import cv2
from PIL import Image

from counter_app.core.text import fold
from counter_app.scanning.batch import iter_ready
from counter_app.scanning.page_texts import iter_page_texts
from counter_app.scanning.pdf import PdfFacts, assemble
from counter_app.scanning.reading import iter_file_pages
from counter_app.services.document_making import most_workers
from tests.bench.measure import Number, read_options, report
from tests.fakes.scanned_corpus import Kind, make_page

_KINDS = (Kind.TEXT, Kind.FORM, Kind.SEAL, Kind.TEXT, Kind.PHOTO)
_SCALE = 1.5  # the corpus has 200 dpi
_PLAIN = ("--skip-text",)
_ALIKE = ("--skip-text", "--rotate-pages", "--deskew")
# What our pages run at; the peer's would be above it otherwise.
_LOW_PRIORITY = 4

Measured = tuple[float, float, bytes]
"""Seconds, processor seconds, the PDF."""


def _page(number: int) -> tuple[bytes, set[str]]:
    made = make_page(_KINDS[number % len(_KINDS)], number, turned=0)
    large = cv2.resize(made.page.pixels, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_CUBIC)
    target = BytesIO()
    Image.fromarray(large[:, :, ::-1]).save(target, "JPEG", quality=75, dpi=(300, 300))
    return target.getvalue(), set(fold(" ".join(made.words)).split())


def _ours(pages: Sequence[bytes]) -> bytes:
    found = (page for data in pages for page in iter_file_pages(data, name=""))
    ready = iter_ready(found, workers=most_workers())
    return assemble((page.as_pdf_page() for page in ready), PdfFacts(title="bench", made_at=datetime.now(UTC)))


def _peer(source: Path, how: Sequence[str]) -> bytes:
    target = source.with_name("out.pdf")
    program = ["nice", "-n", str(_LOW_PRIORITY), sys.executable, "-m", "ocrmypdf", "-q"]
    jobs = str(os.cpu_count() or 2)
    command = [*program, "-l", "vie", "-j", jobs, *how, str(source), str(target)]
    subprocess.run(command, check=True)
    return target.read_bytes()


def _measured(work: Callable[[], bytes]) -> Measured:
    before, began = _processor_seconds(), time.perf_counter()
    pdf = work()
    return time.perf_counter() - began, _processor_seconds() - before, pdf


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _figures(name: str, measured: Measured, drawn: Sequence[set[str]]) -> dict[str, Number]:
    seconds, processor, pdf = measured
    texts = [set(fold(said).split()) for said in iter_page_texts(pdf)]
    right = sum(len(words & text) for words, text in zip(drawn, texts, strict=True))
    return {
        f"{name}pages_a_minute": 60 * len(drawn) / seconds,
        f"{name}processor_s_a_page": processor / len(drawn),
        f"{name}bytes_a_page": len(pdf) // len(drawn),
        f"{name}share_of_words_found": right / sum(map(len, drawn)),
    }


def _write_source(pages: Sequence[bytes], folder: Path) -> Path:
    source = folder / "in.pdf"
    first, *others = [Image.open(BytesIO(data)) for data in pages]
    first.save(source, "PDF", resolution=300, save_all=True, append_images=others)
    return source


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=20, rounds=1)
    made = [_page(number) for number in range(options.size)]
    pages, drawn = [data for data, _words in made], [words for _data, words in made]
    own = _measured(lambda: _ours(pages))
    figures = _figures("", own, drawn)
    jpeg_bytes = sum(map(len, pages)) / len(pages)
    figures["share_of_jpeg_75"] = figures["bytes_a_page"] / jpeg_bytes
    others: dict[str, Number | str] = {"name": "ocrmypdf"}
    ratio = 0.0
    if find_spec("ocrmypdf") is not None and shutil.which("tesseract") is not None:
        with tempfile.TemporaryDirectory() as folder:
            source = _write_source(pages, Path(folder))
            plain, alike = (_measured(lambda how=how: _peer(source, how)) for how in (_PLAIN, _ALIKE))  # type: ignore[misc]
        others |= _figures("", plain, drawn) | _figures("alike_", alike, drawn)
        ratio = plain[0] / own[0]
    report(
        "scan_pipeline",
        figures=figures,
        peer=others,
        ratio=ratio,
        size=options.size,
        notes=("ratio: our pages a minute to those of ocrmypdf --skip-text",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
