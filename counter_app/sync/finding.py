"""Halls that announce themselves on the local network by DNS-SD: ``_counter-hall._tcp``.

Anybody can announce anything: the address is only where to ask. Who answers there is proved by the certificate.
"""

import contextlib
import queue
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zeroconf import ServiceInfo

KIND = "_counter-hall._tcp.local."
LOOK_S = 3.0
_ASK_MS = 1_500
_MOST = 60


def find_hall(hall_ids: Collection[str], *, look_s: float = LOOK_S, interfaces: Sequence[str] = ()) -> dict[str, str]:
    """Return the address of the first of these halls that is heard, under its id; nothing after so many seconds."""
    from zeroconf import InterfaceChoice, ServiceBrowser, Zeroconf

    heard: queue.SimpleQueue[str] = queue.SimpleQueue()

    def hear(*, name: str, **_rest: Any) -> None:
        heard.put(name)

    try:
        with contextlib.closing(Zeroconf(interfaces=list(interfaces) or InterfaceChoice.Default)) as network:
            ServiceBrowser(network, KIND, handlers=[hear])
            until = time.monotonic() + look_s
            for _ in range(_MOST):
                try:
                    name = heard.get(timeout=max(0.0, until - time.monotonic()))
                except queue.Empty:
                    return {}
                hall_id = name.removesuffix(f".{KIND}")
                if hall_id in hall_ids and (url := _url(network.get_service_info(KIND, name, _ASK_MS))):
                    return {hall_id: url}
    except OSError:  # no network
        pass
    return {}


def _url(info: "ServiceInfo | None") -> str:
    host = next((one for one in info.parsed_addresses() if ":" not in one), "") if info is not None else ""
    return f"https://{host}:{info.port}" if info is not None and host and info.port else ""
