"""Readers at this desk: which role sits on which port, whether it is there, and what it just read."""

import logging
import os
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import msgspec

from counter_app.core.changes import Announcer, Topic
from counter_app.core.errors import UserError
from counter_app.devices.drivers.reader import ReaderState, SerialReader
from counter_app.devices.transport.trace import Session, Trace
from counter_app.settings.declared import BAUD_RATES
from counter_app.settings.settings import Settings

STOP_S = 2.0

_Listener = TypeVar("_Listener")

_log = logging.getLogger(__name__)


class DeviceRole(StrEnum):
    """What a device is for; screens ask for the role, never for a port."""

    BARCODE_READER = "barcode_reader"
    CARD_READER = "card_reader"


class DeviceState(StrEnum):
    """READY: the port is open. SEARCHING: assigned but not there; tried again by itself. DISTURBED: bytes come
    but make no text, most likely a wrong speed. NONE: no port assigned."""

    NONE = "none"
    SEARCHING = "searching"
    READY = "ready"
    DISTURBED = "disturbed"


class DeviceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A role's present state; `advice` is a key of resources/texts saying what to do, or ""."""

    role: DeviceRole
    port: str
    baud: int
    state: DeviceState
    advice: str = ""


class PortInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A serial port this machine has now."""

    name: str
    description: str


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """One complete reading: the raw bytes of one code, suffix removed."""

    role: DeviceRole
    raw: bytes


class Peripherals:
    """Starts and stops the device threads. Listeners are called in a device's thread and must return at once.

    Safe from any thread, but a listener must not start, stop or assign. What `assign` itself changes is
    told in its caller's thread.
    """

    def __init__(self, settings: Settings, announcer: Announcer) -> None:
        self._settings = settings
        self._announcer = announcer
        self._lifecycle = threading.Lock()
        self._lock = threading.Lock()
        self._is_started = False
        self._readers: dict[DeviceRole, SerialReader] = {}
        self._statuses: dict[DeviceRole, DeviceStatus] = {}
        self._traces = {role: Trace() for role in DeviceRole}
        self._scan_listeners: list[Callable[[Scan], None]] = []
        self._state_listeners: list[Callable[[DeviceStatus], None]] = []

    def start(self) -> None:
        """Open every assigned device in its own thread; returns at once, again without effect."""
        with self._lifecycle:
            if self._is_started:
                return
            self._is_started = True
            for role in DeviceRole:
                self._open(role)

    def stop(self) -> None:
        """Close all devices and join their threads within two seconds."""
        with self._lifecycle:
            self._is_started = False
            self._close(*DeviceRole)

    def on_scan(self, listener: Callable[[Scan], None]) -> Callable[[], None]:
        """Hear every reading; the returned function stops that."""
        return self._add(self._scan_listeners, listener)

    def on_state(self, listener: Callable[[DeviceStatus], None]) -> Callable[[], None]:
        """Hear every change of a device's state; the returned function stops that."""
        return self._add(self._state_listeners, listener)

    def list_ports(self) -> tuple[PortInfo, ...]:
        """Return the serial ports that exist now (a pseudo terminal is not listed but can be assigned by name).

        Takes up to some tenths of a second; not for the window's thread.
        """
        from serial.tools.list_ports import comports

        found = {port.device: "" if port.description == "n/a" else port.description for port in comports()}
        return tuple(PortInfo(name=name, description=found[name] or "") for name in sorted(found))

    def list_statuses(self) -> tuple[DeviceStatus, ...]:
        """Return one status per role."""
        with self._lock:
            known = dict(self._statuses)
        return tuple(known.get(role) or self._initial_status(role) for role in DeviceRole)

    def list_sessions(self, role: DeviceRole) -> tuple[Session, ...]:
        """Return what went over a role's line lately, contents masked, for support."""
        return self._traces[role].list_sessions()

    def assign(self, role: DeviceRole, port: str, *, baud: int = 9600) -> None:
        """Put a role on a port ("" takes it away), remember it for this machine, and reopen.

        Raises:
            UserError: ``device.port_taken``: the port already has another role; ``device.unusual_speed``: the
                speed is none of the usual ones; ``settings.locked``: an administrator has fixed it. Nothing
                changes.
            EnvironmentFailure: ``disk.write_failed``: it could not be remembered; the device goes on as before.
        """
        port = port.strip()
        with self._lifecycle:
            self._check(role, port, baud)
            for name, value in ((_baud_setting(role), baud), (_port_setting(role), port)):
                if self._settings.get(name) != value:
                    self._settings.set(name, value)
            self._close(role)
            self._publish(self._initial_status(role))
            if self._is_started:
                self._open(role)
        self._announcer.announce(Topic.SETTINGS)

    def _check(self, role: DeviceRole, port: str, baud: int) -> None:
        if baud not in BAUD_RATES:
            raise UserError("device.unusual_speed", baud=baud, usual=", ".join(map(str, BAUD_RATES)))
        for other in DeviceRole:
            if other is not role and port and _is_same_port(port, self._settings.get(_port_setting(other))):
                raise UserError("device.port_taken", port=port)
        for name, value in ((_baud_setting(role), baud), (_port_setting(role), port)):
            if self._settings.is_locked(name) and self._settings.get(name) != value:
                raise UserError("settings.locked", name=name)

    def _open(self, role: DeviceRole) -> None:
        port = self._settings.get(_port_setting(role))
        if not port:
            return
        baud = self._settings.get(_baud_setting(role))

        def hear(raw: bytes) -> None:
            if self._readers.get(role) is reader:
                self._publish_scan(Scan(role=role, raw=raw))

        def see(state: ReaderState, advice: str) -> None:
            if self._readers.get(role) is reader:
                known = DeviceState(state.value)
                self._publish(DeviceStatus(role=role, port=port, baud=baud, state=known, advice=advice))

        reader = SerialReader(role, port, baud, on_code=hear, on_state=see, trace=self._traces[role])
        self._readers[role] = reader
        reader.start()

    def _close(self, *roles: DeviceRole) -> None:
        leaving = [(role, reader) for role in roles if (reader := self._readers.pop(role, None)) is not None]
        for _, reader in leaving:
            reader.cancel()
        deadline = time.monotonic() + STOP_S
        for role, reader in leaving:
            if not reader.join(max(0.0, deadline - time.monotonic())):
                _log.warning("%s: the device thread did not end in time", role)
        with self._lock:
            for role in roles:
                self._statuses.pop(role, None)

    def _initial_status(self, role: DeviceRole) -> DeviceStatus:
        port = self._settings.get(_port_setting(role))
        state = DeviceState.SEARCHING if port else DeviceState.NONE
        return DeviceStatus(role=role, port=port, baud=self._settings.get(_baud_setting(role)), state=state)

    def _publish(self, status: DeviceStatus) -> None:
        with self._lock:
            self._statuses[status.role] = status
            listeners = tuple(self._state_listeners)
        for listener in listeners:
            listener(status)
        self._announcer.announce(Topic.DEVICES)

    def _publish_scan(self, scan: Scan) -> None:
        with self._lock:
            listeners = tuple(self._scan_listeners)
        for listener in listeners:
            listener(scan)

    def _add(self, listeners: list[_Listener], listener: _Listener) -> Callable[[], None]:
        with self._lock:
            listeners.append(listener)

        def remove() -> None:
            with self._lock:
                if listener in listeners:
                    listeners.remove(listener)

        return remove


def _port_setting(role: DeviceRole) -> str:
    return f"device.{role}.port"


def _baud_setting(role: DeviceRole) -> str:
    return f"device.{role}.baud"


def _is_same_port(one: str, other: str) -> bool:
    """Whether two names mean one port; on POSIX a port has several (/dev/serial/by-id/...)."""
    return bool(other) and os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))
