"""Where other threads reach the window: announcements of services and readers become queued signals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from counter_app.core.changes import Topic
from counter_app.services.peripherals import DeviceStatus, Scan

if TYPE_CHECKING:
    from counter_app.services.counter import Counter


class Bridge(QObject):
    """Its signals are emitted in foreign threads; connect bound methods of QObjects only, so Qt queues them.

    `changed` carries a frozenset of Topic, `scanned` a Scan, `device_changed` a DeviceStatus.
    """

    changed = Signal(object)
    scanned = Signal(object)
    device_changed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._endings: list[Callable[[], None]] = []

    def open(self, counter: Counter) -> None:
        """Begin to listen."""
        self._endings = [
            counter.announcer.subscribe(self._tell_change),
            counter.peripherals.on_scan(self._tell_scan),
            counter.peripherals.on_state(self._tell_device),
        ]

    def close(self) -> None:
        """Listen no more; call before the window goes."""
        for end in self._endings:
            end()
        self._endings = []

    def _tell_change(self, topics: frozenset[Topic]) -> None:
        self.changed.emit(topics)

    def _tell_scan(self, scan: Scan) -> None:
        self.scanned.emit(scan)

    def _tell_device(self, status: DeviceStatus) -> None:
        self.device_changed.emit(status)
