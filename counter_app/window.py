"""Opening the window on a store: lock, key, window, printer's thread; and closing them in order.

The store thread loads the store's libraries once the window is on the screen, so nothing here imports them first.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from counter_app.core.changes import Announcer
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.services.preferences import Preferences
from counter_app.settings.settings import Settings
from counter_app.store.keys import KeyPlace, load_key, read_key_file

if TYPE_CHECKING:
    from counter_app.bootstrap import OpenCounter
    from counter_app.domain.forms.facts import SlipData
    from printing.backends import Ticket
    from printing.queue import PrintQueue
    from printing.renderers.raster import RasterPage
    from ui.page import OpenedDesk
    from ui.words import Words

# Drawn once and scaled to the width at hand: sharp on a full page of a large screen.
_PREVIEW_DPI = 150


def open_window(folder: DataFolder) -> int:
    """Open the window, serve until it is closed, and return the exit code. Call in the main thread.

    Raises:
        EnvironmentFailure: no display, no store, or a store that is in use or cannot be opened.
    """
    place = read_key_file(folder.keys).place
    passphrase = os.environ.get("COUNTER_APP_PASSPHRASE") or None
    _require_display()
    from ui.application import create_application

    create_application()
    settings, announcer = Settings(folder.settings), Announcer()
    with _only_window(folder, settings):
        if passphrase is None and place is KeyPlace.PASSPHRASE:
            passphrase = _ask_passphrase(folder, settings)
            if passphrase is None:
                return 0
        try:
            return _serve(folder, settings, announcer, passphrase)
        except AppError as error:
            _show_failure(settings, error)
            raise


def _require_display() -> None:
    """Qt ends the process when it finds no display: say it as a sentence before."""
    named = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in named):
        raise EnvironmentFailure("cli.no_display")


@contextmanager
def _only_window(folder: DataFolder, settings: Settings) -> Iterator[None]:
    """Hold the store's window lock; a lock left by a crash is taken over."""
    from PySide6.QtCore import QLockFile

    lock = QLockFile(str(folder.lock))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        error = EnvironmentFailure("store.in_use")
        _show_failure(settings, error)
        raise error
    try:
        yield
    finally:
        lock.unlock()


def _words(settings: Settings) -> "Words":
    from resources.texts import Language
    from ui.words import Words

    return Words(Language(str(settings.get("ui.language"))))


def _show_failure(settings: Settings, error: AppError) -> None:
    from ui.unlock.dialog import show_failure

    if os.environ.get("QT_QPA_PLATFORM") not in {"offscreen", "minimal"}:
        show_failure(error, _words(settings))


def _ask_passphrase(folder: DataFolder, settings: Settings) -> str | None:
    """Return the right pass phrase, or None when the person gave up."""
    from ui.application import create_application
    from ui.unlock.dialog import UnlockDialog

    def try_it(typed: str) -> str:
        load_key(folder, passphrase=typed)
        return typed

    dialog = UnlockDialog(try_it, _words(settings), create_application().reporter)
    dialog.exec()
    if dialog.failure is not None:
        raise dialog.failure
    return dialog.passphrase_found


class _ChosenPrinter:
    """The backend that the settings name at the moment of printing: a system printer, or PDF files."""

    def __init__(self, folder: DataFolder, settings: Settings) -> None:
        self._receipts = folder.receipts
        self._settings = settings

    def send(self, pdf: bytes, ticket: "Ticket") -> str:
        """Hand the pages over; see `printing.backends.Backend`."""
        name = str(self._settings.get("print.slip.printer"))
        if not name:
            from printing.backends.file import FileBackend

            return FileBackend(self._receipts).send(pdf, ticket)
        from printing.backends.qt_spooler import QtSpooler

        return QtSpooler(name).send(pdf, ticket)


class _Serving:
    """What was opened in the store thread and must be closed in order when the window is gone."""

    def __init__(self, folder: DataFolder, settings: Settings, announcer: Announcer, passphrase: str | None) -> None:
        self._folder = folder
        self._settings = settings
        self._announcer = announcer
        self._passphrase = passphrase
        self._opened: OpenCounter | None = None
        self._queue: PrintQueue | None = None

    def open(self) -> "OpenedDesk":
        """Open store and printer's thread. Loads the store's libraries; call in the store thread."""
        from counter_app.bootstrap import open_counter
        from printing.queue import PrintQueue
        from ui.page import OpenedDesk

        opened = open_counter(
            self._folder, passphrase=self._passphrase, settings=self._settings, announcer=self._announcer
        )
        self._opened = opened
        counter = opened.counter
        counter.printing_jobs.recover()
        queue = PrintQueue(counter.printing_jobs, _ChosenPrinter(self._folder, self._settings), printer="slip")
        self._queue = queue
        queue.start()
        return OpenedDesk(counter=counter, print_queue=queue)

    def close(self) -> None:
        """Devices first, then the paper in hand, the store last."""
        if self._opened is not None:
            self._opened.counter.peripherals.stop()
        if self._queue is not None:
            self._queue.stop()
        if self._opened is not None:
            self._opened.close()


def _serve(folder: DataFolder, settings: Settings, announcer: Announcer, passphrase: str | None) -> int:
    from ui.application import run_window

    serving = _Serving(folder, settings, announcer, passphrase)
    try:
        return run_window(
            Preferences(settings, announcer),
            serving.open,
            preview_slip=preview_slip,
            list_printers=_list_printers,
        )
    finally:
        serving.close()


def preview_slip(slip: "SlipData") -> tuple["RasterPage", ...]:
    """Return the pages of one copy as pixels, exactly those that print. Slow: not for the UI thread."""
    from printing import render_slip
    from printing.renderers.raster import iter_pages

    return tuple(iter_pages(render_slip(slip, copies=1), dpi=_PREVIEW_DPI))


def _list_printers() -> tuple[str, ...]:
    from printing.backends.qt_spooler import list_system_printers

    return list_system_printers()
