"""Everything that turns orders into paper, built over one open store: routes, press, printers, spooler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.domain.forms.facts import FormData
from counter_app.domain.forms.kinds import KINDS, Sheet
from counter_app.services.answers.printing import PrinterState, PrinterStatus
from counter_app.settings.settings import Settings
from printing.addresses import open_backend
from printing.backends import Backend
from printing.press import Press
from printing.routes import FILES, Routes
from printing.spooler import Spooler

if TYPE_CHECKING:
    from counter_app.services.counter import Counter
    from printing.renderers.raster import RasterPage


class OpenStore(Protocol):
    """What a workshop stands on: an open store as `counter_app.bootstrap.OpenCounter`."""

    @property
    def folder(self) -> DataFolder:
        """Where the files lie."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        ...

    @property
    def counter(self) -> Counter:
        """The services."""
        ...


@dataclass(frozen=True, slots=True)
class Workshop:
    """Make one for each open store. Safe from any thread; `preview` and `list_printers` are slow."""

    routes: Routes
    press: Press
    spooler: Spooler
    open_backend: Callable[[str], Backend]

    @classmethod
    def of(cls, store: OpenStore, *, file_backend: Backend | None = None) -> Workshop:
        """Return the workshop of a store; `file_backend` takes the papers that go to files elsewhere."""
        routes = Routes(store.settings)
        press = Press(store.counter.papers, routes, wording_folder=store.folder.wording)

        def opened(address: str) -> Backend:
            if address == FILES and file_backend is not None:
                return file_backend
            return open_backend(address, files=store.folder.receipts)

        spooler = Spooler(store.counter.printing_jobs, press, routes, opened)
        return cls(routes=routes, press=press, spooler=spooler, open_backend=opened)

    def start(self) -> None:
        """Start the printers' threads; reads the store."""
        self.spooler.start()

    def wake(self, printer: str = "") -> None:
        """Say that papers were ordered, perhaps for a printer that no setting names. Returns at once."""
        self.spooler.wake(printer)

    def cancel(self, job_id: str) -> None:
        """Stop one paper; writes the store."""
        self.spooler.cancel(job_id)

    def stop(self) -> bool:
        """Let every printer finish the paper in hand."""
        return self.spooler.stop()

    def preview(
        self, data: FormData, *, copies: int = 1, sheet: Sheet | None = None, printer: str = ""
    ) -> tuple[RasterPage, ...]:
        """Return the pages as they would print; `printer` is an address, "" for the form's first printer.

        Raises:
            AppError: the printer's address or a wording cannot be read, or the form has no shape for its paper.
        """
        address = printer or self.routes.chain(KINDS[data.form].tray)[0]
        pages = self.press.preview(data, copies=copies, sheet=sheet, backend=self.open_backend(address))
        return tuple(pages)

    def list_printers(self) -> tuple[PrinterStatus, ...]:
        """Return every printer of the settings and of the operating system with its state, the chosen ones first.

        Asks each for up to two seconds, side by side.
        """
        from concurrent.futures import ThreadPoolExecutor

        from printing.backends.system import list_system_printers

        addresses = tuple(dict.fromkeys((*self.routes.list_addresses(), *list_system_printers())))
        with ThreadPoolExecutor(max_workers=8, thread_name_prefix="printer-status") as pool:
            return tuple(pool.map(self._status, addresses))

    def _status(self, address: str) -> PrinterStatus:
        try:
            return self.open_backend(address).status()
        except AppError:
            return PrinterStatus(address=address, name=address, state=PrinterState.MISSING)
