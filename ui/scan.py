"""One way in for everything read, pasted or searched, whichever device it came from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QWidget

from counter_app.domain.identity_card import decode_reading
from counter_app.services.answers.dossiers import ScanKind, ScanTarget
from counter_app.services.peripherals import Scan
from ui.mrz_lines import GAP_MS, MrzLines, Reading
from ui.tasks import Tasks
from ui.theme import colours, icon
from ui.theme.tokens import SPACE, Theme
from ui.words import Words

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


class ScanField(QLineEdit):
    """The field at the top of the window. Enter hands in what stands in it; pasted lines stay lines, as in an MRZ.

    A paste of more than one line, or of a card's text, needs no Enter.
    """

    submitted = Signal(str)

    def __init__(self, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.setObjectName("scanField")
        self._icon = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.small, 0, 0, 0)
        row.addWidget(self._icon)
        row.addStretch(1)
        self.setTextMargins(SPACE.wide, 0, 0, 0)
        self.setMaxLength(8192)
        self.returnPressed.connect(self._on_return)
        self.retranslate()

    def retranslate(self) -> None:
        """Write its texts and colours anew."""
        app = QApplication.instance()
        theme = Theme(str(app.property("theme") or "light")) if app is not None else Theme.LIGHT
        self._icon.setPixmap(icon("scan", colours(theme).text_soft).pixmap(18, 18))
        self.setPlaceholderText(self._words("ui.scan.placeholder") + "   F2")
        self.setAccessibleName(self._words("ui.scan.name"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Hand a pasted reading in at once."""
        is_paste = event.matches(QKeySequence.StandardKey.Paste)
        super().keyPressEvent(event)
        if is_paste and (self.text().count("|") >= 6 or "\n" in self.text().strip()):
            self._on_return()

    @Slot()
    def _on_return(self) -> None:
        text = self.text().strip()
        self.clear()
        if text:
            self.submitted.emit(text)


class ScanRouter(QObject):
    """Finds out what a reading is, in the store thread, and says where it leads.

    `card_read(raw)`: an identity card as read. `dossier_read(code)`. `slip_read(text)`: the signed code of a slip,
    after its dossier, or alone when too damaged to name one. `manifest_read(text)`: the code of a manifest,
    or a part of its signed texts. `waybill_read(number)`: a waybill of this desk. `words_entered(text)`: none of
    them, but typed, so a search. `unknown_read(length)`: none of them, and read by a device.
    """

    card_read = Signal(object)
    dossier_read = Signal(str)
    slip_read = Signal(str)
    manifest_read = Signal(str)
    waybill_read = Signal(str)
    words_entered = Signal(str)
    unknown_read = Signal(int)
    resolved = Signal(object, int)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._counter: Counter | None = None
        self._tasks = tasks
        self._mrz = MrzLines()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(GAP_MS)
        self._rest.timeout.connect(self._on_no_more_lines)

    def attach(self, counter: Counter) -> None:
        """Give the router the services of the opened store; before, it takes nothing."""
        self._counter = counter

    @Slot(object)
    def take_scan(self, scan: Scan) -> None:
        """Take a reading of a serial device."""
        self._take_reading(scan.raw)

    @Slot(str)
    def take_burst(self, text: str) -> None:
        """Take a reading of a keyboard reader."""
        self._take_reading(text)

    @Slot(str)
    def take_typed(self, text: str) -> None:
        """Take what was typed or pasted into the scan field."""
        self._route(text, is_typed=True)

    def _take_reading(self, reading: Reading) -> None:
        for complete in self._mrz.take(reading, int(time.monotonic() * 1000)):
            self._route(complete, is_typed=False)
        if self._mrz.is_waiting:
            self._rest.start()
        else:
            self._rest.stop()

    @Slot()
    def _on_no_more_lines(self) -> None:
        for line in self._mrz.give_up():
            self._route(line, is_typed=False)

    def _route(self, raw: bytes | str, *, is_typed: bool) -> None:
        if self._counter is None:
            return
        lookup = self._counter.lookup

        def resolve() -> ScanTarget:
            return lookup.resolve_scan(decode_reading(raw)[0] if isinstance(raw, bytes) else raw)

        def lead(target: ScanTarget) -> None:
            self._lead(raw, target, is_typed=is_typed)

        self._tasks.run(resolve, owner=self, done=lead, name="scan.resolve")

    def _lead(self, raw: bytes | str, target: ScanTarget, *, is_typed: bool) -> None:
        self.resolved.emit(target, len(target.text))
        if target.kind is ScanKind.IDENTITY_CARD:
            self.card_read.emit(raw)
        elif target.kind is ScanKind.DOSSIER:
            self.dossier_read.emit(target.dossier_code)
        elif target.kind is ScanKind.MANIFEST:
            self.manifest_read.emit(target.manifest_code or target.text)
        elif target.kind is ScanKind.WAYBILL:
            self.waybill_read.emit(target.waybill)
        elif is_typed and not target.is_slip:
            self.words_entered.emit(target.text)
        elif not target.is_slip:
            self.unknown_read.emit(len(target.text))
        if target.is_slip:
            self.slip_read.emit(target.text)
