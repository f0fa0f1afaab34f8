"""Plays scenarios and says what happened, as one JSON object on the last line.

python -m tests.chaos.run --first 1 --count 300
COUNTER_APP_CHAOS_SEED=17 python -m tests.chaos.run        one alone, step by step
"""

import argparse
import os
import sys
import time
from collections import Counter

import msgspec

from tests.chaos.crew import ChildEndedError
from tests.chaos.scenario import Scenario
from tests.chaos.world import World, a_world


class Failure(msgspec.Struct, frozen=True):
    """A scenario that ended otherwise than it must."""

    seed: int
    why: str
    log: list[str]


class Report(msgspec.Struct, frozen=True):
    """What came of all scenarios; `faults` are connections with something wrong, by kind."""

    scenarios: int
    seconds: float
    failures: list[Failure]
    counts: dict[str, int]
    faults: dict[str, int]


def play(world: World, seeds: range) -> Report:
    """Play these one after the other, to the end whatever they come to."""
    counts: Counter[str] = Counter()
    failures: list[Failure] = []
    began = time.monotonic()
    for seed in seeds:
        scenario = Scenario(world, seed)
        try:
            scenario.play()
        except (AssertionError, ChildEndedError) as error:
            failures.append(Failure(seed, f"{type(error).__name__}: {error}", scenario.log))
            print(f"COUNTER_APP_CHAOS_SEED={seed}", f"{error}"[:2_000], sep="\n", file=sys.stderr, flush=True)
        counts += scenario.counts
    faults: Counter[str] = Counter()
    for line in world.proxy.ask({})["made"]:
        faults += Counter(line)
    return Report(len(seeds), round(time.monotonic() - began, 1), failures, dict(counts), dict(faults))


def main() -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    alone = os.environ.get("COUNTER_APP_CHAOS_SEED")
    seeds = range(int(alone), int(alone) + 1) if alone else range(options.first, options.first + options.count)
    with a_world() as world:
        report = play(world, seeds)
    if alone:
        print(*(line for failure in report.failures for line in failure.log), sep="\n", file=sys.stderr)
    print(msgspec.json.encode(report).decode())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
