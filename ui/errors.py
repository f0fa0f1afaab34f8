"""Every failure ends here: expected ones become a sentence in the message bar, ours are noted and shown with a
reference that support can find in the log.
"""

import logging
import sys
import threading
import time
import types
import uuid
from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from counter_app.core.errors import AppError, BugError, EnvironmentFailure
from counter_app.services.sentences import sentence
from ui.messages import Message, Severity
from ui.words import Words

logger = logging.getLogger("counter_app.ui.errors")

_SAME_PLACE_QUIET_S = 10.0


class ShowsMessages(Protocol):
    """The message bar, as the presenter sees it."""

    def show_message(self, message: Message) -> None:
        """Show one message in place of the one before."""
        ...


class ErrorPresenter(QObject):
    """Turns errors into one calm sentence. UI thread only."""

    def __init__(self, words: Words, bar: ShowsMessages, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._bar = bar

    def show(self, error: AppError, *, retry: Callable[[], None] | None = None) -> None:
        """Show an error: what happened, what was saved, what to do.

        A failure of the surroundings that may pass offers `retry`; one of ours offers its reference for copying.
        """
        words = sentence(error, self._words.language)
        if isinstance(error, BugError):
            reference = str(error.context.get("reference", error.code))
            message = Message(words, Severity.ERROR, self._words("ui.copy_reference"), copies=reference)
        elif isinstance(error, EnvironmentFailure):
            offered = retry if error.retryable else None
            message = Message(words, Severity.ERROR, self._words("ui.retry") if offered else "", action=offered)
        else:
            message = Message(words, Severity.WARNING)
        self._bar.show_message(message)


class Reporter(QObject):
    """Notes uncaught errors of every thread and hands them to the presenter, one message for each place.

    `install` hooks into Python's uncaught, thread and unraisable errors and Qt's critical messages; `uninstall` puts
    back what was there. Errors in overridden event functions come through `WindowApplication.notify`.
    """

    bug_noted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._last_seen: dict[str, float] = {}
        self._hooks_before: tuple[object, object, object] | None = None
        self._qt_before: Any = None
        self._presenter: ErrorPresenter | None = None
        self.bug_noted.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def present_with(self, presenter: ErrorPresenter) -> None:
        """From now on show what is reported; before, it is only logged."""
        self._presenter = presenter

    def install(self) -> None:
        """Take over the hooks of the interpreter and of Qt."""
        self._hooks_before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_uncaught
        threading.excepthook = self._on_thread_error
        sys.unraisablehook = self._on_unraisable
        self._qt_before = qInstallMessageHandler(self._on_qt_message)

    def uninstall(self) -> None:
        """Give the hooks back."""
        if self._hooks_before is None:
            return
        # The saved hooks are whatever was installed before; mypy cannot know their exact types.
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks_before  # type: ignore[assignment]
        qInstallMessageHandler(self._qt_before)
        self._hooks_before = None

    def note(self, error: BaseException) -> BugError:
        """Log an error of ours with its traceback; return what can be shown. Any thread."""
        if isinstance(error, BugError) and "reference" in error.context:
            return error
        reference = uuid.uuid4().hex[:8].upper()
        logger.error("uncaught error, reference %s", reference, exc_info=error)
        bug = BugError("error.unexpected", reference=reference)
        bug.__cause__ = error
        return bug

    def report(self, error: BaseException) -> None:
        """Note an error and show it, unless the same place was shown a moment ago. Any thread."""
        if isinstance(error, AppError) and not isinstance(error, BugError):
            self.bug_noted.emit(error)
            return
        if self._is_fresh(_place_of(error)):
            self.bug_noted.emit(self.note(error))

    def _is_fresh(self, place: str) -> bool:
        # A paint event that fails does so at every repaint; one report tells as much as a thousand.
        now = time.monotonic()
        with self._lock:
            fresh = now - self._last_seen.get(place, float("-inf")) > _SAME_PLACE_QUIET_S
            if fresh:
                self._last_seen[place] = now
        return fresh

    @Slot(object)
    def _show(self, error: AppError) -> None:
        if self._presenter is not None:
            self._presenter.show(error)

    def _on_uncaught(self, kind: type[BaseException], error: BaseException, trace: types.TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QCoreApplication.quit()
            return
        self.report(error.with_traceback(trace))

    def _on_thread_error(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self.report(args.exc_value)

    def _on_qt_message(self, kind: QtMsgType, _context: QMessageLogContext, text: str | None) -> None:
        if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            self.report(BugError("error.qt", detail=text or ""))
        elif kind is QtMsgType.QtWarningMsg:
            logger.warning("qt: %s", text)


class WindowApplication(QApplication):
    """An application in which an error of an overridden event function is reported instead of ending the program.

    PySide hands such an error to whoever runs the event loop; unless `notify` catches it, the loop stops there.
    """

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        self.reporter = Reporter(self)

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver an event; report what its handler raises."""
        try:
            return super().notify(receiver, event)
        except Exception as error:  # noqa: BLE001 - the main loop of the UI thread outlives any bug in a handler
            self.reporter.report(error)
            return False


def _place_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__} {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
