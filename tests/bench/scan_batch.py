"""A pile of pages through the real window: how much memory the whole program takes, and how long the window waits.

Ours: the window with its store, both without a display; colour scans of A4 at 300 dpi as files, a slip every ten pages,
go in as one pile and as one document of all pages, and that document is leafed through. Memory is resident memory of
this process and all its children, looked at every 20 ms from outside. The longest wait is how late the window's own
timer of 5 ms came, and beside it stands how late such a timer came meanwhile in a process with nothing to do: the
machine's part.
One page is worked on at a time, as on a machine of 4 GB. Peer: the same window with nothing to do.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEventLoop, QTimer

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core import machine
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.forms.kinds import Form
from counter_app.scanning.scanned import ScannedPage
from printing.workshop import Workshop
from tests.bench.idle_waits import TICK_MS, MachineWaits
from tests.bench.measure import Number, read_options, report
from tests.bench.memory_watch import Memory
from tests.fakes.desks import PASSPHRASE, a_form
from ui.actions import PageId
from ui.application import create_application, keep_collections_short, make_window
from ui.digitise.page import DigitisePage
from ui.page import OpenedDesk
from ui.shell import MainWindow

GOAL_MB = 400
_PAGES_A_DOSSIER = 10
_SCALE = 1.5  # the corpus has 200 dpi
_SEEN_MS = 50  # a wait that a clerk may notice
_LINES = (5, 8)
_IDLE_S = 3
_LOOKED_AT = 60


class Waits:
    """How late the window's own timer comes, in milliseconds."""

    def __init__(self) -> None:
        self.begin()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def begin(self) -> None:
        """Forget what was."""
        self.longest_ms, self.seen, self._last = 0.0, 0, time.perf_counter()

    def _on_tick(self) -> None:
        now = time.perf_counter()
        late_ms = (now - self._last) * 1000 - TICK_MS
        self.longest_ms = max(self.longest_ms, late_ms)
        self.seen += late_ms > _SEEN_MS
        self._last = now


def serve(is_done: Callable[[], bool]) -> None:
    """Let the window work until something is so."""
    while not is_done():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, QDeadlineTimer(50))
        time.sleep(0.001)


def write_pile(root: Path, pages: int) -> None:
    """Make a desk and a pile: for every tenth page the slip of a dossier, then its papers."""
    init_sample_desk(_folder(root), passphrase=PASSPHRASE, dossiers=6)
    with opened(_folder(root), passphrase=PASSPHRASE) as made:
        made.counter.session.act_as()
        _write_pages(made, root, pages)


def _folder(root: Path) -> DataFolder:
    return DataFolder(root / "desk", state_root=root / "state")


def _write_pages(made: OpenCounter, root: Path, pages: int) -> None:
    import cv2
    from PIL import Image

    from tests.fakes.scanned_corpus import Kind, make_page

    kinds = (Kind.TEXT, Kind.FORM, Kind.SEAL, Kind.TEXT, Kind.PHOTO, Kind.SPARSE)
    for number in range(pages):
        if number % _PAGES_A_DOSSIER == 0:
            dossier = made.counter.intake.receive(a_form(number), Outcome.ACCEPTED).dossier
            qr = made.counter.slip_checks.seal(dossier, Form.RECEIPT)
            page = make_page(Kind.SLIP, number, code=qr, plain=dossier.code, turned=0)
        else:
            page = make_page(kinds[number % len(kinds)], number, turned=0, lines=_LINES)
        pixels = page.page.pixels
        large = cv2.resize(pixels, None, fx=_SCALE, fy=_SCALE, interpolation=cv2.INTER_LINEAR)
        Image.fromarray(large[:, :, ::-1]).save(root / f"{number:04d}.jpg", "JPEG", quality=75, dpi=(300, 300))


@contextmanager
def shown_window(made: OpenCounter) -> Iterator[MainWindow]:
    """Give the whole window over an open desk."""
    window = make_window(create_application(), made.counter.preferences)
    keep_collections_short(window)
    window.attach(OpenedDesk(counter=made.counter, printing=Workshop.of(made)))
    window.resize(1366, 768)
    window.show()
    window.open_desk()
    serve(lambda: window.strip.desk.text() != "")
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()


def open_page(window: MainWindow, code: str) -> DigitisePage:
    """Show the digitising page with a dossier."""
    window.show_page(PageId.DIGITISE, code)
    page = window.current_page
    if not isinstance(page, DigitisePage):
        raise TypeError
    serve(lambda: page.code == code)
    return page


def leaf_through(page: DigitisePage, pages: int) -> None:
    """Go through the thumbnails, waiting for the large picture of some pages."""
    thumbnails = page.viewer.thumbnails
    for number in range(0, pages, max(1, pages // _LOOKED_AT)):
        thumbnails.setCurrentIndex(thumbnails.model().index(number, 0))
        name = page.words("digitise.page_number", number=number + 1)
        serve(partial(_shows, page, name))


def _shows(page: DigitisePage, name: str) -> bool:
    return page.viewer.paper.accessibleName() == name


def run(made: OpenCounter, files: list[Path]) -> dict[str, Number]:
    """Return the figures of one run."""
    machine = MachineWaits()
    memory, pages = Memory(left_out=machine.pid), len(files)
    figures: dict[str, Number] = {}
    with shown_window(made) as window:
        waits = Waits()

        def note(name: str, start_mb: float, began: float) -> None:
            figures[f"{name}_most_mb"] = memory.most_mb
            figures[f"{name}_grown_kb_a_page"] = max(0.0, memory.now_mb() - start_mb) * 1024 / pages
            figures[f"{name}_longest_wait_ms"] = waits.longest_ms
            figures[f"{name}_machine_wait_ms"] = machine.take_ms()
            figures[f"{name}_waits_over_50_ms"] = waits.seen
            figures[f"{name}_pages_a_minute"] = 60 * pages / (time.perf_counter() - began)

        def begin_waits() -> None:
            waits.begin()
            machine.take_ms()

        code = made.counter.lookup.list_recent(limit=1)[0].code
        page = open_page(window, code)
        waits.begin()
        until = time.perf_counter() + _IDLE_S
        serve(lambda: time.perf_counter() > until)
        figures["idle_mb"], figures["idle_longest_wait_ms"] = memory.now_mb(), waits.longest_ms

        start, began = memory.begin(), time.perf_counter()
        begin_waits()
        page.route(files)
        serve(lambda: not page.is_busy)
        note("pile", start, began)

        scan = made.counter.digitising.begin_scan()
        for number, file in enumerate(files, start=1):
            scanned = ScannedPage(picture=file.read_bytes(), number=number, dpi=300)
            made.counter.digitising.tray.capture(scan, scanned)
        digitising = made.counter.digitising
        start, began = memory.begin(), time.perf_counter()
        begin_waits()
        page.run_long(lambda _progress: digitising.finish_scan(scan, code, component=1), lambda _view: None)
        serve(lambda: not page.is_busy)
        note("document", start, began)

        view = digitising.list_of_dossier(code)[-1]
        page.show_changed(view)
        start, began = memory.begin(), time.perf_counter()
        begin_waits()
        leaf_through(page, pages)
        note("leafing", start, began)
    memory.end()
    machine.end()
    return figures


def main() -> None:
    """Measure and print."""
    options = read_options(__doc__, size=500, rounds=1)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as root:
        # By a process of its own: what drawing the pages takes is not the window's.
        writing = get_context("spawn").Process(target=write_pile, args=(Path(root), options.size))
        writing.start()
        writing.join()
        with opened(_folder(Path(root)), passphrase=PASSPHRASE) as made:
            made.counter.session.act_as()
            machine.is_roomy = lambda: False
            figures = run(made, sorted(Path(root).glob("*.jpg")))
    most = max(value for name, value in figures.items() if name.endswith("_most_mb"))
    longest = max(value for name, value in figures.items() if name.endswith("_longest_wait_ms"))
    report(
        "scan_batch",
        figures={"most_mb": most, "longest_wait_ms": longest, **figures},
        peer={"name": "the same window idle", "mb": figures["idle_mb"], "wait_ms": figures["idle_longest_wait_ms"]},
        ratio=most / GOAL_MB,
        size=options.size,
        notes=(f"ratio: most memory to the goal of {GOAL_MB} MB for the whole program",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
