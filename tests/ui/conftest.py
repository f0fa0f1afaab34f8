"""The whole window over a real store, and small things that stand where slow ones are."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from pytestqt.qtbot import QtBot

from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.forms.facts import SlipData
from counter_app.services.counter import Counter
from counter_app.store import keys
from printing.renderers.raster import RasterPage
from tests.fakes.intake_place import Place, close_place, open_place
from ui.application import make_window
from ui.errors import WindowApplication
from ui.page import OpenedDesk
from ui.shell import MainWindow


@pytest.fixture(scope="session", autouse=True)
def _stretch_once() -> Iterator[None]:
    """Every copy of the sample desk has the same pass phrase and salt: stretch it once, as a desk does in a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "_derive", cache(keys._derive))
        yield


class WakeCounter:
    """Stands where the printer's thread is: counts how often it was woken."""

    def __init__(self) -> None:
        self.wakes = 0
        self.printed: list[str] = []

    def wake(self) -> None:
        self.wakes += 1

    def print_now(self, job_id: str) -> None:
        self.printed.append(job_id)


class ShownErrors:
    """Keeps what would be shown."""

    def __init__(self) -> None:
        self.errors: list[AppError] = []
        self.retries: list[Callable[[], None] | None] = []

    def show(self, error: AppError, *, retry: Callable[[], None] | None = None) -> None:
        self.errors.append(error)
        self.retries.append(retry)


def _preview(slip: SlipData) -> tuple[RasterPage, ...]:
    from printing import render_slip
    from printing.renderers.raster import iter_pages

    return tuple(iter_pages(render_slip(slip, copies=1), dpi=100))


@pytest.fixture
def print_queue() -> WakeCounter:
    return WakeCounter()


@pytest.fixture
def shown_errors() -> ShownErrors:
    return ShownErrors()


@pytest.fixture
def window(qapp: WindowApplication, qtbot: QtBot, counter: Counter, print_queue: WakeCounter) -> Iterator[MainWindow]:
    """The whole window over a real store, the sample clerk signed in, as small as the smallest screen."""
    made = make_window(qapp, counter.preferences, preview_slip=_preview, list_printers=lambda: ("Máy in quầy 1",))
    made.attach(OpenedDesk(counter=counter, print_queue=print_queue))
    made.resize(1093, 614)
    made.show()
    made.open_desk()
    made.activateWindow()
    qtbot.waitUntil(lambda: made.strip.desk.text() != "", timeout=10_000)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
def place(qtbot: QtBot, sample_folder: DataFolder) -> Iterator[Place]:
    """The intake page alone, over the sample desk."""
    made = open_place(qtbot, sample_folder)
    yield made
    close_place(made)
