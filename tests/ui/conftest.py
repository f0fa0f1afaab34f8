"""The whole window over a real store, and small things that stand where slow ones are."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from pytestqt.qtbot import QtBot

from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import Sheet
from counter_app.services.answers.printing import PrinterState, PrinterStatus
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
        patch.setattr(keys, "derive_key", cache(keys.derive_key))
        yield


class WakeCounter:
    """Stands where the printers' threads are: counts how often they were woken, draws real previews."""

    def __init__(self) -> None:
        self.wakes = 0
        self.woken: list[str] = []
        self.cancelled: list[str] = []
        self.previewed_for = ""
        self.printers: tuple[PrinterStatus, ...] = (
            PrinterStatus(address="Máy in quầy 1", name="Máy in quầy 1", state=PrinterState.READY),
        )

    def wake(self, printer: str = "") -> None:
        self.wakes += 1
        self.woken.append(printer)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def preview(
        self, data: FormData, *, copies: int = 1, sheet: Sheet | None = None, printer: str = ""
    ) -> tuple[RasterPage, ...]:
        from printing import render_form
        from printing.renderers.raster import iter_pages

        self.previewed_for = printer
        return tuple(iter_pages(render_form(data, copies=copies, sheet=sheet), dpi=100))

    def list_printers(self) -> tuple[PrinterStatus, ...]:
        return self.printers


class ShownErrors:
    """Keeps what would be shown."""

    def __init__(self) -> None:
        self.errors: list[AppError] = []
        self.retries: list[Callable[[], None] | None] = []

    def show(self, error: AppError, *, retry: Callable[[], None] | None = None) -> None:
        self.errors.append(error)
        self.retries.append(retry)


@pytest.fixture
def print_queue() -> WakeCounter:
    return WakeCounter()


@pytest.fixture
def shown_errors() -> ShownErrors:
    return ShownErrors()


@pytest.fixture
def window(qapp: WindowApplication, qtbot: QtBot, counter: Counter, print_queue: WakeCounter) -> Iterator[MainWindow]:
    """The whole window over a real store, the sample clerk signed in, as small as the smallest screen."""
    made = make_window(qapp, counter.preferences)
    made.attach(OpenedDesk(counter=counter, printing=print_queue))
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
