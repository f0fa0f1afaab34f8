"""A new desk comes into service in a unit with 100,000 dossiers: when it may receive, and when the history is there.

Province with its PostgreSQL and TLS on loopback, four desks' journals in it. The new desk is made from a code as
`counter-app bootstrap` makes it, receives a dossier at once, and receives another now and then while history comes:
`receive_meanwhile_p95_ms`. Afterwards it must have every dossier, and its rows must be those that its journal makes.
Peer: the same feed read to its end over the same line, batches unpacked and thrown away; no desk can be faster.
--size is the number of dossiers.
"""

import tempfile
import threading
import time
from pathlib import Path

import msgspec
from sqlalchemy import text

from counter_app.bootstrap import FirstClerk, OpenCounter, init_desk, opened
from counter_app.core.errors import BugError
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.domain.unit import Slice
from counter_app.province.running import served
from counter_app.province.service import Province
from counter_app.services.answers.intake import IntakeForm
from counter_app.services.enrolling import fetch_invitation
from counter_app.services.open_desk import read_local
from counter_app.services.sample_data import OWN_UNIT
from counter_app.sync.batch import open_batch
from counter_app.sync.https_line import HttpsLine, LineIdentity
from counter_app.sync.ports import FeedKind
from counter_app.sync.roster import DeskKind
from tests.bench.many_desks import NEW_YEAR, BusyDesk, admit_all, make_models
from tests.bench.measure import Timing, read_options, report

_PASS_PHRASE = "a bench has no secrets"
_DESKS = 4
_FORM = IntakeForm(procedure_code="1.001193", applicant=Party(full_name="Nguyễn Thị Mẫu", id_number="036199000001"))


def _fill(province: Province, size: int) -> int:
    models = make_models()
    desks = [BusyDesk(number, OWN_UNIT, models) for number in range(_DESKS)]
    admit_all(province, desks)
    entries = 0
    for desk in desks:
        for batch in desk.write(size // _DESKS, NEW_YEAR):
            province.take(batch.desk, batch.data)
            entries += batch.last_seq - batch.first_seq + 1
    return entries


def _make_desk(folder: DataFolder, province: Province) -> None:
    numbers = Slice(9_001, 9_999)
    code = province.invite(unit=OWN_UNIT, kind=DeskKind.DESK, name="Quầy mới", number_slice=numbers)
    init_desk(
        folder,
        passphrase=_PASS_PHRASE,
        unit=OWN_UNIT,
        desk_name="Quầy mới",
        number_slice=numbers,
        administrator=FirstClerk(login="mai", full_name="Lê Thị Mẫu", password=_PASS_PHRASE),
        invitation=fetch_invitation(province.url, code),
    )


def _receive(made: OpenCounter) -> float:
    started = time.perf_counter()
    made.counter.intake.receive(_FORM, Outcome.ACCEPTED)
    return (time.perf_counter() - started) * 1_000


def _exchange_while_receiving(made: OpenCounter) -> tuple[float, float, Timing]:
    """Return the seconds until the history is here, those of the processor, and how long an intake took meanwhile."""
    ended, durations = threading.Event(), []

    def receive() -> None:
        while not ended.wait(0.5):
            durations.append(_receive(made))

    clerk = threading.Thread(target=receive)
    clerk.start()
    started, worked = time.perf_counter(), time.thread_time()
    try:
        made.counter.province_line.exchange()
    finally:
        seconds, worked = time.perf_counter() - started, time.thread_time() - worked
        ended.set()
        clerk.join()
    return seconds, worked, Timing(tuple(durations or [0.0]))


def _check(made: OpenCounter, size: int) -> float:
    """Return how long looking at all of it takes."""
    with made.desk.store.reading() as connection:
        codes = connection.execute(text("SELECT count(DISTINCT code) FROM dossier")).scalar_one()
        held = connection.execute(text("SELECT count(*) FROM held_entry")).scalar_one()
    if codes < size or held:
        raise BugError("bench.not_the_same", found=codes, held=held)
    started = time.perf_counter()
    if made.counter.verification.verify().findings:
        raise BugError("bench.not_the_same")
    return time.perf_counter() - started


def _read_alone(made: OpenCounter) -> float:
    with made.desk.store.reading() as connection:
        identity = msgspec.msgpack.decode(read_local(connection, "line") or b"", type=LineIdentity)
    line = HttpsLine(identity)
    started = time.perf_counter()
    try:
        for item in line.pull(0):
            if item.kind == FeedKind.BATCH:
                open_batch(item.data)
    finally:
        line.close()
    return time.perf_counter() - started


def main() -> None:
    """Run the benchmark."""
    options = read_options(__doc__, size=10_000, rounds=1)
    with tempfile.TemporaryDirectory() as root:
        Path(root).chmod(0o711)
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        with served(Path(root) / "province", listen=("127.0.0.1", 0)) as (province, server):
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            entries = _fill(province, options.size)
            try:
                started = time.perf_counter()
                _make_desk(folder, province)
                with opened(folder, passphrase=_PASS_PHRASE) as made:
                    made.counter.session.act_as("mai")
                    _receive(made)
                    ready_s = time.perf_counter() - started
                    history_s, worked_s, meanwhile = _exchange_while_receiving(made)
                    verify_s = _check(made, options.size)
                    alone_s = _read_alone(made)
            finally:
                server.shutdown()
                thread.join()
    report(
        "bootstrap",
        figures={
            "first_received_s": ready_s,
            "history_s": history_s,
            "history_entries_per_s": entries / history_s,
            "history_entries_per_processor_s": entries / worked_s,
            "receive_meanwhile_p95_ms": meanwhile.p95_ms,
            "received_meanwhile": len(meanwhile.durations_ms),
            "verify_s": verify_s,
        },
        peer={"name": "the feed read and thrown away", "seconds": alone_s},
        ratio=history_s / alone_s,
        size=options.size,
        notes=("ratio: how many times longer it takes to keep the history than to read it",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
