"""One writer at a time, the clerk first.

SQLite lets one connection write. Threads that fight for its lock by busy waiting starve each other for seconds;
here they queue in memory, and whoever serves the clerk goes ahead of whoever serves the line.
"""

import heapq
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum


class Priority(IntEnum):
    """Who writes, most urgent first."""

    CLERK = 0
    PRINTER = 1
    LINE = 2


class WriterQueue:
    """A lock that serves by priority, then by arrival. Not re-entrant."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: list[tuple[int, int]] = []
        self._arrivals = itertools.count()
        self._held = False

    def is_awaited(self, priority: Priority) -> bool:
        """Whether somebody waits who goes before this priority: whoever holds the turn for long asks now and then."""
        with self._condition:
            return bool(self._waiting) and self._waiting[0][0] < priority

    @contextmanager
    def turn(self, priority: Priority) -> Iterator[None]:
        """Wait for the turn to write and hold it for the body."""
        ticket = (int(priority), next(self._arrivals))
        with self._condition:
            heapq.heappush(self._waiting, ticket)
            try:
                while self._held or self._waiting[0] != ticket:
                    self._condition.wait()
            except BaseException:
                # Ctrl+C while waiting: a ticket left behind would stop everybody who comes later.
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                self._condition.notify_all()
                raise
            heapq.heappop(self._waiting)
            self._held = True
        try:
            yield
        finally:
            with self._condition:
                self._held = False
                self._condition.notify_all()
