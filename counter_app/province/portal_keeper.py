"""The thread that tells the national portal what is due, as long as the service runs."""

import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counter_app.core.errors import AppError
from counter_app.province.mirrors import Mirrors
from counter_app.province.national_portal import NationalPortal, PortalAccount
from counter_app.province.portal_sending import PortalSender
from counter_app.province.service import Province

_log = logging.getLogger(__name__)
_EVERY_S = 20.0
_LONGEST_S = 1_800.0


class PortalKeeper:
    """Starts at once; `stop` waits for the call under way."""

    def __init__(self, sender: PortalSender, *, every_s: float = _EVERY_S) -> None:
        self._sender, self._every_s = sender, every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="portal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stopped.wait(pause_s * random.uniform(0.75, 1.25)):  # noqa: S311 - provinces must not ask in step
            try:
                self._sender.send(is_stopped=self._stopped)
                pause_s = self._every_s
            except AppError as exc:
                pause_s = min(_LONGEST_S, max(self._every_s, pause_s * 2))
                _log.warning("the national portal is asked again in %d s: %s", pause_s, exc.code)
            except Exception as exc:  # noqa: BLE001 - a thread main loop; its text may name people
                pause_s = _LONGEST_S
                _log.error("telling the national portal failed: %s", type(exc).__name__)


@contextmanager
def telling(
    province: Province, folder: Path, account: PortalAccount | None, *, every_s: float = _EVERY_S
) -> Iterator[None]:
    """Tell the portal of this account what is due, from a thread of its own, until the body ends."""
    if account is None:
        yield
        return
    mirrors = Mirrors(folder, province.database, province.authority.signer.public_key, province.clock)
    keeper = PortalKeeper(PortalSender(province, mirrors, NationalPortal(account)), every_s=every_s)
    try:
        yield
    finally:
        keeper.stop()
        mirrors.close()
