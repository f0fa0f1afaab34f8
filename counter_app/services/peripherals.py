"""Readers at this desk: which role sits on which port, whether it is there, and what it just read."""

from collections.abc import Callable
from enum import StrEnum

import msgspec


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
    """Starts and stops the device threads. Listeners are called in a device's thread and must return at once."""

    def start(self) -> None:
        """Open every assigned device in its own thread."""
        raise NotImplementedError

    def stop(self) -> None:
        """Close all devices and join their threads within two seconds."""
        raise NotImplementedError

    def on_scan(self, listener: Callable[[Scan], None]) -> Callable[[], None]:
        """Hear every reading; the returned function stops that."""
        raise NotImplementedError

    def on_state(self, listener: Callable[[DeviceStatus], None]) -> Callable[[], None]:
        """Hear every change of a device's state; the returned function stops that."""
        raise NotImplementedError

    def list_ports(self) -> tuple[PortInfo, ...]:
        """Return the serial ports that exist now (a pseudo terminal is not listed but can be assigned by name)."""
        raise NotImplementedError

    def list_statuses(self) -> tuple[DeviceStatus, ...]:
        """Return one status per role."""
        raise NotImplementedError

    def assign(self, role: DeviceRole, port: str, *, baud: int = 9600) -> None:
        """Put a role on a port ("" takes it away), remember it for this machine, and reopen.

        Raises:
            UserError: the port already has another role, or the speed is none of the usual ones.
        """
        raise NotImplementedError
