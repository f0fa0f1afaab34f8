"""Pages through the pipeline side by side, out in the order in which they came in."""

import ctypes
import dataclasses
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from itertools import islice

from counter_app.core.errors import BugError
from counter_app.scanning.codes import find_codes
from counter_app.scanning.encoding import INK_DPI, encode_page, reduced
from counter_app.scanning.pipeline import ONE_WITH_COPIES, Pipeline, pipeline_without
from counter_app.scanning.pipeline.crop import crop_to_paper
from counter_app.scanning.pipeline.orientation import turn_upright
from counter_app.scanning.pipeline.skew import straighten
from counter_app.scanning.reading import FilePage
from counter_app.scanning.ready import NO_TEXT, ReadyPage
from counter_app.scanning.recognition import read_text
from counter_app.scanning.text_model import can_read

# Written by a program: it lies straight and says its words itself.
_AS_WRITTEN = pipeline_without(crop_to_paper, turn_upright, straighten)
_SCANNED = Pipeline()


def _make_ready(handed_over: list[FilePage | None], *, reads_codes: bool) -> ReadyPage:
    """Take one page through the pipeline, the reading of its text included: 1 to 4 s; each thread has a reader.

    It is taken out of a list: whoever handed it over would hold its pixels until the end otherwise.
    """
    found = handed_over.pop()
    if found is None:
        raise BugError("document.no_pages")
    with ONE_WITH_COPIES:
        _tidy()
        codes = find_codes(found.page) if reads_codes else ()
        own_text, raw = found.text, [reduced(found.page, INK_DPI)]
    del found
    page = (_SCANNED if own_text is None else _AS_WRITTEN).take(raw)
    with ONE_WITH_COPIES:
        picture = encode_page(page)
        # Reading takes longest and needs no colours: a third of the pixels is held meanwhile.
        page = dataclasses.replace(page, pixels=page.grey())
    text = own_text or (NO_TEXT if page.is_blank or not can_read() else read_text(page))
    return ReadyPage(
        picture=picture,
        text=text,
        text_dpi=page.dpi,
        is_blank=page.is_blank,
        codes=codes,
        turned=page.turned,
        skew_deg=round(page.skew_deg, 2),
    )


def iter_ready(
    pages: Iterable[FilePage | None],
    *,
    workers: int,
    reads_codes: bool = False,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[ReadyPage]:
    """Yield each page once it is ready, in order; at most `workers` pages are in memory as pixels.

    The work gives way to whatever else the machine has to do, the window first. Ends early when `is_cancelled` says so.
    Closing the iterator waits for the pages under way. A source that waits for its next page gives None
    meanwhile: then pages that have become ready are not held back.
    """
    _give_memory_back()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="pages", initializer=give_way) as pool:
        under_way: deque[Future[ReadyPage]] = deque()
        try:
            for handed_over in _iter_alone(pages):
                if is_cancelled():
                    return
                if handed_over[0] is not None:
                    under_way.append(pool.submit(_make_ready, handed_over, reads_codes=reads_codes))
                    _wait_for_room(under_way, workers)
                while under_way and under_way[0].done():
                    yield under_way.popleft().result()
            while under_way and not is_cancelled():
                yield under_way.popleft().result()
        finally:
            for waiting in under_way:
                waiting.cancel()


def _iter_alone(pages: Iterable[FilePage | None]) -> Iterator[list[FilePage | None]]:
    """Yield each page in a list of its own, so that whoever takes it out is the only one to hold it."""
    source = iter(pages)
    while True:
        with ONE_WITH_COPIES:
            handed_over = list(islice(source, 1))
        if not handed_over:
            return
        yield handed_over


def _wait_for_room(under_way: Iterable[Future[ReadyPage]], workers: int) -> None:
    working = [future for future in under_way if not future.done()]
    if len(working) >= workers:
        wait(working, return_when=FIRST_COMPLETED)


_LOWER_PRIORITY = 4
_BELOW_NORMAL = -1  # THREAD_PRIORITY_BELOW_NORMAL of the Windows API


def give_way() -> None:
    """Lower the priority of the calling thread, so that keys and pictures of the window go first."""
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        kernel.SetThreadPriority(kernel.GetCurrentThread(), _BELOW_NORMAL)
    elif sys.platform == "linux":
        # A thread is a process of its own to Linux's scheduler (sched(7)).
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOWER_PRIORITY)


_LARGE_BYTES = 1 << 20
_M_MMAP_THRESHOLD = -3  # malloc.h of glibc


@cache
def _give_memory_back() -> None:
    """Let what a page took go back to the system at once.

    glibc learns from the first large block that is freed to keep the next ones (mallopt(3)): then the heap grows to
    the sum of what every thread ever held. Other systems' heaps need no telling.
    """
    if sys.platform == "linux":
        tell = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if tell is not None:
            tell(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def _tidy() -> None:
    """Give back what lies free between small blocks, of every thread (malloc_trim(3)): some milliseconds a page."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
