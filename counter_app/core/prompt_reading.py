"""Reading from somebody who is not known: within so many seconds in all, however few bytes come at a time."""

import io
import socket
import time
from typing import Any


class PromptReader(io.RawIOBase):
    """What a socket receives, until a set time. Its own time limit counts anew at each byte, and so is no limit."""

    def __init__(self, source: socket.socket, *, within_s: float) -> None:
        super().__init__()
        self._source, self._until = source, time.monotonic() + within_s

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, target: Any) -> int:
        """Wait for some bytes.

        Raises:
            TimeoutError: the time is over.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        before = self._source.gettimeout()
        self._source.settimeout(min(left, before) if before is not None else left)
        try:
            return self._source.recv_into(target)
        finally:
            self._source.settimeout(before)
