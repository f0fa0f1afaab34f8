"""What a scenario works with: its processes, its lines, and what desks have said that they committed."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.chaos.crew import Child, Message
from tests.chaos.proxy import Fault, after_handshake
from tests.chaos.world import World

DAY = 24 * 60
_LOGGED = ("code", "entry", "error", "answer", "refused", "met", "reason", "paper", "missing")


class Told(NamedTuple):
    """A desk's word that an entry is committed; `code` was printed with it where it received a dossier."""

    desk: str
    entry: str
    dossier: str
    code: str


class Bundle(NamedTuple):
    """A file on a stick."""

    path: Path
    receiver: int


class Backup(NamedTuple):
    """A copy of a disk, and which entries of its desk are in it."""

    path: Path
    ids: set[str]


class Scene:
    """Everything random comes from the seed; `counts` says what really happened, `log` what was done."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._seed = world, seed
        self._dice = random.Random(seed)
        self._root = world.root / f"scenario-{seed}"
        self.counts: Counter[str] = Counter()
        self.log: list[str] = []
        self.has_hall, self.has_papers = seed % 8 in (1, 4), seed % 8 in (2, 4)
        # Two desks find most of what three find, and are quicker.
        self._places = range(2 if seed % 3 else 3)
        self._clocks = [self._dice.choice((0, 0, 0, 40, 3 * DAY, -2 * DAY)) for _ in self._places]
        self.counts["clock wrong"] += sum(map(bool, self._clocks))
        self._desks: list[Child | None] = [None for _ in self._places]
        self._province: Child | None = None
        self._lines = [*self._places]
        self._machines = ["" for _ in self._places]
        self._told: list[Told] = []
        self._printed: list[str] = []
        self._papers: set[tuple[str, str]] = set()

    def _place(self) -> int:
        return self._dice.choice(self._places)

    def _disk(self, place: int) -> Path:
        return self._root / str(place)

    def _let_pass(self, longest_s: float) -> None:
        time.sleep(self._dice.uniform(0, longest_s))  # the random instant itself

    def _desk(self, place: int) -> Child:
        found = self._desks[place]
        if found is None:
            found = self._world.start_desk(
                self._disk(place),
                clock_minutes=self._clocks[place],
                seed=self._dice.getrandbits(32),
                machine=self._machines[place],
            )
            self._desks[place] = found
            self._note(place, list(found.answers()))
        return found

    def _kill(self, place: int) -> list[Message]:
        found, self._desks[place] = self._desk(place), None
        heard = found.kill()
        self._note(place, heard)
        return heard

    def _kill_during(self, place: int, message: Message, *, longest_s: float) -> None:
        child = self._desk(place)
        child.start(message)
        self._let_pass(longest_s)
        heard = self._kill(place)
        self.counts["desk killed"] += not any(one.get("last") for one in heard)

    def _start_province(self) -> None:
        self._province, _port = self._world.start_province()

    def _stop_province(self) -> None:
        if self._province is not None:
            self._province.kill()
        self._province = None

    def _hear(self, place: int, message: Message) -> Message:
        return self._note(place, list(self._desk(place).answers(message)))

    def _together(self, message: Message) -> list[Message]:
        desks = [self._desk(place) for place in self._places]
        for child in desks:
            child.start(message)
        return [self._note(place, list(child.answers())) for place, child in enumerate(desks)]

    def _note(self, place: int, heard: list[Message]) -> Message:
        """Keep what a desk says is committed; returns its last word."""
        desk = self._world.ids[self._lines[place]]
        for one in heard:
            told = Told(desk, one["entry"], one.get("dossier", ""), one.get("code", ""))
            self._told.append(told)
            self._printed += [told.code] if told.code else []
            self._papers |= {(desk, one["paper"])} if "paper" in one else set()
            self.log.append(f"  {place}: " + " ".join(f"{k}={v}" for k, v in one.items() if k in _LOGGED))
        return heard[-1] if heard else {}

    def _heads(self, place: int) -> dict[tuple[str, int], int]:
        heads = self._hear(place, {"do": "heads"})["heads"]
        return {(desk, epoch): seq for desk, epoch, seq, _hash in heads}

    def _ids(self, place: int) -> set[str]:
        return set(self._hear(place, {"do": "ids"})["ids"])

    def _spoil(self, line: int) -> None:
        """Choose what is wrong with the next connections of a line."""
        faults = [self._dice.choice(list(Fault)) for _ in range(self._dice.choice((0, 1, 2, 5)))]
        chosen = [(fault.value, self._bytes_until(fault)) for fault in faults]
        self._world.proxy.ask({"lines": [line], "faults": chosen})

    def _bytes_until(self, fault: Fault) -> int:
        if fault in (Fault.LOST_ANSWER, Fault.TRUNCATED):
            return after_handshake(self._dice.randrange(600))
        # A paper takes several pieces of 16 KiB.
        longest = 60_000 if self.has_papers and self._dice.random() < 0.5 else 6_000
        return self._dice.randrange(longest)
