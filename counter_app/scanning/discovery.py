"""Scanners that announce themselves on the network by DNS-SD: ``_uscan._tcp`` and, over TLS, ``_uscans._tcp``."""

import contextlib
import queue
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from counter_app.core.errors import UserError
from counter_app.scanning.drivers.escl_http import read_address

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

PLAIN = "_uscan._tcp.local."
SECURE = "_uscans._tcp.local."
LOOK_S = 2.0
QUIET_S = 1.0
_ASK_MS = 1_500
_MOST = 60


def find_scanners(
    *, prefers_secure: bool = False, look_s: float = LOOK_S, interfaces: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the addresses of scanners that answer within some seconds; none, also when there is no network.

    A scanner that offers both gets one address: the plain one, unless secure ones are preferred. Scanners vouch for
    themselves, so the secure one is of use only where such certificates are accepted.
    """
    from zeroconf import InterfaceChoice, ServiceBrowser, Zeroconf

    heard: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()

    def hear(*, service_type: str, name: str, **_rest: Any) -> None:
        heard.put((service_type, name))

    try:
        network = Zeroconf(interfaces=list(interfaces) or InterfaceChoice.Default)
    except OSError:
        return ()
    try:
        with contextlib.closing(network):
            ServiceBrowser(network, [PLAIN, SECURE], handlers=[hear])
            told = [network.get_service_info(kind, name, _ASK_MS) for kind, name in _until_quiet(heard, look_s)]
    except OSError:
        return ()
    return _addresses([info for info in told if info is not None], prefers_secure=prefers_secure)


def _until_quiet(heard: "queue.SimpleQueue[tuple[str, str]]", look_s: float) -> list[tuple[str, str]]:
    """Return what is heard until nobody new speaks for a while: the protocol has no last answer."""
    until = time.monotonic() + look_s
    found: dict[tuple[str, str], None] = {}
    patience = look_s
    while len(found) < _MOST and (left := until - time.monotonic()) > 0:
        try:
            found[heard.get(timeout=min(left, patience))] = None
        except queue.Empty:
            break
        patience = QUIET_S
    return list(found)


def _addresses(told: "list[ServiceInfo]", *, prefers_secure: bool) -> tuple[str, ...]:
    chosen: dict[str, tuple[bool, str]] = {}
    for info in told:
        is_secure = info.type == SECURE
        address = _address(info, is_secure=is_secure)
        key = _word(info, b"UUID").lower() or info.server or info.name
        if address and (key not in chosen or is_secure is prefers_secure):
            chosen[key] = (is_secure, address)
    return tuple(sorted(address for _, address in chosen.values()))


def _address(info: "ServiceInfo", *, is_secure: bool) -> str:
    """Return the address that an announcement gives, "" when it gives none that can be used."""
    hosts = info.parsed_addresses()
    host = next((one for one in hosts if ":" not in one), hosts[0] if hosts else "")
    if not host or not info.port:
        return ""
    host = f"[{host}]" if ":" in host else host
    root = _word(info, b"rs").strip("/") or "eSCL"
    try:
        return str(read_address(f"{'https' if is_secure else 'http'}://{host}:{info.port}/{root}"))
    except UserError:
        return ""


def _word(info: "ServiceInfo", key: bytes) -> str:
    value = info.properties.get(key)
    return value.decode("ascii", errors="replace") if value else ""
