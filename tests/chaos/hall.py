"""A hall as a process: it answers desks, carries to the province when it is told to, and may be one that lies."""

import random
import resource
from enum import StrEnum

import msgspec

from counter_app.core.clock import SystemClock
from counter_app.core.errors import AppError
from counter_app.core.paths import DataFolder
from counter_app.hall.keeping import Keeping
from counter_app.hall.running import Answering, answering, kept
from counter_app.hall.service import Hall
from counter_app.sync.https_service import Query
from counter_app.sync.papers import HELD
from counter_app.sync.ports import Acknowledgement, FeedItem
from tests.chaos.crew import Message, Wire
from tests.chaos.desk import EXPECTED
from tests.fakes.desks import PASSPHRASE

_encode = msgspec.msgpack.Encoder().encode
_FAR = 1_000


class Lie(StrEnum):
    """How a hall may betray its desks."""

    WITHHOLDS = "withholds"
    BOASTS = "boasts"
    DAMAGES = "damages"
    SHUFFLES = "shuffles"


class HallProcess:
    """What runs in the child."""

    def __init__(self, wire: Wire, lie: Lie | None) -> None:
        self._wire, self._lie = wire, lie
        self._keeping: Keeping
        self._answering: Answering

    def run(self, folder: DataFolder) -> None:
        """Do what is asked for until the process is killed."""
        with (
            kept(folder, passphrase=PASSPHRASE, clock=SystemClock()) as self._keeping,
            answering(self._keeping, ("127.0.0.1", 0)) as self._answering,
        ):
            if self._lie is not None:
                self._answering.server.answering = LyingHall(self._keeping, self._lie)
            self._wire.say({"last": True, "port": int(self._answering.url.rpartition(":")[2])})
            while asked := self._wire.hear():
                answer = getattr(self, f"do_{asked.pop('do')}")(**asked)
                self._wire.say({"last": True, **answer})

    def do_exchange(self) -> Message:
        """Exchange with the province once; who withholds does that upwards too."""
        if self._lie is Lie.WITHHOLDS:
            return {}
        try:
            self._answering.upward.exchange_once()
        except AppError as error:
            if error.code not in EXPECTED:
                raise
            return {"error": error.code}
        return {}

    def do_fill(self, *, spare_bytes: int) -> Message:
        """Let every write beyond so much of a file fail."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (spare_bytes, resource.RLIM_INFINITY))
        return {}

    def do_free(self) -> Message:
        """Let files grow again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return {}

    def do_look(self) -> Message:
        """Say how far every chain is here, and what is damaged."""
        heads = [[one.desk, one.epoch, one.seq, one.hash.hex()] for one in self._keeping.list_chains()]
        return {"heads": heads, "damaged": list(self._keeping.verify().damaged)}


class LyingHall(Hall):
    """Answers what it likes."""

    def __init__(self, keeping: Keeping, lie: Lie) -> None:
        super().__init__(keeping, on_push=lambda: None)
        self._lie = lie
        self._dice = random.Random(lie.value)

    def list_chains(self, asker: str) -> bytes:
        """Return how far a desk's chains are here, or far more."""
        said = msgspec.msgpack.decode(super().list_chains(asker), type=list[Acknowledgement])
        if self._lie is Lie.BOASTS:
            said = [msgspec.structs.replace(one, seq=one.seq + _FAR, hash=self._dice.randbytes(32)) for one in said]
        return _encode(said)

    def take(self, asker: str, data: bytes) -> bytes:
        """Take a batch, and say that all is well whatever came of it."""
        answer = super().take(asker, data)
        if self._lie is not Lie.BOASTS or not answer:
            return answer
        said = msgspec.msgpack.decode(answer, type=Acknowledgement)
        return _encode(msgspec.structs.replace(said, hash=self._dice.randbytes(32)))

    def read_feed(self, asker: str, query: Query) -> bytes:
        """Return a page that is empty, changed, or in no order."""
        items = msgspec.msgpack.decode(super().read_feed(asker, query), type=list[FeedItem])
        match self._lie:
            case Lie.DAMAGES:
                return _encode(self._damage(items))
            case Lie.SHUFFLES:
                return _encode(self._shuffle(items))
            case _:
                return _encode([])

    def list_kept_papers(self, asker: str, data: bytes) -> bytes:
        """Return which of a desk's papers are here, or that all are."""
        said = msgspec.msgpack.decode(super().list_kept_papers(asker, data), type=list[int])
        return _encode([HELD] * len(said) if self._lie is Lie.BOASTS else said)

    def read_paper_part(self, asker: str, data: bytes) -> bytes:
        """Return some bytes of a sealed paper, or others."""
        content = super().read_paper_part(asker, data)
        return content if self._lie is not Lie.DAMAGES else self._dice.randbytes(len(content))

    def _damage(self, items: list[FeedItem]) -> list[FeedItem]:
        damaged = []
        for item in items:
            data = bytearray(item.data)
            data[self._dice.randrange(len(data))] ^= 1 << self._dice.randrange(8)
            damaged.append(msgspec.structs.replace(item, data=bytes(data)))
        return damaged

    def _shuffle(self, items: list[FeedItem]) -> list[FeedItem]:
        contents = self._dice.sample(items, len(items))
        return [
            msgspec.structs.replace(item, kind=other.kind, data=other.data)
            for item, other in zip(items, contents, strict=True)
        ]
