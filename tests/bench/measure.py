"""The shared part of every benchmark: options, timing, and one JSON object as the last line."""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Number = int | float


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations of one action repeated, in milliseconds."""

    durations_ms: tuple[float, ...]

    @property
    def p50_ms(self) -> float:
        """The median."""
        return statistics.median(self.durations_ms)

    @property
    def p95_ms(self) -> float:
        """The duration that 95 of 100 rounds stay under."""
        ordered = sorted(self.durations_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for."""

    size: int
    rounds: int
    as_json: bool


def read_options(description: str | None, *, size: int, rounds: int) -> Options:
    """Read ``--size``, ``--rounds`` and ``--json`` from the command line."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=size, help=f"how large the store is (default {size:,})")
    parser.add_argument("--rounds", type=int, default=rounds, help=f"repetitions (default {rounds})")
    parser.add_argument("--json", action="store_true", help="print only the JSON object")
    given = parser.parse_args()
    return Options(size=given.size, rounds=given.rounds, as_json=given.json)


def repeat(action: Callable[[], object], *, rounds: int, warm_up: int = 1) -> Timing:
    """Time an action alone, `rounds` times after `warm_up` untimed ones."""
    for _ in range(warm_up):
        action()
    return Timing(tuple(_once(action) for _ in range(rounds)))


def alternate(
    first: Callable[[], object], second: Callable[[], object], *, rounds: int, warm_up: int = 1
) -> tuple[Timing, Timing]:
    """Time two actions in turn, so that whatever else the machine does falls on both alike."""
    for _ in range(warm_up):
        first()
        second()
    pairs = [(_once(first), _once(second)) for _ in range(rounds)]
    return Timing(tuple(one for one, _ in pairs)), Timing(tuple(other for _, other in pairs))


def _once(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


def report(
    name: str,
    *,
    figures: Mapping[str, Number],
    peer: Mapping[str, Number | str],
    ratio: float,
    size: int,
    notes: Sequence[str] = (),
    as_json: bool,
) -> None:
    """Print the figures for people unless only JSON is wanted; the last line is always the JSON object."""
    if not as_json:
        for label, values in (("measured", figures), ("peer", peer)):
            for key, value in values.items():
                print(f"{name:16} {label:9} {key:28} {_rounded(value)}")
        for note in notes:
            print(f"{name:16} {note}")
    document = {
        "name": name,
        "figures": {key: _rounded(value) for key, value in figures.items()},
        "peer": {key: _rounded(value) for key, value in peer.items()},
        "ratio": _rounded(ratio),
        "size": size,
    }
    print(json.dumps(document, ensure_ascii=False))


def _rounded(value: Number | str) -> Number | str:
    return round(value, 3) if isinstance(value, float) else value
