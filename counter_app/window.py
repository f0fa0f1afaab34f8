"""Opening the window on a store: lock, key, window, printer's thread; and closing them in order.

The store thread loads the store's libraries once the window is on the screen, so nothing here imports them first.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from counter_app.core.changes import Announcer
from counter_app.core.errors import AppError, EnvironmentFailure
from counter_app.core.paths import DataFolder
from counter_app.services.preferences import Preferences
from counter_app.settings.settings import Settings, open_settings
from counter_app.store.keys import KeyPlace, load_key, read_key_file
from counter_app.update.installing import install
from counter_app.update.launching import settle, uncount_start

if TYPE_CHECKING:
    from counter_app.bootstrap import OpenCounter
    from printing.workshop import Workshop
    from ui.page import OpenedDesk
    from ui.words import Words

_log = logging.getLogger(__name__)


def open_window(folder: DataFolder) -> int:
    """Open the window, serve until it is closed, and return the exit code. Call in the main thread.

    Raises:
        EnvironmentFailure: no display, no store, or a store that is in use or cannot be opened.
    """
    place = _place_of_key(folder)
    passphrase = os.environ.get("COUNTER_APP_PASSPHRASE") or None
    _require_display()
    from ui.application import create_application

    create_application()
    settings, announcer = open_settings(folder), Announcer()
    with _only_window(folder, settings):
        if passphrase is None and place is KeyPlace.PASSPHRASE:
            passphrase = _ask_passphrase(folder, settings)
            if passphrase is None:
                uncount_start(folder)
                return 0
        try:
            return _serve(folder, settings, announcer, passphrase)
        except AppError as error:
            _show_failure(settings, error)
            raise


def _place_of_key(folder: DataFolder) -> KeyPlace:
    try:
        return read_key_file(folder.keys).place
    except AppError as error:
        if getattr(sys, "frozen", False) and not (sys.stderr and sys.stderr.isatty()):
            _require_display()  # an installed program that was opened by its icon has no terminal to say it in
            from ui.application import create_application

            create_application()
            _show_failure(open_settings(folder), error)
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
        uncount_start(folder)
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


class _Serving:
    """What was opened in the store thread and must be closed in order when the window is gone."""

    def __init__(self, folder: DataFolder, settings: Settings, announcer: Announcer, passphrase: str | None) -> None:
        self._folder = folder
        self._settings = settings
        self._announcer = announcer
        self._passphrase = passphrase
        self._opened: OpenCounter | None = None
        self._workshop: Workshop | None = None
        self._installs = False

    def open(self) -> "OpenedDesk":
        """Open store and printers' threads. Loads the store's libraries; call in the store thread."""
        from counter_app.bootstrap import open_counter
        from counter_app.core.struct_types import prepare_structs
        from printing.workshop import Workshop
        from ui.page import OpenedDesk

        opened = open_counter(
            self._folder, passphrase=self._passphrase, settings=self._settings, announcer=self._announcer
        )
        self._opened = opened
        prepare_structs()
        counter = opened.counter
        counter.printing_jobs.recover()
        workshop = self._workshop = Workshop.of(opened)
        workshop.start()
        counter.vault_care.start()
        counter.line_keeper.start()
        counter.paper_texts.start()
        settle(self._folder)
        return OpenedDesk(counter=counter, printing=workshop)

    def close(self) -> None:
        """Devices first, then the paper in hand, the store last; then a waiting version, when its time has come."""
        if self._opened is not None:
            self._opened.counter.peripherals.stop()
            self._installs = self._opened.counter.updates.is_due()
        if self._workshop is not None:
            self._workshop.stop()
        if self._opened is not None:
            self._opened.close()
        if self._installs:
            self._install()

    def _install(self) -> None:
        """Nobody waits for it: what it says stands in the log, and in what the next start runs."""
        try:
            install(self._folder, passphrase=self._passphrase)
        except AppError as error:
            _log.warning("the waiting version is not in use: %s", error)


def _serve(folder: DataFolder, settings: Settings, announcer: Announcer, passphrase: str | None) -> int:
    from ui.application import run_window

    serving = _Serving(folder, settings, announcer, passphrase)
    try:
        return run_window(Preferences(settings, announcer), serving.open)
    finally:
        serving.close()
