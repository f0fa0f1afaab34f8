"""Takes the typing of a keyboard reader out of the window before a field or an input method gets it."""

import time
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from counter_app.services.keyboard_readers import END_PAUSE_MS, MAX_KEY_GAP_MS, Burst, WedgeDetector

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class _Before:
    """A field as it was before the first key of a run."""

    text: str
    cursor: int
    selection_start: int
    selection_length: int


class WedgeFilter(QObject):
    """Install on the application. Emits `scanned(text)` for every burst.

    The few keys that came before the burst was recognised are taken back: a line field gets its text, cursor and
    selection of before, other editors as many Backspaces. From recognition to the end of the burst the input method
    of the focused widget is off and what it was composing is dropped.
    """

    scanned = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._detector = WedgeDetector()
        self._target: QWidget | None = None
        self._before: _Before | None = None
        self._last_ms: int | None = None
        self._muted: QWidget | None = None
        self._is_taking_back = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setTimerType(Qt.TimerType.PreciseTimer)
        self._pause.setInterval(END_PAUSE_MS + 5)
        self._pause.timeout.connect(self._on_pause)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Judge the keys that reach the focused widget."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate:
            self._forget()
        if kind != QEvent.Type.KeyPress or self._is_taking_back or not isinstance(event, QKeyEvent):
            return False
        if not isinstance(watched, QWidget) or watched is not (QApplication.focusWidget() or watched.window()):
            return False
        # A pass phrase or password comes from fast hands or a password safe, never from a reader.
        if isinstance(watched, QLineEdit) and watched.echoMode() is not QLineEdit.EchoMode.Normal:
            return False
        return self._judge(watched, event)

    def _judge(self, widget: QWidget, event: QKeyEvent) -> bool:
        char = _char_of(event)
        if not char:
            return False
        # Synthetic events carry no time stamp; the hardware's own is better where there is one.
        at_ms = event.timestamp() or int(time.monotonic() * 1000)
        if self._last_ms is None or not 0 <= at_ms - self._last_ms <= MAX_KEY_GAP_MS or widget is not self._target:
            self._remember(widget)
        self._last_ms = at_ms
        verdict = self._detector.feed(char, at_ms)
        if verdict.burst is not None:
            self._finish(verdict.burst)
        if self._detector.is_inside_burst:
            self._mute(widget)
            self._pause.start()
        return verdict.swallow

    def _remember(self, widget: QWidget) -> None:
        if self._detector.is_inside_burst:
            return
        self._target = widget
        self._before = None
        if isinstance(widget, QLineEdit):
            start = widget.selectionStart()
            length = len(widget.selectedText())
            self._before = _Before(widget.text(), widget.cursorPosition(), start, length)

    def _mute(self, widget: QWidget) -> None:
        if self._muted is None and widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            QGuiApplication.inputMethod().reset()
            widget.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=False)
            self._muted = widget

    def _unmute(self) -> None:
        if self._muted is not None and shiboken6.isValid(self._muted):
            self._muted.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, on=True)
        self._muted = None

    def _finish(self, burst: Burst) -> None:
        self._pause.stop()
        self._unmute()
        if self._target is not None and shiboken6.isValid(self._target):
            self._take_back(self._target, burst.erase)
        self._target = None
        self._before = None
        self.scanned.emit(burst.text)

    def _take_back(self, widget: QWidget, count: int) -> None:
        if isinstance(widget, QLineEdit) and self._before is not None:
            before = self._before
            widget.setText(before.text)
            widget.setCursorPosition(before.cursor)
            if before.selection_start >= 0 and before.selection_length:
                widget.setSelection(before.selection_start, before.selection_length)
            # Whoever listens to typing must learn that it was taken back.
            widget.textEdited.emit(before.text)
            return
        if not widget.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            return
        self._is_taking_back = True
        try:
            for _ in range(count):
                key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, "\b")
                QApplication.sendEvent(widget, key)
        finally:
            self._is_taking_back = False

    def _forget(self) -> None:
        self._pause.stop()
        self._detector.reset()
        self._unmute()
        self._target = None
        self._before = None
        self._last_ms = None

    @Slot()
    def _on_pause(self) -> None:
        # Settling a whole pause after the last key, in the key's own time, whatever clock that came from.
        burst = self._detector.settle((self._last_ms or 0) + END_PAUSE_MS)
        if burst is not None:
            self._finish(burst)


def _char_of(event: QKeyEvent) -> str:
    if event.key() in _ENTER:
        return "\r"
    blocking = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
    return "" if event.modifiers() & blocking else event.text()
