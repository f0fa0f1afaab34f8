"""The thread that works by itself as long as the service runs: it tells the national portal and other systems.

It also clears what is left of papers that nobody finished. One thread, because they read one set of mirrors. What fails
is tried more and more seldom, the rest as ever.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from counter_app.core.errors import AppError
from counter_app.domain.systems import System
from counter_app.province.concerned import ConcernedTelling
from counter_app.province.mirrors import Mirrors
from counter_app.province.national_portal import NationalPortal, PortalAccount
from counter_app.province.papers import clear_left_parts
from counter_app.province.portal_sending import PortalSender
from counter_app.province.report_sending import ReportSender
from counter_app.province.service import Province
from counter_app.province.system_sending import SystemSender
from counter_app.province.systems import OtherSystem

_log = logging.getLogger(__name__)
_EVERY_S = 20.0
_LONGEST_S = 1_800.0
_CLEARING_EVERY_S = 6 * 3_600.0

Work = Callable[[threading.Event], object]


class _Job:
    """Something done again and again, less often while it fails."""

    def __init__(self, name: str, work: Work, every_s: float) -> None:
        self._name, self._work, self._every_s = name, work, every_s
        self._pause_s = 0.0
        self.next_at = time.monotonic()

    def run(self, stopped: threading.Event) -> None:
        """Do it once."""
        try:
            self._work(stopped)
            self._pause_s = self._every_s
        except AppError as exc:
            self._pause_s = min(_LONGEST_S, max(self._every_s, self._pause_s * 2))
            _log.warning("%s is tried again in %d s: %s", self._name, self._pause_s, exc.code)
        except Exception as exc:  # noqa: BLE001 - a thread main loop; its text may name people
            self._pause_s = _LONGEST_S
            _log.error("%s failed: %s", self._name, type(exc).__name__)
        # Provinces must not ask in step.
        self.next_at = time.monotonic() + self._pause_s * random.uniform(0.75, 1.25)  # noqa: S311


class _Keeper:
    """Starts at once; `stop` waits for the call under way."""

    def __init__(self, jobs: Sequence[_Job]) -> None:
        self._jobs = jobs
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            job = min(self._jobs, key=lambda one: one.next_at)
            if self._stopped.wait(max(0.0, job.next_at - time.monotonic())):
                return
            job.run(self._stopped)


@contextmanager
def telling(
    province: Province,
    folder: Path,
    account: PortalAccount | None,
    systems: Mapping[System, OtherSystem] | None = None,
    *,
    every_s: float = _EVERY_S,
) -> Iterator[None]:
    """Tell units of what others received for them, the portal of this account what is due, and ask other systems.

    From one thread, until the body ends.

    `systems` None: nobody said which there are, and what desks were told of them stands.
    """
    mirrors = Mirrors(folder, province.database, province.authority.signer.public_key, province.clock)
    concerned = ConcernedTelling(province)
    jobs = [
        _Job("telling the units concerned", lambda stopped: concerned.tell(is_stopped=stopped), every_s),
        _Job(
            "clearing parts of papers",
            lambda _stopped: clear_left_parts(province.papers, now=province.clock.now()),
            _CLEARING_EVERY_S,
        ),
    ]
    if account is not None:
        portal = PortalSender(province, mirrors, NationalPortal(account))
        jobs.append(_Job("telling the national portal", lambda stopped: portal.send(is_stopped=stopped), every_s))
    if systems is not None:
        of_dossiers: dict[System, OtherSystem] = {
            name: one for name, one in systems.items() if name is not System.REPORTS
        }
        sender = SystemSender(province, mirrors, of_dossiers)
        jobs.append(_Job("asking other systems", lambda stopped: sender.send(is_stopped=stopped), every_s))
    if systems is not None and System.REPORTS in systems:
        reports = ReportSender(province, mirrors, systems[System.REPORTS])
        jobs.append(_Job("reporting figures", lambda stopped: reports.send(is_stopped=stopped), every_s))
    keeper = _Keeper(jobs)
    try:
        yield
    finally:
        keeper.stop()
        mirrors.close()
