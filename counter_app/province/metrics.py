"""Figures for whoever watches the service: the text format of Prometheus, version 0.0.4."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from counter_app import __version__
from counter_app.province.database import Connection
from counter_app.province.fleet import Worry, worries_of
from counter_app.province.showing import FleetDesk, list_fleet

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BOUNDS_S = (0.01, 0.05, 0.25, 1.0, 5.0)


class Traffic:
    """What this process was asked since it began. Safe from any thread; as many series as there are routes.

    `dropped` says how many connections had to go because somebody had too many.
    """

    def __init__(self, dropped: Callable[[], int] = lambda: 0) -> None:
        self._dropped = dropped
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, list[float]] = {}

    def note(self, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is the name of what was asked, never the path."""
        with self._lock:
            self._requests[route, status] = self._requests.get((route, status), 0) + 1
            row = self._seconds.setdefault(route, [0.0] * (len(_BOUNDS_S) + 2))
            for place, bound in enumerate(_BOUNDS_S):
                row[place] += seconds <= bound
            row[-2] += 1
            row[-1] += seconds

    def lines(self) -> Iterator[str]:
        """Return them as metrics."""
        with self._lock:
            requests, seconds = dict(self._requests), {route: list(row) for route, row in self._seconds.items()}
        yield from _head("counter_connections_dropped_total", "counter", "Connections closed to make room for others.")
        yield _line("counter_connections_dropped_total", self._dropped(), {})
        yield from _head("counter_requests_total", "counter", "Requests answered by this process.")
        for (route, status), count in sorted(requests.items()):
            yield _line("counter_requests_total", count, {"route": route, "status": str(status)})
        yield from _head("counter_request_seconds", "histogram", "Time taken to answer them.")
        for route, row in sorted(seconds.items()):
            for bound, reached in zip((*map(str, _BOUNDS_S), "+Inf"), row, strict=False):
                yield _line("counter_request_seconds_bucket", int(reached), {"route": route, "le": bound})
            yield _line("counter_request_seconds_sum", round(row[-1], 6), {"route": route})
            yield _line("counter_request_seconds_count", int(row[-2]), {"route": route})


def read_metrics(connection: Connection, traffic: Traffic, *, now: datetime, papers_up: bool) -> str:
    """Return everything there is to watch, as text."""
    fleet = [desk for desk in list_fleet(connection, now=now) if not desk.is_revoked]
    states = dict.fromkeys(Worry, 0)
    for desk in fleet:
        states[max((found.worry for found in worries_of(desk, now=now)), default=Worry.NONE)] += 1
    gauges: dict[str, tuple[str, float]] = {
        "counter_entries": ("Entries held, by the heads of all chains.", sum(desk.entries for desk in fleet)),
        "counter_unsent_entries": ("Entries that desks said they still have to send.", _sum(fleet, "unsent")),
        "counter_oldest_unsent_seconds": ("Age of the oldest of them.", _max(fleet, "oldest_unsent_s")),
        "counter_waiting_batches": ("Batches that came before what they follow.", sum(desk.waiting for desk in fleet)),
        "counter_forks": ("Batches kept aside: two machines wrote one journal.", sum(desk.forks for desk in fleet)),
        "counter_hall_papers_waiting": ("Papers at halls on their way here.", _sum(fleet, "papers_waiting")),
        "counter_hall_papers_bytes": ("What papers take at all halls.", _sum(fleet, "papers_bytes")),
        "counter_papers_up": ("Whether the place where papers lie answers.", int(papers_up)),
        "counter_held_entries": ("Held entries, the most that one desk of each unit reported.", _held(fleet)),
    }
    lines = [*_head("counter_build_info", "gauge", "The program's version.")]
    lines.append(_line("counter_build_info", 1, {"version": __version__}))
    lines += _head("counter_desks", "gauge", "Desks and halls that are not revoked, by how they do.")
    lines += [_line("counter_desks", count, {"state": worry.name.lower()}) for worry, count in states.items()]
    for name, (said, value) in gauges.items():
        lines += [*_head(name, "gauge", said), _line(name, value, {})]
    return "\n".join([*lines, *traffic.lines()]) + "\n"


def _sum(fleet: list[FleetDesk], name: str) -> int:
    return sum(getattr(desk, name) or 0 for desk in fleet)


def _max(fleet: list[FleetDesk], name: str) -> int:
    return max((getattr(desk, name) or 0 for desk in fleet), default=0)


def _held(fleet: list[FleetDesk]) -> int:
    """Every desk of a unit holds the same entries back; counting them once for each would say too many."""
    units: dict[str, int] = {}
    for desk in fleet:
        units[desk.unit] = max(units.get(desk.unit, 0), desk.held or 0)
    return sum(units.values())


def _head(name: str, kind: str, said: str) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"


def _line(name: str, value: float, labels: Mapping[str, str]) -> str:
    text = ",".join(f'{label}="{_escaped(said)}"' for label, said in labels.items())
    return f"{name}{{{text}}} {value}" if text else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
