"""A store is checked from top to bottom, and its rows are made anew: seconds, and memory taken, as the store grows.

Four desks of a unit wrote beside this one, two entries for each of --size dossiers of as many people; every chain is
linked and signed. Peer: every entry read once from the open store and thrown away, which nobody who checks them can do
without. What begins with `of_it` is a part of `verify_s`; seconds of the processor are what this process had of it.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.errors import BugError
from counter_app.core.paths import DataFolder
from counter_app.journal.chain import GENESIS
from counter_app.journal.rebuild import iter_entries
from counter_app.journal.verify import Stage
from counter_app.services.sample_data import OWN_UNIT
from counter_app.sync.batch import Batch, open_batch
from counter_app.sync.inbox import store_entries
from tests.bench.full_store import PASS_PHRASE, copies
from tests.bench.many_desks import NEW_YEAR, BusyDesk, Model, make_models
from tests.bench.measure import read_options, report
from tests.bench.memory_watch import Memory

_DESKS, _TURN = 4, 50


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _models(size: int) -> list[Model]:
    """Return what dossiers left in a real journal, each with another applicant."""
    real = make_models()
    return [_with_name(real[one.number % len(real)], one.name, one.id_number) for one in copies(size, [("", "")])]


def _with_name(model: Model, name: str, id_number: str) -> Model:
    dossier = model.received.dossier
    applicant = msgspec.structs.replace(dossier.applicant, full_name=name, id_number=id_number)
    changed = msgspec.structs.replace(dossier, applicant=applicant)
    return Model(msgspec.structs.replace(model.received, dossier=changed), model.acted)


def _write(size: int) -> Iterator[list[Batch]]:
    """Yield batches of four desks that work at the same time."""
    models = _models(size)
    desks = [BusyDesk(number, OWN_UNIT, models) for number in range(1, _DESKS + 1)]
    for turn in range(size // _DESKS // _TURN):
        at = NEW_YEAR + timedelta(minutes=turn)
        yield [batch for desk in desks for batch in desk.write(_TURN, at)]


def fill(made: OpenCounter, size: int) -> None:
    """Bring so many dossiers of other desks into a store."""
    last: dict[str, bytes] = {}
    for batches in _write(size):
        with made.desk.transaction() as connection:
            for batch in batches:
                _store(connection, batch, last)


def _store(connection: Connection, batch: Batch, last: dict[str, bytes]) -> None:
    whole = open_batch(batch.data)
    entries = whole.link(last.get(batch.desk, GENESIS))
    last[batch.desk] = entries[-1].hash
    store_entries(connection, entries, whole.signature)


def _read_all(made: OpenCounter) -> int:
    with made.desk.store.reading() as connection:
        return sum(1 for _ in iter_entries(connection))


class _Watch:
    """When each part of a check began."""

    def __init__(self) -> None:
        self._begun: dict[Stage, float] = {}
        self._ended = 0.0

    def end(self) -> None:
        """The last part is over."""
        self._ended = time.perf_counter()

    def tell(self, stage: Stage, _done: int, _whole: int) -> None:
        self._begun.setdefault(stage, time.perf_counter())

    def lasted_s(self, stage: Stage) -> float:
        """Return how long a part lasted."""
        following = [at for at in (*self._begun.values(), self._ended) if at > self._begun[stage]]
        return min(following) - self._begun[stage]


class _Spent:
    """Seconds, those of the processor, and memory, since it was made."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._mb = memory, memory.begin()
        self._at, self._worked = time.perf_counter(), time.process_time()

    def figures(self, name: str) -> dict[str, float]:
        """Return them under names that begin with this."""
        return {
            f"{name}_s": time.perf_counter() - self._at,
            f"{name}_processor_s": time.process_time() - self._worked,
            f"{name}_memory_mb": self._memory.most_mb - self._mb,
        }


def _verify(made: OpenCounter, memory: Memory, entries: int) -> dict[str, float]:
    watch, spent = _Watch(), _Spent(memory)
    found = made.counter.verification.verify(watch.tell)
    watch.end()
    figures = spent.figures("verify")
    if not found.is_sound or found.entries != entries:
        raise BugError("bench.not_the_same", found=found.entries)
    return figures | {f"of_it_{stage.value}_s": watch.lasted_s(stage) for stage in Stage}


def _rebuild(made: OpenCounter, memory: Memory) -> dict[str, float]:
    spent = _Spent(memory)
    made.counter.verification.rebuild()
    return spent.figures("rebuild")


def main() -> None:
    """Run the benchmark."""
    options = read_options(__doc__, size=20_000, rounds=1)
    memory = Memory(left_out=0)
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase=PASS_PHRASE, dossiers=1)
        with opened(folder, passphrase=PASS_PHRASE) as made:
            fill(made, options.size)
        with opened(folder, passphrase=PASS_PHRASE) as made:
            entries = _read_all(made)
            read_s = _seconds(lambda: _read_all(made))
            figures = {"entries": entries, "store_mb": folder.store.stat().st_size / 2**20}
            figures |= _verify(made, memory, entries) | _rebuild(made, memory)
    memory.end()
    report(
        "verify",
        figures=figures,
        peer={"name": "every entry read and thrown away", "seconds": read_s},
        ratio=figures["verify_s"] / read_s,
        size=options.size,
        notes=("ratio: how many times longer checking everything takes than reading the journal",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
