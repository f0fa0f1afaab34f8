"""However many pages a batch has, few of them are in memory at a time."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from counter_app.scanning.batch import iter_ready
from counter_app.scanning.page import Page
from counter_app.scanning.pdf import PdfFacts, write_pdf
from counter_app.scanning.reading import FilePage, iter_file_pages
from counter_app.scanning.ready import ColourMode, EncodedPage, PdfPage
from counter_app.services.answers.documents import NamedFile
from counter_app.services.page_count import PageCount

PAGES, WORKERS = 30, 2
SIDES = (301, 427)


def test_of_a_batch_only_the_pages_under_way_are_held_as_pixels() -> None:
    held: list[weakref.ref[object]] = []
    most = 0

    def found() -> Iterator[FilePage]:
        nonlocal most
        for number in range(PAGES):
            most = max(most, sum(one() is not None for one in held))
            pixels = np.full((400, 300, 3), 200 + number, np.uint8)
            pixels[100:140, 50:250] = 20
            held.append(weakref.ref(pixels))
            yield FilePage(page=Page(pixels=pixels, dpi=100))

    ready = list(iter_ready(found(), workers=WORKERS))

    assert len(ready) == PAGES
    # Those under way, and the one that is being handed over.
    assert most <= WORKERS + 1


def file_of(kind: str, pages: int) -> bytes:
    """Return a file of empty pages."""
    target, page = BytesIO(), Image.new("RGB", SIDES, "white")
    others = {"append_images": [page] * (pages - 1), "save_all": True} if pages > 1 else {}
    page.save(target, kind, **others)
    return target.getvalue()


@pytest.mark.parametrize(("kind", "pages"), [("JPEG", 1), ("TIFF", 3), ("PDF", 3)])
def test_a_page_that_was_handed_over_is_held_by_nobody_else(kind: str, pages: int) -> None:
    file = NamedFile(name="pile", data=file_of(kind, pages))
    heard: list[tuple[int, int]] = []
    counted = PageCount([file], lambda done, total: heard.append((done, total)))
    coming = counted.each(iter_file_pages(file.data, name=file.name))

    held = weakref.ref(next(coming).page.pixels)

    assert held() is None
    decoded = [one for one in gc.get_objects() if isinstance(one, Image.Image) and one.size == SIDES]
    assert kind != "JPEG" or not decoded
    assert len(list(coming)) == pages - 1
    assert heard == [(done, pages) for done in range(1, pages + 1)]


def test_to_read_a_scan_only_the_readers_of_scans_are_loaded(tmp_path: Path) -> None:
    scan = tmp_path / "scan.jpg"
    scan.write_bytes(file_of("JPEG", 1))
    code = (
        "import sys; from pathlib import Path; from counter_app.scanning.files import count_pages\n"
        "from counter_app.scanning.reading import iter_file_pages\n"
        "data = Path(sys.argv[1]).read_bytes()\n"
        "print(count_pages(data, name=''), len(list(iter_file_pages(data, name=''))))\n"
        "print(*(name for name in sys.modules if name.startswith('PIL.')))"
    )

    said = subprocess.run([sys.executable, "-c", code, str(scan)], capture_output=True, text=True, check=True).stdout

    counts, loaded = said.splitlines()
    assert counts == "1 1"
    assert "PIL.TiffImagePlugin" in loaded
    assert "PIL.PdfImagePlugin" not in loaded


class Told:
    """Takes bytes and remembers how many came by when each page was asked for."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes, /) -> int:
        self.size += len(data)
        return len(data)


def test_a_page_is_written_before_the_next_is_asked_for() -> None:
    target, sizes = Told(), list[int]()

    def pages() -> Iterator[PdfPage]:
        for _number in range(PAGES):
            sizes.append(target.size)
            picture = EncodedPage(data=bytes(50_000), mode=ColourMode.GREY, width=10, height=10, dpi=200)
            yield PdfPage(picture=picture)

    write_pdf(pages(), PdfFacts(title="", made_at=datetime(2026, 11, 23, tzinfo=UTC)), target)

    assert all(after - before >= 50_000 for before, after in pairwise(sizes))
