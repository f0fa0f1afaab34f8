"""Opening the window on a store: lock, key, printer's thread, window; and closing them in order."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from counter_app.bootstrap import OpenCounter, open_counter
from counter_app.core.changes import Topic
from counter_app.core.errors import AppError, BugError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.domain.forms import SlipData
from counter_app.settings.settings import Settings
from counter_app.store.keys import KeyPlace, read_key_file
from printing import render_slip
from printing.backends import Ticket
from printing.backends.file import FileBackend
from printing.queue import PrintQueue
from printing.renderers.raster import RasterPage, iter_pages

if TYPE_CHECKING:
    from ui.words import Words


# Drawn once and scaled to the width at hand: sharp on a full page of a large screen.
_PREVIEW_DPI = 150


class _Opening(threading.Thread):
    """Opens the store while the main thread loads Qt."""

    def __init__(self, folder: DataFolder, passphrase: str | None) -> None:
        super().__init__(name="opening", daemon=True)
        self._folder = folder
        self._passphrase = passphrase
        self._opened: OpenCounter | None = None
        self._error: AppError | None = None
        self.start()

    def run(self) -> None:
        """Open; what goes wrong is kept for `result`."""
        try:
            self._opened = open_counter(self._folder, passphrase=self._passphrase)
        except AppError as error:
            self._error = error
        except Exception as exc:  # noqa: BLE001 - a thread must hand every failure to the one who waits for it
            self._error = BugError("cli.bug", reference=type(exc).__name__)
            self._error.__cause__ = exc

    def result(self) -> OpenCounter:
        """Wait and return the open counter, or raise what went wrong."""
        self.join()
        if self._error is not None:
            raise self._error
        if self._opened is None:
            raise BugError("cli.bug", reference="opening")
        return self._opened


def open_window(folder: DataFolder) -> int:
    """Open the window, serve until it is closed, and return the exit code. Call in the main thread.

    Raises:
        EnvironmentFailure: no display, no store, or a store that is in use or cannot be opened.
    """
    key_file = read_key_file(folder.keys)
    passphrase = os.environ.get("COUNTER_APP_PASSPHRASE") or None
    can_open_alone = passphrase is not None or key_file.place is KeyPlace.CREDENTIAL_STORE
    _require_display()
    opening = _Opening(folder, passphrase) if can_open_alone else None
    from ui.application import create_application

    create_application()
    with _only_window(folder):
        try:
            opened = opening.result() if opening is not None else _ask_passphrase(folder)
        except AppError as error:
            _show_failure(folder, error)
            raise
        if opened is None:
            return 0
        try:
            return _serve(opened)
        finally:
            opened.close()


def _require_display() -> None:
    """Qt ends the process when it finds no display: say it as a sentence before."""
    named = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in named):
        raise EnvironmentFailure("cli.no_display")


@contextmanager
def _only_window(folder: DataFolder) -> Iterator[None]:
    """Hold the store's window lock; a lock left by a crash is taken over."""
    from PySide6.QtCore import QLockFile

    lock = QLockFile(str(folder.lock))
    lock.setStaleLockTime(0)
    if not lock.tryLock(0):
        error = EnvironmentFailure("store.in_use")
        _show_failure(folder, error)
        raise error
    try:
        yield
    finally:
        lock.unlock()


def _words(folder: DataFolder) -> "Words":
    from resources.texts import Language
    from ui.words import Words

    return Words(Language(str(Settings(folder.settings).get("ui.language"))))


def _show_failure(folder: DataFolder, error: AppError) -> None:
    from ui.unlock.dialog import show_failure

    if os.environ.get("QT_QPA_PLATFORM") not in {"offscreen", "minimal"}:
        show_failure(error, _words(folder))


def _ask_passphrase(folder: DataFolder) -> OpenCounter | None:
    """Return the open counter, or None when the person gave up."""
    from ui.application import create_application
    from ui.unlock.dialog import UnlockDialog

    def unlock(typed: str) -> OpenCounter:
        return open_counter(folder, passphrase=typed)

    dialog = UnlockDialog(unlock, _words(folder), create_application().reporter)
    dialog.exec()
    if dialog.failure is not None:
        raise dialog.failure
    return dialog.opened if isinstance(dialog.opened, OpenCounter) else None


class _ChosenPrinter:
    """The backend that the settings name at the moment of printing: a system printer, or PDF files."""

    def __init__(self, opened: OpenCounter) -> None:
        self._settings = opened.settings
        self._receipts = opened.folder.receipts

    def send(self, pdf: bytes, ticket: Ticket) -> str:
        """Hand the pages over; see `printing.backends.Backend`."""
        name = str(self._settings.get("print.slip.printer"))
        if not name:
            return FileBackend(self._receipts).send(pdf, ticket)
        from printing.backends.qt_spooler import QtSpooler

        return QtSpooler(name).send(pdf, ticket)


def _serve(opened: OpenCounter) -> int:
    """Run printer and window until the window is closed; the paper in hand is finished before the store closes."""
    from ui.application import run_window

    counter = opened.counter
    counter.printing_jobs.recover()
    queue = PrintQueue(counter.printing_jobs, _ChosenPrinter(opened), printer="slip")

    def wake(topics: frozenset[Topic]) -> None:
        if Topic.PRINT_JOBS in topics:
            queue.wake()

    stop_listening = counter.announcer.subscribe(wake)
    queue.start()
    try:
        return run_window(counter, print_queue=queue, preview_slip=preview_slip, list_printers=_list_printers)
    finally:
        stop_listening()
        counter.peripherals.stop()
        queue.stop()


def preview_slip(slip: SlipData) -> tuple[RasterPage, ...]:
    """Return the pages of one copy as pixels, exactly those that print. Slow: not for the UI thread."""
    return tuple(iter_pages(render_slip(slip, copies=1), dpi=_PREVIEW_DPI))


def _list_printers() -> tuple[str, ...]:
    from printing.backends.qt_spooler import list_system_printers

    return list_system_printers()
