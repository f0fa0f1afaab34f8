"""Telling the local network where a hall is."""

import contextlib
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from counter_app.sync.finding import KIND

_log = logging.getLogger(__name__)
_ANYWHERE = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


@contextmanager
def announced(hall_id: str, host: str, port: int) -> Iterator[None]:
    """Announce a hall while the body runs. Without a network nothing is announced: desks may have its address set."""
    import ifaddr
    from zeroconf import InterfaceChoice, ServiceInfo, Zeroconf

    is_anywhere = host in _ANYWHERE
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)]
    hosts = [one for one in found if not one.startswith("127.")] if is_anywhere else [host]
    try:
        addresses = [socket.inet_aton(one) for one in hosts]
        network = Zeroconf(interfaces=InterfaceChoice.Default if is_anywhere else hosts)
    except OSError:
        _log.warning("the hall is not announced: no network that can carry it")
        yield
        return
    with contextlib.closing(network):
        info = ServiceInfo(KIND, f"{hall_id}.{KIND}", port=port, addresses=addresses, server=f"{hall_id}.local.")
        try:
            network.register_service(info, cooperating_responders=True)  # its name is unique without asking around
        except Exception as exc:  # noqa: BLE001 - the library raises errors of its own; the hall serves all the same
            _log.warning("the hall is not announced: %s", type(exc).__name__)
        yield
