"""What lies between desks, hall and province: connections that are refused, cut, delayed, damaged, or fall silent."""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from tests.chaos.crew import Message, Wire

_DELAY_S = 0.004
_SILENCE_S = 0.05
_HANDSHAKE_BYTES = 1_180  # of a service without session tickets, with these certificates; some bytes more or fewer


class Fault(StrEnum):
    """What may be wrong with a connection."""

    NONE = "none"
    DOWN = "down"
    CUT = "cut"
    LOST_ANSWER = "lost_answer"
    TRUNCATED = "truncated"
    HALF_OPEN = "half_open"
    DELAY = "delay"
    DAMAGED = "damaged"


class _Line:
    """What one desk has: a port, where it leads, and the faults of its next connections; a dead one refuses all."""

    def __init__(self) -> None:
        self.target = 0
        self.is_dead = False
        self.faults: list[tuple[Fault, int]] = []
        self.made: Counter[str] = Counter()

    def next_fault(self) -> tuple[Fault, int]:
        if self.is_dead:
            return Fault.DOWN, 0
        return self.faults.pop(0) if self.faults else (Fault.NONE, 0)


class Proxy:
    """Runs in a child; the ports are open before, so that their numbers stay the same all the time."""

    def __init__(self, listeners: Sequence[socket.socket], wire: Wire) -> None:
        self._listeners, self._wire = listeners, wire
        self._lines = [_Line() for _ in listeners]

    def run(self) -> None:
        """Forward until the process is killed."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        for line, listener in zip(self._lines, self._listeners, strict=True):

            async def meet(near: asyncio.StreamReader, back: asyncio.StreamWriter, line: _Line = line) -> None:
                with contextlib.suppress(OSError):
                    await self._connect(line, near, back)

            await asyncio.start_server(meet, sock=listener)
        loop = asyncio.get_running_loop()
        while (asked := await loop.run_in_executor(None, self._wire.hear)) is not None:
            self._wire.say({"last": True, **self._do(asked)})

    def _do(self, asked: Message) -> Message:
        for line in map(self._lines.__getitem__, asked.get("lines", ())):
            line.target = asked.get("target", line.target)
            line.is_dead = asked.get("is_dead", line.is_dead)
            if "faults" in asked:
                line.faults = msgspec.convert(asked["faults"], list[tuple[Fault, int]])
        return {"made": [dict(line.made) for line in self._lines]}

    async def _connect(self, line: _Line, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        fault, after = line.next_fault()
        if fault is Fault.DOWN:
            line.made[fault] += 1
            back.transport.abort()
            return
        try:
            far, forth = await asyncio.open_connection("127.0.0.1", line.target)
        except OSError:
            back.transport.abort()
            return
        connection = _Connection(line, fault, after, [back, forth])
        try:
            await asyncio.gather(connection.carry(near, forth, up=True), connection.carry(far, back, up=False))
        finally:
            connection.end()


class _Connection:
    """Both directions of one connection with what is wrong with it."""

    def __init__(self, line: _Line, fault: Fault, after: int, writers: list[asyncio.StreamWriter]) -> None:
        self._line, self._fault, self._writers = line, fault, writers
        self._left = after
        self._has_happened = False

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, up: bool) -> None:
        """Forward one direction until it ends or the fault does."""
        try:
            while data := await source.read(4_096):
                passed = await self._pass(data, up=up)
                target.write(passed)
                await target.drain()
                if self._has_happened and self._fault in (Fault.CUT, Fault.TRUNCATED):
                    break
        except OSError:
            pass
        self.end()

    async def _pass(self, data: bytes, *, up: bool) -> bytes:
        """Return what of some bytes goes on."""
        if self._fault is Fault.DELAY:
            self._note()
            await asyncio.sleep(_DELAY_S)
            return data
        if self._fault is Fault.DAMAGED:
            return self._damage(data)
        is_answer = not up and self._fault in (Fault.TRUNCATED, Fault.LOST_ANSWER)
        return self._take(data) if is_answer or self._fault in (Fault.CUT, Fault.HALF_OPEN) else data

    def _damage(self, data: bytes) -> bytes:
        """Change one byte, once."""
        place, self._left = self._left, self._left - len(data)
        if self._has_happened or not 0 <= place < len(data):
            return data
        self._note()
        self._end_later()  # a damaged length lets the other side wait for more than will ever come
        return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]

    def _take(self, data: bytes) -> bytes:
        """Return what is still allowed."""
        passed = data[: max(0, self._left)]
        self._left -= len(data)
        if passed != data:
            self._note()
            if self._fault in (Fault.LOST_ANSWER, Fault.HALF_OPEN):
                self._end_later()
        return passed

    def _end_later(self) -> None:
        """Tell who hears nothing by a reset; it comes much later on a real line."""
        asyncio.get_running_loop().call_later(_SILENCE_S, self.end)

    def _note(self) -> None:
        if not self._has_happened:
            self._has_happened = True
            self._line.made[self._fault] += 1

    def end(self) -> None:
        """Reset both sides."""
        for writer in self._writers:
            writer.transport.abort()


def after_handshake(more: int) -> int:
    """Return after how many bytes of answers something breaks so that a request has been done before."""
    return _HANDSHAKE_BYTES + more
