"""The journal: entries appended, verified and rebuilt in a second.

Append: 1,000 in one transaction, each chained, applied to its rows and the head signed, in the encrypted store. Peer of
appending: the same bodies inserted by the standard library's sqlite3 into one plain table in one transaction. Verify:
every hash, link, body and head. Rebuild: every derived row made anew, with search words. Peer of verifying: SHA-256
over the same bytes in the same order, nothing else.
"""

import hashlib
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec

from counter_app.bootstrap import OpenCounter, init_sample_desk, opened
from counter_app.core.ids import new_id
from counter_app.core.paths import DataFolder
from counter_app.domain.dossier import Outcome
from counter_app.domain.person import Party
from counter_app.journal.entries import DossierReceived, OrderedPrint, decode_body
from counter_app.journal.rebuild import iter_entries, rebuild
from counter_app.journal.verify import verify_chains
from counter_app.services.answers.intake import IntakeForm
from tests.bench.measure import read_options, report

_PASS_PHRASE = "a bench has no secrets"
_PROCEDURE = "1.001193"
_BATCH = 1_000


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _model(made: OpenCounter) -> DossierReceived:
    """Return the body of one real intake, to be varied."""
    form = IntakeForm(procedure_code=_PROCEDURE, applicant=Party(full_name="Nguyễn Thị Mẫu", id_number="036199000001"))
    made.counter.intake.receive(form, Outcome.ACCEPTED)
    with made.desk.store.reading() as connection:
        _position, last = list(iter_entries(connection))[-1]
    body = decode_body(last.kind, last.version, last.body)
    if not isinstance(body, DossierReceived):
        raise TypeError(last.kind)
    return body


def _vary(model: DossierReceived, number: int) -> DossierReceived:
    dossier = msgspec.structs.replace(
        model.dossier, id=new_id(), code=f"H99.14-{20 + number // 90_000 % 79:02d}0101-{10_000 + number % 90_000}"
    )
    ordered = OrderedPrint(id=new_id(), form=model.prints[0].form, copies=2)
    return msgspec.structs.replace(model, dossier=dossier, number=number, prints=(ordered,))


def _append(made: OpenCounter, bodies: list[DossierReceived]) -> None:
    with made.desk.transaction() as connection:
        for body in bodies:
            made.desk.journal.append(connection, body, clerk="bench", subject=body.dossier.id)


def _insert(path: Path, bodies: list[bytes]) -> None:
    with closing(sqlite3.connect(path)) as peer, peer:
        peer.execute("CREATE TABLE entry (position INTEGER PRIMARY KEY, body BLOB NOT NULL)")
        peer.executemany("INSERT INTO entry (body) VALUES (?)", ((body,) for body in bodies))


def _hash_alone(bodies: list[bytes]) -> None:
    digest = b""
    for body in bodies:
        digest = hashlib.sha256(digest + body).digest()


def main() -> None:
    """Run the benchmark."""
    options = read_options(__doc__, size=20_000, rounds=1)
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root) / "desk", state_root=Path(root) / "state")
        init_sample_desk(folder, passphrase=_PASS_PHRASE, dossiers=1)
        with opened(folder, passphrase=_PASS_PHRASE) as made:
            made.counter.session.act_as("mai")
            model = _model(made)
            batches = [
                [_vary(model, number) for number in range(start, min(start + _BATCH, options.size))]
                for start in range(0, options.size, _BATCH)
            ]
            append_s = sum(_seconds(lambda batch=batch: _append(made, batch)) for batch in batches)  # type: ignore[misc]
            with made.desk.store.reading() as connection:
                bodies = [entry.body for _position, entry in iter_entries(connection)]
                verify_s = _seconds(lambda: verify_chains(connection))
            with made.desk.store.writing() as connection:
                rebuild_s = _seconds(lambda: rebuild(connection))
        insert_s = _seconds(lambda: _insert(Path(root) / "peer.db", bodies))
        hash_s = _seconds(lambda: _hash_alone(bodies))
    count = len(bodies)
    report(
        "journal",
        figures={
            "appended_per_s": options.size / append_s,
            "verified_per_s": count / verify_s,
            "rebuilt_per_s": count / rebuild_s,
            "body_bytes": sum(map(len, bodies)) / count,
        },
        peer={
            "name": "sqlite3 plain table; SHA-256 alone",
            "inserted_per_s": count / insert_s,
            "hashed_per_s": count / hash_s,
        },
        ratio=(count / insert_s) / (options.size / append_s),
        size=count,
        notes=("ratio: how many bodies a bare table takes while the journal takes one with all its rows",),
        as_json=options.as_json,
    )


if __name__ == "__main__":
    main()
