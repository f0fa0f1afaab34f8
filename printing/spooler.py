"""All printers of a desk: one queue and one thread each, made when its first paper is on the way."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from printing.backends import Backend
from printing.press import Press
from printing.queue import Delivery, PrintQueue
from printing.routes import Routes

if TYPE_CHECKING:
    from counter_app.services.printing_jobs import PrintingJobs

_log = logging.getLogger("counter_app.printing.spooler")


class Spooler:
    """Safe from any thread. `wake` returns at once; `start` reads the store."""

    def __init__(
        self, jobs: PrintingJobs, press: Press, routes: Routes, open_backend: Callable[[str], Backend]
    ) -> None:
        self._jobs = jobs
        self._press = press
        self._routes = routes
        self._open_backend = open_backend
        self._lock = threading.Lock()
        self._queues: dict[str, PrintQueue] = {}
        self._is_running = False

    def start(self) -> None:
        """Serve every printer that the settings name or that a waiting job was meant for."""
        self._is_running = True
        for address in (*self._routes.list_addresses(), *self._jobs.list_targets()):
            self._queue(address).start()

    def wake(self, printer: str = "") -> None:
        """Say that jobs were ordered, perhaps for a printer that no setting names."""
        if not self._is_running:
            return
        for address in (*self._routes.list_addresses(), *([printer] if printer else [])):
            queue = self._queue(address)
            queue.start()
            queue.wake()

    def cancel(self, job_id: str) -> None:
        """Take a job out of its queue, or ask its printer to drop it. Writes the store: not for the window's thread."""
        with self._lock:
            queues = tuple(self._queues.values())
        # Between the two questions a job may be claimed or handed on; it changes hands once per printer at most.
        for _ in range(len(queues) + 1):
            if self._jobs.cancel([job_id]) or any(queue.cancel(job_id) for queue in queues):
                return

    def print_now(self, job_id: str, *, printer: str) -> Delivery:
        """Print one job on this printer in the calling thread; see `PrintQueue.print_now`."""
        return self._queue(printer).print_now(job_id)

    def stop(self, *, timeout_s: float = 5.0) -> bool:
        """Let every printer finish the paper in hand. False when one still holds its thread."""
        self._is_running = False
        with self._lock:
            queues = tuple(self._queues.values())
        ended = [queue.stop(timeout_s=timeout_s) for queue in queues]
        return all(ended)

    def _queue(self, address: str) -> PrintQueue:
        with self._lock:
            if address not in self._queues:
                self._queues[address] = PrintQueue(
                    self._jobs,
                    self._press,
                    self._open_backend,
                    printer=address,
                    routes=self._routes,
                    handed_on=self.wake,
                )
            return self._queues[address]
