"""The scanner's own button: while the page is in front and could scan, pressing it is the page's own key."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from counter_app.core.errors import AppError, UserError
from counter_app.services.scanning import ButtonNews
from ui.actions import ActionId
from ui.messages import Severity

if TYPE_CHECKING:
    from ui.digitise.page import DigitisePage

BUTTON = "scan.button"
_LOOK_MS = 500


class ButtonSteps(QObject):
    """Off unless the desk wants it. `is_heard` while the scanner answers: only then a press begins a scan."""

    changed = Signal()
    _pressed = Signal(int)
    _heard = Signal(int)
    _lost = Signal(int)
    _silent = Signal(int, object)

    def __init__(self, page: DigitisePage) -> None:
        super().__init__(page)
        self._page = page
        self._button = page.context.counter.scanning.button
        self.is_wanted = bool(page.context.counter.preferences.get(BUTTON))
        self.is_heard = False
        self._device = self._deaf = ""
        self._turn = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._pressed.connect(self._on_pressed)
        self._heard.connect(self._on_heard)
        self._lost.connect(self._on_lost)
        self._silent.connect(self._on_silent)
        page.installEventFilter(self)
        page.card.button_chosen.connect(self._choose)
        self._show_choice()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look whether to listen while the page is seen, and let the scanner go as soon as it is not."""
        if event.type() == QEvent.Type.Show:
            self._watch()
        elif event.type() == QEvent.Type.Hide:
            self.rest()
        elif event.type() == QEvent.Type.WindowDeactivate:
            self._let_go()
        return super().eventFilter(watched, event)

    def rest(self) -> None:
        """Listen no more until the page is seen again."""
        self._timer.stop()
        self._let_go()

    @Slot(bool)
    def _choose(self, is_wanted: bool) -> None:  # noqa: FBT001 - Qt's signature
        preferences = self._page.context.counter.preferences

        def done(_none: None) -> None:
            self.is_wanted, self._deaf = is_wanted, ""
            self._watch()

        def failed(error: AppError) -> None:
            self._show_choice()
            self._page.context.errors.show(error)

        self._page.tasks.run(
            lambda: preferences.set(BUTTON, is_wanted), owner=self, done=done, failed=failed, name="digitise.button"
        )

    def _show_choice(self) -> None:
        is_locked = self._page.context.counter.preferences.is_locked(BUTTON)
        self._page.card.show_button(has_button=self.is_wanted, is_locked=is_locked)

    def _watch(self) -> None:
        if self.is_wanted and self._page.isVisible():
            self._timer.start()
            self._look()
        else:
            self.rest()

    @Slot()
    def _look(self) -> None:
        device = self._page.scans.device_in_use
        if not self._may_scan() or device in ("", self._deaf):
            self._let_go()
        elif device != self._device or not self._button.is_listening:
            self._let_go()
            self._listen(device)

    def _may_scan(self) -> bool:
        """Whether the key would begin a scan now; a dialog or a menu in front takes keys, and so it takes presses."""
        page, scans = self._page, self._page.scans
        is_in_front = page.isVisible() and page.isActiveWindow() and QApplication.activePopupWidget() is None
        has_place = bool(scans.separates or scans.turned or (page.code and page.lists.line is not None))
        return self.is_wanted and is_in_front and has_place and not page.is_busy

    def _listen(self, device: str) -> None:
        self._device = device
        self._turn += 1
        turn = self._turn

        def pressed() -> None:
            with contextlib.suppress(RuntimeError):  # the window has gone meanwhile
                self._pressed.emit(turn)

        def heard() -> None:
            with contextlib.suppress(RuntimeError):
                self._heard.emit(turn)

        def lost() -> None:
            with contextlib.suppress(RuntimeError):
                self._lost.emit(turn)

        def silent(error: UserError) -> None:
            with contextlib.suppress(RuntimeError):
                self._silent.emit(turn, error)

        self._button.listen(device, ButtonNews(pressed=pressed, heard=heard, lost=lost, silent=silent))

    def _let_go(self) -> None:
        if self._device:
            self._button.let_go()
            self._device = ""
            self._turn += 1
            self._show(is_heard=False)

    def _show(self, *, is_heard: bool) -> None:
        if is_heard != self.is_heard:
            self.is_heard = is_heard
            self.changed.emit()

    @Slot(int)
    def _on_pressed(self, turn: int) -> None:
        if turn == self._turn and self._may_scan():
            self._page.perform(ActionId.DIGITISE_SCAN)
            self._look()

    @Slot(int)
    def _on_heard(self, turn: int) -> None:
        if turn == self._turn:
            self._show(is_heard=True)

    @Slot(int)
    def _on_lost(self, turn: int) -> None:
        if turn == self._turn:
            self._show(is_heard=False)

    @Slot(int, object)
    def _on_silent(self, turn: int, error: UserError) -> None:
        if turn != self._turn:
            return
        self._deaf = self._device
        self._let_go()
        if error.code == "scan.no_button":
            self._page.say("digitise.no_button", Severity.INFO)
        else:
            self._page.context.errors.show(error)
