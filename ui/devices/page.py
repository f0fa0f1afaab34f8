"""Assigns a port to each reader and shows, reading by reader, that it works. What was read is never shown: only its
length and kind, because it is personal data.
"""

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from counter_app.core.changes import Topic
from counter_app.core.clock import to_local
from counter_app.services.answers.dossiers import ScanTarget
from counter_app.services.peripherals import DeviceRole, DeviceState, DeviceStatus, PortInfo
from counter_app.services.sentences import advice
from counter_app.settings.declared import BAUD_RATES
from ui.actions import ActionId, PageId
from ui.messages import Message, Severity
from ui.page import Page, PageContext
from ui.theme.tokens import SPACE, Tone
from ui.widgets import ActionButton, ButtonKind, Field, SectionCard, StatusPill
from ui.words import Words

_TONES = {
    DeviceState.NONE: Tone.NEUTRAL,
    DeviceState.SEARCHING: Tone.CAUTION,
    DeviceState.READY: Tone.GOOD,
    DeviceState.DISTURBED: Tone.BAD,
}


class _RoleCard(SectionCard):
    """One role: its port, its speed, its state and what to do about it."""

    assign_requested = Signal(object, str, int)

    def __init__(self, role: DeviceRole, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.role = role
        self._words = words
        self._status: DeviceStatus | None = None
        self._ports: Sequence[PortInfo] = ()
        self.pill = StatusPill(parent=self)
        self.header.addWidget(self.pill)
        self.port = QComboBox(self)
        self.port.setEditable(True)
        self.port.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._port_field = Field(self.port, self)
        self.baud = QComboBox(self)
        for rate in BAUD_RATES:
            self.baud.addItem(str(rate), rate)
        self.baud.setCurrentIndex(self.baud.findData(9600))
        self._baud_field = Field(self.baud, self)
        self._apply = ActionButton(ButtonKind.SECONDARY, parent=self)
        self._apply.clicked.connect(self._on_apply)
        self._advice = QLabel(self)
        self._advice.setWordWrap(True)
        self._advice.setProperty("role", "caution")
        self._advice.hide()
        row = QHBoxLayout()
        row.setSpacing(SPACE.small)
        row.addWidget(self._port_field, 3, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._baud_field, 1, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        self.body.addWidget(self._advice)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._apply)
        self.body.addLayout(foot)
        self.retranslate()

    def show_ports(self, ports: Sequence[PortInfo]) -> None:
        """Offer the ports that this machine has now."""
        self._ports = ports
        shown = self._chosen_port()
        self.port.clear()
        self.port.addItem(self._words("ui.devices.no_port"), "")
        for port in ports:
            about = port.description if port.description not in ("", "n/a", port.name) else ""
            self.port.addItem(f"{port.name} · {about}" if about else port.name, port.name)
        self._show_port(shown)

    def show_status(self, status: DeviceStatus) -> None:
        """Show a state; the port and speed only when they were changed elsewhere."""
        before, self._status = self._status, status
        self.pill.set_state(self._words(f"ui.devices.state.{status.state.value}"), _TONES[status.state])
        text = advice(status.advice, self._words.language)
        self._advice.setText(text)
        self._advice.setVisible(bool(text))
        if before is None or (before.port, before.baud) != (status.port, status.baud):
            self._show_port(status.port)
            self.baud.setCurrentIndex(self.baud.findData(status.baud))

    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self.set_title(self._words(f"ui.devices.role.{self.role.value}"))
        self._port_field.set_label(self._words("ui.devices.port"))
        self._port_field.set_hint(self._words("ui.devices.port_hint"))
        self._baud_field.set_label(self._words("ui.devices.baud"))
        self._apply.set_text(self._words("ui.devices.apply"))
        self.show_ports(self._ports)
        if self._status is not None:
            self.show_status(self._status)

    def _chosen_port(self) -> str:
        index = self.port.findText(self.port.currentText())
        return str(self.port.itemData(index)) if index >= 0 else self.port.currentText().strip()

    def _show_port(self, name: str) -> None:
        index = self.port.findData(name)
        if index >= 0:
            self.port.setCurrentIndex(index)
        else:
            self.port.setCurrentText(name)

    @Slot()
    def _on_apply(self) -> None:
        self.assign_requested.emit(self.role, self._chosen_port(), int(self.baud.currentData()))


class DevicesPage(Page):
    """One card for each role, and the last reading of any of them, also of a keyboard reader."""

    page_id: ClassVar[PageId] = PageId.DEVICES
    title_key: ClassVar[str] = "ui.page.devices"
    keeps_readings: ClassVar[bool] = True

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.cards = {role: _RoleCard(role, self.words, self) for role in DeviceRole}
        self._last: tuple[int, str, str] | None = None
        self._intro = QLabel(self)
        self._intro.setProperty("role", "soft")
        self._intro.setWordWrap(True)
        self.last_reading = QLabel(self)
        self._test_hint = QLabel(self)
        self._test_hint.setProperty("role", "hint")
        self._test_card = SectionCard(self)
        self._refresh_button = ActionButton(ButtonKind.SECONDARY, ActionId.REFRESH, self)
        self._lay_out()
        self._refresh_button.clicked.connect(self._load)
        for card in self.cards.values():
            card.assign_requested.connect(self._on_assign)
        self.words.language_changed.connect(self.retranslate)
        self.retranslate()

    def activate(self, argument: str = "") -> None:  # noqa: ARG002 - there is nothing to choose here
        """Look at ports and states anew."""
        self._last = None
        self._write_last()
        self._load()
        self.cards[DeviceRole.BARCODE_READER].port.setFocus()

    def refresh(self, topics: frozenset[Topic]) -> None:
        """Look again when a device changed."""
        if Topic.DEVICES in topics:
            self._load()

    def perform(self, action: ActionId) -> bool:
        """Answer F5."""
        if action is ActionId.REFRESH:
            self._load()
            return True
        return False

    @Slot(object)
    def on_device_changed(self, status: DeviceStatus) -> None:
        """Show a state as soon as the device's thread tells it."""
        self.cards[status.role].show_status(status)

    @Slot(object, int)
    def on_resolved(self, target: ScanTarget, length: int) -> None:
        """Show that something was read: how long it was and what it is, never the text."""
        moment = f"{to_local(self.context.counter.clock.now()):%H:%M:%S}"
        self._last = (length, target.kind.value, moment)
        self._write_last()

    @Slot()
    def retranslate(self) -> None:
        """Write every text in the language in force."""
        self._intro.setText(self.words("ui.devices.intro"))
        self._test_card.set_title(self.words("ui.devices.wedge"))
        self._test_hint.setText(self.words("ui.devices.wedge_hint"))
        self._refresh_button.set_text(self.words("ui.devices.refresh"))
        for card in self.cards.values():
            card.retranslate()
        self._write_last()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE.medium)
        for card in self.cards.values():
            row.addWidget(card, 1)
        self._test_card.body.addWidget(self._test_hint)
        self._test_card.body.addWidget(self.last_reading)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(self._refresh_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.medium)
        column.addWidget(self._intro)
        column.addLayout(row)
        column.addWidget(self._test_card)
        column.addLayout(foot)
        column.addStretch(1)

    def _write_last(self) -> None:
        if self._last is None:
            self.last_reading.setText(self.words("ui.devices.last_none"))
            return
        length, kind, moment = self._last
        what = self.words(f"ui.devices.kind_{kind}")
        self.last_reading.setText(self.words("ui.devices.last_reading", length=length, kind=what, time=moment))

    @Slot()
    def _load(self) -> None:
        peripherals = self.context.counter.peripherals
        self.tasks.run(
            lambda: (peripherals.list_ports(), peripherals.list_statuses()),
            owner=self,
            done=self._show,
            supersedes="devices",
            name="devices.list",
        )

    def _show(self, found: tuple[tuple[PortInfo, ...], tuple[DeviceStatus, ...]]) -> None:
        ports, statuses = found
        for card in self.cards.values():
            card.show_ports(ports)
        for status in statuses:
            self.cards[status.role].show_status(status)

    @Slot(object, str, int)
    def _on_assign(self, role: DeviceRole, port: str, baud: int) -> None:
        peripherals = self.context.counter.peripherals

        def say(_nothing: None) -> None:
            name = self.words(f"ui.devices.role.{role.value}")
            text = (
                self.words("ui.devices.assigned", role=name, port=port)
                if port
                else self.words("ui.devices.removed", role=name)
            )
            self.context.messages.show_message(Message(text, Severity.SUCCESS))
            self._load()

        self.tasks.run(lambda: peripherals.assign(role, port, baud=baud), owner=self, done=say, name="devices.assign")
