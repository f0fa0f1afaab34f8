"""Pages through the pipeline side by side, out in the order in which they came in."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from counter_app.scanning.codes import PageCode, find_codes
from counter_app.scanning.encoding import EncodedPage, encode_page
from counter_app.scanning.pdf import PdfPage
from counter_app.scanning.pipeline import Pipeline, pipeline_without
from counter_app.scanning.pipeline.crop import crop_to_paper
from counter_app.scanning.pipeline.orientation import turn_upright
from counter_app.scanning.pipeline.skew import straighten
from counter_app.scanning.reading import FilePage
from counter_app.scanning.recognition import NO_TEXT, PageText, can_read, read_text

# Written by a program: it lies straight and says its words itself.
_AS_WRITTEN = pipeline_without(crop_to_paper, turn_upright, straighten)
_SCANNED = Pipeline()


class ReadyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page fit to keep. `text_dpi` is what the boxes of its words are in.

    `turned` (quarter turns to the right) and `skew_deg` say how it was straightened, for the clerk to see.
    """

    picture: EncodedPage
    text: PageText
    text_dpi: int
    is_blank: bool
    codes: tuple[PageCode, ...] = ()
    turned: int = 0
    skew_deg: float = 0.0

    def as_pdf_page(self) -> PdfPage:
        """Return it as a page of a PDF."""
        return PdfPage(picture=self.picture, words=self.text.words, words_dpi=self.text_dpi)


def make_ready(found: FilePage, *, reads_codes: bool = False) -> ReadyPage:
    """Take one page through the pipeline, the reading of its text included. Slow: 1 to 4 s; for a pool.

    Any thread may call it; each keeps a text reader of its own.
    """
    codes = find_codes(found.page) if reads_codes else ()
    pipeline = _SCANNED if found.text is None else _AS_WRITTEN
    page = pipeline.run(found.page)
    text = found.text or (NO_TEXT if page.is_blank or not can_read() else read_text(page))
    return ReadyPage(
        picture=encode_page(page),
        text=text,
        text_dpi=page.dpi,
        is_blank=page.is_blank,
        codes=codes,
        turned=page.turned,
        skew_deg=round(page.skew_deg, 2),
    )


def iter_ready(
    pages: Iterable[FilePage],
    *,
    workers: int,
    reads_codes: bool = False,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[ReadyPage]:
    """Yield each page once it is ready, in order; at most `workers` + 1 pages are in memory as pixels.

    Ends early when `is_cancelled` says so. Closing the iterator waits for the pages under way.
    """
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="pages") as pool:
        under_way: deque[Future[ReadyPage]] = deque()
        try:
            for page in pages:
                if is_cancelled():
                    return
                under_way.append(pool.submit(make_ready, page, reads_codes=reads_codes))
                if len(under_way) > workers:
                    yield under_way.popleft().result()
            while under_way and not is_cancelled():
                yield under_way.popleft().result()
        finally:
            for waiting in under_way:
                waiting.cancel()
