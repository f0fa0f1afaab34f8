"""Starts the window. What it loads here is all that a clerk waits for."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ui.errors import WindowApplication
from ui.page import OpenedDesk
from ui.qt_texts import QtTexts
from ui.shell import MainWindow
from ui.theme import apply_theme
from ui.theme.tokens import Theme

if TYPE_CHECKING:
    from counter_app.services.preferences import Preferences


_WIDTH, _HEIGHT = 1280, 760
# Loading the store's libraries would hold back the first picture of the window.
_AFTER_FIRST_PAINT_MS = 20


def create_application(argv: Sequence[str] | None = None) -> WindowApplication:
    """Return the application, made once for a process, with its errors going to its reporter."""
    present = QApplication.instance()
    if isinstance(present, WindowApplication):
        return present
    # At 125 % of a 1366 x 768 screen, rounding the factor would cut the window.
    QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    app = WindowApplication(list(sys.argv if argv is None else argv))
    app.setApplicationName("counter-app")
    app.setStyle("fusion")
    QLocale.setDefault(QLocale(QLocale.Language.Vietnamese, QLocale.Country.Vietnam))
    apply_theme(app, Theme.LIGHT)
    return app


def make_window(
    app: WindowApplication,
    preferences: Preferences,
) -> MainWindow:
    """Return the window, not yet shown and without a store, speaking the language that is set."""
    window = MainWindow(preferences, reporter=app.reporter)
    app.installTranslator(QtTexts(window.words, window))
    return window


def keep_collections_short(window: MainWindow) -> None:
    """From now on leave out of Python's collections of cycles what is there when a page was made.

    A full collection goes through everything with Python's one lock held: 85 ms for the 154,000 objects of a window
    that has just been opened, in the middle of typing. What is there then stays as long as the program does.
    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    window.page_made.connect(gc.freeze)


def run_window(
    preferences: Preferences,
    opening: Callable[[], OpenedDesk],
) -> int:
    """Show the window and return its exit code when it is closed. Call in the main thread.

    `opening` opens the store; it runs in the store thread once the sign-in page is on the screen, because the store's
    libraries take longer to load than the window.

    Raises:
        AppError: the store could not be opened.
    """
    app = create_application()
    app.reporter.install()
    window = make_window(app, preferences)
    keep_collections_short(window)
    _place(window)
    window.sign_in_page.focus_first()
    QTimer.singleShot(_AFTER_FIRST_PAINT_MS, window, lambda: window.open_store(opening))
    try:
        code = app.exec()
    finally:
        app.reporter.uninstall()
    if window.opening_error is not None:
        raise window.opening_error
    return code


def _place(window: MainWindow) -> None:
    room = window.screen().availableGeometry()
    if room.width() <= _WIDTH + 160 or room.height() <= _HEIGHT + 80:
        window.showMaximized()
        return
    window.resize(_WIDTH, _HEIGHT)
    window.show()
