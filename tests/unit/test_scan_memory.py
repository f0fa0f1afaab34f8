"""However many pages a batch has, few of them are in memory at a time."""

import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from counter_app.scanning.batch import iter_ready
from counter_app.scanning.encoding import EncodedPage
from counter_app.scanning.page import ColourMode, Page
from counter_app.scanning.pdf import PdfFacts, PdfPage, write_pdf
from counter_app.scanning.reading import FilePage

PAGES, WORKERS = 30, 2


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
