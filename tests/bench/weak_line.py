"""A weak line between two network namespaces: real kernel TCP, the rate, delay, loss and cuts made here.

Two TUN devices, one in each namespace, and between them this process, which hands every packet on late, or never.
Needs Linux, root, `ip` and /dev/net/tun; tc's netem would do the same but is not in every kernel. Loopback only:
neither namespace knows any other network.
"""

import argparse
import asyncio
import ctypes
import fcntl
import itertools
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

NEAR_ADDRESS, FAR_ADDRESS = "10.77.0.1", "10.77.0.2"
"""The desk's end and the province's end. Every line has namespaces of its own, so the addresses never clash."""

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
CUT_S = 20.0
"""How long a line is away when it is cut."""
_QUEUE_BYTES = 32_768  # what a modem holds back before it drops: four seconds at 64 kbit/s
_numbers = itertools.count()


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What a line is like. Loss is of each direction; a line that flaps starts up."""

    name: str
    bits_per_s: int = 64_000
    delay_s: float = 0.4
    loss: float = 0.0
    up_s: float = 0.0
    down_s: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """The namespaces at both ends, and how many bytes of IP packets were sent into the line, both ways."""

    near: str
    far: str
    counter: Path
    between: int

    def command(self, namespace: str, *arguments: str) -> list[str]:
        """Return the command that runs `arguments` at one end."""
        return ["ip", "netns", "exec", namespace, *arguments]

    def sent_bytes(self) -> int:
        """Return the bytes sent into the line so far, counted each tenth of a second."""
        return int(self.counter.read_text())

    def cut(self) -> None:
        """Let the line be away for a while, and what was connected over it be connected no more, at both ends."""
        os.kill(self.between, signal.SIGUSR1)
        for namespace, other in ((self.near, FAR_ADDRESS), (self.far, NEAR_ADDRESS)):
            subprocess.run(self.command(namespace, "ss", "-K", "dst", other), check=True, capture_output=True)


@contextmanager
def weak_line(line: Line, folder: Path) -> Iterator[OpenLine]:
    """Give a line; namespaces and the process between them are gone afterwards."""
    mark = f"{os.getpid()}-{next(_numbers)}"
    near, far, counter = f"cl-near-{mark}", f"cl-far-{mark}", folder / f"line-{mark}.bytes"
    counter.write_text("0")
    for namespace in (near, far):
        _ip("netns", "add", namespace)
    program = (sys.executable, "-c", "from tests.bench.weak_line import main; main()")
    ends = (near, far, str(counter), msgspec.json.encode(line).decode())
    between = subprocess.Popen([*program, *ends], stdout=subprocess.PIPE)
    try:
        if between.stdout is None or between.stdout.readline() != b"ready\n":
            raise RuntimeError("the line did not start")
        _address(near, NEAR_ADDRESS, FAR_ADDRESS)
        _address(far, FAR_ADDRESS, NEAR_ADDRESS)
        yield OpenLine(near=near, far=far, counter=counter, between=between.pid)
    finally:
        between.send_signal(signal.SIGTERM)
        between.wait()
        for namespace in (near, far):
            _ip("netns", "del", namespace)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _address(namespace: str, own: str, other: str) -> None:
    _ip("-n", namespace, "link", "set", "lo", "up")
    _ip("-n", namespace, "addr", "add", own, "peer", other, "dev", "line")
    _ip("-n", namespace, "link", "set", "line", "up", "mtu", "1500")
    # Cubic is what Windows has; sysctl of a namespace is not writable everywhere, a route always is.
    _ip("-n", namespace, "route", "replace", other, "dev", "line", "src", own, "congctl", "cubic")


def _open_tun(namespace: str) -> int:
    """Return the device of a namespace; it stays there although this process goes on to the next."""
    with Path(f"/run/netns/{namespace}").open("rb") as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", b"line", _IFF_TUN | _IFF_NO_PI))
    return device


class _Way:
    """One direction: a queue in front of a slow wire, then the delay."""

    def __init__(self, line: Line, source: int, target: int, dice: random.Random) -> None:
        self._line, self._source, self._target, self._dice = line, source, target, dice
        self._free_at = 0.0
        self._started = time.monotonic()
        self._cut_until = 0.0
        self.sent_bytes = 0

    def cut(self) -> None:
        """Lose everything for a while."""
        self._cut_until = time.monotonic() + CUT_S

    def take(self) -> None:
        """Hand on whatever the device has."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                packet = os.read(self._source, 2048)
            except BlockingIOError:
                return
            arrives_at = self._pass(len(packet), loop.time())
            if arrives_at is not None:
                loop.call_at(arrives_at, self._hand_on, packet)

    def _hand_on(self, packet: bytes) -> None:
        with suppress(OSError):  # the other end is being taken down
            os.write(self._target, packet)

    def _pass(self, size: int, now: float) -> float | None:
        """Return when a packet comes out, None when it is lost."""
        line = self._line
        if max(0.0, self._free_at - now) * line.bits_per_s / 8 + size > _QUEUE_BYTES:
            return None
        self.sent_bytes += size
        self._free_at = max(now, self._free_at) + size * 8 / line.bits_per_s
        if self._dice.random() < line.loss or self._is_down():
            return None
        return self._free_at + line.delay_s

    def _is_down(self) -> bool:
        if time.monotonic() < self._cut_until:
            return True
        period = self._line.up_s + self._line.down_s
        return period > 0 and (time.monotonic() - self._started) % period >= self._line.up_s


def _cut(ways: tuple[_Way, _Way]) -> None:
    for way in ways:
        way.cut()


async def _stand_between(near: str, far: str, counter: Path, line: Line) -> None:
    ends = _open_tun(near), _open_tun(far)
    dice = random.Random(line.seed)
    ways = _Way(line, ends[0], ends[1], dice), _Way(line, ends[1], ends[0], dice)
    loop = asyncio.get_running_loop()
    for end, way in zip(ends, ways, strict=True):
        loop.add_reader(end, way.take)
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _cut, ways)
    print("ready", flush=True)
    with counter.open("r+b", buffering=0) as counting:
        while not stop.is_set():
            # In its place, for whoever reads it meanwhile finds the figure before or this one, never none.
            os.pwrite(counting.fileno(), b"%020d" % sum(way.sent_bytes for way in ways), 0)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.1)


def main() -> None:
    """Stand between two namespaces until told to stop."""
    parser = argparse.ArgumentParser()
    for name in ("near", "far", "counter", "line"):
        parser.add_argument(name)
    given = parser.parse_args()
    line = msgspec.convert(json.loads(given.line), Line)
    asyncio.run(_stand_between(given.near, given.far, Path(given.counter), line))
