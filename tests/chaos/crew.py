"""Processes that cost no start of Python: each is a fork of one process that has loaded everything, and is killed.

The parent has one thread only, so a fork is safe. What a child does is asked for and answered in lines of JSON.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import msgspec

LONGEST_S = 60.0
"""Nothing that a scenario asks for takes so long: a child that is silent for that time hangs."""

_PR_SET_PDEATHSIG = 1
Message = dict[str, Any]


class ChildEndedError(Exception):
    """A child that was not killed ended by itself, or is silent."""


class Wire:
    """One end of what a parent and its child say to each other."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._buffer = b""

    def say(self, message: Message) -> None:
        """Send a message."""
        self._end.sendall(msgspec.json.encode(message) + b"\n")

    def hear(self, timeout_s: float | None = None) -> Message | None:
        """Return the next message, None when the other side has ended; ChildEndedError after the time."""
        deadline = time.monotonic() + timeout_s if timeout_s is not None else None
        while b"\n" not in self._buffer:
            left = max(0.0, deadline - time.monotonic()) if deadline is not None else None
            if not select.select([self._end], [], [], left)[0]:
                raise ChildEndedError("silent")
            try:
                data = self._end.recv(65_536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        said: Message = msgspec.json.decode(line)
        return said

    def close(self) -> None:
        """Close this end."""
        self._end.close()


class Child:
    """A process that does one thing after the other until it is killed."""

    def __init__(self, work: Callable[[Wire], None]) -> None:
        near, far = socket.socketpair()
        parent = os.getpid()
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            near.close()
            _live(work, Wire(far), parent)
        far.close()
        self._wire = Wire(near)

    def ask(self, message: Message) -> Message:
        """Say something and return the last word of the answer; what is said before it is lost."""
        return list(self.answers(message))[-1]

    def start(self, message: Message) -> None:
        """Say something; the answer is heard later."""
        # What has ended by itself says so when it is listened to.
        with contextlib.suppress(BrokenPipeError):
            self._wire.say(message)

    def answers(self, message: Message | None = None) -> Iterator[Message]:
        """Say something and yield what is answered, the last word included."""
        if message is not None:
            self.start(message)
        while True:
            said = self._wire.hear(LONGEST_S)
            if said is None:
                raise ChildEndedError("ended by itself")
            if "crash" in said:
                raise ChildEndedError(said["crash"])
            yield said
            if said.get("last"):
                return

    def kill(self) -> list[Message]:
        """End it at this instant. Returns what it had said and nobody had heard yet."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        heard = []
        while said := self._wire.hear(1.0):
            if "crash" in said:
                raise ChildEndedError(said["crash"])
            heard.append(said)
        self._wire.close()
        return heard


def _live(work: Callable[[Wire], None], wire: Wire, parent: int) -> NoReturn:
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            work(wire)
    except BaseException:  # noqa: BLE001 - told to the parent, which fails the scenario
        with contextlib.suppress(OSError):
            wire.say({"crash": traceback.format_exc()})
    finally:
        os._exit(0)
